"""Predictions beside the truth as plain arrays: the input of the metrics.

A record counts if its truth is known and the model gave a usable answer. Records without a
usable answer (missing or infinite) are left out and counted, so that a figure can report them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.statistics.intervals import Floats, Integers

CLASSIFICATION = frozenset({Task.BINARY, Task.MULTICLASS})
"""Tasks whose answer is a class."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Labelled records of one batch; all arrays have length n.

    Attributes:
        labelled: Records with a known truth, usable or not.
        counted: Mask over the scored rows: those that are in the arrays.
        truth, predicted: Class codes (0 and 1 for binary, 1 being the event), or numbers.
        probability: Per class in code order, shape (n, classes); None without scores. For
            binary products the second column is the score, which may lie outside 0 to 1.
        classes: Class names in code order; empty for numbers.
        naive: Answer of the naive baseline, NaN if it does not answer; None without a baseline.
    """

    task: Task
    labelled: int
    counted: NDArray[np.bool_]
    truth: Floats
    predicted: Floats
    probability: Floats | None
    classes: tuple[str, ...]
    naive: Floats | None

    @property
    def n(self) -> int:
        """Records that count."""
        return len(self.truth)

    @property
    def unusable(self) -> int:
        """Labelled records without a usable answer."""
        return self.labelled - self.n

    @property
    def score(self) -> Floats | None:
        """Score of the event, binary only."""
        if self.task is not Task.BINARY or self.probability is None:
            return None
        score: Floats = self.probability[:, 1]
        return score

    @property
    def probabilistic(self) -> bool:
        """Whether the scores lie in 0 to 1, as probabilities do."""
        return self.probability is not None and bool(
            ((self.probability >= 0) & (self.probability <= 1)).all()
        )

    @property
    def codes(self) -> Integers:
        """True class codes as integers."""
        return self.truth.astype(np.int64)

    def select(self, mask: NDArray[np.bool_]) -> Pairs:
        """The records of the mask (over the n records); counts of labels are theirs alone."""
        return replace(
            self,
            labelled=int(mask.sum()),
            truth=self.truth[mask],
            predicted=self.predicted[mask],
            probability=None if self.probability is None else self.probability[mask],
            naive=None if self.naive is None else self.naive[mask],
        )


def withhold_immature(scored: Scored, minimum_coverage: float) -> Scored:
    """The same batch; without its truth if too few records are labelled yet.

    Early labels are no random sample: people who leave are known first. Therefore the labels of a
    batch count only after the agreed share of them has arrived.

    Args:
        scored: The batch.
        minimum_coverage: Share of the records that must be labelled, 0 to 1.
    """
    rows = len(scored.predicted)
    if rows and scored.labelled.sum() / rows >= minimum_coverage:
        return scored
    return replace(scored, truth=None)


def pair(scored: Scored) -> Pairs:
    """Pairs answers with the truth.

    Raises:
        ModelError: A binary batch does not say which class is the event.
    """
    counted = usable_rows(scored) & scored.labelled.to_numpy(dtype=bool)
    if scored.truth is not None and scored.task not in CLASSIFICATION:
        counted = counted & np.isfinite(numbers(scored.truth))
    classes = _classes(scored, counted)

    truth, predicted, naive = (
        None if series is None else _coded(series[counted], scored.task, classes)
        for series in (scored.truth, scored.predicted, scored.naive)
    )
    empty: Floats = np.empty(0)
    return Pairs(
        task=scored.task,
        labelled=int(scored.labelled.sum()),
        counted=counted,
        truth=empty if truth is None else truth,
        predicted=empty if predicted is None else predicted,
        probability=_probability(scored, counted, classes),
        classes=classes,
        naive=naive,
    )


def usable_rows(scored: Scored) -> NDArray[np.bool_]:
    """Mask of the rows with a usable answer: present, and finite if it is a number."""
    usable = scored.predicted.notna().to_numpy(dtype=bool)
    if scored.task not in CLASSIFICATION:
        return usable & np.isfinite(numbers(scored.predicted))
    # An answer without its score is left out for all metrics: otherwise each would count other
    # records.
    if scored.probability is not None and scored.probability.shape[1]:
        usable = usable & np.isfinite(scored.probability.to_numpy(dtype=np.float64)).all(axis=1)
    return usable


def numbers(series: pd.Series) -> Floats:
    """A column as floats; missing becomes NaN."""
    array: Floats = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def _classes(scored: Scored, counted: NDArray[np.bool_]) -> tuple[str, ...]:
    if scored.task is Task.BINARY:
        if scored.positive is None:
            raise ModelError(
                "A binary product was scored without naming its event; expected the class that "
                "counts as positive; set labels.positive in the charter."
            )
        # The other class needs no name: a truth that is not the event counts as the other class.
        return ("", scored.positive)
    if scored.task is not Task.MULTICLASS:
        return ()
    named = set() if scored.probability is None else {str(name) for name in scored.probability}
    for series in (scored.truth, scored.predicted, scored.naive):
        if series is not None:
            named |= {str(name) for name in series[counted].dropna().unique()}
    return tuple(sorted(named))


def _coded(series: pd.Series, task: Task, classes: tuple[str, ...]) -> Floats:
    if task not in CLASSIFICATION:
        return numbers(series)
    missing = series.isna().to_numpy(dtype=bool)
    if task is Task.BINARY:
        coded: Floats = np.where(missing, np.nan, series.eq(classes[1]).fillna(value=False))
    else:
        codes = pd.Categorical(series, categories=list(classes)).codes
        coded = np.where(missing, np.nan, codes)
    return coded


def _probability(
    scored: Scored, counted: NDArray[np.bool_], classes: tuple[str, ...]
) -> Floats | None:
    table = scored.probability
    if table is None or scored.task not in CLASSIFICATION:
        return None
    if scored.task is Task.BINARY:
        if classes[1] not in table.columns:
            return None
        score: Floats = table.loc[counted, classes[1]].to_numpy(dtype=np.float64)
        return np.column_stack([1 - score, score])
    # A class that the model never learnt has probability 0, so that its records cost a high loss.
    full: Floats = (
        table[counted].reindex(columns=list(classes), fill_value=0.0).to_numpy(np.float64)
    )
    return full
