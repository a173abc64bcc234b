"""A pass ends with its version: in quarantine, without a record, or given up."""

from __future__ import annotations

import pytest

from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    figure,
)
from tests.unit.policy.weekly_batches import (
    AT_HAND,
    CONTRACT,
    INCIDENT,
    INES,
    LATE,
    PERFORMANCE,
    REASON,
    checks_outcome,
    comes,
    due,
    is_waiting,
    lived,
    rests_on_evaluation,
)


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_a_pass_of_a_version_that_is_in_quarantine_now_does_not_answer(
    labels: dict[str, str],
) -> None:
    story = lived("poor", "good", labels=labels, responses=[])
    assert story.answer().verdict is Performing.YES
    story.judges(CONTRACT, "w3", FAIL).delivers("w3", digest="broken")
    assert story.answer().verdict is Performing.YES
    story.runs(story.next(ActionKind.MEASURE))
    story.decides(
        resolve, incident=story.incident(f"check:{CONTRACT}").entry, person=INES, reason=REASON
    )
    comes(story.later(days=7), "w4", "without labels")
    assert story.answer().verdict is (Performing.NO if "delay" in labels else Performing.UNKNOWN)
    assert due(story)[-1:] == ["w2"]
    assert comes(story, "w4", "good").answer().verdict is Performing.YES


def test_a_version_in_quarantine_leaves_the_answer_to_the_good_batch_before_it() -> None:
    story = lived("good", "good", responses=[])
    story.judges(CONTRACT, "w3", FAIL).delivers("w3", digest="broken")
    story.runs(story.next(ActionKind.MEASURE))
    story.decides(
        resolve, incident=story.incident(f"check:{CONTRACT}").entry, person=INES, reason=REASON
    )
    story.later(days=7).judges(PERFORMANCE, "w4", INSUFFICIENT, figures=()).delivers("w4")
    story.runs(next(action for action in story.state.actions.values() if is_waiting(action, "w4")))
    assert sentences(story.answer().reasons) == (
        "performance is insufficient on batch w3: It passed, and batch w3 is in quarantine now.",
    )
    assert story.runs_all().answer().verdict is Performing.YES


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_a_pass_of_a_version_that_was_replaced_by_a_version_without_a_record_does_not_answer(
    labels: dict[str, str],
) -> None:
    story = lived("poor", "good", labels=labels, responses=[])
    story.judges(CONTRACT, "w3", INSUFFICIENT).delivers("w3", digest="empty").runs_all()
    assert story.answer().verdict is Performing.UNKNOWN
    comes(story.later(days=7), "w4", "without labels")
    assert story.answer().verdict is Performing.UNKNOWN


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_a_pass_answers_while_a_new_version_is_measured_and_not_when_that_is_given_up(
    labels: dict[str, str],
) -> None:
    story = lived("poor", "good", labels=labels, responses=[]).delivers("w3", digest="unreadable")
    assert story.answer().verdict is Performing.YES
    story.gives_up_first()
    assert story.answer().verdict is Performing.UNKNOWN
    assert sentences(story.answer().reasons)[0] == (
        "contract is insufficient on batch w3: It passed, and batch w3 was delivered again since; "
        "that version has not been measured, or has nothing to be measured on."
    )


def test_a_target_that_a_version_reached_which_is_in_quarantine_now_is_not_known_to_be() -> None:
    target = {"outcome": "Kept", "metric": "accuracy", "target": 0.75, "unit": "EUR"}
    decides = [{**target, "missed_target": "decides"}]
    story = lived("good", "good", responses=[], outcome_map=decides)
    assert story.answer().outcomes[0].fresh
    story.judges(CONTRACT, "w3", FAIL).delivers("w3", digest="broken")
    story.runs(story.next(ActionKind.MEASURE))
    assert (story.answer().outcomes[0].partition, story.answer().outcomes[0].fresh) == ("w3", False)


# A former champion.


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
@pytest.mark.parametrize(
    ("as_live", "expected"), [("", Performing.UNKNOWN), ("pass", Performing.YES)]
)
def test_what_is_measured_while_another_version_goes_live_is_about_the_former_version(
    labels: dict[str, str], as_live: str, expected: Performing
) -> None:
    story = lived("good", labels=labels).records(RunClaimed(run_id="by hand", job="monitor"))
    story.trains("2", held_out="w2").evaluates("2", as_live=as_live)
    release = story.next(ActionKind.RELEASE)
    story.starts(release, "releasing").checks(PERFORMANCE, "w2", figures=(figure(),), run_id="b")
    story.materialises("champion", action=f"{release.entry}:1", version="2").finishes(release)
    assert story.answer().verdict is expected
    story.checks(PERFORMANCE, "w2", figures=(figure(),), run_id="by hand")
    assert story.answer().verdict is expected
    assert rests_on_evaluation(story) is bool(as_live)
    assert comes(story.later(days=7), "w3", "good").answer().verdict is Performing.YES
    assert not rests_on_evaluation(story)


def test_what_is_measured_while_a_version_is_stopped_is_not_about_the_version_before_it() -> None:
    story = lived("good")
    story.trains("2", held_out="w2").evaluates("2", as_live="pass").runs_all()
    story.records(RunClaimed(run_id="by hand", job="monitor"))
    story.decides(stop, person="Ada Ng", reason=REASON).runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "1"
    story.checks(PERFORMANCE, "w2", figures=(figure(),), run_id="by hand")
    assert story.answer().verdict is Performing.UNKNOWN


def test_a_run_by_hand_that_began_before_a_new_version_arrived_says_nothing_about_it() -> None:
    story = lived("good", labels=AT_HAND).records(RunClaimed(run_id="by hand", job="monitor"))
    comes(story, "w2", "poor")
    story.checks(PERFORMANCE, "w2", figures=(figure(),), run_id="by hand")
    assert story.answer().verdict is Performing.NO
    assert story.incident(INCIDENT).is_open
    story.records(RunEnded(run_id="by hand")).records(RunClaimed(run_id="later", job="monitor"))
    story.checks(PERFORMANCE, "w2", figures=(figure(),), run_id="later")
    assert story.answer().verdict is Performing.YES


def test_a_failure_of_the_champion_on_an_earlier_batch_is_not_hidden_by_its_predecessor() -> None:
    story = lived("good", "good", responses=[])
    story.trains("2", held_out="w3").evaluates("2", as_live="pass").runs_all()
    assert story.answer().verdict is Performing.YES
    checks_outcome(story, "w2", "poor").labels("w2", "more").runs_all()
    assert story.answer().verdict is Performing.NO
