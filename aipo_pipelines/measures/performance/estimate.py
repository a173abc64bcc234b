"""Performance without labels, estimated from the scores (CBPE) and marked as estimated.

For binary products the scores, read as probabilities, say how many answers are expected to be
right. This is true only if the scores are calibrated and the batch resembles the data of that
calibration. An estimate can never see concept drift, which changes exactly this relation.

Therefore an estimate is made only if the last calibration check and the drift check of this batch
have both passed. Its figures have `estimated=True` and no verdict, and the check remains
insufficient: an estimate satisfies no threshold. Other tasks have no estimate.

Method: labels are drawn from the scores, and the metric is computed for each draw. Value and
interval are the mean and the percentiles (confidence-based performance estimation, as NannyML
describes it).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.details.performance import PerformanceDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Severity, Verdict
from aipo_pipelines.measures.metrics.aligned import numbers, usable_rows
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.metrics.verdict import direction_of
from aipo_pipelines.measures.performance.check import CHECK
from aipo_pipelines.measures.statistics.intervals import Floats, percentile

DRAWS = 200
"""Sets of drawn labels: the end of a 95 % bound then comes from 10 of them."""

_CHUNK = 10
"""Sets that are drawn at once, so that memory stays at ten times the batch."""

Draws = dict[Metric, Floats]


def estimate_performance(
    scored: Scored, calibration: Verdict | None, drift: Verdict | None, seed: int
) -> CheckOutcome[PerformanceDetails]:
    """Estimates accuracy, precision, recall, F1 and area under the curve of an unlabelled batch.

    Args:
        scored: Answers; the truth is not looked at.
        calibration: Verdict of the champion's last calibration check; None without a check.
        drift: Verdict of `data_drift` on this batch; None without a check.
        seed: Seed of the drawn labels.

    Returns:
        The check `performance`, always insufficient.
    """
    refusal = _refusal(scored, calibration, drift)
    if refusal:
        return _outcome(f"No label is known and no estimate was made: {refusal}.", ())
    usable = usable_rows(scored)
    table, positive = scored.probability, scored.positive
    assert table is not None  # noqa: S101 - refused above
    assert positive is not None  # noqa: S101 - refused above
    score = numbers(table.loc[usable, positive])
    answer = numbers(scored.predicted[usable].eq(positive))
    drawn = _drawn_metrics(score, answer, seed)
    figures = tuple(_figure(metric, values, len(score), seed) for metric, values in drawn.items())
    return _outcome(
        f"No label is known yet; estimated from the scores of {len(score)} records, which is no "
        "evidence of performance.",
        figures,
    )


def _refusal(scored: Scored, calibration: Verdict | None, drift: Verdict | None) -> str:
    table = scored.probability
    if scored.task is not Task.BINARY:
        return f"there is no sound estimate for {scored.task.value}"
    if table is None or scored.positive not in table.columns:
        return "the model states no probability of the event"
    scores = table.loc[usable_rows(scored), scored.positive]
    if scores.empty or not scores.between(0, 1).all():
        return "the scores are no probabilities"
    # A missing check is no pass: without proof of calibration the estimate would be a guess.
    if calibration is not Verdict.PASS:
        return "the last calibration check did not pass"
    if drift is not Verdict.PASS:
        return "the inputs of this batch are not shown to resemble the reference"
    return ""


def _drawn_metrics(score: Floats, answer: Floats, seed: int) -> Draws:
    from scipy.stats import rankdata

    rng = np.random.default_rng(seed)
    # The scores are the same in every draw, so that they are ranked once for all areas.
    ranks = rankdata(score)
    parts = [_metrics_of_draws(labels, answer, ranks) for labels in _labels(score, rng)]
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in parts[0]}


def _labels(score: Floats, rng: np.random.Generator) -> Iterator[Floats]:
    for _ in range(DRAWS // _CHUNK):
        yield (rng.random((_CHUNK, len(score))) < score).astype(np.float64)


def _metrics_of_draws(labels: Floats, answer: Floats, ranks: Floats) -> Draws:
    n, events, selected = labels.shape[1], labels.sum(axis=1), answer.sum()
    hits = labels @ answer
    # A draw without an event, or without a non-event, has no area; `_figure` leaves it out.
    with np.errstate(divide="ignore", invalid="ignore"):
        area = (labels @ ranks - events * (events + 1) / 2) / (events * (n - events))
        return {
            Metric.ACCURACY: (2 * hits + n - events - selected) / n,
            Metric.PRECISION: hits / selected,
            Metric.RECALL: hits / events,
            Metric.F1: 2 * hits / (events + selected),
            Metric.ROC_AUC: area,
        }


def _figure(metric: Metric, values: Floats, n: int, seed: int) -> Figure:
    known = values[np.isfinite(values)]
    return Figure(
        metric=metric.value,
        value=float(known.mean()) if len(known) else None,
        n=n,
        interval=percentile(values, CONFIDENCE, f"labels drawn {DRAWS} times, seed {seed}"),
        direction=direction_of(metric),
        estimated=True,
        note="estimated from the scores (CBPE); cannot see concept drift",
    )


def _outcome(summary: str, figures: tuple[Figure, ...]) -> CheckOutcome[PerformanceDetails]:
    return CheckOutcome(
        check=CHECK,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.CRITICAL,
        summary=summary,
        figures=figures,
        details=PerformanceDetails(estimated=bool(figures)),
    )
