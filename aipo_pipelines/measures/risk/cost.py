"""The cost of a model's errors in the unit of the business, and of the naive baseline's errors.

The outcome map states the cost of one false alarm, one missed event or one unit of error. Errors
are counted on the given records and stated as a cost per 1,000 records. The interval resamples
the records. Nothing beyond these records is estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Outcome, OutcomeCosts
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.outcome import Direction, Figure
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.functions import record_losses
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.metrics.verdict import EXPECTED_COST
from aipo_pipelines.measures.statistics.intervals import Floats, percentile, resampled_means

NAIVE = derived(EXPECTED_COST, Derivation.NAIVE)
RECORDS = 1_000
"""Number of records that a cost is stated for."""


@dataclass(frozen=True, kw_only=True)
class Priced:
    """The cost of errors for one business outcome.

    Attributes:
        outcome: The outcome and what its errors cost.
        model: Figure `expected_cost`, per 1,000 records; no value if nothing can be counted.
        naive: Figure `naive_expected_cost`; None without a naive baseline.
    """

    outcome: Outcome
    model: Figure
    naive: Figure | None


def is_priced(costs: OutcomeCosts, task: Task) -> bool:
    """Whether any error of the task has a cost."""
    if task is Task.BINARY:
        return costs.false_positive > 0 or costs.false_negative > 0
    return costs.per_unit_error > 0


def price(outcomes: Sequence[Outcome], pairs: Pairs, seed: int) -> tuple[Priced, ...]:
    """The expected cost per 1,000 records for each outcome whose errors have a cost.

    Args:
        outcomes: The charter's outcome map.
        pairs: Answers beside the truth.
        seed: Seed of resampling.

    Returns:
        For binary products false alarms and missed events at their cost; for several classes each
        wrong answer, and for numbers each unit of absolute error, at `per_unit_error`.
    """
    return tuple(
        Priced(
            outcome=outcome,
            model=_figure(
                EXPECTED_COST, outcome, _costs(pairs, pairs.predicted, outcome.costs), seed
            ),
            naive=_naive(outcome, pairs, seed),
        )
        for outcome in outcomes
        if is_priced(outcome.costs, pairs.task)
    )


def costs_of(outcomes: Sequence[Outcome], scored: Scored, seed: int) -> tuple[Figure, ...]:
    """The figures of `price` on records whose truth is known; empty without such records."""
    pairs = pair(scored)
    if pairs.n == 0:
        return ()
    priced = price(outcomes, pairs, seed)
    return tuple(
        cost for outcome in priced for cost in (outcome.model, outcome.naive) if cost is not None
    )


def _naive(outcome: Outcome, pairs: Pairs, seed: int) -> Figure | None:
    if pairs.naive is None:
        return None
    # The naive baseline has no answer for some records, such as the first of a series.
    known = ~np.isnan(pairs.naive)
    if not known.any():
        return None
    # Only records that it can answer: otherwise silence would look cheap.
    part = pairs.select(known)
    return _figure(NAIVE, outcome, _costs(part, pairs.naive[known], outcome.costs), seed)


def _costs(pairs: Pairs, answers: Floats, costs: OutcomeCosts) -> Floats:
    """Cost of the answer to each record."""
    # The answers of a binary task are decided already, so that the cost of the decision threshold
    # is counted, and not that of the probabilities.
    if pairs.task is Task.BINARY:
        # The event is 1, so a larger answer than the truth is a false alarm.
        false_alarm, missed = answers > pairs.truth, answers < pairs.truth
        return costs.false_positive * false_alarm + costs.false_negative * missed
    return costs.per_unit_error * record_losses(pairs, answers)


def _figure(metric: str, outcome: Outcome, costs: Floats, seed: int) -> Figure:
    n, unit = len(costs), f"{outcome.unit} per {RECORDS:,} records"
    if n == 0:
        return Figure(
            metric=metric,
            value=None,
            n=0,
            direction=Direction.AT_MOST,
            subject=outcome.outcome,
            unit=unit,
            # A figure without a value: a cost of 0 would look like a perfect model.
            note="no record has both a known truth and an answer",
        )
    # Few costs differ, so resampling counts of distinct costs takes a fraction of the time.
    distinct, rows = np.unique(costs, return_inverse=True)
    means, method = resampled_means(distinct[:, None], rows.astype(np.int64), seed)
    return Figure(
        metric=metric,
        value=RECORDS * float(costs.mean()),
        n=n,
        interval=percentile(RECORDS * means[:, 0], CONFIDENCE, method),
        direction=Direction.AT_MOST,
        subject=outcome.outcome,
        unit=unit,
    )
