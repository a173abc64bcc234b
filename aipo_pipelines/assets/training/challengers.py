"""One challenger per window of the past, evaluated on the same records that none of them saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.loading.window import TrainingWindow
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.models.windows import windows_of


@dataclass(frozen=True, kw_only=True)
class Challenger:
    """A model trained on one window.

    Attributes:
        choice: The window of the charter.
        partitions: Its batches, oldest first.
        records: The records it was trained on.
        history: Approved records before them, for lags of the target.
        scored: Its answers on the held-out records, which are the same for all challengers.
    """

    choice: str
    partitions: tuple[str, ...]
    records: Records
    history: pd.DataFrame | None
    fitted: Fitted
    scored: Scored


@dataclass(frozen=True, kw_only=True)
class Field:
    """The challengers of one round.

    Attributes:
        challengers: By choice, in the order of the charter.
        failed: Why a window gave no challenger, by choice.
    """

    challengers: Mapping[str, Challenger]
    failed: Mapping[str, str]

    @property
    def scores(self) -> dict[str, Scored]:
        """The answers of each, by choice."""
        return {choice: challenger.scored for choice, challenger in self.challengers.items()}

    def without(self, choice: str) -> Field:
        """The round without a challenger."""
        rest = dict(self.challengers)
        del rest[choice]
        return replace(self, challengers=rest)


def train_field(
    charter: Charter, spec: ModelSpec, window: TrainingWindow, ask: Callable[[Fitted], Scored]
) -> Field:
    """Trains one challenger per window; if a training fails, the others continue.

    Args:
        charter: The charter in force.
        spec: Its training specification.
        window: The records to train on; if two choices name the same batches, it trains once.
        ask: Returns the answers of a model on the held-out records.
    """
    choices = windows_of(window.partitions, charter.retraining.window, window.since)
    columns = Columns.of(charter)
    challengers: dict[str, Challenger] = {}
    failed: dict[str, str] = {}
    for choice, partitions in choices.items():
        records = window.records.where(window.records.batches.isin(partitions))
        # The records between two windows are history for the shorter window.
        history = window.before(partitions[0], columns) if spec.forecasting else None
        try:
            fitted = train(records.frame, records.truth, spec, columns, history=history)
            scored = ask(fitted)
        except ModelError as error:
            # A short window may hold a single class, for example; a longer window still trains.
            failed[choice.value] = str(error)
            continue
        challengers[choice.value] = Challenger(
            choice=choice.value,
            partitions=partitions,
            records=records,
            history=history,
            fitted=fitted,
            scored=scored,
        )
    return Field(challengers=challengers, failed=failed)
