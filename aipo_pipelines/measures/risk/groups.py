"""Whether groups are treated differently: a comparison for each protected attribute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.fairness.gaps import comparison_of_groups, extremes
from aipo_pipelines.measures.fairness.rates import (
    RATES,
    GroupRate,
    rates_of_groups,
    rates_of_task,
)
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.risk.limits import live_limits, metric_agreed

_LEAST = 30
"""Records of a group from which it is compared if no threshold says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupComparison:
    """The gap between the groups of a protected attribute.

    Attributes:
        figure: The gap; its subject is the attribute. It has no value if it cannot be known.
        metric: What is compared.
        extremes: The groups with the highest and with the lowest rate; empty without a gap.
        left_out: Groups with fewer records than the minimum of the figure.
        live_limits: Limits of live batches; a release is not judged by them.
    """

    figure: Figure
    metric: Metric
    extremes: tuple[GroupRate, ...]
    left_out: tuple[str, ...]
    live_limits: tuple[Threshold, ...]


def compare_groups(charter: Charter, challenger: Scored, seed: int) -> tuple[GroupComparison, ...]:
    """One comparison for each limit of a release, and for each attribute without a limit.

    Args:
        charter: Its thresholds for release on fairness decide which rates are compared. An
            attribute without a limit is compared for information: by the metric agreed for live
            batches, otherwise by the first rate of the task.
        challenger: Answers, and the truth if known, with the protected attributes as groups.
        seed: Seed of resampling.

    Returns:
        The comparisons, those that are judged first; empty if no attribute is declared.
    """
    if not charter.protected:
        return ()
    check = measure_fairness(challenger, charter.thresholds, seed, AppliesTo.RELEASE)
    judged = tuple(figure for figure in check.figures if figure.limit is not None)
    # Compared for information, so that unequal treatment is seen before a limit exists.
    held = {figure.subject for figure in judged}
    figures = (*judged, *_informing(charter, challenger, held, seed))
    return tuple(_comparison(charter, challenger, figure, seed) for figure in figures)


def _informing(charter: Charter, challenger: Scored, held: set[str], seed: int) -> Iterator[Figure]:
    first = rates_of_task(challenger)[0]
    usual = (
        Metric.SELECTION_RATE_DIFFERENCE
        if RATES[Metric.SELECTION_RATE_DIFFERENCE] == first
        else Metric.ERROR_DIFFERENCE
    )
    for attribute in charter.protected:
        # A limit that judges comes first; the same attribute is not compared twice.
        if attribute in held or attribute not in challenger.groups.columns:
            continue
        metric = metric_agreed(charter, RATES, attribute) or usual
        rates = _rates(challenger, attribute, metric, seed)
        large = [rate for rate in rates if rate.n >= _LEAST]
        figure = comparison_of_groups(large, metric, CONFIDENCE)
        yield replace(figure, subject=attribute)


def _comparison(charter: Charter, challenger: Scored, figure: Figure, seed: int) -> GroupComparison:
    metric = Metric(figure.metric)
    # A figure that informs has no minimum of its own, and its small groups are not named.
    least = _LEAST if figure.minimum is None else figure.minimum
    rates = _rates(challenger, figure.subject, metric, seed)
    large = [rate for rate in rates if rate.n >= least]
    small = () if figure.minimum is None else tuple(rate.name for rate in rates if rate.n < least)
    return GroupComparison(
        figure=figure,
        metric=metric,
        extremes=() if figure.value is None else extremes(large),
        left_out=small,
        live_limits=live_limits(charter, metric, figure.subject),
    )


def _rates(challenger: Scored, attribute: str, metric: Metric, seed: int) -> list[GroupRate]:
    if attribute not in challenger.groups.columns:
        return []
    column = challenger.groups[attribute]
    return rates_of_groups(challenger, column, RATES[metric], CONFIDENCE, seed)
