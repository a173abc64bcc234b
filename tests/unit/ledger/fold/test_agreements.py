"""Since when the terms of an agreement are as they are now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementProposed,
    AgreementRejected,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.fold.agreements import adopt, approve, propose, reject, withdraw
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from aipo_pipelines.ledger.model.models import Asked
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from tests.unit.ledger.values import action, approval, batch, check, day, entry, state
from tests.unit.policy.stored_entry import stored

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXTS = {"contract": "text", "standards": "text"}
LIMIT = Change(field="charter.drift.limit", old=0.2, new=0.1, effect=Effect.TIGHTENS)


def adopted(state: ProductState, index: int, digest: str, **members: Any) -> ProductState:
    event = CharterAdopted(
        version="1",
        digest=digest,
        contract_version="1",
        contract_digest="contract",
        standards_version="1",
        standards_digest="standards",
        charter={},
        **members,
    )
    draft = Draft(
        product="churn",
        subject="charter",
        actor="rule:charter",
        occurred_at=NOW,
        key=str(index),
        event=event,
    )
    return apply(state, stored(draft, index, NOW))


def since(state: ProductState) -> list[int]:
    """The entries for the data, for drift and for labels."""
    assert state.charter is not None
    known = (Bearing.DATA, Bearing.DRIFT, Bearing.TRUTH)
    return [state.charter.judges_since(area) for area in known]


def test_unchanged_terms_are_as_old_as_before_an_adoption() -> None:
    state = adopted(ProductState(product="churn"), 3, "a", **TEXTS)
    assert since(state) == [3, 3, 3]
    state = adopted(state, 7, "b", **TEXTS, changes=(LIMIT,))
    assert since(state) == [3, 7, 3]
    assert since(adopted(state, 9, "c", **TEXTS)) == [3, 7, 3]


@pytest.mark.parametrize(("digest", "expected"), [("a", [3, 3, 3]), ("b", [7, 7, 7])])
def test_an_entry_without_its_changes_counts_as_a_change_of_everything(
    digest: str, expected: list[int]
) -> None:
    state = adopted(ProductState(product="churn"), 3, "a")
    assert since(adopted(state, 7, digest)) == expected


@pytest.mark.parametrize(
    ("contract", "expected"), [("contract", [5, 8, 5]), ("another", [8, 8, 8])]
)
def test_a_fact_of_an_older_program_is_as_old_as_its_adoption(
    contract: str, expected: list[int]
) -> None:
    known = AdoptedCharter(
        version="1",
        digest="a",
        contract_digest=contract,
        standards_digest="standards",
        entry=5,
        since=NOW,
    )
    state = ProductState(product="churn", charter=known)
    assert since(state) == [5, 5, 5]
    # Nobody compared a contract whose text was not kept.
    assert since(adopted(state, 8, "b", **TEXTS, changes=(LIMIT,))) == expected


# The handlers themselves, on typed values.

PROPOSED = AgreementProposed(
    version="2",
    digest="new charter",
    contract_digest="new contract",
    standards_digest="new standards",
    place="churn",
    changes=(LIMIT,),
    asked=Asked(rights=("release",), signers=("Ben Haas",)),
)
PROPOSAL = ProposedAgreement(
    version="2",
    digest="new charter",
    contract_digest="new contract",
    standards_digest="new standards",
    entry=50,
    since=day(1),
    place="churn",
    changes=(LIMIT,),
    asked=Asked(rights=("release",), signers=("Ben Haas",)),
)
ADOPTED = CharterAdopted(
    version="2",
    digest="new charter",
    contract_version="1",
    contract_digest="new contract",
    standards_version="1",
    standards_digest="new standards",
    charter={"feed": "crm"},
    contract="text",
    standards="text",
    place="churn",
    standards_files=("standards.yaml",),
)
IN_FORCE = AdoptedCharter(
    version="1",
    digest="charter",
    contract_digest="contract",
    standards_digest="standards",
    entry=3,
    since=NOW,
    has_texts=True,
    judging_since=dict.fromkeys(Bearing, 3),
    counting_since=dict.fromkeys(Bearing, 3),
    binding_since=3,
)


def proposed(before: ProductState, **members: Any) -> ProductState:
    event = replace(PROPOSED, **members)
    return propose(before, entry(event, 50, at=day(1)), event)


def approved(before: ProductState, index: int = 55, **members: Any) -> ProductState:
    known = AgreementApproved(
        proposal=50, person="Ada Ng", role="owner", reason="I agree.", signature="signed"
    )
    event = replace(known, **members)
    return approve(before, entry(event, index, at=day(2)), event)


def rejected(before: ProductState, proposal: int = 50) -> ProductState:
    event = AgreementRejected(
        proposal=proposal, person="Ada Ng", role="owner", reason="No.", signature="signed"
    )
    return reject(before, entry(event, 56, at=day(2)), event)


def ended(before: ProductState, proposal: int = 50) -> ProductState:
    event = AgreementWithdrawn(proposal=proposal, reason="The files are as before.")
    return withdraw(before, entry(event, 57, at=day(2)), event)


def agreed(before: ProductState, index: int = 60, **members: Any) -> ProductState:
    event = replace(ADOPTED, **members)
    return adopt(before, entry(event, index, at=day(3)), event)


def in_force(after: ProductState) -> AdoptedCharter:
    assert after.charter is not None
    return after.charter


def proposal_of(after: ProductState) -> ProposedAgreement:
    assert after.proposal is not None
    return after.proposal


def test_the_first_agreement_begins_all_of_its_terms() -> None:
    since = dict.fromkeys(Bearing, 60)
    assert agreed(state()).charter == AdoptedCharter(
        version="2",
        digest="new charter",
        contract_digest="new contract",
        standards_digest="new standards",
        entry=60,
        since=day(3),
        place="churn",
        standards_files=("standards.yaml",),
        judging_since=since,
        counting_since=since,
        binding_since=60,
        has_texts=True,
    )


@pytest.mark.parametrize("text", ["contract", "standards"])
def test_an_agreement_has_texts_only_if_both_are_kept(text: str) -> None:
    missing: dict[str, Any] = {text: ""}
    assert not in_force(agreed(state(), **missing)).has_texts


@pytest.mark.parametrize(
    ("effect", "judging", "counting", "binding"),
    [
        (Effect.INFORMS, 3, 3, 3),
        (Effect.TIGHTENS, 60, 3, 60),
        (Effect.LOOSENS, 60, 60, 60),
        (Effect.BINDS, 60, 60, 60),
    ],
)
def test_the_effect_of_a_change_decides_what_begins_again(
    effect: Effect, judging: int, counting: int, binding: int
) -> None:
    change = replace(LIMIT, effect=effect)
    after = in_force(agreed(state(charter=IN_FORCE), changes=(change,)))
    assert after.judges_since(Bearing.DRIFT) == judging
    assert after.counts_since(Bearing.DRIFT) == counting
    assert after.binding_since == binding
    assert (after.judges_since(Bearing.TRUTH), after.counts_since(Bearing.TRUTH)) == (3, 3)


def test_one_binding_change_among_words_binds() -> None:
    words = replace(LIMIT, field="charter.title", effect=Effect.INFORMS)
    after = in_force(agreed(state(charter=IN_FORCE), changes=(words, LIMIT)))
    assert after.binding_since == 60


@pytest.mark.parametrize(
    ("had_texts", "text"), [(False, "contract"), (True, "contract"), (True, "standards")]
)
def test_texts_that_nobody_compared_count_as_changed(had_texts: bool, text: str) -> None:
    before = state(charter=replace(IN_FORCE, has_texts=had_texts))
    missing: dict[str, Any] = {text: ""} if had_texts else {}
    after = in_force(agreed(before, changes=(), **missing))
    assert after.judging_since == dict.fromkeys(Bearing, 60)
    assert after.binding_since == 60


def test_a_charter_without_compared_texts_is_judged_by_its_changes() -> None:
    before = state(charter=replace(IN_FORCE, has_texts=False))
    same: dict[str, Any] = {"contract_digest": "contract", "standards_digest": "standards"}
    after = in_force(agreed(before, changes=(LIMIT,), **same))
    assert after.judges_since(Bearing.DRIFT) == 60
    assert after.judges_since(Bearing.TRUTH) == 3
    unchanged = in_force(agreed(before, digest="charter", **same))
    assert unchanged.judging_since == dict.fromkeys(Bearing, 3)
    unknown = in_force(agreed(before, **same))
    assert unknown.judging_since == dict.fromkeys(Bearing, 60)


LOCATION = Change(field="charter.sources.crm.location", old="a", new="b", effect=Effect.BINDS)


@pytest.mark.parametrize(
    ("changes", "charter", "former"),
    [
        ((LOCATION,), {"feed": "crm"}, True),
        ((LOCATION,), {"feed": "labels"}, False),
        ((LOCATION,), {}, True),
        ((LOCATION,), {"feed": 7}, True),
        ((LIMIT,), {"feed": "crm"}, False),
        ((), {"feed": "crm"}, False),
    ],
)
def test_another_source_of_the_feed_makes_the_batches_so_far_history(
    changes: tuple[Change, ...], charter: dict[str, Any], former: bool
) -> None:
    before = state(batch("w1"), charter=IN_FORCE)
    assert agreed(before, changes=changes, charter=charter).batches["w1"].former is former


def test_evidence_about_the_former_source_is_invalid_since_the_adoption() -> None:
    before = state(batch("w1"), charter=IN_FORCE, checks={"performance/performance": check()})
    after = agreed(before, changes=(LOCATION,))
    assert after.checks["performance/performance"].evidence_at == day(3)


def test_the_first_agreement_leaves_no_source() -> None:
    after = agreed(state(batch("w1")), changes=(LOCATION,))
    assert not after.batches["w1"].former


def test_the_adopted_proposal_is_noted_and_ends() -> None:
    after = agreed(state(charter=IN_FORCE, proposal=PROPOSAL))
    assert in_force(after).proposal == 50
    assert after.proposal is None


@pytest.mark.parametrize(
    "members",
    [
        {"digest": "other"},
        {"contract_digest": "other"},
        {"standards_digest": "other"},
        {"problems": ("It cannot be read.",)},
        {"rejection": approval()},
    ],
)
def test_a_proposal_of_other_files_or_without_consent_just_ends(members: dict[str, Any]) -> None:
    after = agreed(state(proposal=replace(PROPOSAL, **members)))
    assert in_force(after).proposal is None
    assert after.proposal is None


def test_files_that_differ_are_proposed_and_people_are_notified() -> None:
    after = proposed(state(charter=IN_FORCE))
    assert after.proposal == PROPOSAL
    assert after.charter is IN_FORCE
    assert after.actions == {
        "50": action(50, ActionKind.NOTIFY, arguments={"agreement": 50}, due_at=day(1))
    }


def test_nobody_is_asked_about_files_that_cannot_be_used() -> None:
    after = proposed(state(), problems=("It cannot be read.",))
    assert proposal_of(after).problems == ("It cannot be read.",)
    assert after.actions == {}


def test_another_proposal_begins_without_approvals() -> None:
    after = proposed(approved(proposed(state())), digest="third")
    assert proposal_of(after).approvals == ()


def test_an_approval_of_the_proposal_is_kept_with_its_signature() -> None:
    expected = approval(
        "Ada Ng", 55, role="owner", reason="I agree.", at=day(2), signature="signed"
    )
    assert proposal_of(approved(proposed(state()))).approvals == (expected,)


def test_each_person_approves_once_and_the_first_approval_remains() -> None:
    once = approved(proposed(state()))
    assert approved(once, 58) is once
    twice = approved(once, 58, person="Ben Haas")
    assert [known.person for known in proposal_of(twice).approvals] == ["Ada Ng", "Ben Haas"]


def test_a_rejection_ends_the_waiting_and_changes_no_agreement() -> None:
    after = rejected(approved(proposed(state(charter=IN_FORCE))))
    assert proposal_of(after).rejection == approval(
        "Ada Ng", 56, role="owner", reason="No.", at=day(2), signature="signed"
    )
    assert not proposal_of(after).waits
    assert len(proposal_of(after).approvals) == 1
    assert after.charter is IN_FORCE


@pytest.mark.parametrize("proposal", [49, 51])
def test_decisions_about_another_proposal_do_not_count(proposal: int) -> None:
    before = proposed(state(charter=IN_FORCE))
    assert approved(before, proposal=proposal) is before
    assert rejected(before, proposal) is before
    assert ended(before, proposal) is before


def test_decisions_without_a_waiting_proposal_do_not_count() -> None:
    rejection = rejected(proposed(state()))
    unusable = proposed(state(), problems=("It cannot be read.",))
    for before in (state(), rejection, unusable):
        assert approved(before) is before
        assert rejected(before) is before


def test_a_withdrawn_proposal_is_over_and_noted_with_the_agreement() -> None:
    after = ended(proposed(state(charter=IN_FORCE)))
    assert after.proposal is None
    assert after.charter == replace(IN_FORCE, withdrawn=50)


def test_a_rejected_proposal_and_a_proposal_before_any_agreement_can_be_withdrawn() -> None:
    assert ended(rejected(proposed(state(charter=IN_FORCE)))).proposal is None
    without = ended(proposed(state()))
    assert (without.proposal, without.charter) == (None, None)
    assert ended(state()) == state()
