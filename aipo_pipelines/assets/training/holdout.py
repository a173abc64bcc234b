"""The held-out part of a window: the end of its newest batches. No challenger learns from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.loading.window import TrainingWindow
from aipo_pipelines.assets.training.holdout_size import held_out_of, reach
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """The records challengers are evaluated on, in order of time, with one unique index.

    Attributes:
        digests: Content digest of each of their batches, by partition, oldest first.
        batches: Batch of each record.
        rows: Row of each record in its batch.
        from_row: Number of records of these batches that come before them, in order of time.
        identity: Identity of each record.
        history: All earlier approved records, for lags of the target; None without lags.
    """

    digests: Mapping[str, str]
    frame: pd.DataFrame
    truth: pd.Series
    batches: pd.Series
    rows: pd.Series
    from_row: int
    identity: pd.Series
    history: pd.DataFrame | None

    @property
    def partition(self) -> str:
        """The newest of their batches."""
        return tuple(self.digests)[-1]

    @property
    def records(self) -> Records:
        """The same records as members of their batches."""
        return Records(
            frame=self.frame,
            truth=self.truth,
            batches=self.batches,
            rows=self.rows,
            identity=self.identity,
        )

    @property
    def place(self) -> HeldOutPlace:
        """The place of the held-out part, as the ledger stores it."""
        counts = self.batches.value_counts()
        return HeldOutPlace(
            partition=self.partition,
            digest=self.digests[self.partition],
            from_row=self.from_row,
            rows=len(self.frame),
            batches={name: int(counts.get(name, 0)) for name in self.digests},
        )


def hold_out(
    charter: Charter, spec: ModelSpec, window: TrainingWindow
) -> tuple[TrainingWindow, HeldOut]:
    """Splits a window into records to train on and records to evaluate challengers on.

    Args:
        charter: The charter in force.
        spec: Its training specification.
        window: The approved batches.
    """
    columns, records = Columns.of(charter), window.records
    pool = reach(charter, spec, records, window.partitions)
    judged = held_out_of(charter, spec, records, pool)
    trained = records.where(~records.frame.index.isin(judged))
    # The model that goes live will know the trained records, so they are history here, too.
    past = [part for part in (window.history, trained.past(columns)) if part is not None]
    held = HeldOut(
        # Digests name the content that the version was evaluated on, beyond later corrections.
        digests={name: window.digests[name] for name in pool},
        frame=records.frame.loc[judged],
        truth=records.truth.loc[judged],
        batches=records.batches.loc[judged],
        rows=records.rows.loc[judged],
        from_row=int(records.batches.isin(pool).sum()) - len(judged),
        identity=records.identity.loc[judged],
        history=pd.concat(past, ignore_index=True) if spec.forecasting else None,
    )
    return replace(window, records=trained), held


def score_held_out(fitted: Fitted, held: HeldOut, spec: ModelSpec, columns: Columns) -> Scored:
    """Answers on the held-out records by a model that did not see them.

    Raises:
        ModelError: It cannot answer for them.
    """
    scored = score(fitted, held.frame, held.truth, spec, columns, history=held.history)
    return replace(scored, out_of_fold=True)
