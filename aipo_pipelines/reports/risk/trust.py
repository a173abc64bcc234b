"""Whether stated probabilities, or predicted numbers, agree with the outcomes, in sentences."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.risk.probability import (
    NoProbabilities,
    NothingLabelled,
    PredictedNumbers,
    StatedProbabilities,
    Trust,
)
from aipo_pipelines.reports.risk.limits import only_live

_VERDICTS = {
    Verdict.PASS: "within",
    Verdict.FAIL: "beyond",
    Verdict.INSUFFICIENT: "not shown to be within",
}


def trust_sentences(task: Task, trust: Trust) -> tuple[str, ...]:
    """How far the answers agree with the outcomes, and whether they are too extreme."""
    match trust:
        case NothingLabelled():
            return ("Whether the answers can be trusted is unknown: no record is labelled.",)
        case NoProbabilities():
            return ("The model states no probabilities that could be compared with the outcomes.",)
        case StatedProbabilities():
            return (_probabilities(task, trust), *_extreme(task, trust.slope))
        case PredictedNumbers():
            return (_numbers(trust.bias), *_extreme(task, trust.slope))
        case _:
            assert_never(trust)


def _probabilities(task: Task, trust: StatedProbabilities) -> str:
    event = "the event" if task is Task.BINARY else "being right"
    mean = f"On average the model gives {event} {trust.stated:.1%}"
    size = f"its probabilities are off by {trust.error.value or 0.0:.3f} on average"
    # Chance alone gives an error above zero, so the size alone says nothing.
    because = "no more than chance explains" if trust.by_chance else "more than chance explains"
    happened = f"it happened in {trust.happened:.1%}"
    return f"{mean}; {happened}; {size}, {because}{_limit(trust)}."


def _limit(trust: StatedProbabilities) -> str:
    error = trust.error
    if error.limit is None or error.verdict is None:
        return f", and {only_live(trust.live_limits)}"
    return f", {_VERDICTS[error.verdict]} the agreed limit of {error.limit:g}"


def _numbers(bias: Figure) -> str:
    if bias.value is None:
        return f"Whether answers are right on average is unknown: {bias.note}."
    return f"Errors add up to {bias.value:.4g} per record in the target's unit ({bias.note})."


def _extreme(task: Task, slope: Figure | None) -> tuple[str, ...]:
    """Whether the answers are too bold or too timid, if the interval of the slope shows it."""
    # An interval that contains 1 shows no fault, only chance.
    if slope is None or slope.interval is None or slope.interval.low <= 1 <= slope.interval.high:
        return ()
    interval, classified = slope.interval, task in CLASSIFICATION
    reach = f"{interval.level:.0%} interval {interval.low:.2f} to {interval.high:.2f}; 1 is right"
    measured = f"(calibration slope {slope.value:.2f}, {reach})"
    if interval.high < 1:
        fault = (
            "over-confident: its probabilities are" if classified else "too bold: its answers are"
        )
        return (f"The model is {fault} too extreme {measured}.",)
    fault = "under-confident: its probabilities lie" if classified else "too timid: its answers lie"
    return (f"The model is {fault} too near the middle {measured}.",)
