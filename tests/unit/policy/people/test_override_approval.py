from __future__ import annotations

from datetime import timedelta

import pytest

from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.model.models import Approval, OverrideAct
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.facts.counted_approvals import Tally, override_tally
from aipo_pipelines.policy.people.override_approval import (
    nothing_in_charge,
    override_decision,
    override_event,
    refuse_repetition,
)
from aipo_pipelines.policy.people.stopped_champion import stop
from tests.unit.policy.story import START, Story
from tests.unit.policy.team import ADA, DARA, INES, RAE, governed, succeeded, waits

TWO = {"roles": ["owner", "incident_owner"], "quorum": 2}


def approval(person: str, entry: int = 7) -> Approval:
    """An approval that does not name its charter, as older programs recorded it."""
    at = START + timedelta(hours=2)
    return Approval(person=person, role="owner", reason="Harm.", entry=entry, at=at)


def tally(*people: str, quorum: int = 2) -> Tally:
    """The approvals of these people before an agreement was adopted."""
    agreed = governed(override={**TWO, "quorum": quorum})
    return override_tally(agreed, Story().state, [approval(person) for person in people])


def test_a_person_with_the_right_decides_in_the_role_of_the_right() -> None:
    decision = override_decision(governed(), "ines@example.org", "  Harm. ", START)
    assert (decision.holder.name, decision.role) == (INES, Role.INCIDENT_OWNER)
    assert (decision.reason, decision.now) == ("Harm.", START)


def test_a_person_without_the_right_is_refused_with_the_people_who_have_it() -> None:
    with pytest.raises(DecisionError) as refusal:
        override_decision(governed(), DARA, "Harm.", START)
    assert str(refusal.value) == (
        "Dara Ek (data steward) may not override the decisions about churn; expected one of: Ada "
        "Ng (owner), Ines Sol (incident owner); the charter's decision_rights.override names them"
    )


def test_a_decision_without_a_reason_is_refused_before_the_person_is_looked_up() -> None:
    with pytest.raises(DecisionError, match="the reason is empty"):
        override_decision(governed(), "Eve Adler", " ", START)


@pytest.mark.parametrize(
    ("before", "quorum", "completes"),
    [((), 1, True), ((), 2, False), ((ADA,), 2, True), ((ADA,), 3, False), ((ADA, INES), 2, True)],
)
def test_the_approval_that_reaches_the_quorum_completes_it(
    before: tuple[str, ...], quorum: int, completes: bool
) -> None:
    decision = override_decision(governed(), INES, "Harm.", START)
    state = Story(governed()).adopts().state
    given = tally(*before, quorum=quorum)
    event = override_event(state, decision, OverrideAct.STOP, "4", given)
    assert event.completes is completes


def test_an_approval_records_the_person_the_act_and_the_agreement_in_force() -> None:
    decision = override_decision(governed(), ADA, "Harm.", START)
    state = Story(governed()).adopts().state
    event = override_event(state, decision, OverrideAct.RESTORE, "4", tally())
    assert (event.act, event.version) == (OverrideAct.RESTORE, "4")
    assert (event.person, event.role, event.reason) == (ADA, "owner", "Harm.")
    assert (event.charter_version, event.charter_digest) == ("1", "charter0")
    assert (event.contract_digest, event.standards_digest) == ("contract", "standards")
    assert event.signature == "unsigned"


def test_the_second_approval_of_a_person_is_refused_with_the_first() -> None:
    decision = override_decision(governed(), "ada@example.org", "Harm.", START)
    with pytest.raises(DecisionError) as refusal:
        refuse_repetition(Story(governed()).state, tally(ADA), decision)
    assert str(refusal.value) == (
        "Ada Ng approved it already, on 2026-03-02 11:00 UTC (entry 7); it counts once, 1 of 2 "
        "approvals are missing, and nothing was recorded now; see: aipo decisions churn"
    )


def test_the_approval_of_another_person_is_no_repetition() -> None:
    decision = override_decision(governed(), INES, "Harm.", START)
    given = tally(ADA)
    refuse_repetition(Story(governed()).state, given, decision)
    assert not given.has(decision.holder)


def test_an_approval_that_does_not_count_may_be_given_again() -> None:
    given = tally(RAE)
    assert given.counted == ()
    agreed = governed(override={"roles": ["owner", "risk_officer"]})
    refuse_repetition(Story().state, given, override_decision(agreed, RAE, "Harm.", START))
    assert given.missing == 2


def test_the_message_that_no_version_is_in_charge_says_where_to_look() -> None:
    assert nothing_in_charge(waits().state, "stop") == (
        "no version of churn is in charge, so there is nothing to stop; see: aipo status churn"
    )


def test_the_message_names_the_predecessor_that_could_not_come_back_and_the_way_out() -> None:
    story = succeeded().decides(stop, person=ADA, reason="Harm.")
    story.runs(story.next(ActionKind.RELEASE))
    story.gives_up(story.next(ActionKind.RELEASE))
    reason, _, way_out = nothing_in_charge(story.state, "put back").partition("; ")
    assert reason == (
        "no version of churn is in charge (version 1, which was to take over, could not: OSError), "
        "so there is nothing to put back"
    )
    assert way_out == (
        "bring back what it needs, such as the files of the model from a backup, and try again "
        "with: aipo run churn, or train a new version with: aipo retrain churn"
    )
