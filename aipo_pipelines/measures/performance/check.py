"""The check `performance`: does the model do what was agreed, on records whose truth is known?

All standard metrics of the task are measured. Metrics with a threshold are judged as
`metrics.verdict` describes and decide the check; the others inform. The check also shows the
metrics of the naive baseline on the same records (`naive_<metric>`), because a limit means little
without them. Estimates without labels are separate: see `estimate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.outcome import (
    UNUSABLE_ANSWERS,
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.drift.original import drops
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs, pair, usable_rows
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.slices import slices_of
from aipo_pipelines.measures.metrics.table import CONFIDENCE, metric_of_pairs, metrics_of
from aipo_pipelines.measures.metrics.verdict import judge, judge_drop, thresholds_for

CHECK = "performance"


def measure_performance(
    scored: Scored,
    thresholds: Sequence[Threshold],
    baseline: Sequence[Figure],
    seed: int,
    applies_to: AppliesTo = AppliesTo.LIVE,
    original: Sequence[Figure] | None = None,
) -> CheckOutcome[PerformanceDetails]:
    """Measures a model's answers against the truth.

    Args:
        scored: Answers beside the truth.
        thresholds: The charter's. Thresholds on groups or on calibration have their own checks.
        baseline: Release figures of the champion, for `maximum_drop`.
        seed: Seed of resampling.
        applies_to: Whether the thresholds of live batches or of a release are used.
        original: Release figures of the original baseline, which inform; None if the champion is
            the original baseline.

    Returns:
        The judged figures first. Without thresholds the check passes for information and says
        so. It is insufficient without labels, or with too few.
    """
    agreed = _agreed(thresholds, applies_to)
    pairs = pair(scored)
    if pairs.labelled == 0:
        return _unlabelled(scored, agreed)
    judged = (
        *(figure for threshold in agreed for figure in _judged(threshold, pairs, baseline, seed)),
        unusable_answers(scored),
    )
    return CheckOutcome(
        check=CHECK,
        verdict=overall(judged),
        severity=Severity.CRITICAL,
        summary=_summary(judged, pairs),
        figures=(
            *judged,
            *_informing(pairs, judged, seed),
            *(() if original is None else drops(judged, agreed, original)),
            _coverage(scored),
        ),
        details=PerformanceDetails(
            records=len(scored.predicted),
            labelled=pairs.labelled,
            without_usable_answer=pairs.unusable,
            slices=tuple(_slices(scored, pairs, seed)),
        ),
    )


def _agreed(thresholds: Sequence[Threshold], applies_to: AppliesTo) -> list[Threshold]:
    # The calibration error needs its bias by chance, which only the check `calibration` computes.
    return [
        threshold
        for threshold in thresholds_for(thresholds, applies_to, fairness=False)
        if threshold.metric is not Metric.CALIBRATION_ERROR
    ]


def _judged(
    threshold: Threshold, pairs: Pairs, baseline: Sequence[Figure], seed: int
) -> tuple[Figure, ...]:
    figure = metric_of_pairs(threshold.metric, pairs, threshold.confidence, seed)
    judged = judge(figure, threshold)
    if threshold.maximum_drop is None:
        return (judged,)
    return judged, judge_drop(figure, baseline, threshold)


def _informing(pairs: Pairs, judged: tuple[Figure, ...], seed: int) -> tuple[Figure, ...]:
    """The other metrics of the task, and the naive baseline."""
    measured = {figure.metric for figure in judged}
    further = tuple(
        metric_of_pairs(metric, pairs, CONFIDENCE, seed)
        for metric in metrics_of(pairs.task, pairs)
        if metric.value not in measured
    )
    return further + _naive(pairs, seed)


def unusable_answers(scored: Scored) -> Figure:
    """Share of answers that are infinite or without a score; every such answer fails the check."""
    # These answers are left out of all metrics. Without a limit of its own, a model that answers
    # nonsense for half of the records would be judged by the other half.
    n = len(scored.predicted)
    missing = int(scored.predicted.isna().sum())
    broken = int((~usable_rows(scored)).sum()) - missing
    return Figure(
        metric=UNUSABLE_ANSWERS,
        value=broken / n if n else None,
        n=n,
        limit=0.0,
        direction=Direction.AT_MOST,
        verdict=Verdict.FAIL if broken else Verdict.PASS,
        note=f"{broken} answers are infinite or without a score, {missing} are missing",
    )


def _naive(pairs: Pairs, seed: int) -> tuple[Figure, ...]:
    if pairs.naive is None:
        return ()
    known = ~np.isnan(pairs.naive)
    baseline = replace(
        pairs,
        truth=pairs.truth[known],
        predicted=pairs.naive[known],
        probability=None,
        naive=None,
    )
    if baseline.n == 0:
        return ()
    # Only metrics of plain answers: the naive baseline has no scores to rank or to calibrate.
    metrics = (
        (Metric.ACCURACY, Metric.BALANCED_ACCURACY)
        if pairs.task in CLASSIFICATION
        else (Metric.MAE, Metric.RMSE)
    )
    figures = (metric_of_pairs(metric, baseline, CONFIDENCE, seed) for metric in metrics)
    return tuple(
        replace(figure, metric=derived(figure.metric, Derivation.NAIVE)) for figure in figures
    )


def _coverage(scored: Scored) -> Figure:
    n, labelled = len(scored.predicted), int(scored.labelled.sum())
    return Figure(
        metric="label_coverage",
        value=labelled / n if n else None,
        n=n,
        interval=None,
        direction=Direction.AT_LEAST,
        note=f"{labelled} of {n} records have a known truth",
    )


def _slices(scored: Scored, pairs: Pairs, seed: int) -> Iterator[Figure]:
    # One metric per slice, without a verdict: a limit per slice would fail by chance somewhere.
    metric = Metric.ACCURACY if pairs.task in CLASSIFICATION else Metric.MAE
    for name, mask in slices_of(scored):
        part = pairs.select(mask[pairs.counted])
        if part.n:
            figure = metric_of_pairs(metric, part, CONFIDENCE, seed)
            yield replace(figure, subject=name)


def _unlabelled(scored: Scored, agreed: Sequence[Threshold]) -> CheckOutcome[PerformanceDetails]:
    # The agreed metrics are listed without a value, so that the answer shows what is missing.
    note = "no truth is known yet"
    figures = tuple(
        judge(
            Figure(metric=threshold.metric.value, value=None, n=0, note=note),
            threshold,
        )
        for threshold in agreed
    )
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.CRITICAL,
        summary=(
            f"Performance cannot be judged: none of the {len(scored.predicted)} records has a "
            "known truth yet."
        ),
        figures=(*figures, _coverage(scored)),
        details=PerformanceDetails(records=len(scored.predicted)),
    )


def _summary(judged: tuple[Figure, ...], pairs: Pairs) -> str:
    # The failing figures alone: they decide, and a reader of the alert has no time for the rest.
    limits = [figure for figure in judged if figure.metric != UNUSABLE_ANSWERS]
    failing = _with_verdict(judged, Verdict.FAIL)
    unsure = _with_verdict(limits, Verdict.INSUFFICIENT)
    if failing:
        return f"On {pairs.n} records: {'; '.join(_words(figure) for figure in failing)}."
    if unsure:
        names = ", ".join(figure.metric for figure in unsure)
        return f"{pairs.n} records are not enough to judge {names}."
    if not limits:
        return f"Measured on {pairs.n} records; no limit is agreed."
    return f"{_all_hold(len(limits))} on {pairs.n} records."


def _with_verdict(figures: Sequence[Figure], verdict: Verdict) -> list[Figure]:
    return [figure for figure in figures if figure.verdict is verdict]


def _all_hold(limits: int) -> str:
    return "The one agreed limit holds" if limits == 1 else f"All {limits} agreed limits hold"


def _words(figure: Figure) -> str:
    """A failing figure in words: its value and the limit that it breaks."""
    side = "at least" if figure.direction is Direction.AT_LEAST else "at most"
    return f"{figure.metric} is {figure.value:.4g}, agreed is {side} {figure.limit:.4g}"
