"""A failure ends by good evidence: not by another date, fewer labels, a copy or an edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    PASS,
    Story,
    figure,
    threshold,
)
from tests.unit.policy.weekly_batches import (
    AT_HAND,
    AT_ONCE,
    CONTRACT,
    INCIDENT,
    LATE,
    PERFORMANCE,
    agreed,
    checks_outcome,
    comes,
    day,
    due,
    is_waiting,
    lived,
    tightened,
)


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_an_undecided_batch_that_an_edit_makes_fail_is_measured_again_and_people_hear(
    labels: dict[str, str],
) -> None:
    story = tightened(labels)
    assert story.answer().verdict is Performing.NO
    assert due(story) == ["w2"]
    checks_outcome(story, "w2", "poor").runs_all()
    assert story.incident(INCIDENT).partitions == ("w2",)


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize("left", ["fewer", "without labels"])
def test_what_an_edit_made_fail_is_not_forgotten_with_its_labels_before_it_is_measured(
    labels: dict[str, str], left: str
) -> None:
    story = comes(tightened(labels), "w2", left)
    assert story.answer().verdict is Performing.UNKNOWN
    assert comes(story.later(days=7), "w3", "good").answer().verdict is Performing.YES


def test_an_undecided_batch_that_an_edit_makes_pass_is_measured_again_and_ends_the_incident() -> (
    None
):
    story = lived("poor", thresholds=[threshold(minimum_sample=200)])
    story.later(days=7).judges(PERFORMANCE, "w3", INSUFFICIENT, figures=(figure(n=80),))
    story.delivers("w3").runs_all()
    assert story.incident(INCIDENT).is_open
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(n=80),))
    story.adopts(agreed(thresholds=[threshold(minimum_sample=50)]))
    assert due(story) == ["w3"]
    assert story.answer().verdict is Performing.NO
    assert story.runs_all().answer().verdict is Performing.YES


def test_an_edit_that_turns_no_verdict_has_nothing_measured_again() -> None:
    story = lived("few", thresholds=[threshold(minimum_sample=200)])
    story.adopts(agreed(thresholds=[threshold(minimum_sample=300)])).ticks()
    assert due(story) == []
    assert story.answer().verdict is Performing.YES


# Another date.


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize(
    ("responses", "expected"), [(AT_ONCE, Performing.NO), ([], Performing.UNKNOWN)]
)
def test_a_failing_batch_that_is_dated_earlier_without_labels_ends_by_no_older_batch(
    labels: dict[str, str], responses: list[Any], expected: Performing
) -> None:
    story = lived("good", "poor", labels=labels, responses=responses)
    comes(story, "w3", "without labels", dated=day(1))
    assert story.answer().verdict is expected
    comes(story, "w2", "good")
    assert story.answer().verdict is expected
    comes(story.later(days=7), "w4", "good")
    assert story.answer().verdict is Performing.YES
    assert not any(incident.is_open for incident in story.state.incidents.values())


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_a_failing_batch_that_is_dated_earlier_and_passes_there_is_over(
    labels: dict[str, str],
) -> None:
    story = comes(lived("good", "poor", labels=labels), "w3", "good", dated=day(1))
    assert story.answer().verdict is Performing.YES
    assert not story.incident(INCIDENT).is_open


def test_a_failing_batch_that_is_dated_earlier_and_fails_there_is_not_over() -> None:
    story = comes(lived("good", "poor"), "w3", "poor", dated=day(1))
    assert comes(story, "w2", "good").incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.NO


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize("responses", [AT_ONCE, []])
@pytest.mark.parametrize("newer_first", [False, True])
def test_a_batch_that_is_last_since_the_good_batch_after_it_moved_answers_again(
    labels: dict[str, str], responses: list[Any], *, newer_first: bool
) -> None:
    story = lived("poor", "good", labels=labels, responses=responses)
    assert story.answer().verdict is Performing.YES
    story.delivers("w3", digest="corrected", dated=day(1))
    assert due(story) == ["w2"]
    assert story.answer().verdict is Performing.UNKNOWN
    assert sentences(story.answer().reasons)[-1] == (
        "performance is insufficient on batch w3: Batch w2 is after it since one of them has "
        "another date, or has its earlier content again; it is measured again."
    )
    if newer_first:
        story.runs(
            next(action for action in story.state.actions.values() if is_waiting(action, "w2"))
        )
        assert story.answer().verdict is Performing.NO
    assert story.runs_all().answer().verdict is Performing.NO
    assert [incident.is_open for incident in story.state.incidents.values()][-1:] == [True] * len(
        responses
    )


def test_a_quarantined_batch_that_is_last_since_another_batch_moved_is_judged_again() -> None:
    story = Story(agreed(labels=AT_HAND)).adopts().delivers("w1").runs_all()
    story.later(days=7).judges(CONTRACT, "w2", FAIL).delivers("w2").runs_all()
    story.later(days=7).delivers("w3").runs_all()
    story.delivers("w3", digest="corrected", dated=day(1)).runs_all()
    assert story.state.checks[CONTRACT].partition == "w2"
    assert any(
        "contract fails on batch w2" in reason for reason in sentences(story.answer().reasons)
    )


# Fewer labels.


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize(
    ("responses", "expected"), [(AT_ONCE, Performing.NO), ([], Performing.UNKNOWN)]
)
@pytest.mark.parametrize("between", [[], ["without labels"], ["fewer"]])
def test_a_failing_batch_does_not_pass_on_the_labels_that_are_left(
    labels: dict[str, str], responses: list[Any], expected: Performing, between: list[str]
) -> None:
    story = lived("good", "poor", labels=labels, responses=responses)
    for outcome in [*between, "good on few"]:
        comes(story, "w3", outcome)
    assert story.answer().verdict is expected
    assert story.state.checks[PERFORMANCE].summary.startswith(
        "It failed when 100 % of its labels were known, and passes with 40 %: "
    )
    assert comes(story, "w3", "good").answer().verdict is Performing.YES


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize(
    ("responses", "expected"), [(AT_ONCE, Performing.NO), ([], Performing.UNKNOWN)]
)
@pytest.mark.parametrize("between", [[], ["without labels"], ["poor on few"]])
@pytest.mark.parametrize("left", [200, 499])
def test_a_failing_batch_does_not_pass_on_the_records_that_are_left(
    labels: dict[str, str],
    responses: list[Any],
    expected: Performing,
    between: list[str],
    left: int,
) -> None:
    story = lived("good", "poor", labels=labels, responses=responses)
    for outcome in between:
        comes(story, "w3", outcome, rows=200 if outcome == "poor on few" else 500)
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(n=left),))
    story.delivers("w3", digest="the failing rows dropped", rows=left).runs_all()
    assert story.answer().verdict is expected
    assert story.state.checks[PERFORMANCE].summary == (
        f"It failed on 500 labelled records, and passes on {left}: the remaining records say "
        "nothing about the missing records. Deliver it with all of them, or wait for a later "
        "batch."
    )
    if responses:
        assert story.incident(INCIDENT).is_open
        assert story.incident(INCIDENT).partitions == ("w3",)


@pytest.mark.parametrize("rows", [500, 700])
def test_a_failing_batch_passes_on_as_many_records_as_it_failed_on(rows: int) -> None:
    story = lived("good", "poor").judges(PERFORMANCE, "w3", PASS, figures=(figure(n=rows),))
    story.delivers("w3", digest="corrected", rows=rows).runs_all()
    assert story.answer().verdict is Performing.YES
    assert not story.incident(INCIDENT).is_open


def test_a_later_batch_ends_a_failure_with_dropped_records_of_any_size() -> None:
    story = comes(lived("good", "poor"), "w3", "good on few", rows=200)
    comes(story.later(days=7), "w4", "good on few", rows=200)
    assert story.answer().verdict is Performing.YES
    assert not story.incident(INCIDENT).is_open


def test_a_failure_that_an_older_program_kept_without_its_number_asks_for_the_share_alone() -> None:
    story = lived("good", "poor")
    check = story.state.checks[PERFORMANCE]
    recent = tuple(
        replace(verdict, failure=replace(verdict.failure, labelled=0))
        if verdict.failure
        else verdict
        for verdict in check.recent
    )
    checks = {**story.state.checks, PERFORMANCE: replace(check, recent=recent)}
    story.state = replace(story.state, checks=checks)
    assert comes(story, "w3", "good on few", rows=200).answer().verdict is Performing.YES


def test_a_new_champion_is_judged_on_as_many_labels_as_it_is_asked_on() -> None:
    story = lived("good", "poor")
    story.trains("2", held_out="w3").evaluates("2", as_live="pass").runs_all()
    comes(story, "w3", "good on few")
    assert story.state.checks[PERFORMANCE].verdict is PASS
    assert story.answer().verdict is Performing.YES


def test_another_meaning_of_labels_is_no_loss_of_labels() -> None:
    story = lived("good", "poor", responses=[])
    checks_outcome(story, "w3", "good on few").adopts(None, "charter.labels.positive").runs_all()
    assert story.answer().verdict is Performing.YES


# A copy.


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize(
    ("responses", "expected"), [(AT_ONCE, Performing.NO), ([], Performing.UNKNOWN)]
)
@pytest.mark.parametrize("between", [[], ["without labels"]])
def test_a_copy_of_a_good_batch_in_the_place_of_a_failing_batch_is_no_evidence(
    labels: dict[str, str], responses: list[Any], expected: Performing, between: list[str]
) -> None:
    story = lived("good", "poor", labels=labels, responses=responses)
    copied = story.state.batches["w2"].digest
    for outcome in between:
        comes(story, "w3", outcome)
    comes(story, "w3", "good", digest=copied)
    assert story.answer().verdict is expected
    assert comes(story, "w2", "good").answer().verdict is expected
    story.adopts(agreed(labels=labels, responses=responses, thresholds=[threshold(limit=0.6)]))
    assert story.runs_all().answer().verdict is expected
    assert comes(story, "w3", "good").answer().verdict is Performing.YES


def test_the_answer_says_that_a_copy_took_the_place_of_a_failing_batch() -> None:
    story = lived("good", "poor", responses=[])
    comes(story, "w3", "good", digest=story.state.batches["w2"].digest)
    assert sentences(story.answer().reasons)[0] == (
        "performance is insufficient on batch w3: It failed, and was delivered again with the "
        "content of batch w2, which says nothing about it."
    )


def test_a_copy_in_the_place_of_a_batch_that_broke_its_contract_is_no_evidence_either() -> None:
    story = lived("good", labels=AT_HAND).later(days=7)
    story.judges(CONTRACT, "w3", FAIL).delivers("w3").runs_all()
    assert story.answer().verdict is Performing.NO
    story.judges(CONTRACT, "w3", PASS)
    comes(story, "w3", "good", digest=story.state.batches["w2"].digest)
    assert story.incident(f"check:{CONTRACT}").is_open
    assert story.answer().verdict is Performing.NO


def test_a_copy_in_the_place_of_a_good_batch_leaves_the_answer() -> None:
    story = lived("good", "good", labels=AT_HAND)
    comes(story, "w3", "good", digest=story.state.batches["w2"].digest)
    assert story.answer().verdict is Performing.YES


def test_a_copy_that_failed_by_a_former_limit_passes_by_another_limit() -> None:
    strict = [threshold(limit=0.9)]
    story = lived(thresholds=strict, labels=AT_HAND, responses=[]).later(days=7)
    failing = (figure(limit=0.9, verdict="fail"),)
    story.judges(PERFORMANCE, "w2", FAIL, figures=failing)
    story.delivers("w2", digest=story.state.batches["w1"].digest).runs_all()
    assert story.answer().verdict is Performing.NO
    checks_outcome(story, "w2", "good").adopts(agreed(labels=AT_HAND, responses=[])).runs_all()
    assert story.answer().verdict is Performing.YES


# A version that is gone.
