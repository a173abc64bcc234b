"""The held-out part of a window: the end of its newest batch, which no challenger is trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.assets.records import Records
from aipo_pipelines.assets.window import TrainingWindow
from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.measures.outcome import Json
from aipo_pipelines.measures.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.holdout import split_batch
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """The records challengers are judged on, in order of time; the index is the row of its batch.

    Attributes:
        digest: Content digest of its batch.
        from_row: How many records of the batch come before them, in order of time.
        identity: Which record each of them is.
        history: All earlier approved records, for lags of the target; None where none are needed.
    """

    partition: str
    digest: str
    frame: pd.DataFrame
    truth: pd.Series
    from_row: int
    identity: pd.Series
    history: pd.DataFrame | None

    @property
    def records(self) -> Records:
        """They as records of their batch."""
        index = self.frame.index
        return Records(
            frame=self.frame,
            truth=self.truth,
            batches=pd.Series(self.partition, index=index),
            rows=pd.Series(index, index=index),
            identity=self.identity,
        )

    @property
    def facts(self) -> dict[str, Json]:
        """Where it lies, as the ledger keeps it."""
        return {
            "partition": self.partition,
            "digest": self.digest,
            "from_row": self.from_row,
            "rows": len(self.frame),
        }


def hold_out(
    charter: Charter, spec: ModelSpec, window: TrainingWindow
) -> tuple[TrainingWindow, HeldOut]:
    """Splits a window into what may be trained on and what challengers are judged on.

    Args:
        charter: The charter in force.
        spec: Its training specification.
        window: The approved batches.
    """
    columns, records = Columns.of(charter), window.records
    newest = window.partitions[-1]
    batch = records.where(records.batches == newest)
    split = split_batch(batch.frame, spec, columns, charter.retraining.window.held_out)
    judged = batch.frame.index[split.held_out]
    trained = records.where(~records.frame.index.isin(judged))
    rows = batch.rows.loc[judged]
    past = [part for part in (window.history, trained.past(columns)) if part is not None]
    held = HeldOut(
        partition=newest,
        digest=window.digests[newest],
        frame=batch.frame.loc[judged].set_axis(rows.to_numpy()),
        truth=batch.truth.loc[judged].set_axis(rows.to_numpy()),
        from_row=len(split.trained),
        identity=batch.identity.loc[judged].set_axis(rows.to_numpy()),
        history=pd.concat(past, ignore_index=True) if spec.forecasting else None,
    )
    return replace(window, records=trained), held


def score_held_out(fitted: Fitted, held: HeldOut, spec: ModelSpec, columns: Columns) -> Scored:
    """What a model that did not see them says about the held-out records.

    Raises:
        ModelError: It cannot answer for them.
    """
    scored = score(fitted, held.frame, held.truth, spec, columns, history=held.history)
    return replace(scored, out_of_fold=True)
