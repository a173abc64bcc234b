"""Requests for a decision about a candidate, approvals, decisions and known versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.events.releases import (
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.fold.models import (
    RESTORED,
    ROLLBACK,
    known_versions,
    newest_number,
    release_approved,
    release_decided,
    release_requested,
)
from aipo_pipelines.ledger.model.models import (
    Approval,
    Candidate,
    OverrideAct,
    ReleaseDecision,
)
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    Batch,
    ProductState,
)
from tests.unit.ledger.values import (
    action,
    approval,
    candidate,
    champion,
    day,
    entry,
    state,
)


def with_candidate(known: Candidate, *batches: Batch, **members: Any) -> ProductState:
    return state(*batches, candidates={known.version: known}, **members)


# The request for a decision.

REQUESTED = ReleaseRequested(version="2", reason="It passed.", roles=("owner",), quorum=1)


def requested(before: ProductState) -> ProductState:
    return release_requested(before, entry(REQUESTED, 70, at=day(6)), REQUESTED)


def test_people_are_asked_to_decide_about_a_candidate() -> None:
    after = requested(with_candidate(candidate("2")))
    assert after.candidates["2"] == candidate("2", requested=70, requested_at=day(6))
    assert after.candidates["2"].awaits_people
    assert after.actions == {
        "70": action(70, ActionKind.NOTIFY, arguments={"decision": "2"}, due_at=day(6))
    }


def test_nobody_is_asked_about_an_unknown_version() -> None:
    before = with_candidate(candidate("3"))
    assert requested(before) is before


def test_a_new_request_takes_a_decision_back_with_its_waiting_release() -> None:
    before = decided(with_candidate(candidate("2")))
    before = decided(
        replace(before, candidates={**before.candidates, "3": candidate("3")}), 76, version="3"
    )
    after = requested(before)
    assert after.candidates["2"].decision is None
    assert after.candidates["2"].decided_by == ""
    assert list(after.decisions) == ["3"]
    withdrawn = after.actions["75"]
    assert (withdrawn.status, withdrawn.error) == (
        ActionStatus.SUPERSEDED,
        "the decision it served was withdrawn",
    )
    assert after.actions["76"].status is ActionStatus.PENDING


def test_a_release_that_has_begun_asks_for_the_decision_itself() -> None:
    before = decided(with_candidate(candidate("2")))
    begun = replace(before.actions["75"], status=ActionStatus.STARTED)
    after = requested(replace(before, actions={"75": begun}))
    assert after.actions["75"] == begun


# Approvals.

APPROVED = ReleaseApproved(
    version="2",
    person="Ada Ng",
    role="owner",
    reason="I agree.",
    evaluation=6,
    signature="signed",
    charter_version="4",
    charter_digest="charter",
    contract_digest="contract",
    standards_digest="standards",
    model_digest="model",
)


def approved(before: ProductState, index: int = 72, **members: Any) -> ProductState:
    event = replace(APPROVED, **members)
    return release_approved(before, entry(event, index, at=day(6)), event)


def test_an_approval_is_kept_with_everything_that_the_person_saw() -> None:
    assert approved(with_candidate(candidate("2"))).candidates["2"].approvals == (
        Approval(
            person="Ada Ng",
            role="owner",
            reason="I agree.",
            entry=72,
            at=day(6),
            signature="signed",
            evaluation=6,
            charter_version="4",
            charter_digest="charter",
            contract_digest="contract",
            standards_digest="standards",
            model_digest="model",
        ),
    )


def test_a_repeated_approval_changes_nothing() -> None:
    once = approved(with_candidate(candidate("2")))
    assert approved(once, 73) is once


def test_an_approval_of_other_evidence_replaces_that_of_the_same_person() -> None:
    after = approved(approved(with_candidate(candidate("2"))), 73, evaluation=8)
    assert [known.entry for known in after.candidates["2"].approvals] == [73]


@pytest.mark.parametrize("known", [candidate("3"), candidate("2", decision=71)])
def test_an_approval_of_an_unknown_or_decided_version_changes_nothing(known: Candidate) -> None:
    before = with_candidate(known)
    assert approved(before) is before


# Decisions.


def decided(
    before: ProductState, index: int = 75, *, actor: str = "owner Ada Ng", **members: Any
) -> ProductState:
    known = ReleaseDecided(version="2", go=True, rule="approved", reason="It passed.", evidence={})
    event = replace(known, **members)
    return release_decided(before, entry(event, index, at=day(6), actor=actor), event)


def release(index: int = 75, version: str = "2") -> Action:
    return action(index, ActionKind.RELEASE, arguments={"version": version}, due_at=day(6))


def test_a_go_is_noted_and_asks_for_the_release() -> None:
    after = decided(with_candidate(candidate("2")))
    assert after.decisions == {
        "2": ReleaseDecision(
            version="2",
            go=True,
            rule="approved",
            reason="It passed.",
            by="owner Ada Ng",
            entry=75,
            at=day(6),
        )
    }
    assert after.candidates["2"] == candidate("2", decision=75, decided_by="owner Ada Ng")
    assert after.actions == {"75": release()}


def test_a_no_go_is_noted_and_ends_the_candidate() -> None:
    after = decided(with_candidate(candidate("2")), go=False, rule="rejected")
    assert after.candidates == {}
    assert not after.decisions["2"].go
    assert after.actions == {}


def test_a_no_go_takes_a_go_back_with_its_waiting_release() -> None:
    after = decided(decided(with_candidate(candidate("2"))), 76, go=False)
    assert after.decisions["2"].entry == 76
    assert after.actions["75"].status is ActionStatus.SUPERSEDED
    assert list(after.actions) == ["75"]


def test_a_second_go_asks_for_no_second_release() -> None:
    once = decided(with_candidate(candidate("2")))
    assert decided(once, 76) is once


@pytest.mark.parametrize("go", [True, False])
def test_an_unknown_version_is_not_decided_about(go: bool) -> None:
    before = state(champion=champion("2"), predecessor=champion("1"))
    assert decided(before, go=go) is before


def test_the_people_whose_approvals_made_a_go_are_noted() -> None:
    known = candidate(
        "2", approvals=(approval("Ada Ng", 70), approval("Ben Haas", 71), approval("Ines", 72))
    )
    for named, people in (
        ([70, 72], ("Ada Ng", "Ines")),
        ([], ()),
        ("70", ()),
        (None, ()),
    ):
        after = decided(with_candidate(known), evidence={"approvals": named})
        assert after.decisions["2"].approved_by == people


def test_a_no_go_rests_on_no_approval() -> None:
    known = candidate("2", approvals=(approval("Ada Ng", 70),))
    after = decided(with_candidate(known), go=False, evidence={"approvals": [70]})
    assert after.decisions["2"].approved_by == ()


def test_a_rollback_to_the_predecessor_can_be_decided() -> None:
    before = state(champion=champion("3"), predecessor=champion("2"))
    after = decided(before, rule=ROLLBACK)
    assert after.actions == {"75": release()}
    assert after.decisions["2"].rule == ROLLBACK
    assert after.candidates == {}


@pytest.mark.parametrize(
    "members", [{"rule": "approved"}, {"rule": ROLLBACK, "go": False}, {"version": "1"}]
)
def test_the_predecessor_returns_by_a_go_to_roll_back_only(members: dict[str, Any]) -> None:
    before = state(champion=champion("3"), predecessor=champion("2"))
    assert decided(before, **{"rule": ROLLBACK, **members}) is before


def test_the_champion_of_record_gets_its_alias_back() -> None:
    after = decided(state(champion=champion("2")), rule=RESTORED)
    assert after.actions == {"75": release()}
    assert after.decisions["2"].rule == RESTORED
    assert after.champion == champion("2")


@pytest.mark.parametrize("known", [None, champion("1")])
def test_another_version_gets_no_alias_back(known: Any) -> None:
    before = with_candidate(candidate("2"), champion=known)
    assert decided(before, rule=RESTORED) is before


def test_restoring_without_a_go_is_a_no_go_about_a_candidate() -> None:
    after = decided(with_candidate(candidate("2"), champion=champion("2")), rule=RESTORED, go=False)
    assert after.candidates == {}
    assert after.actions == {}


@pytest.mark.parametrize("rule", ["approved", RESTORED])
def test_approvals_about_the_champion_lead_to_one_decision(rule: str) -> None:
    known = champion("2", overrides={OverrideAct.RESTORE: (approval(),)})
    before = with_candidate(candidate("2"), champion=known)
    after = decided(before, rule=rule)
    assert after.champion == champion("2")


def test_approvals_about_the_champion_stay_if_the_decision_does_not_count() -> None:
    known = champion("1", overrides={OverrideAct.RESTORE: (approval(),)})
    before = state(champion=known)
    assert decided(before) is before


# Versions.


def test_versions_without_a_decision_or_an_assessment_are_not_known() -> None:
    known = state(
        candidates={"5": candidate("5"), "6": candidate("6", assessed=None)},
        decisions={"4": decided(with_candidate(candidate("2"))).decisions["2"]},
        champion=champion("3"),
        predecessor=champion("2"),
    )
    assert known_versions(known) == {"5", "4", "3", "2"}
    assert newest_number(known) == 6


def test_without_any_version_the_newest_number_is_0() -> None:
    assert known_versions(state()) == frozenset()
    assert newest_number(state()) == 0
    assert newest_number(state(champion=champion("v7"))) == 0


@given(st.lists(st.integers(1, 10**6), min_size=1))
def test_numbers_are_compared_as_numbers(numbers: list[int]) -> None:
    known = state(candidates={str(n): candidate(str(n)) for n in numbers})
    assert newest_number(known) == max(numbers)
