"""Whether groups are treated differently, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Direction, Verdict
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.risk.assessment import RiskAssessment
from aipo_pipelines.measures.risk.groups import GroupComparison
from aipo_pipelines.reports.risk.limits import only_live

_DIFFERENCES: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.SELECTION_RATE_DIFFERENCE: "how often the event is predicted",
        Metric.SELECTION_RATE_RATIO: "how often the event is predicted",
        Metric.TPR_DIFFERENCE: "how many of the real events are found",
        Metric.FPR_DIFFERENCE: "how often there is a false alarm",
        Metric.ERROR_DIFFERENCE: "how often the answer is wrong",
    }
)
_DISTANCE = "how far the answer is off on average"
_VERDICTS = {
    Verdict.FAIL: "which is unequal treatment beyond the limit",
    Verdict.PASS: "within the limit",
    Verdict.INSUFFICIENT: "which these records cannot judge",
}


def group_sentences(risk: RiskAssessment) -> tuple[str, ...]:
    """A sentence for each comparison of groups."""
    if not risk.has_protected:
        return ("No protected attribute is declared, so unequal treatment is not measured.",)
    return tuple(_sentence(comparison, risk.task) for comparison in risk.comparisons)


def _sentence(comparison: GroupComparison, task: Task) -> str:
    figure, verdict = comparison.figure, _verdict(comparison)
    if figure.value is None:
        judged = "" if figure.limit is None else f"; {verdict}"
        about = f"Whether groups of {figure.subject} are treated alike is unknown"
        return f"{about}: {figure.note}{judged}."
    gap = "the smallest ratio is" if figure.direction is Direction.AT_LEAST else "the gap is"
    interval = figure.interval
    reach = (
        f" ({interval.level:.0%} interval {interval.low:.3f} to {interval.high:.3f})"
        if interval
        else ""
    )
    difference = _difference(comparison.metric, task)
    return (
        f"Groups of {figure.subject} differ in {difference} ({_groups(comparison)}); {gap} "
        f"{figure.value:.3f}{reach}, {verdict}."
    )


def _difference(metric: Metric, task: Task) -> str:
    # Of numbers no answer is right or wrong; the same metric compares how far they are off.
    numeric = metric is Metric.ERROR_DIFFERENCE and task not in CLASSIFICATION
    return _DISTANCE if numeric else _DIFFERENCES[metric]


def _groups(comparison: GroupComparison) -> str:
    rates = ", ".join(f"{rate.name} {rate.value:.3f}" for rate in comparison.extremes)
    if not comparison.left_out:
        return rates
    # Small groups are named, so that nobody takes them for compared.
    names = ", ".join(comparison.left_out)
    return f"{rates}; fewer than {comparison.figure.minimum} records, not compared: {names}"


def _verdict(comparison: GroupComparison) -> str:
    figure = comparison.figure
    # Only a limit for releases judges a release; the limit of live batches is shown.
    if figure.limit is None or figure.verdict is None:
        return f"and {only_live(comparison.live_limits)}"
    side = "least" if figure.direction is Direction.AT_LEAST else "most"
    return f"{_VERDICTS[figure.verdict]}: agreed is at {side} {figure.limit:g}"
