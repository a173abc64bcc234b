"""The people who may decide, and the entries of their decisions."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.runs import RunEnded
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    given_reason,
    names,
    people_of,
    person_named,
    quorum_for,
    role_text,
)
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import START
from tests.unit.policy.team import ADA, RAE, by_rule, governed


def test_a_decision_is_an_entry_of_the_person_in_the_role_that_decides() -> None:
    holder = person_named(governed(), RAE)
    decision = PersonalDecision(holder=holder, role=Role.RISK_OFFICER, reason="Better.", now=START)
    event = RunEnded(run_id="hand")
    draft = decision.draft("churn", "model/2", event, "key")
    assert (draft.product, draft.subject, draft.key) == ("churn", "model/2", "key")
    assert (draft.actor, draft.occurred_at, draft.event) == ("risk_officer Rae Holt", START, event)


@pytest.mark.parametrize("text", [ADA, "ada@example.org", " ADA NG ", "Ada@Example.org"])
def test_a_person_is_known_by_name_and_address_in_any_spelling(text: str) -> None:
    assert person_named(governed(), text).name == ADA


def test_a_name_that_the_charter_does_not_have_is_never_a_new_person() -> None:
    agreed = by_rule().model_copy(update={"people": {Role.OWNER: governed().people[Role.OWNER]}})
    with pytest.raises(DecisionError) as refused:
        person_named(agreed, "Adda Ng")
    assert str(refused.value) == (
        "'Adda Ng' is not named in the charter of churn; expected one of: Ada Ng (owner); write "
        "the name or the e-mail address as the charter does"
    )


def test_a_release_that_was_not_compared_needs_at_least_one_person() -> None:
    assert (quorum_for(governed(), ""), quorum_for(governed(), "it broke")) == (2, 2)
    assert (quorum_for(by_rule(), ""), quorum_for(by_rule(), "it broke")) == (0, 1)


def test_a_reason_is_kept_without_the_blanks_around_it() -> None:
    assert given_reason("  Better on\n every gate. \n") == "Better on\n every gate."
    for empty in ("", " \n\t"):
        with pytest.raises(DecisionError) as refused:
            given_reason(empty)
        assert str(refused.value) == (
            "the reason is empty; expected a sentence that somebody who asks in a year will "
            'understand; give it with --reason "..."'
        )


def test_people_are_named_with_all_their_roles() -> None:
    people = {"model_steward": person(ADA), "risk_officer": person(RAE)}
    ada, *_, rae = [
        holder for holder in people_of(governed(people=people)) if holder.name in {ADA, RAE}
    ]
    assert names([ada, rae]) == "Ada Ng (owner, model steward), Rae Holt (risk officer)"
    assert names([]) == "nobody"
    assert role_text(Role.EXECUTIVE_SPONSOR) == "executive sponsor"
