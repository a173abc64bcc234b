"""Whether groups are treated differently, in the words of the business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.evidence.outcome import Direction, Figure, Verdict
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.fairness.gaps import comparison_of_groups
from aipo_pipelines.measures.fairness.rates import RATES, rates_of_groups, rates_of_task
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.risk.limits import agreed_elsewhere, metric_agreed

_LEAST = 30
"""Records of a group from which it is compared where no threshold says so."""

_WORDS: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.SELECTION_RATE_DIFFERENCE: "how often the event is predicted",
        Metric.SELECTION_RATE_RATIO: "how often the event is predicted",
        Metric.TPR_DIFFERENCE: "how many of the real events are found",
        Metric.FPR_DIFFERENCE: "how often there is a false alarm",
        Metric.ERROR_DIFFERENCE: "how often the answer is wrong",
    }
)
_FAR = "how far the answer is off on average"


def discrimination(
    charter: Charter, challenger: Scored, seed: int
) -> tuple[tuple[str, ...], tuple[Figure, ...]]:
    """A sentence for each comparison of groups, and the figures behind them.

    Args:
        charter: Its thresholds for release on fairness decide what is compared; a protected
            attribute without one is compared by what is agreed for live batches, else by the first
            rate of the task, for information.
        challenger: Answers, and the truth where known, with the protected attributes as groups.
        seed: Seed of resampling.
    """
    if not charter.protected:
        sentence = "No protected attribute is declared, so unequal treatment is not measured."
        return (sentence,), ()
    check = measure_fairness(challenger, charter.thresholds, seed, AppliesTo.RELEASE)
    judged = tuple(figure for figure in check.figures if figure.limit is not None)
    held = {figure.subject for figure in judged}
    figures = (*judged, *_informing(charter, challenger, held, seed))
    return tuple(_sentence(charter, figure, challenger.task) for figure in figures), figures


def _informing(charter: Charter, challenger: Scored, held: set[str], seed: int) -> Iterator[Figure]:
    first = rates_of_task(challenger)[0]
    usual = (
        Metric.SELECTION_RATE_DIFFERENCE
        if RATES[Metric.SELECTION_RATE_DIFFERENCE] == first
        else Metric.ERROR_DIFFERENCE
    )
    for attribute in charter.protected:
        if attribute in held or attribute not in challenger.groups.columns:
            continue
        column = challenger.groups[attribute]
        metric = metric_agreed(charter, RATES, attribute) or usual
        rates = rates_of_groups(challenger, column, RATES[metric], CONFIDENCE, seed)
        large = [one for one in rates if one.n >= _LEAST]
        figure = comparison_of_groups(large, metric, CONFIDENCE)
        yield replace(figure, subject=attribute)


def _sentence(charter: Charter, figure: Figure, task: Task) -> str:
    """What the figure says about its attribute."""
    metric = Metric(figure.metric)
    numeric = metric is Metric.ERROR_DIFFERENCE and task not in CLASSIFICATION
    what = _FAR if numeric else _WORDS[metric]
    # `comparison_of_groups` notes its rate, a colon, and the groups with their values.
    groups = figure.note.partition(": ")[2]
    if figure.value is None:
        agreed = "" if figure.limit is None else f"; {_judgement(charter, figure)}"
        return (
            f"Whether groups of {figure.subject} are treated alike cannot be told: {figure.note}"
            f"{agreed}."
        )
    gap = "the smallest ratio is" if figure.direction is Direction.AT_LEAST else "the gap is"
    interval = figure.interval
    reach = (
        f" ({interval.level:.0%} interval {interval.low:.3f} to {interval.high:.3f})"
        if interval
        else ""
    )
    told = f"{what} ({groups}); {gap} {figure.value:.3f}{reach}"
    return f"Groups of {figure.subject} differ in {told}, {_judgement(charter, figure)}."


def _judgement(charter: Charter, figure: Figure) -> str:
    if figure.limit is None or figure.verdict is None:
        return f"and {agreed_elsewhere(charter, Metric(figure.metric), figure.subject)}"
    side = "least" if figure.direction is Direction.AT_LEAST else "most"
    agreed = f"agreed is at {side} {figure.limit:g}"
    return {
        Verdict.FAIL: f"which is unequal treatment beyond the limit: {agreed}",
        Verdict.PASS: f"within the limit: {agreed}",
        Verdict.INSUFFICIENT: f"which these records cannot judge: {agreed}",
    }[figure.verdict]
