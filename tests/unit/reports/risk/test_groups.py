"""Whether groups are treated differently, in sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.fairness.rates import GroupRate
from aipo_pipelines.measures.risk.assessment import RiskAssessment, Sample
from aipo_pipelines.measures.risk.groups import GroupComparison
from aipo_pipelines.measures.risk.probability import NothingLabelled
from aipo_pipelines.reports.risk.groups import group_sentences

Agreed = Callable[..., Threshold]

AROUND = Interval(low=0.25, high=0.35, level=0.9, method="Newcombe")
GAP = Figure(
    metric="selection_rate_difference",
    value=0.3,
    n=400,
    interval=AROUND,
    subject="sex",
    direction=Direction.AT_MOST,
)


def rate(name: str, value: float) -> GroupRate:
    return GroupRate(name=name, value=value, n=200, interval=AROUND, share=True)


def comparison(figure: Figure = GAP, **changes: Any) -> GroupComparison:
    members: dict[str, Any] = {
        "metric": Metric(figure.metric),
        "extremes": (rate("m", 0.6), rate("f", 0.3)),
        "left_out": (),
        "live_limits": (),
    }
    return GroupComparison(figure=figure, **{**members, **changes})


def assessment(*comparisons: GroupComparison, task: Task = Task.BINARY) -> RiskAssessment:
    return RiskAssessment(
        task=task,
        gates=(),
        has_protected=True,
        comparisons=comparisons,
        trust=NothingLabelled(),
        priced=(),
        unpriced=None,
        perturbations=(),
        sample=Sample(n=400, minimum=100, unseen=None),
        unmeasured=(),
    )


def sentence(*args: Any, task: Task = Task.BINARY, **changes: Any) -> str:
    (only,) = group_sentences(assessment(comparison(*args, **changes), task=task))
    return only


def test_without_a_protected_attribute_the_sentence_says_that_nothing_is_measured() -> None:
    risk = replace(assessment(comparison()), has_protected=False)
    assert group_sentences(risk) == (
        "No protected attribute is declared, so unequal treatment is not measured.",
    )


def test_a_gap_without_a_limit_is_said_with_both_groups_and_its_interval() -> None:
    assert sentence() == (
        "Groups of sex differ in how often the event is predicted (m 0.600, f 0.300); the gap is "
        "0.300 (90% interval 0.250 to 0.350), and no limit is agreed."
    )


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.PASS, "within the limit: agreed is at most 0.4."),
        (Verdict.FAIL, "which is unequal treatment beyond the limit: agreed is at most 0.4."),
        (Verdict.INSUFFICIENT, "which these records cannot judge: agreed is at most 0.4."),
    ],
)
def test_a_gap_is_judged_by_the_limit_of_a_release(verdict: Verdict, words: str) -> None:
    assert sentence(replace(GAP, limit=0.4, verdict=verdict)).endswith(words)


def test_a_limit_of_live_batches_is_shown_and_judges_nothing(agreed: Agreed) -> None:
    limits = (agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.2),)
    assert sentence(live_limits=limits).endswith(
        ", and a release is not judged by it; agreed for live batches is at most 0.2."
    )


def test_a_ratio_is_the_smallest_ratio_with_a_lower_limit() -> None:
    ratio = replace(
        GAP,
        metric="selection_rate_ratio",
        value=0.5,
        direction=Direction.AT_LEAST,
        limit=0.8,
        verdict=Verdict.FAIL,
    )
    words = sentence(ratio)
    assert "; the smallest ratio is 0.500 (90% interval" in words
    assert words.endswith("beyond the limit: agreed is at least 0.8.")


@pytest.mark.parametrize(
    ("metric", "task", "words"),
    [
        (Metric.TPR_DIFFERENCE, Task.BINARY, "how many of the real events are found"),
        (Metric.FPR_DIFFERENCE, Task.BINARY, "how often there is a false alarm"),
        (Metric.ERROR_DIFFERENCE, Task.MULTICLASS, "how often the answer is wrong"),
        (Metric.ERROR_DIFFERENCE, Task.REGRESSION, "how far the answer is off on average"),
        (Metric.ERROR_DIFFERENCE, Task.FORECASTING, "how far the answer is off on average"),
    ],
)
def test_each_rate_has_words_of_its_own(metric: Metric, task: Task, words: str) -> None:
    words_of_gap = sentence(replace(GAP, metric=metric.value), task=task)
    assert words_of_gap.startswith(f"Groups of sex differ in {words} (m")


def test_groups_that_are_too_small_are_named_with_the_minimum() -> None:
    words = sentence(replace(GAP, minimum=50), left_out=("x", "y"))
    assert "(m 0.600, f 0.300; fewer than 50 records, not compared: x, y); the gap" in words


def test_a_gap_without_an_interval_is_said_without_one() -> None:
    assert "the gap is 0.300, and no limit" in sentence(replace(GAP, interval=None))


@pytest.mark.parametrize(
    ("limit", "end"),
    [
        (None, "only 1 group has enough records."),
        (0.1, "only 1 group has enough records; which these records cannot judge: agreed is at"),
    ],
)
def test_a_gap_that_cannot_be_known_says_why(limit: float | None, end: str) -> None:
    verdict = None if limit is None else Verdict.INSUFFICIENT
    unknown = replace(
        GAP,
        value=None,
        interval=None,
        note="only 1 group has enough records",
        limit=limit,
        verdict=verdict,
    )
    words = sentence(unknown, extremes=())
    assert words.startswith(f"Whether groups of sex are treated alike is unknown: {end}")


def test_every_comparison_has_its_sentence_in_order() -> None:
    first, second = comparison(), comparison(replace(GAP, subject="age"))
    sentences = group_sentences(assessment(first, second))
    assert [words.split(" differ")[0] for words in sentences] == ["Groups of sex", "Groups of age"]
