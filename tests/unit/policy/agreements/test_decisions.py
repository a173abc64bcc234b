"""Decisions of people about a changed agreement, and the notes about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import (
    agreement_notes,
    approve_agreement,
    awaited_agreement,
    change_text,
    commands_about,
    reject_agreement,
)
from aipo_pipelines.policy.facts.decision_makers import names, people_of
from aipo_pipelines.policy.wording.agreements import agreement_sentence
from tests.unit.policy.stored_facts import agreement, approval, product
from tests.unit.policy.story import START
from tests.unit.policy.team import ADA, DARA, INES, MO, RAE, governed

REASON = "The autumn data is right."
STAYS = "Version 1, adopted on 2026-03-02 09:00 UTC, stays in force."
LOOSER = Change(field="charter.drift.limit", old=0.1, new=0.2, effect=Effect.LOOSENS)
RENAMED = Change(field="charter.title", old="Churn", new="Leavers", effect=Effect.INFORMS)
PROPOSAL = ProposedAgreement(
    version="2",
    digest="next",
    contract_digest="contract",
    standards_digest="standards",
    entry=30,
    since=START,
    changes=(RENAMED, LOOSER),
    asked=Asked(rights=("release",)),
)
REJECTION = approval(RAE, 35, reason="Too loose.")


def waiting(**changes: Any) -> ProductState:
    """A change of the agreement waits for Ada and Rae, not Mo, who answers for the training."""
    return product(charter=agreement(), proposal=replace(PROPOSAL, **changes))


def approves(person: str, state: ProductState | None = None, **members: Any) -> Draft:
    arguments = {"reason": REASON, "now": START, **members}
    (draft,) = approve_agreement(governed(), state or waiting(), person, **arguments)
    return draft


def refusal(person: str, state: ProductState | None = None, **members: Any) -> str:
    with pytest.raises(DecisionError) as refused:
        approves(person, state, **members)
    return str(refused.value)


def test_an_approval_names_the_change_the_person_the_role_and_the_reason() -> None:
    draft = approves("rae@example.org", reason=f"  {REASON} ", seen=30)
    assert (draft.kind, draft.subject, draft.actor) == (
        "agreement_approved",
        "charter",
        "risk_officer Rae Holt",
    )
    assert draft.body == {
        "proposal": 30,
        "person": RAE,
        "role": "risk_officer",
        "reason": REASON,
        "signature": "unsigned",
    }
    assert (draft.key, draft.occurred_at) == ("adopt/churn/30/rae@example.org", START)
    assert draft.product == "churn"


def test_a_rejection_by_one_person_is_one_entry_for_any_person() -> None:
    drafts = [
        reject_agreement(governed(), waiting(), person, REASON, START, seen=30)[0]
        for person in (ADA, RAE)
    ]
    assert [draft.key for draft in drafts] == ["adopt/churn/30/rejected"] * 2
    assert drafts[0].kind == "agreement_rejected"
    assert (drafts[0].product, drafts[0].subject) == ("churn", "charter")
    assert drafts[0].occurred_at == START
    assert drafts[0].body == {
        "proposal": 30,
        "person": ADA,
        "role": "owner",
        "reason": REASON,
        "signature": "unsigned",
    }


@pytest.mark.parametrize("person", [MO, INES, DARA])
def test_people_without_the_right_are_refused_and_the_right_people_named(person: str) -> None:
    message = (
        f"{person} may not decide about this change of the agreement of churn; expected one of: "
        "Ada Ng (owner), Rae Holt (risk officer), who decide about releases by the agreement in "
        "force"
    )
    assert refusal(person) == message
    with pytest.raises(DecisionError) as refused:
        reject_agreement(governed(), waiting(), person, REASON, START)
    assert str(refused.value) == message


def test_people_of_each_right_are_named_in_a_refusal() -> None:
    state = waiting(asked=Asked(rights=("data_source", "sunset")))
    assert refusal(INES, state).endswith(
        "expected one of: Dara Ek (data steward), Ada Ng (owner), who decide about data sources "
        "and the end of the product by the agreement in force"
    )


def test_a_person_decides_by_the_first_right_that_the_change_needs() -> None:
    state = waiting(asked=Asked(rights=("data_source", "sunset")))
    assert approves(ADA, state).actor == "owner Ada Ng"
    assert approves(DARA, state).actor == "data_steward Dara Ek"


def test_a_second_approval_of_a_person_counts_no_second_time() -> None:
    state = waiting(approvals=(approval(RAE, 33), approval(ADA, 34)))
    assert refusal("ada@example.org", state) == (
        "Ada Ng said yes to this change already, on 2026-03-02 09:00 UTC (entry 34); it counts "
        "once, and nothing was recorded now; see: aipo adopt churn"
    )


def test_a_decision_without_a_reason_is_refused() -> None:
    assert refusal(ADA, reason="   ") == (
        "the reason is empty; expected a sentence that somebody who asks in a year will "
        'understand; give it with --reason "..."'
    )


def test_a_name_that_the_charter_does_not_have_is_refused() -> None:
    people = names(people_of(governed()))
    assert refusal("Eve") == (
        f"'Eve' is not named in the charter of churn; expected one of: {people}; write the name "
        "or the e-mail address as the charter does"
    )


def test_a_decision_counts_only_for_the_change_that_its_person_saw() -> None:
    assert awaited_agreement(waiting()) == PROPOSAL
    assert awaited_agreement(waiting(), 30) == PROPOSAL
    assert refusal(ADA, seen=29) == (
        "the files of churn were edited after entry 29: the change that waits is entry 30 "
        "(charter.drift.limit). A decision counts for one change only, so nothing was recorded "
        "now. See the change with: aipo adopt churn"
    )
    with pytest.raises(DecisionError, match="edited after entry 0"):
        reject_agreement(governed(), waiting(), ADA, REASON, START, seen=0)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (product(), "the files are equal to the agreement in force"),
        (
            waiting(rejection=REJECTION),
            "Rae Holt rejected the change on 2026-03-02 09:00 UTC: Too loose",
        ),
        (waiting(problems=("Raise `version`.", "No owner.")), "Raise `version`. No owner"),
    ],
    ids=["no change", "rejected", "not valid"],
)
def test_without_a_change_that_waits_a_decision_is_refused(
    state: ProductState, reason: str
) -> None:
    assert refusal(ADA, state) == (
        f"no change of the agreement about churn waits for people: {reason}; expected a change "
        "that waits; see: aipo adopt churn"
    )
    assert refusal(ADA, state, seen=30) == refusal(ADA, state)


# The notes of a page.


def notes(state: ProductState) -> list[str]:
    return [agreement_sentence(note) for note in agreement_notes(governed(), state)]


def test_files_that_are_equal_to_the_agreement_need_no_note() -> None:
    assert notes(product(charter=agreement())) == []


def test_a_change_that_waits_names_fields_people_and_the_command() -> None:
    (note,) = notes(waiting())
    assert note == (
        "Since 2026-03-02 09:00 UTC a change of its agreement waits for people "
        "(charter.drift.limit): 2 of 2 approvals needed from Ada Ng (owner), Rae Holt (risk "
        f"officer). {STAYS} Type: aipo adopt churn"
    )
    (note,) = notes(waiting(approvals=(approval(RAE),)))
    assert "1 of 2 approvals needed from" in note


def test_a_rejected_change_names_the_person_and_the_moment() -> None:
    (note,) = notes(waiting(rejection=REJECTION))
    assert note == (
        "Rae Holt rejected the change in its files on 2026-03-02 09:00 UTC (charter.drift.limit). "
        f"{STAYS}"
    )


def test_files_that_are_not_valid_are_named_with_their_problems() -> None:
    (note,) = notes(waiting(problems=("Raise `version`.", "No owner..")))
    assert note == (
        "Since 2026-03-02 09:00 UTC its files cannot be adopted: Raise `version`. No owner. "
        f"{STAYS}"
    )


def test_an_agreement_that_became_invalid_itself_is_named_so() -> None:
    itself = waiting(digest="charter", problems=("The exception ended.", "No owner."))
    (note,) = notes(itself)
    assert note == (
        "Since 2026-03-02 09:00 UTC the agreement in force could not be adopted again: The "
        f"exception ended. No owner. {STAYS}"
    )


# Changes and commands as text.


def text_of(old: object, new: object) -> str:
    return change_text(Change(field="charter.x", old=old, new=new, effect=Effect.BINDS))


def test_a_change_is_one_line_with_its_effect() -> None:
    assert change_text(LOOSER) == "charter.drift.limit: 0.1 → 0.2 (loosens)"
    assert text_of(None, ["a"]) == "charter.x: nothing → ['a'] (binds)"
    assert text_of(0, "") == "charter.x: 0 →  (binds)"


def test_a_long_value_is_cut_to_one_line() -> None:
    assert text_of("a" * 60, None) == f"charter.x: {'a' * 60} → nothing (binds)"
    assert text_of("a" * 61, None) == f"charter.x: {'a' * 59}… → nothing (binds)"


def test_commands_about_a_change_name_its_entry() -> None:
    assert commands_about("churn", 30) == (
        "aipo adopt churn",
        'aipo adopt churn --by "YOUR NAME" --reason "WHY" --seen 30',
        'aipo adopt churn --reject --by "YOUR NAME" --reason "WHY" --seen 30',
    )
