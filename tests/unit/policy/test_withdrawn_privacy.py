"""A feed ends no incident of personal data by leaving out what it has delivered."""

from __future__ import annotations

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.model.state import ActionKind, Incident
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.reports.notices import notice_of
from tests.unit.policy.story import FAIL, PASS, Story, charter
from tests.unit.policy.withdrawing import WITHDRAWAL, withdraws

PRIVACY = "data_quality/privacy"


def leaks(*partitions: str) -> Story:
    """Each of some batches holds personal data that nobody may use; those who must know do."""
    story = Story().adopts().delivers("w1").runs_all().later(days=7)
    for name in partitions:
        story.judges(PRIVACY, name, FAIL).delivers(name).runs_all()
    for notice in next_actions(story.state, story.now, {ActionKind.NOTIFY}):
        story.starts(notice).finishes(notice)
    return story


def incident(story: Story) -> Incident:
    return story.incident(f"check:{PRIVACY}")


def test_the_incident_stays_open_and_says_that_the_batch_was_withdrawn() -> None:
    story = withdraws(leaks("w2"), "w2").runs_all()
    assert incident(story).is_open
    assert incident(story).subjects == ("withdrawal of batch w2",)
    assert story.answer().verdict is Performing.NO
    (notice,) = next_actions(story.state, story.now, {ActionKind.NOTIFY})
    repeated_notice = notice_of(story.charter, story.state, notice)
    assert "also: withdrawal of batch w2 (critical)" in repeated_notice.title
    assert (
        f"Also: withdrawal of batch w2. Batch w2 was withdrawn by its feed: {WITHDRAWAL}. Its "
        "delivered data is kept, so the incident stays open until a person with the right ends it."
    ) in repeated_notice.body


def test_no_other_batch_that_passes_ends_it_afterwards() -> None:
    story = withdraws(leaks("w2"), "w2").runs_all()
    story.later(days=7).delivers("w3").runs_all()
    assert incident(story).is_open
    assert story.answer().verdict is Performing.NO


def test_nor_does_the_withdrawal_of_one_batch_and_the_repair_of_the_other() -> None:
    story = withdraws(leaks("w2", "w3"), "w2")
    story.judges(PRIVACY, "w3", PASS).delivers("w3", digest="repaired").runs_all()
    assert incident(story).is_open


def test_the_withdrawal_of_a_batch_that_was_repaired_leaves_nothing_to_wait_for() -> None:
    story = leaks("w2", "w3").judges(PRIVACY, "w2", PASS).delivers("w2", digest="w2 repaired")
    withdraws(story.runs_all(), "w2")
    assert incident(story).subjects == ()
    story.judges(PRIVACY, "w3", PASS).delivers("w3", digest="repaired").runs_all()
    assert not incident(story).is_open


def test_a_person_who_holds_the_right_ends_it_and_no_other_person() -> None:
    story = withdraws(leaks("w2"), "w2").runs_all()
    number = incident(story).entry
    with pytest.raises(DecisionError, match="may not end the critical incident"):
        story.decides(resolve, incident=number, person="Ada Ng", reason="it is gone")
    story.decides(resolve, incident=number, person="Ines Sol", reason="deleted from the lake")
    assert not incident(story).is_open
    assert story.answer().verdict is Performing.YES


def test_the_batch_that_comes_back_without_the_data_ends_it() -> None:
    story = withdraws(leaks("w2"), "w2").runs_all().judges(PRIVACY, "w2", PASS)
    story.delivers("w2", digest="repaired").runs_all()
    assert not incident(story).is_open
    assert story.answer().verdict is Performing.YES


def test_what_only_warned_of_personal_data_ends_with_its_batch() -> None:
    agreed = charter(responses=[{"check": "privacy", "reactions": ["escalate"]}])
    story = Story(agreed).adopts().delivers("w1").runs_all()
    story.judges(PRIVACY, "w2", FAIL, severity=Severity.WARNING).delivers("w2").runs_all()
    assert incident(story).is_open
    assert not incident(withdraws(story, "w2").runs_all()).is_open
