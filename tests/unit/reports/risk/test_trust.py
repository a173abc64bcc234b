"""How far the answers of a model agree with the outcomes, in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.outcome import Figure, Interval, Verdict
from aipo_pipelines.measures.risk.probability import (
    NoProbabilities,
    NothingLabelled,
    PredictedNumbers,
    StatedProbabilities,
)
from aipo_pipelines.reports.risk.trust import trust_sentences

Agreed = Callable[..., Threshold]


def error(**changes: Any) -> Figure:
    return Figure(metric="expected_calibration_error", n=400, **{"value": 0.0421, **changes})


def slope(low: float, high: float) -> Figure:
    around = Interval(low=low, high=high, level=0.9, method="Wald")
    return Figure(metric="calibration_slope", value=(low + high) / 2, n=400, interval=around)


def probabilities(**changes: Any) -> StatedProbabilities:
    members: dict[str, Any] = {
        "stated": 0.25,
        "happened": 0.3014,
        "error": error(),
        "by_chance": True,
        "slope": None,
        "live_limits": (),
        "figures": (),
    }
    return StatedProbabilities(**{**members, **changes})


def test_without_labels_nothing_is_known() -> None:
    assert trust_sentences(Task.BINARY, NothingLabelled()) == (
        "Whether the answers can be trusted is unknown: no record is labelled.",
    )


def test_without_probabilities_nothing_can_be_compared() -> None:
    assert trust_sentences(Task.BINARY, NoProbabilities()) == (
        "The model states no probabilities that could be compared with the outcomes.",
    )


def test_probabilities_are_compared_with_the_share_of_the_event() -> None:
    assert trust_sentences(Task.BINARY, probabilities()) == (
        (
            "On average the model gives the event 25.0%; it happened in 30.1%; its probabilities "
            "are off by 0.042 on average, no more than chance explains, and no limit is agreed."
        ),
    )


def test_several_classes_are_compared_by_being_right() -> None:
    (words,) = trust_sentences(Task.MULTICLASS, probabilities(by_chance=False))
    assert words.startswith("On average the model gives being right 25.0%")
    assert ", more than chance explains, " in words


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.PASS, ", within the agreed limit of 0.05."),
        (Verdict.FAIL, ", beyond the agreed limit of 0.05."),
        (Verdict.INSUFFICIENT, ", not shown to be within the agreed limit of 0.05."),
    ],
)
def test_the_error_is_judged_by_the_limit_of_a_release(verdict: Verdict, words: str) -> None:
    trust = probabilities(error=error(limit=0.05, verdict=verdict))
    assert trust_sentences(Task.BINARY, trust)[0].endswith(words)


def test_a_limit_of_live_batches_is_shown_and_judges_nothing(agreed: Agreed) -> None:
    trust = probabilities(live_limits=(agreed(Metric.CALIBRATION_ERROR, 0.2),))
    assert trust_sentences(Task.BINARY, trust)[0].endswith(
        ", and a release is not judged by it; agreed for live batches is at most 0.2."
    )


@pytest.mark.parametrize(
    ("low", "high", "task", "words"),
    [
        (0.6, 0.8, Task.BINARY, "over-confident: its probabilities are too extreme"),
        (1.2, 1.4, Task.BINARY, "under-confident: its probabilities lie too near the middle"),
    ],
)
def test_a_slope_away_from_one_shows_too_much_or_too_little_confidence(
    low: float, high: float, task: Task, words: str
) -> None:
    _, fault = trust_sentences(task, probabilities(slope=slope(low, high)))
    middle = (low + high) / 2
    assert fault == (
        f"The model is {words} (calibration slope {middle:.2f}, 90% interval {low:.2f} to "
        f"{high:.2f}; 1 is right)."
    )


@pytest.mark.parametrize(("low", "high"), [(0.9, 1.1), (1.0, 1.3), (0.8, 1.0)])
def test_a_slope_whose_interval_contains_one_shows_no_fault(low: float, high: float) -> None:
    assert len(trust_sentences(Task.BINARY, probabilities(slope=slope(low, high)))) == 1


def test_a_slope_without_an_interval_shows_no_fault() -> None:
    bare = Figure(metric="calibration_slope", value=0.5, n=400)
    assert len(trust_sentences(Task.BINARY, probabilities(slope=bare))) == 1


def bias(value: float | None, note: str) -> Figure:
    return Figure(metric="bias", value=value, n=400, note=note)


def test_numbers_are_judged_by_their_mean_error() -> None:
    trust = PredictedNumbers(bias=bias(2.34567, "too high"), slope=None, figures=())
    assert trust_sentences(Task.REGRESSION, trust) == (
        "Errors add up to 2.346 per record in the target's unit (too high).",
    )


def test_a_mean_error_that_cannot_be_known_says_why() -> None:
    trust = PredictedNumbers(bias=bias(None, "a value overflows"), slope=None, figures=())
    assert trust_sentences(Task.REGRESSION, trust) == (
        "Whether answers are right on average is unknown: a value overflows.",
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.6, 0.8, "The model is too bold: its answers are too extreme (calibration"),
        (1.2, 1.4, "The model is too timid: its answers lie too near the middle (calibration"),
    ],
)
def test_numbers_are_too_bold_or_too_timid(low: float, high: float, words: str) -> None:
    trust = PredictedNumbers(bias=bias(0.0, "right"), slope=slope(low, high), figures=())
    assert trust_sentences(Task.FORECASTING, trust)[1].startswith(words)
