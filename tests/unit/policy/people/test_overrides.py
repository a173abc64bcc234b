"""Overrides: words are collected, a stop acts at once and waits to be confirmed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.fold.facts import from_facts, settled, to_facts
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.overrides import restore, rollback
from aipo_pipelines.policy.people.pending_overrides import overrides
from aipo_pipelines.policy.people.stopped_champion import confirm_stop, stop
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.wording.approvals import override_sentence
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import Story
from tests.unit.policy.team import (
    ADA,
    DARA,
    INES,
    RAE,
    REASON,
    again,
    governed,
    released,
    succeeded,
    waits,
    yes,
)

TWO = {"roles": ["owner", "incident_owner", "risk_officer"], "quorum": 2}


def by_two(story: Story | None = None, **right: Any) -> Story:
    """Version 2 is in charge after version 1, and overriding takes two people."""
    return (story or succeeded()).adopts(governed(override={**TWO, **right}))


def held(story: Story) -> Override:
    (override,) = overrides(story.charter, story.state, story.now)
    return override


def refusal(story: Story, word: Any, name: str = ADA, reason: str = REASON) -> str:
    before = len(story.entries)
    with pytest.raises(DecisionError) as refused:
        story.decides(word, person=name, reason=reason)
    assert len(story.entries) == before
    return str(refused.value)


def in_charge(story: Story) -> str:
    return story.state.champion.version if story.state.champion else ""


def renamed(agreed: Charter) -> Charter:
    """A charter with another retention, which binds."""
    edits = {"version": "2", "sunset": {"retention": "60w"}}
    return Charter.model_validate({**agreed.model_dump(mode="json"), **edits})


def test_one_of_two_words_decides_no_rollback_and_says_how_many_are_missing() -> None:
    story = by_two().decides(rollback, person=ADA, reason=REASON)
    assert story.runs_all() is story
    assert in_charge(story) == "2"
    assert (held(story).act, held(story).missing, held(story).quorum) == ("rollback", 1, 2)
    assert override_sentence(held(story)) == (
        "A rollback of version 2 waits for people: 1 of 2 approvals are missing (given by Ada Ng)."
    )
    assert override_sentence(held(story)) in sentences(story.answer().caveats)


def test_the_second_word_brings_the_predecessor_back() -> None:
    story = by_two().decides(rollback, person=ADA, reason=REASON)
    story.decides(rollback, person=RAE, reason="Seen too.").runs_all()
    assert in_charge(story) == "1"
    assert overrides(story.charter, story.state, story.now) == ()
    decision = story.bodies(ReleaseDecided.kind)[-1]
    evidence = decision["evidence"]
    assert isinstance(evidence, dict)
    assert evidence["words"] == [ADA, RAE]


def test_the_same_person_says_it_once() -> None:
    story = by_two().decides(rollback, person=ADA, reason=REASON)
    assert "Ada Ng approved it already, on 2026-03-02 09:00 UTC" in refusal(story, rollback)
    assert "1 of 2 approvals are missing" in refusal(story, rollback, "ada@EXAMPLE.org")


def test_a_word_under_another_charter_does_not_complete_a_rollback() -> None:
    story = by_two().decides(rollback, person=ADA, reason=REASON)
    story.adopts(renamed(story.charter))
    assert held(story).missing == 2
    assert override_sentence(held(story)) == (
        "A rollback of version 2 waits for people: 2 of 2 approvals are missing (Ada Ng's "
        "approval does not count: it was given under charter version 1, and version 2 is in force)."
    )
    story.decides(rollback, person=RAE, reason=REASON)
    assert in_charge(story.runs_all()) == "2"
    story.decides(rollback, person=ADA, reason="Still.")
    assert in_charge(story.runs_all()) == "1"


def test_approvals_for_a_champion_end_with_it() -> None:
    story = by_two().decides(rollback, person=ADA, reason=REASON)
    yes(again(story, "3"), "3").runs_all()
    assert in_charge(story) == "3"
    assert overrides(story.charter, story.state, story.now) == ()


@pytest.mark.parametrize("word", [rollback, stop, restore, confirm_stop])
def test_who_does_not_hold_the_right_overrides_nothing(word: Any) -> None:
    message = refusal(by_two(), word, DARA)
    assert "may not override the decisions about churn" in message
    assert "Ada Ng (owner), Rae Holt (risk officer), Ines Sol (incident owner)" in message


def test_a_stop_by_one_person_takes_the_champion_out_of_charge_at_once() -> None:
    story = by_two().decides(stop, person=ADA, reason="It refuses everybody.")
    assert story.state.champion is None
    assert story.next(ActionKind.RELEASE).arguments == {"version": ""}, "the alias goes first"
    story.runs(story.next(ActionKind.RELEASE))
    assert story.next(ActionKind.RELEASE).arguments == {"version": "1"}
    story.runs_all()
    assert in_charge(story) == "1"
    assert override_sentence(held(story)) == (
        "Version 2 was stopped, which is not confirmed yet: 1 of 2 approvals are missing (given by "
        "Ada Ng). The confirmation is due by 2026-03-03 09:00 UTC."
    )
    assert override_sentence(held(story)) in sentences(story.answer().caveats)


def test_a_stop_without_a_predecessor_leaves_nothing_in_charge_and_says_who_stopped_it() -> None:
    story = by_two(released()).decides(stop, person=ADA, reason="It refuses everybody.")
    assert story.next(ActionKind.RELEASE).arguments == {"version": ""}
    answer = story.answer()
    assert answer.verdict is Performing.UNKNOWN
    reasons = " ".join(sentences(answer.reasons))
    assert "version 1 was stopped by Ada Ng on 2026-03-02 09:00 UTC: It refuses every" in reasons


def test_a_second_person_confirms_a_stop() -> None:
    story = by_two().decides(stop, person=ADA, reason=REASON)
    assert "Ada Ng approved it already" in refusal(story, confirm_stop)
    story.decides(confirm_stop, person=INES, reason="Seen.")
    assert overrides(story.charter, story.state, story.now) == ()
    assert "no stop of churn waits to be confirmed" in refusal(story, confirm_stop, RAE)
    story.later(days=9).ticks()
    causes = [str(incident.cause) for incident in story.state.incidents.values()]
    assert "unconfirmed_stop" not in causes


def test_a_stop_that_nobody_confirms_in_time_opens_an_incident_and_stays() -> None:
    story = by_two(confirm_within="2h").decides(stop, person=ADA, reason=REASON).runs_all()
    story.later(hours=2).ticks()
    assert story.state.incidents == {}
    story.later(minutes=1).ticks()
    incident = story.incident("unconfirmed_stop")
    assert incident.title == "The stop of version 2 was not confirmed in time"
    assert "The stop stays; confirm it with: aipo stop churn --confirm" in incident.summary
    assert in_charge(story) == "1"
    story.decides(confirm_stop, person=INES, reason="Late, but seen.").ticks()
    assert not story.incident("unconfirmed_stop").is_open


def test_a_stop_by_a_clock_that_was_ahead_is_due_at_once() -> None:
    story = by_two(confirm_within="2h").later(days=400).decides(stop, person=ADA, reason=REASON)
    story.later(days=-399).ticks()
    assert story.incident("unconfirmed_stop").is_open
    (waiting,) = overrides(story.charter, story.state, story.now)
    assert waiting.confirm_by == story.now


def test_a_stop_needs_no_confirmation_if_one_approval_is_enough() -> None:
    story = succeeded().decides(stop, person=ADA, reason=REASON).runs_all()
    assert in_charge(story) == "1"
    assert overrides(story.charter, story.state, story.now) == ()


def test_an_approval_of_a_stop_counts_under_another_charter() -> None:
    story = by_two().decides(stop, person=ADA, reason=REASON)
    story.adopts(renamed(story.charter))
    assert (
        "1 of 2 approvals are missing (given by Ada Ng). The confirmation is due"
        in override_sentence(held(story))
    )
    story.decides(confirm_stop, person=INES, reason=REASON)
    assert overrides(story.charter, story.state, story.now) == ()


def test_an_approval_of_a_stop_counts_while_its_person_may_stop_a_version() -> None:
    story = by_two().decides(stop, person=ADA, reason=REASON)
    right = {"roles": ["incident_owner", "risk_officer"], "quorum": 2}
    story.adopts(governed(override=right))
    assert override_sentence(held(story)) == (
        "Version 2 was stopped, which is not confirmed yet: 2 of 2 approvals are missing (Ada Ng's "
        "approval does not count: the charter in force does not let them decide about this). The "
        "confirmation is due by 2026-03-03 09:00 UTC."
    )


def test_a_stop_is_confirmed_when_the_words_that_were_said_are_enough() -> None:
    story = by_two().decides(stop, person=ADA, reason=REASON)
    story.adopts(governed(override=TWO | {"quorum": 1}))
    assert overrides(story.charter, story.state, story.now) == ()
    assert "no stop of churn waits to be confirmed" in refusal(story, confirm_stop, INES)
    story.later(days=9).ticks()
    assert "unconfirmed_stop" not in {
        str(incident.cause) for incident in story.state.incidents.values()
    }


def test_nothing_in_charge_is_not_stopped() -> None:
    assert "there is nothing to stop" in refusal(waits(), stop)
    assert "there is nothing to put back" in refusal(waits(), restore)


def test_a_stop_supersedes_what_waits_or_is_about_to_go_live() -> None:
    story = yes(again(released(), "2"), "2")
    story.decides(stop, person=ADA, reason=REASON)
    assert story.state.candidates == {}
    assert story.state.decisions["2"].rule == "superseded"
    assert in_charge(story.runs_all()) == ""


def test_nothing_is_stopped_while_an_alias_is_being_moved() -> None:
    story = yes(again(released(), "2"), "2")
    story.starts(story.next(ActionKind.RELEASE))
    assert "is moving the alias right now" in refusal(story, stop)


def test_after_a_stop_without_predecessor_people_decide_also_if_the_gates_would() -> None:
    story = released()
    story.adopts(governed(release={"roles": ["owner"], "quorum": 0}))
    story.decides(stop, person=ADA, reason=REASON).runs_all()
    story.delivers("w2").runs_all()
    assert in_charge(story) == ""
    (candidate,) = story.state.candidates.values()
    assert candidate.requested is not None
    assert in_charge(yes(story, candidate.version, ADA).runs_all()) == candidate.version


def test_restoring_asks_for_the_alias_of_the_champion_of_record_again() -> None:
    story = succeeded().decides(restore, person=ADA, reason="Moved by mistake.")
    action = story.next(ActionKind.RELEASE)
    assert action.arguments == {"version": "2"}
    assert story.state.decisions["2"].rule == "restored"
    story.runs(action)
    assert (in_charge(story), story.state.predecessor is not None) == ("2", True)


def test_restoring_takes_as_many_words_as_overriding_does() -> None:
    story = by_two().decides(restore, person=ADA, reason=REASON)
    assert held(story).act is OverrideAct.RESTORE
    assert "restored" not in {decision.rule for decision in story.state.decisions.values()}
    story.decides(restore, person=RAE, reason=REASON)
    assert story.next(ActionKind.RELEASE).arguments == {"version": "2"}


def test_a_release_that_was_given_up_after_a_rollback_may_be_asked_for_again() -> None:
    story = by_two()
    for name in (ADA, RAE):
        story.decides(rollback, person=name, reason=REASON)
    story.gives_up(story.next(ActionKind.RELEASE))
    for name in (ADA, RAE):
        story.decides(rollback, person=name, reason="Again.")
    assert in_charge(story.runs_all()) == "1"


def test_a_state_with_words_and_a_stop_is_stored_and_read_back() -> None:
    story = by_two().decides(rollback, person=ADA, reason=REASON)
    stopped = by_two().decides(stop, person=ADA, reason=REASON)
    for state in (story.state, stopped.state):
        facts = [(kind, key, value) for (kind, key), value in to_facts(state).items()]
        assert from_facts("churn", facts) == state


def test_a_withdrawn_release_is_not_started_any_more() -> None:
    story = yes(again(released(), "2"), "2")
    entry = story.next(ActionKind.RELEASE).entry
    story.decides(stop, person=ADA, reason=REASON)
    assert story.action(entry).status is ActionStatus.SUPERSEDED


def return_failure() -> Story:
    """Version 2 was stopped, and version 1 cannot come back: its release is given up."""
    story = succeeded().decides(stop, person=ADA, reason="It refuses everybody.")
    story.runs(story.next(ActionKind.RELEASE))
    return story.gives_up(story.next(ActionKind.RELEASE))


@pytest.mark.parametrize(
    ("word", "act"), [(stop, "stop"), (restore, "put back"), (rollback, "roll back")]
)
def test_when_the_predecessor_of_a_stopped_version_cannot_come_back_commands_say_what_can_be_done(
    word: Any, act: str
) -> None:
    message = refusal(return_failure(), word)
    assert (
        "no version of churn is in charge (version 1, which was to take over, could not: OSError), "
        f"so there is nothing to {act}; bring back what it needs"
    ) in message
    assert (
        "try again with: aipo run churn, or train a new version with: aipo retrain churn" in message
    )


def test_the_answer_says_why_nothing_took_the_place_of_a_stopped_version() -> None:
    reasons = " ".join(sentences(return_failure().answer().reasons))
    assert "was stopped by Ada Ng" in reasons
    assert "It refuses everybody. Version 1, which was to take over, could not: OSError" in reasons
    assert "aipo retrain churn" in reasons


def test_a_version_trained_after_a_stop_ends_the_tries_to_bring_the_predecessor_back() -> None:
    story = return_failure()
    (given_up,) = (
        action for action in story.state.actions.values() if action.status is ActionStatus.GIVEN_UP
    )
    yes(again(story, "3"), "3").runs_all()
    assert in_charge(story) == "3"
    assert story.action(given_up.entry).status is ActionStatus.SUPERSEDED


def test_a_withdrawal_of_the_alias_that_failed_is_done_when_another_version_takes_it() -> None:
    story = succeeded().decides(stop, person=ADA, reason=REASON)
    withdrawal = story.next(ActionKind.RELEASE)
    story.gives_up(withdrawal).runs_all()
    assert in_charge(story) == "1"
    assert str(withdrawal.entry) not in settled(story.state).actions


def test_an_approval_and_the_rollback_that_follows_are_entries_of_the_last_person() -> None:
    story = by_two().later(hours=1).decides(rollback, person=ADA, reason="Harm.")
    champion, agreement = story.state.champion, story.state.charter
    assert champion is not None
    assert agreement is not None
    decided = story.state.decisions["1"].entry
    approval, release = rollback(story.charter, story.state, "RAE@example.org", "Yes.", story.now)
    key = f"rollback/churn/{champion.decision}/1/{decided}/{agreement.entry}"
    assert (approval.key, approval.subject) == (f"{key}/rae@example.org", "model/2")
    assert (release.key, release.subject) == (key, "model/1")
    assert {approval.actor, release.actor} == {f"risk_officer {RAE}"}
    assert {approval.occurred_at, release.occurred_at} == {story.now}
    assert isinstance(release.event, ReleaseDecided)
    assert release.event.evidence == {
        "gives_way": "2",
        "its_decision": champion.decision,
        "words": [ADA, RAE],
    }


def test_a_restoration_of_facts_without_the_decision_names_the_decision_of_the_champion() -> None:
    story = by_two()
    champion = story.state.champion
    assert champion is not None
    story.state = replace(story.state, decisions={})
    (approval,) = restore(story.charter, story.state, ADA, "Moved.", story.now, alias="")
    assert f"/{champion.decision}/2/{champion.decision}/" in approval.key
    assert approval.occurred_at == story.now


def test_an_alias_in_its_place_is_not_put_back() -> None:
    story = by_two()
    with pytest.raises(DecisionError) as refused:
        restore(story.charter, story.state, ADA, REASON, story.now, alias="2")
    message, _, next_step = str(refused.value).rpartition("; ")
    assert message == (
        "the alias champion of churn is where it belongs, at version 2, so there is nothing to put "
        "back and nothing was recorded"
    )
    assert next_step == "to return to the version before: aipo rollback churn"


@pytest.mark.parametrize(
    ("story", "in_charge"), [(released(), "version 1 is in charge"), (waits(), "none is in charge")]
)
def test_a_rollback_without_a_predecessor_says_what_can_be_done(
    story: Story, in_charge: str
) -> None:
    problem, _, way_out = refusal(story, rollback).partition(". ")
    assert problem == (
        f"rollback with no predecessor: {in_charge} of churn, and there is no champion before it "
        "to return to (a rollback is not rolled back)"
    )
    assert way_out == (
        "Train a new version with: aipo retrain churn, or take it out of charge with: aipo stop "
        "churn"
    )


@pytest.mark.parametrize(("word", "act"), [(rollback, "rolled back"), (restore, "put back")])
def test_no_override_is_approved_while_a_release_is_under_way(word: Any, act: str) -> None:
    story = yes(again(by_two(), "3"), "3")
    action = story.next(ActionKind.RELEASE)
    assert refusal(story, word) == (
        f"a release of churn is under way (entry {action.entry}, pending), so nothing can be {act} "
        "now; let it end first: aipo run churn"
    )
    story.starts(action)
    assert f"(entry {action.entry}, started)" in refusal(story, word)


def test_nothing_is_rolled_back_while_a_training_is_under_way() -> None:
    story = by_two().decides(retrain, person=ADA, reason=REASON)
    action = story.next(ActionKind.TRAIN)
    assert refusal(story, rollback) == (
        f"a training of churn is under way (entry {action.entry}, pending), so nothing can be "
        "rolled back now; let it end first: aipo run churn"
    )
