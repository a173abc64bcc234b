"""Whether stated probabilities, or numbers, can be taken at their word."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import CalibrationDetails
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.measures.calibration.check import measure_calibration
from aipo_pipelines.measures.calibration.slope import METRIC as SLOPE
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs, pair
from aipo_pipelines.measures.metrics.reliability import stated
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.limits import agreed_elsewhere


def trust_in_answers(
    charter: Charter, challenger: Scored, seed: int
) -> tuple[tuple[str, ...], tuple[Figure, ...]]:
    """Sentences on calibration, and the figures behind them.

    Args:
        charter: Its thresholds for release on calibration are the limits.
        challenger: Answers beside the truth.
        seed: Seed of resampling.
    """
    pairs = pair(challenger)
    if pairs.n == 0:
        return ("Whether answers can be taken at their word is unknown: nothing is labelled.",), ()
    if pairs.task in CLASSIFICATION and not pairs.probabilistic:
        return ("The model states no probabilities that could be held to what happens.",), ()
    check = measure_calibration(challenger, charter.thresholds, seed, AppliesTo.RELEASE)
    by_name = {figure.metric: figure for figure in check.figures}
    first = (
        _of_probabilities(
            charter,
            pairs,
            by_name[Metric.CALIBRATION_ERROR.value],
            details_of(CalibrationDetails, check.details),
        )
        if pairs.task in CLASSIFICATION
        else _of_numbers(by_name[Metric.BIAS.value])
    )
    slope = by_name.get(SLOPE)
    extreme = () if slope is None else _extreme(slope, pairs.task)
    return (first, *extreme), check.figures


def _of_probabilities(
    charter: Charter, pairs: Pairs, error: Figure, details: CalibrationDetails
) -> str:
    told = stated(pairs)
    said, happened = float(told.probability.mean()), float(told.happened.mean())
    what = "the event" if pairs.task is Task.BINARY else "being right"
    mean = f"On average the model gives {what} {said:.1%}; it happened in {happened:.1%}"
    size = f"its probabilities are off by {error.value or 0.0:.3f} on average"
    more = "no more" if details.consistent_with_perfect else "more"
    return f"{mean}; {size}, {more} than chance explains{_limit(charter, error)}."


def _limit(charter: Charter, error: Figure) -> str:
    if error.limit is None or error.verdict is None:
        return f", and {agreed_elsewhere(charter, Metric.CALIBRATION_ERROR)}"
    words = {
        Verdict.PASS: "within",
        Verdict.FAIL: "beyond",
        Verdict.INSUFFICIENT: "not shown to be within",
    }
    return f", {words[error.verdict]} the agreed limit of {error.limit:g}"


def _of_numbers(bias: Figure) -> str:
    if bias.value is None:
        return f"Whether answers are right on average is unknown: {bias.note}."
    return f"Errors add up to {bias.value:.4g} per record in the target's unit ({bias.note})."


def _extreme(slope: Figure, task: Task) -> tuple[str, ...]:
    """Over- or under-confidence, where the interval of the slope shows it."""
    if slope.interval is None or slope.interval.low <= 1 <= slope.interval.high:
        return ()
    interval = slope.interval
    told = f"(calibration slope {slope.value:.2f}, {interval.level:.0%} interval "
    told += f"{interval.low:.2f} to {interval.high:.2f}; 1 is right)"
    if interval.high < 1:
        word = (
            "over-confident: its probabilities are"
            if task in CLASSIFICATION
            else "too bold: its answers are"
        )
        return (f"The model is {word} too extreme {told}.",)
    word = (
        "under-confident: its probabilities lie"
        if task in CLASSIFICATION
        else "too timid: its answers lie"
    )
    return (f"The model is {word} too near the middle {told}.",)
