"""Checks that fail without making the answer NO, or without any reaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.answer.failing_checks import (
    failing_checks,
    known_by_evaluation,
    without_reaction,
)
from aipo_pipelines.policy.statements.checks import FailingCheck, NoReactionAgreed
from aipo_pipelines.policy.statements.records import KnownByEvaluation
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter
from tests.unit.policy.withdrawing import withdraws

CONTRACT, DRIFT, PERFORMANCE = (
    "data_quality/contract",
    "drift/data_drift",
    "performance/performance",
)


def weeks(key: str, *verdicts: Any, summary: str = "Moved.", **members: Any) -> Story:
    """A batch a week after the first release, with these verdicts of a check."""
    story = Story(charter(**members)).adopts().delivers("w1").runs_all()
    for number, verdict in enumerate(verdicts, start=2):
        story.judges(key, f"w{number}", verdict, summary=summary)
        story.later(days=7).delivers(f"w{number}").runs_all()
    return story


def failing(story: Story) -> list[FailingCheck]:
    return list(failing_checks(story.charter, story.state))


def unanswered(story: Story) -> list[NoReactionAgreed]:
    return list(without_reaction(story.charter, story.state))


def known(story: Story) -> list[KnownByEvaluation]:
    return list(known_by_evaluation(story.charter, story.state, story.now))


def test_a_failing_check_that_no_reason_names_is_shown() -> None:
    assert failing(weeks(DRIFT, PASS)) == []
    assert failing(weeks(DRIFT, FAIL)) == [
        FailingCheck(
            key=CheckKey("drift", "data_drift"),
            partition="w2",
            only_warns=False,
            of_challenger=False,
            summary="Moved.",
        )
    ]


def test_only_the_newest_result_of_a_check_is_shown() -> None:
    assert failing(weeks(DRIFT, FAIL, PASS)) == []
    assert failing(weeks(DRIFT, FAIL, INSUFFICIENT)) == []


def test_a_required_check_is_shown_only_if_it_warns() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.checks(CONTRACT, "w1", FAIL, severity=Severity.WARNING, summary="11 blanks.")
    (warning,) = failing(story)
    assert (warning.key, warning.only_warns) == (CheckKey("data_quality", "contract"), True)
    story.checks(CONTRACT, "w1", FAIL, severity=Severity.CRITICAL, summary="Broken.")
    assert failing(story) == []


def test_a_required_check_of_the_model_that_warns_fails() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.checks(PERFORMANCE, "w1", FAIL, severity=Severity.WARNING, summary="Fell.")
    (failure,) = failing(story)
    assert not failure.only_warns


def test_a_gate_of_a_later_version_is_about_the_challenger() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.checks("evaluation/accuracy", "", FAIL, summary="Low.")
    (of_challenger,) = failing(story)
    assert (of_challenger.of_challenger, of_challenger.partition) == (True, "")
    champion = story.state.champion
    assert champion is not None
    entry = story.state.checks["evaluation/accuracy"].entry
    for decision, is_of_challenger in ((entry, True), (entry + 1, False)):
        decided = replace(champion, decision=decision)
        story.state = replace(story.state, champion=decided)
        assert [failure.of_challenger for failure in failing(story)] == [is_of_challenger]


def test_without_a_champion_every_gate_is_about_a_challenger() -> None:
    story = Story().adopts().checks("evaluation/accuracy", "", FAIL, summary="Low.")
    assert [failure.of_challenger for failure in failing(story)] == [True]


def test_a_business_target_is_never_a_failing_check() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.checks("performance/business_target", "w1", FAIL, summary="Missed.")
    assert "business_target" not in [failure.key.check for failure in failing(story)]


def test_a_result_of_a_former_champion_is_not_shown() -> None:
    story = weeks(DRIFT, FAIL)
    champion = story.state.champion
    assert champion is not None
    later = replace(champion, crowned=len(story.entries))
    story.state = replace(story.state, champion=later)
    assert failing(story) == []


def test_failures_in_a_row_without_a_reaction_are_counted_from_the_second() -> None:
    assert unanswered(weeks(DRIFT, FAIL)) == []
    assert unanswered(weeks(DRIFT, PASS, FAIL, FAIL)) == [
        NoReactionAgreed(key=CheckKey("drift", "data_drift"), failures=2)
    ]
    assert unanswered(weeks(DRIFT, FAIL, FAIL, FAIL))[0].failures == 3


def test_a_pass_ends_a_row_of_failures_and_a_missing_verdict_does_not() -> None:
    assert unanswered(weeks(DRIFT, FAIL, FAIL, PASS)) == []
    assert unanswered(weeks(DRIFT, FAIL, INSUFFICIENT, FAIL))[0].failures == 2


def test_a_check_with_a_reaction_needs_no_note() -> None:
    reacts = [{"check": DRIFT, "reactions": ["escalate"]}]
    assert unanswered(weeks(DRIFT, FAIL, FAIL, responses=reacts)) == []
    silent = [{"check": DRIFT, "reactions": []}]
    assert len(unanswered(weeks(DRIFT, FAIL, FAIL, responses=silent))) == 1


def test_a_check_for_which_no_reaction_can_be_agreed_needs_no_note() -> None:
    story = Story().adopts().delivers("w1", "w2", "w3").runs_all()
    for name in ("w1", "w2", "w3"):
        story.checks("data_quality/volume", name, FAIL)
    assert unanswered(story) == []


def test_a_champion_is_known_by_its_evaluation_until_its_first_labelled_batch() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.trains("2", window=["w1"], held_out="w1").evaluates("2", as_live="pass").runs_all()
    assert known(story) == [
        KnownByEvaluation(
            version="2", keys=(CheckKey("performance", "performance"),), partition="w1"
        )
    ]
    story.later(days=7).delivers("w2").runs_all()
    assert known(story) == []


def test_without_a_champion_nothing_is_known_by_an_evaluation() -> None:
    assert known(Story().adopts()) == []


def test_a_check_that_is_not_required_rests_on_no_evaluation() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.trains("2", window=["w1"], held_out="w1").evaluates("2", as_live="pass").runs_all()
    story.charter = charter(thresholds=[])
    assert known(story) == []


def test_a_withdrawn_batch_takes_its_evaluation_with_it() -> None:
    story = Story().adopts().delivers("w1", "w2").runs_all()
    story.trains("2", window=["w1"], held_out="w1").evaluates("2", as_live="pass").runs_all()
    assert known(withdraws(story, "w1")) == []
