"""A business target that decides has what protects a failing check: what ends a miss, and what not.

Accuracy keeps its limit all the time. Recall has a target, which the batches w1 and w2 reach and w3
misses, each on 500 records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Json, Severity, figures_from_json
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ActionKind, Incident
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.business_targets import TARGET
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.targets import target_sentence
from tests.model_versions import altered
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    PASS,
    Story,
    charter,
    date_of,
    figure,
    threshold,
)
from tests.unit.policy.withdrawing import withdraws

PERFORMANCE = "performance/performance"
MISSED = f"check:{TARGET}"
LATE = {"column": "left", "delay": "28d"}
GOOD, POOR = 0.8, 0.4


def mapped(**changes: Any) -> dict[str, Any]:
    """A target of recall that decides."""
    members = {"outcome": "Customers kept", "metric": "recall", "target": 0.6, "unit": "EUR"}
    return {**members, "missed_target": "decides", **changes}


def measured(recall: float, n: int = 500) -> tuple[dict[str, Json], ...]:
    """What `performance` measures on so many records with a label."""
    return (figure(value=0.9, n=n), figure("recall", recall, n=n, limit=None, verdict=None))


def comes(story: Story, name: str, recall: float, n: int = 500, **delivered: Any) -> Story:
    """A batch, or a version of it, arrives and is measured on so many records."""
    judged = PASS if n >= 100 else INSUFFICIENT
    story.judges(PERFORMANCE, name, judged, figures=measured(recall, n))
    return story.delivers(name, rows=n, **delivered).runs_all().ticks().runs_all()


def lived(**changes: Any) -> Story:
    """The target was reached on w1 and w2, and is missed on w3."""
    story = Story(charter(outcome_map=[mapped()], **changes)).adopts()
    comes(story, "w1", GOOD)
    comes(story.later(days=7), "w2", GOOD)
    assert story.answer().verdict is Performing.YES
    comes(story.later(days=7), "w3", POOR)
    assert story.answer().verdict is Performing.NO
    assert story.incident(MISSED).is_open
    return story


def incidents(story: Story) -> list[Incident]:
    return [
        incident for incident in story.state.incidents.values() if str(incident.cause) == MISSED
    ]


def _fewer_records(story: Story) -> None:
    comes(story, "w3", GOOD, 183, digest="without those missed")


def _one_record_fewer(story: Story) -> None:
    comes(story, "w3", GOOD, 499, digest="without one")


def _a_copy(story: Story) -> None:
    comes(story, "w3", GOOD, digest="a w2")


def _fewer_labels(story: Story) -> None:
    story.judges(PERFORMANCE, "w3", PASS, figures=measured(GOOD, 200))
    story.labels("w3", "fewer").runs_all().ticks()


def _no_labels(story: Story) -> None:
    story.judges(PERFORMANCE, "w3", INSUFFICIENT, figures=())
    story.labels("w3", "none").runs_all().ticks()


def _withdrawn(story: Story) -> None:
    story.judges(PERFORMANCE, "w2", INSUFFICIENT, figures=())
    withdraws(story, "w3")
    story.runs_all().ticks()


def _another_source(story: Story) -> None:
    story.adopts(None, "charter.sources.crm.location").runs_all().later(minutes=5).ticks()


def _a_version_without_the_metric(story: Story) -> None:
    story.trains("2", held_out="w3").evaluates("2", as_live="pass").runs_all().ticks()


UNKNOWN_AFTER = [
    _fewer_records,
    _one_record_fewer,
    _a_copy,
    _fewer_labels,
    _no_labels,
    _withdrawn,
    _another_source,
    _a_version_without_the_metric,
]


@pytest.mark.parametrize("happens", UNKNOWN_AFTER)
def test_a_miss_without_known_evidence_is_neither_reached_nor_over(
    happens: Callable[[Story], None],
) -> None:
    story = lived(labels=LATE)
    happens(story)
    assert story.answer().verdict is Performing.UNKNOWN
    assert [incident.is_open for incident in incidents(story)] == [True]


def test_a_miss_keeps_its_place_although_its_batch_is_dated_earlier() -> None:
    story = lived()
    earlier = date_of("w1")
    assert earlier is not None
    comes(story, "w3", POOR, digest="dated anew", dated=earlier + timedelta(days=1))
    assert story.answer().verdict is Performing.NO
    assert [incident.is_open for incident in incidents(story)] == [True]


def test_a_batch_of_few_records_reaches_no_target() -> None:
    story = lived(labels=LATE)
    comes(story.later(days=7), "w4", 1.0, 8)
    assert story.answer().verdict is Performing.NO
    assert [incident.is_open for incident in incidents(story)] == [True]


@pytest.mark.parametrize(("minimum", "before"), [(50, Performing.YES), (200, Performing.UNKNOWN)])
def test_a_target_asks_for_as_many_records_as_a_limit_of_its_metric(
    minimum: int, before: Performing
) -> None:
    limits = [threshold(), threshold("recall", 0.2, minimum_sample=minimum)]
    story = Story(charter(outcome_map=[mapped()], thresholds=limits)).adopts()
    figures = (figure(value=0.9), figure("recall", GOOD, n=150, limit=0.2))
    story.judges(PERFORMANCE, "w1", PASS, figures=figures).delivers("w1").runs_all()
    assert story.answer().outcomes[0].verdict is (PASS if minimum == 50 else INSUFFICIENT)
    assert story.answer().verdict is before


def test_without_a_limit_of_its_metric_a_target_needs_the_usual_minimum_sample() -> None:
    story = Story(charter(outcome_map=[mapped()])).adopts()
    for n, before in ((99, INSUFFICIENT), (100, PASS)):
        figures = (figure(value=0.9), figure("recall", GOOD, n=n, limit=None, verdict=None))
        story.judges(PERFORMANCE, "w1", PASS, figures=figures)
        story.delivers("w1", digest=f"{n}").runs_all()
        assert story.answer().outcomes[0].verdict is before


@pytest.mark.parametrize("name", ["w3", "w4"])
def test_a_miss_ends_on_records_of_its_own_or_with_a_later_batch(name: str) -> None:
    story = comes(lived().later(days=7), name, GOOD, digest="corrected")
    assert story.answer().verdict is Performing.YES
    assert [incident.is_open for incident in incidents(story)] == [False]
    assert (
        incidents(story)[0].resolution == f"by rule: business_target passes again on batch {name}"
    )


def test_once_its_batch_was_withdrawn_a_target_is_reached_by_a_new_measurement() -> None:
    story = lived()
    withdraws(story, "w3")
    assert (story.answer().verdict, incidents(story)[0].is_open) == (Performing.UNKNOWN, True)
    story.runs_all()
    assert (story.answer().verdict, incidents(story)[0].is_open) == (Performing.YES, False)


def test_another_source_reaches_a_target_by_a_batch_of_its_own() -> None:
    story = lived()
    _another_source(story)
    comes(story.later(days=1), "from elsewhere", GOOD)
    assert (story.answer().verdict, incidents(story)[0].is_open) == (Performing.YES, False)


def test_a_version_whose_evaluation_reaches_the_target_ends_the_miss_of_the_version_before() -> (
    None
):
    story = lived()
    story.trains("2", held_out="w3").evaluates("2", as_live="pass")
    candidate = story.state.candidates["2"]
    evidence = replace(
        candidate.model.as_live[PERFORMANCE], figures=figures_from_json(measured(GOOD, 250))
    )
    reaching = altered(candidate, as_live={PERFORMANCE: evidence})
    story.state = replace(story.state, candidates={**story.state.candidates, "2": reaching})
    story.runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "2"
    assert (story.answer().verdict, incidents(story)[0].is_open) == (Performing.YES, False)


def test_people_are_notified_about_a_miss_at_once_and_of_each_later_miss() -> None:
    story = lived()
    assert (incidents(story)[0].severity, incidents(story)[0].partitions) == (
        Severity.WARNING,
        ("w3",),
    )
    comes(story.later(hours=1), "w3", GOOD, digest="corrected")
    comes(story.later(hours=1), "w3", POOR, digest="corrected again")
    assert story.answer().verdict is Performing.NO
    assert [incident.is_open for incident in incidents(story)] == [False, True]
    assert story.next(ActionKind.NOTIFY).arguments["incident"] == incidents(story)[0].entry


def test_a_miss_that_people_ended_is_raised_with_the_next_batch_that_misses() -> None:
    story = lived()
    ended = {"person": "Ines Sol", "reason": "We knew."}
    story.decides(resolve, incident=incidents(story)[0].entry, **ended)
    assert story.ticks().answer().verdict is Performing.NO
    assert [incident.is_open for incident in incidents(story)] == [False]
    comes(story.later(hours=2), "w4", POOR)
    assert [incident.is_open for incident in incidents(story)] == [False, True]


def _not_notified(story: Story) -> list[str]:
    return [
        caveat
        for caveat in sentences(story.answer().caveats)
        if caveat.startswith("Nobody was notified")
    ]


def test_the_answer_says_that_a_miss_was_not_reported_reads_that_too() -> None:
    story = lived()
    assert _not_notified(story) == []
    story.state = replace(story.state, incidents={})
    (caveat,) = _not_notified(story)
    assert caveat.startswith("Nobody was notified that a business target is missed: ")


# What is agreed.


def test_a_target_that_is_agreed_to_decide_is_missed_and_reported_at_once() -> None:
    story = Story(charter(outcome_map=[mapped(missed_target="warns")])).adopts()
    comes(comes(story, "w1", GOOD).later(days=7), "w2", POOR)
    assert story.answer().verdict is Performing.YES
    story.adopts(charter(outcome_map=[mapped()]))
    assert story.answer().verdict is Performing.NO
    assert incidents(story)[0].partitions == ("w2",)
    comes(story, "w2", GOOD, 300, digest="fewer")
    assert story.answer().verdict is Performing.UNKNOWN


def test_a_target_that_is_raised_is_missed_by_stored_figures_and_has_been_missed() -> None:
    story = Story(charter(outcome_map=[mapped()])).adopts()
    comes(comes(story, "w1", GOOD).later(days=7), "w2", GOOD)
    story.adopts(charter(outcome_map=[mapped(target=0.9)]))
    assert story.answer().verdict is Performing.NO
    comes(story, "w2", 0.95, 300, digest="fewer")
    assert story.answer().verdict is Performing.UNKNOWN
    comes(story, "w2", 0.95, digest="all of them")
    assert story.answer().verdict is Performing.YES


def test_what_was_measured_by_another_meaning_of_labels_is_neither_reached_nor_missed() -> None:
    story = lived().adopts(None, "charter.labels.positive")
    (note,) = story.answer().outcomes
    assert (story.answer().verdict, note.verdict) == (Performing.UNKNOWN, INSUFFICIENT)
    assert target_sentence(note.result).endswith(
        "Measured by the former labels or decision threshold; it is measured again."
    )
    assert story.runs_all().answer().verdict is Performing.NO


def test_what_no_target_decides_any_more_is_over() -> None:
    story = lived().adopts(charter(outcome_map=[mapped(missed_target="warns")])).ticks()
    assert story.answer().verdict is Performing.YES
    (incident,) = incidents(story)
    assert incident.resolution.endswith("agreed to decide any more")


def test_two_targets_of_one_metric_are_judged_each_by_its_own() -> None:
    both = [mapped(outcome="Kept at all", target=0.3), mapped(outcome="Kept well")]
    story = comes(Story(charter(outcome_map=both)).adopts(), "w1", POOR)
    assert [outcome.verdict.value for outcome in story.answer().outcomes] == ["pass", "fail"]
    (reason,) = sentences(story.answer().reasons)
    assert reason.startswith("Kept well: recall 0.4 ")
    assert incidents(story)[0].title == "Business target missed: Kept well"


def test_a_missed_limit_is_no_missed_target_and_the_other_way_round() -> None:
    story = Story(charter(outcome_map=[mapped()])).adopts()
    poor = (figure(value=0.5, verdict="fail"), measured(GOOD)[1])
    story.judges(PERFORMANCE, "w1", FAIL, figures=poor).delivers("w1").runs_all()
    assert (story.answer().verdict, incidents(story)) == (Performing.NO, [])
    assert story.answer().outcomes[0].verdict is PASS
    assert [kpi.check for kpi in lived().answer().kpis if kpi.figure.verdict is not PASS] == []


def test_a_target_of_calibration_is_judged_on_the_figures_of_calibration() -> None:
    metric = "expected_calibration_error"
    story = Story(charter(outcome_map=[mapped(metric=metric, target=0.1)])).adopts()
    story.delivers("w1").runs_all()
    off = figure(metric, 0.3, limit=None, verdict=None)
    story.checks("performance/calibration", "w1", PASS, figures=(off,))
    assert story.answer().verdict is Performing.NO
    assert story.incident("check:performance/calibration_target").is_open


# What programs left behind that looked at targets with each tick.


def _as_former_programs_left(story: Story) -> Story:
    """The state without checks of targets, and with the incident that a tick had opened."""
    checks = {key: check for key, check in story.state.checks.items() if key != TARGET}
    story.state = replace(story.state, checks=checks, incidents={})
    return story.records(
        IncidentOpened(
            cause=Cause("missed_target"),
            title="Business target missed: Customers kept",
            summary="Missed.",
            severity=Severity.WARNING,
            partition="w3",
            owner="Ines Sol",
            ladder=[],
        )
    )


def test_a_miss_that_former_programs_found_is_answered_at_once_and_judged_with_a_tick() -> None:
    story = _as_former_programs_left(lived())
    assert story.answer().verdict is Performing.NO
    story.ticks()
    assert story.answer().verdict is Performing.NO
    comes(story, "w3", GOOD, 300, digest="fewer")
    assert story.answer().verdict is Performing.UNKNOWN
    assert incidents(story)[0].is_open


def test_the_incident_that_a_former_program_opened_is_replaced_by_that_of_the_check() -> None:
    story = _as_former_programs_left(lived()).ticks().ticks()
    former = story.incident("missed_target")
    assert not former.is_open
    assert former.resolution == f"by rule: incident {incidents(story)[0].entry} replaces it"


def test_what_was_measured_is_judged_once() -> None:
    story = _as_former_programs_left(lived()).ticks().ticks()
    before = len(story.entries)
    assert len(story.ticks().later(hours=1).ticks().entries) == before
