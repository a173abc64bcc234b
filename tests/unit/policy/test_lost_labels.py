"""Labels that are taken away pass nothing: no failure ends because its truth is not known now."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure, threshold

PERFORMANCE = "performance/performance"
INCIDENT = f"check:{PERFORMANCE}"
_FEW = figure(value=0.5, n=80, verdict="insufficient")
OUTCOMES: dict[str, tuple[Verdict, tuple[Any, ...]]] = {
    "good": (PASS, (figure(),)),
    "poor": (FAIL, (figure(value=0.5, verdict="fail"),)),
    "few": (INSUFFICIENT, (_FEW,)),
    "without labels": (INSUFFICIENT, ()),
}
"""What measuring says; without labels is also what has less of them than the charter asks for."""


def released(*weeks: str, key: str = PERFORMANCE, **changes: Any) -> Story:
    """A version that its evaluation passed answers batches from w2 on, whose labels come late."""
    responses = changes.pop("responses", [{"check": key, "reactions": ["escalate"]}])
    agreed = charter(labels={"column": "left", "delay": "28d"}, responses=responses, **changes)
    story = Story(agreed).adopts().judges(PERFORMANCE, "w1", INSUFFICIENT, figures=())
    story.delivers("w1").runs_all()
    story.trains("2", held_out="w1").evaluates("2", as_live="pass").runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "2"
    for number, outcome in enumerate(weeks, start=2):
        judged(story.later(days=7), f"w{number}", outcome)
    return story


def judged(story: Story, partition: str, outcome: str) -> Story:
    """A batch arrives, or a new version of it, and is measured."""
    verdict, figures = OUTCOMES[outcome]
    story.judges(PERFORMANCE, partition, verdict, figures=figures)
    return story.delivers(partition, digest=f"{len(story.entries)}").runs_all()


def relabelled(story: Story, partition: str, outcome: str) -> Story:
    """Another file of labels arrives for a batch that is known."""
    verdict, figures = OUTCOMES[outcome]
    story.judges(PERFORMANCE, partition, verdict, figures=figures)
    return story.labels(partition, f"{len(story.entries)}").runs_all()


def rests_on_evaluation(story: Story) -> bool:
    """Whether a note says that the version has not answered a labelled batch."""
    return any(
        "has not answered a labelled batch" in caveat
        for caveat in sentences(story.answer().caveats)
    )


@pytest.mark.parametrize("takes_away", [judged, relabelled])
@pytest.mark.parametrize("weeks", [("poor",), ("good", "poor"), ("good", "good", "poor")])
def test_a_failing_batch_without_its_labels_stays_a_no_with_its_incident(
    weeks: tuple[str, ...], takes_away: Any
) -> None:
    story = released(*weeks)
    assert story.answer().verdict is Performing.NO
    takes_away(story, f"w{len(weeks) + 1}", "without labels")
    assert story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.NO
    assert not rests_on_evaluation(story)


def test_a_failing_batch_with_too_few_labels_left_stays_a_no() -> None:
    story = judged(released("good", "poor"), "w3", "few")
    assert story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.NO


@pytest.mark.parametrize("weeks", [("poor",), ("good", "poor"), ("good", "good")])
@pytest.mark.parametrize("left", ["few", "without labels"])
def test_without_an_incident_it_is_unknown_and_not_what_was_known_before(
    weeks: tuple[str, ...], left: str
) -> None:
    story = judged(released(*weeks, responses=[]), f"w{len(weeks) + 1}", left)
    assert story.answer().verdict is Performing.UNKNOWN
    assert not rests_on_evaluation(story)
    later = judged(story.later(days=7), f"w{len(weeks) + 2}", "without labels")
    assert later.answer().verdict is Performing.UNKNOWN
    assert judged(later, f"w{len(weeks) + 2}", "good").answer().verdict is Performing.YES


def test_a_correction_that_passes_ends_the_incident() -> None:
    story = judged(released("good", "poor"), "w3", "good")
    assert not story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.YES


def test_labels_that_come_back_and_pass_end_the_incident() -> None:
    story = relabelled(relabelled(released("good", "poor"), "w3", "without labels"), "w3", "good")
    assert "w3" in story.incident(INCIDENT).resolution
    assert story.answer().verdict is Performing.YES


def test_a_later_batch_that_passes_ends_the_incident() -> None:
    story = judged(released("good", "poor"), "w3", "without labels")
    judged(story.later(days=7), "w4", "good")
    assert not story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.YES


def test_an_earlier_batch_that_passes_again_ends_nothing() -> None:
    story = judged(released("good", "poor"), "w3", "without labels")
    assert judged(story, "w2", "good").incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.NO


def test_a_failing_batch_that_is_replaced_by_a_copy_of_a_good_batch_is_not_over() -> None:
    story = released("good", "poor")
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(),))
    story.delivers("w3", digest=story.state.batches["w2"].digest).runs_all()
    assert story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.NO


def test_failures_that_vanish_from_a_series_do_not_end_its_incident() -> None:
    series = [{"check": "performance", "reactions": ["escalate"], "fails": 2, "of": 3}]
    story = released("good", "poor", "poor", responses=series)
    judged(judged(story, "w3", "without labels"), "w4", "without labels")
    assert story.incident(INCIDENT).is_open
    assert not judged(story, "w4", "good").incident(INCIDENT).is_open


@pytest.mark.parametrize(
    "key",
    [
        "performance/fairness",
        "performance/calibration",
        "performance/concept_drift",
        "drift/data_drift",
    ],
)
def test_no_check_ends_its_incident_without_a_verdict(key: str) -> None:
    story = released("good", "good", "good", key=key)
    story.checks(key, "w2", PASS).checks(key, "w3", PASS).checks(key, "w4", FAIL)
    story.checks(key, "w4", INSUFFICIENT).checks(key, "w3", PASS)
    assert story.incident(f"check:{key}").is_open
    assert not story.checks(key, "w4", PASS).incident(f"check:{key}").is_open


@pytest.mark.parametrize(
    ("key", "metric", "more"),
    [
        ("performance/fairness", "selection_rate_difference", {"attribute": "region"}),
        ("performance/calibration", "expected_calibration_error", {}),
    ],
)
def test_what_other_thresholds_said_is_unknown_without_its_labels(
    key: str, metric: str, more: dict[str, Any]
) -> None:
    agreed = [threshold(), threshold(metric, 0.1, **more)]
    story = released("good", "good", thresholds=agreed, protected=["region"], responses=[])
    story.checks(
        key, "w2", PASS, figures=(figure(metric, 0.02, subject=more.get("attribute", "")),)
    )
    story.checks(key, "w3", FAIL)
    assert story.answer().verdict is Performing.NO
    story.checks(key, "w3", INSUFFICIENT)
    assert story.answer().verdict is Performing.UNKNOWN
    assert not rests_on_evaluation(story)


@pytest.mark.parametrize(
    ("n", "verdict", "expected"),
    [(500, FAIL, Performing.NO), (80, INSUFFICIENT, Performing.YES)],
)
def test_a_missed_target_does_not_go_back_to_the_evaluation_either(
    n: int, verdict: Verdict, expected: Performing
) -> None:
    target = {
        "outcome": "Customers kept",
        "metric": "accuracy",
        "target": 0.75,
        "unit": "EUR",
        "missed_target": "decides",
    }
    agreed = [threshold(minimum_sample=200)]
    story = released(outcome_map=[target], thresholds=agreed, responses=[])
    assert story.answer().verdict is Performing.YES
    missed = figure(value=0.5, n=n, verdict=verdict.value)
    story.later(days=7).judges(PERFORMANCE, "w2", verdict, figures=(missed,))
    assert story.delivers("w2").runs_all().answer().verdict is expected
    relabelled(story, "w2", "without labels")
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.answer().outcomes[0].figure is None


def test_labels_of_a_former_champion_leave_the_evaluation_of_the_new_one_alone() -> None:
    story = released("good", "poor", responses=[])
    story.trains("3", held_out="w2").evaluates("3", as_live="pass").runs_all()
    assert story.answer().verdict is Performing.YES
    relabelled(story, "w3", "without labels")
    assert story.answer().verdict is Performing.YES
    assert rests_on_evaluation(story)


def test_an_evaluation_does_not_outlive_the_labels_that_it_rests_on() -> None:
    story = released("good", "poor")
    story.trains("3", held_out="w3").evaluates("3", as_live="pass").runs_all()
    assert story.answer().verdict is Performing.YES
    assert relabelled(story, "w3", "without labels").answer().verdict is Performing.UNKNOWN
    assert relabelled(story, "w3", "good").answer().verdict is Performing.YES


@pytest.mark.parametrize("weeks", [("poor", "few"), ("poor", "few", "few")])
@pytest.mark.parametrize("takes_away", [judged, relabelled])
def test_a_failure_is_not_forgotten_because_a_later_batch_that_decided_nothing_loses_its_labels(
    weeks: tuple[str, ...], takes_away: Any
) -> None:
    story = released(*weeks, responses=[])
    for number in range(3, len(weeks) + 2):
        assert story.answer().verdict is Performing.NO
        takes_away(story, f"w{number}", "without labels")
    assert story.answer().verdict is Performing.NO
    assert judged(story.later(days=7), "w9", "good").answer().verdict is Performing.YES


def test_what_a_former_version_failed_does_not_stand_in_for_labels_that_the_new_one_lost() -> None:
    story = released("poor", responses=[])
    story.trains("3", held_out="w1").evaluates("3", as_live="pass").runs_all()
    judged(story.later(days=7), "w3", "few")
    assert relabelled(story, "w3", "without labels").answer().verdict is Performing.UNKNOWN


_STEPS: Any = st.lists(
    st.tuples(st.integers(2, 6), st.sampled_from(sorted(OUTCOMES)), st.sampled_from([0, 1])),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(_STEPS, st.sampled_from([(1, 1), (2, 2), (2, 3)]))
def test_however_batches_are_judged_again_only_a_pass_makes_a_yes(
    steps: list[tuple[int, str, int]], series: tuple[int, int]
) -> None:
    fails, of = series
    response = {"check": "performance", "reactions": ["escalate"], "fails": fails, "of": of}
    story = released(responses=[response]).later(weeks=5)
    newest, outcome = 0, {0: "good"}
    for week, act, days in steps:
        before = [incident for incident in story.state.incidents.values() if incident.is_open]
        judged(story.later(days=days), f"w{week}", act)
        outcome[week] = act
        if act in {"good", "poor"}:
            newest = max(newest, week)
        if story.answer().verdict is Performing.YES:
            assert outcome[newest] == "good"
        assert rests_on_evaluation(story) <= (newest == 0)
        for incident in before:
            if not story.state.incidents[str(incident.entry)].is_open:
                named = max(int(partition.removeprefix("w")) for partition in incident.partitions)
                passed = max(
                    partition for partition, verdict in outcome.items() if verdict == "good"
                )
                assert (act, passed >= named) == ("good", True)
