"""Overrides: approvals about the champion, and the champion that was stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.fold.overrides import champion_stopped, override_approved
from aipo_pipelines.ledger.model.models import Approval, OverrideAct, Stop
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from tests.unit.ledger.values import action, approval, champion, day, entry, state

APPROVED = OverrideApproved(
    act=OverrideAct.ROLLBACK,
    version="1",
    person="Ada Ng",
    role="owner",
    reason="It fails.",
    completes=False,
    charter_version="4",
    charter_digest="charter",
    contract_digest="contract",
    standards_digest="standards",
    signature="signed",
)
STOPPED = ChampionStopped(
    version="1",
    back_to="",
    person="Ada Ng",
    role="owner",
    reason="At once.",
    confirm_by=day(1),
    confirmed=False,
    charter_version="4",
    charter_digest="charter",
    contract_digest="contract",
    standards_digest="standards",
    signature="signed",
)


def approved(before: ProductState, index: int = 50, **members: Any) -> ProductState:
    event = replace(APPROVED, **members)
    return override_approved(before, entry(event, index, at=day(2)), event)


def stopped(before: ProductState, **members: Any) -> ProductState:
    event = replace(STOPPED, **members)
    return champion_stopped(before, entry(event, 45, at=day(1)), event)


def in_charge(**members: Any) -> ProductState:
    return state(champion=champion("1", **members))


def people(after: ProductState, act: OverrideAct = OverrideAct.ROLLBACK) -> list[str]:
    assert after.champion is not None
    return [known.person for known in after.champion.overrides.get(act, ())]


def stop_of(after: ProductState) -> Stop:
    assert after.stop is not None
    return after.stop


def test_an_approval_is_kept_with_everything_that_the_person_saw() -> None:
    after = approved(in_charge())
    assert after.champion is not None
    assert after.champion.overrides == {
        OverrideAct.ROLLBACK: (
            Approval(
                person="Ada Ng",
                role="owner",
                reason="It fails.",
                entry=50,
                at=day(2),
                signature="signed",
                charter_version="4",
                charter_digest="charter",
                contract_digest="contract",
                standards_digest="standards",
            ),
        )
    }


def test_approvals_of_different_overrides_are_counted_apart() -> None:
    after = approved(approved(in_charge()), 51, act=OverrideAct.RESTORE, person="Ines Sol")
    assert people(after, OverrideAct.ROLLBACK) == ["Ada Ng"]
    assert people(after, OverrideAct.RESTORE) == ["Ines Sol"]


def test_a_person_counts_once_and_two_people_count_twice() -> None:
    after = approved(approved(in_charge()), 51)
    assert people(after) == ["Ada Ng"]
    assert people(approved(after, 52, person="Ines Sol")) == ["Ada Ng", "Ines Sol"]


@pytest.mark.parametrize("before", [state(), state(champion=champion("2"))])
def test_an_approval_about_another_version_changes_nothing(before: ProductState) -> None:
    assert approved(before) is before


def test_a_stop_takes_the_champion_out_of_charge_and_asks_to_remove_its_alias() -> None:
    after = stopped(in_charge())
    assert after.champion is None
    assert after.actions == {
        "45": action(45, ActionKind.RELEASE, arguments={"version": ""}, due_at=day(1))
    }


def test_a_stop_keeps_its_reason_its_person_and_its_deadline() -> None:
    assert stop_of(stopped(in_charge(), back_to="0")) == Stop(
        version="1",
        back_to="0",
        reason="At once.",
        entry=45,
        at=day(1),
        confirm_by=day(1),
        confirmed_at=None,
        words=(
            Approval(
                person="Ada Ng",
                role="owner",
                reason="At once.",
                entry=45,
                at=day(1),
                signature="signed",
                charter_version="4",
                charter_digest="charter",
                contract_digest="contract",
                standards_digest="standards",
            ),
        ),
    )


def test_a_stop_that_needs_no_other_person_is_confirmed_at_once() -> None:
    assert stop_of(stopped(in_charge(), confirmed=True)).confirmed_at == day(1)


@pytest.mark.parametrize("before", [state(), state(champion=champion("2"))])
def test_a_stop_of_another_version_changes_nothing(before: ProductState) -> None:
    assert stopped(before) is before


def confirmed(before: ProductState, **members: Any) -> ProductState:
    return approved(before, 60, **{"act": OverrideAct.STOP, "person": "Ines Sol", **members})


def test_a_stop_is_confirmed_by_the_approval_that_reaches_the_quorum() -> None:
    first = confirmed(stopped(in_charge()), person="Ben Haas")
    assert stop_of(first).confirmed_at is None
    second = confirmed(first, completes=True)
    assert stop_of(second).confirmed_at == day(2)
    assert [known.person for known in stop_of(second).words] == ["Ada Ng", "Ben Haas", "Ines Sol"]


def test_a_late_confirmation_does_not_change_the_time_of_the_first() -> None:
    done = confirmed(stopped(in_charge()), completes=True)
    assert confirmed(done, person="Ben Haas", completes=True) is done


def test_a_confirmation_of_another_stop_or_of_no_stop_changes_nothing() -> None:
    for before in (state(), stopped(in_charge())):
        assert confirmed(before, version="2", completes=True) is before


def test_a_confirmation_of_a_stop_is_no_approval_of_the_next_champion() -> None:
    known = replace(stopped(in_charge()), champion=champion("1", overrides={}))
    after = confirmed(known, completes=True)
    assert after.champion is known.champion
    assert stop_of(after).words[-1].person == "Ines Sol"


def test_the_first_person_of_a_stop_does_not_count_twice() -> None:
    after = confirmed(stopped(in_charge()), person="Ada Ng")
    assert [known.person for known in stop_of(after).words] == ["Ada Ng"]


def test_an_approval_of_a_known_person_about_other_terms_replaces_the_former() -> None:
    known = {OverrideAct.ROLLBACK: (approval("Ada Ng", 40), approval("Ben Haas", 41))}
    after = approved(in_charge(overrides=known))
    assert after.champion is not None
    entries = [
        (known.person, known.entry) for known in after.champion.overrides[OverrideAct.ROLLBACK]
    ]
    assert entries == [("Ben Haas", 41), ("Ada Ng", 50)]
