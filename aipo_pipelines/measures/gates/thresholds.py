"""One gate per threshold for release, in words for the decision of a product owner."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.details.training import LimitDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.calibration.check import measure_calibration
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.fairness.rates import ERROR, FPR, MAE, RATES, SELECTION, TPR
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import measure_metric
from aipo_pipelines.measures.metrics.verdict import judge

_SHARES: Mapping[str, str] = MappingProxyType(
    {
        SELECTION: "is selected in",
        TPR: "is recognised, if the event happens, in",
        FPR: "is selected wrongly, if the event does not happen, in",
        ERROR: "is answered wrongly in",
    }
)


def threshold_gate(name: str, threshold: Threshold, scored: Scored, seed: int) -> CheckOutcome:
    """Judges one threshold for release on held-out records.

    Args:
        name: Of the gate.
        threshold: The agreed limit; the gate `champion` judges its `maximum_drop`.
        scored: The challenger's answers beside the truth.
        seed: Seed of resampling.

    Returns:
        The judged figures first. Fairness metrics may have several attributes, and the rates of
        the groups follow.
    """
    if threshold.metric in FAIRNESS_METRICS:
        judged, informing = _fairness(threshold, scored, seed)
    elif threshold.metric is Metric.CALIBRATION_ERROR:
        judged, informing = _calibration(threshold, scored, seed)
    else:
        figure = measure_metric(threshold.metric, scored, threshold.confidence, seed)
        judged, informing = (judge(figure, threshold),), ()
    sentences = [_words(figure, informing) for figure in judged]
    summary = "; ".join(sentences or ["There is no protected attribute to compare by"]) + "."
    verdict = overall(judged)
    if verdict is not Verdict.PASS:
        # The reader of a refusal usually did not take part in the agreement on the limit.
        summary = f"{summary} Why this limit: {threshold.reason.removesuffix('.')}."
    return CheckOutcome(
        check=name,
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary=summary,
        figures=(*judged, *informing),
        details=LimitDetails(reason=threshold.reason, owner=threshold.owner.value),
    )


def _fairness(
    threshold: Threshold, scored: Scored, seed: int
) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    figures = measure_fairness(scored, (threshold,), seed, AppliesTo.RELEASE).figures
    judged = tuple(figure for figure in figures if figure.metric == threshold.metric.value)
    rates = {RATES[threshold.metric]}
    # The error of numbers has a name of its own.
    if threshold.metric is Metric.ERROR_DIFFERENCE:
        rates.add(MAE)
    attributes = [figure.subject for figure in judged]
    return judged, tuple(
        figure
        for figure in figures
        if figure.metric in rates and any(map(figure.is_of_group, attributes))
    )


def _calibration(
    threshold: Threshold, scored: Scored, seed: int
) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    figures = measure_calibration(scored, (threshold,), seed, AppliesTo.RELEASE).figures
    judged = [figure for figure in figures if figure.metric == threshold.metric.value]
    # The check measures a slope and a bias for numbers, but the agreed error does not exist there.
    # The gate is then without a verdict, and never without a figure.
    if not judged:
        note = "the model states no probabilities"
        judged = [Figure(metric=threshold.metric.value, value=None, n=0, note=note)]
    if judged[0].limit is None:
        judged = [judge(judged[0], threshold)]
    return tuple(judged), tuple(figure for figure in figures if figure not in judged)


def _words(figure: Figure, groups: tuple[Figure, ...]) -> str:
    about = f"{figure.subject}: " if figure.subject else ""
    if figure.value is None or figure.interval is None:
        return f"{about}{figure.metric} cannot be judged ({figure.note})"
    spread = f"[{figure.interval.low:.3g}, {figure.interval.high:.3g}]"
    side = "at least" if figure.direction is Direction.AT_LEAST else "at most"
    agreed = f"agreed is {side} {figure.limit:.3g}"
    compared = _groups(figure, groups)
    if compared:
        kind = "a ratio" if figure.direction is Direction.AT_LEAST else "a difference"
        text = f"{compared}: {kind} of {figure.value:.3g} {spread}, {agreed}"
    else:
        text = (
            f"{about}{figure.metric} is {figure.value:.4g} {spread} on {figure.n} records, {agreed}"
        )
    if figure.verdict is Verdict.INSUFFICIENT:
        return f"{text}; this cannot be decided yet ({figure.note})"
    return text


def _groups(figure: Figure, groups: tuple[Figure, ...]) -> str:
    """The two groups with the largest difference, and how each is treated."""
    rated = [
        (group.value, group)
        for group in groups
        if group.is_of_group(figure.subject)
        and group.value is not None
        and group.n >= (group.minimum or 1)
    ]
    if not figure.subject or not rated:
        return ""
    (most, high), (least, low) = max(rated, key=_first), min(rated, key=_first)
    share = _SHARES.get(high.metric)
    if share is None:
        return (
            f"the answers for {high.subject} are off by {most:.4g} on average, those for "
            f"{low.subject} by {least:.4g}"
        )
    return (
        f"{high.subject} {share} {100 * most:.0f} % of cases, {low.subject} in {100 * least:.0f} %"
    )


def _first(rated: tuple[float, Figure]) -> float:
    return rated[0]
