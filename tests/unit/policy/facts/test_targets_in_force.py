"""The targets of a charter in force, applied to the figures of one evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Outcome
from aipo_pipelines.evidence.outcome import Direction, Interval
from aipo_pipelines.policy.facts.business_targets import (
    MEASURED_BY,
    TARGET,
    as_targeted,
    decides,
    deciding,
    direction_of,
    evaluated_as_live,
    figure_for,
    figures_on_targets,
    judged_by_target,
    judged_targets,
    target_of,
    targets,
    verdict_on_targets,
)
from aipo_pipelines.policy.statements.targets import TargetJudged
from aipo_pipelines.policy.wording.targets import target_sentence, target_text
from tests.unit.policy.stored_facts import (
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    champion,
    evidence,
    measured,
)
from tests.unit.policy.story import charter, threshold

CALIBRATION_TARGET = "performance/calibration_target"
ERROR = "expected_calibration_error"
ACCURACY, RECALL = measured(0.8), measured(0.5, "recall")


def mapped(metric: str = "accuracy", target: float = 0.7, **changes: Any) -> dict[str, Any]:
    """A target that decides."""
    members = {"outcome": "Customers kept.", "metric": metric, "target": target, "unit": "EUR"}
    return {**members, "missed_target": "decides", **changes}


def outcome(metric: str = "accuracy", target: float = 0.7, **changes: Any) -> Outcome:
    return Outcome.model_validate(mapped(metric, target, **changes))


def agreed(*outcomes: dict[str, Any], **changes: Any) -> Charter:
    return charter(outcome_map=list(outcomes), **changes)


# The targets of a charter.


def test_only_targets_that_decide_are_checks() -> None:
    warning = mapped("recall", missed_target="warns")
    both = agreed(warning, mapped(), mapped(ERROR, 0.1), mapped("f1"))
    assert [each.metric for each in deciding(both, TARGET)] == ["accuracy", "f1"]
    assert [each.metric for each in deciding(both, CALIBRATION_TARGET)] == [ERROR]
    assert deciding(both, PERFORMANCE) == ()
    assert targets(both) == (TARGET, CALIBRATION_TARGET)
    assert targets(agreed(warning)) == ()
    assert targets(agreed(mapped(ERROR, 0.1))) == (CALIBRATION_TARGET,)
    assert (decides(outcome()), decides(outcome(missed_target="warns"))) == (True, False)


def test_a_product_without_a_model_has_no_targets() -> None:
    without = agreed(mapped()).model_copy(update={"model": None})
    assert deciding(without, TARGET) == ()
    assert targets(without) == ()


def test_a_target_is_a_check_of_the_check_that_measures_its_metric() -> None:
    assert MEASURED_BY[target_of(outcome())] == PERFORMANCE
    assert MEASURED_BY[target_of(outcome(ERROR))] == "performance/calibration"


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("accuracy", Direction.AT_LEAST),
        ("log_loss", Direction.AT_MOST),
        (ERROR, Direction.AT_MOST),
        ("calls_answered", Direction.AT_LEAST),
    ],
)
def test_the_good_side_is_that_of_the_metric(metric: str, direction: Direction) -> None:
    assert direction_of(outcome(metric)) is direction


# One figure and one target.


@pytest.mark.parametrize(
    ("target", "verdict"), [(0.8, PASS), (0.83, INSUFFICIENT), (0.84, INSUFFICIENT), (0.85, FAIL)]
)
def test_a_figure_is_judged_like_a_limit(target: float, verdict: Any) -> None:
    judged = judged_by_target(agreed(), outcome(target=target), ACCURACY)
    assert (judged.verdict, judged.limit, judged.subject) == (verdict, target, "Customers kept.")
    assert judged.direction is Direction.AT_LEAST


def test_the_limit_of_a_figure_is_not_its_target() -> None:
    limited = replace(ACCURACY, limit=0.9, verdict=FAIL, note="said before")
    judged = judged_by_target(agreed(), outcome(), limited)
    assert (judged.verdict, judged.limit) == (PASS, 0.7)


def test_a_figure_without_an_interval_has_no_verdict() -> None:
    judged = judged_by_target(agreed(), outcome(), replace(ACCURACY, interval=None))
    assert judged.verdict is INSUFFICIENT


def test_a_note_about_a_close_miss_uses_the_confidence_of_the_interval() -> None:
    wide = replace(ACCURACY, interval=Interval(low=0.76, high=0.84, level=0.5, method=""))
    misses = [
        judged_by_target(agreed(), outcome(target=0.82), figure).note.partition("a miss of ")[2]
        for figure in (ACCURACY, wide)
    ]
    assert [miss.split()[0] for miss in misses] == ["0.0605", "0.0899"]


@pytest.mark.parametrize(
    ("limits", "sample"),
    [
        ([], 100),
        ([threshold("accuracy", 0.1, minimum_sample=40)], 40),
        (
            [
                threshold("accuracy", 0.1, minimum_sample=60),
                threshold("accuracy", 0.2, confidence=0.9, minimum_sample=40),
            ],
            40,
        ),
        ([threshold("recall", 0.1, minimum_sample=40)], 100),
        ([threshold("accuracy", 0.1, minimum_sample=40, applies_to=["release"])], 100),
    ],
    ids=str,
)
def test_a_target_needs_the_smallest_sample_of_the_live_limits_of_its_metric(
    limits: list[dict[str, Any]], sample: int
) -> None:
    terms = agreed(thresholds=limits)
    verdicts = [
        judged_by_target(terms, outcome(), replace(ACCURACY, n=n)).verdict
        for n in (sample - 1, sample)
    ]
    assert verdicts == [INSUFFICIENT, PASS]


def test_only_a_figure_about_the_whole_batch_that_rests_on_labels_is_used() -> None:
    north = replace(ACCURACY, subject="region=north")
    estimated = replace(ACCURACY, estimated=True)
    assert figure_for(agreed(), outcome(), (north, estimated, RECALL)) is None
    judged = figure_for(agreed(), outcome(), (north, estimated, RECALL, ACCURACY))
    assert judged is not None
    assert (judged.metric, judged.verdict) == ("accuracy", PASS)


# All targets of a check.


def test_figures_are_kept_as_measured_and_followed_by_the_targets() -> None:
    terms = agreed(mapped(), mapped("recall", 0.6), mapped("f1"))
    limited = replace(ACCURACY, limit=0.9, direction=Direction.AT_LEAST, verdict=FAIL)
    north = replace(ACCURACY, subject="region=north")
    figures = figures_on_targets(terms, TARGET, (limited, north, RECALL))
    assert [(figure.name, figure.limit, figure.verdict) for figure in figures] == [
        ("accuracy", None, None),
        ("recall", None, None),
        ("accuracy of Customers kept.", 0.7, PASS),
        ("recall of Customers kept.", 0.6, FAIL),
    ]
    assert figures_on_targets(terms, CALIBRATION_TARGET, (ACCURACY,)) == (ACCURACY,)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([mapped()], PASS),
        ([mapped(), mapped("recall", 0.6)], FAIL),
        ([mapped(), mapped("f1")], INSUFFICIENT),
        ([mapped(), mapped("recall", 0.6, missed_target="warns")], PASS),
        ([], INSUFFICIENT),
    ],
    ids=str,
)
def test_the_worst_target_decides(outcomes: list[dict[str, Any]], verdict: Any) -> None:
    assert verdict_on_targets(agreed(*outcomes), TARGET, iter((ACCURACY, RECALL))) is verdict


def test_an_evaluation_gets_the_verdict_and_the_sentences_of_the_targets_in_force() -> None:
    stored = evidence(verdict=PASS, figures=(ACCURACY, RECALL))
    now = as_targeted(agreed(mapped("recall", 0.6), mapped()), TARGET, stored)
    assert (now.verdict, len(now.figures)) == (FAIL, 4)
    assert now.summary == (
        "Customers kept: recall 0.5 [0.46, 0.54] (n = 500) on batch w1, the target is at least "
        "0.6: missed."
    )
    second = mapped("accuracy", 0.9, outcome="Calls saved")
    both = as_targeted(agreed(mapped("recall", 0.6), second), TARGET, stored)
    assert both.summary == (
        f"{now.summary} Calls saved: accuracy 0.8 [0.76, 0.84] (n = 500) on batch w1, the target "
        "is at least 0.9: missed."
    )
    untargeted = as_targeted(agreed(), TARGET, stored)
    assert (untargeted.verdict, untargeted.summary) == (INSUFFICIENT, stored.summary)


def test_an_evaluation_without_figures_reaches_no_target() -> None:
    empty = evidence(verdict=PASS, summary="It passes on fewer records.")
    now = as_targeted(agreed(mapped()), TARGET, empty)
    assert (now.verdict, now.summary) == (INSUFFICIENT, empty.summary)
    withdrawn = evidence(verdict=FAIL, figures=(ACCURACY,), withdrawn="w1")
    assert as_targeted(agreed(mapped()), TARGET, withdrawn) is withdrawn


def test_only_targets_with_the_verdict_of_the_check_are_named() -> None:
    terms = agreed(mapped("recall", 0.6), mapped(), mapped("f1"))
    figures = (ACCURACY, RECALL)
    for verdict, ends in ((FAIL, ["missed."]), (PASS, ["reached."]), (INSUFFICIENT, [])):
        results = judged_targets(terms, TARGET, iter(figures), "w1", verdict)
        sentences = [target_sentence(result) for result in results]
        assert [sentence.rsplit(": ", 1)[1] for sentence in sentences] == ends


def test_a_target_is_one_sentence_with_its_unit_of_measure() -> None:
    judged = judged_by_target(agreed(), outcome(ERROR, 0.1), measured(0.05, ERROR))
    result = TargetJudged(outcome="Fair prices..", target=0.1, figure=judged, partition="w1")
    assert target_sentence(result) == (
        f"Fair prices: {ERROR} 0.05 [0.01, 0.09] (n = 500) on batch w1, the target is at most "
        "0.1: reached."
    )
    open_figure = replace(judged, verdict=None, direction=None)
    undecided = TargetJudged(outcome="Kept", target=12000.0, figure=open_figure, partition="w2")
    assert target_sentence(undecided).endswith(
        "on batch w2, the target is at least 12,000: not shown to be reached."
    )
    assert target_text(0.25, Direction.AT_MOST) == "the target is at most 0.25"


# The evaluation before a release.


def live(**stored: Any) -> Any:
    own = evidence(verdict=PASS, figures=(ACCURACY,), **stored)
    return champion(as_live={PERFORMANCE: own})


def test_the_evaluation_of_the_champion_is_judged_by_the_targets_too() -> None:
    terms = agreed(mapped(target=0.9))
    judged = evaluated_as_live(terms, live(), TARGET)
    assert judged is not None
    assert (judged.verdict, [figure.verdict for figure in judged.figures]) == (FAIL, [None, FAIL])
    assert evaluated_as_live(terms, live(), PERFORMANCE) == live().model.as_live[PERFORMANCE]
    assert evaluated_as_live(terms, live(), CALIBRATION_TARGET) is None
    assert evaluated_as_live(terms, None, TARGET) is None


def test_the_verdict_of_a_limit_is_no_verdict_on_a_target() -> None:
    none = evaluated_as_live(agreed(mapped("f1")), live(), TARGET)
    assert none is not None
    assert none.verdict is INSUFFICIENT
    withdrawn = live(withdrawn="w1")
    assert (
        evaluated_as_live(agreed(mapped()), withdrawn, TARGET)
        is (withdrawn.model.as_live[PERFORMANCE])
    )
