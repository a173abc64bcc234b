"""Approvals of one person, and since when a champion answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.model.models import Approval, with_approval
from tests.unit.ledger.values import approval, candidate, champion

SEEN = approval(
    "Ada Ng",
    40,
    evaluation=6,
    charter_version="4",
    charter_digest="a",
    contract_digest="b",
    standards_digest="c",
    model_digest="d",
)


def test_the_approvals_of_several_people_are_kept_in_their_order() -> None:
    known = with_approval(with_approval((), SEEN), approval("Ben Haas", 41))
    assert known == (SEEN, approval("Ben Haas", 41))


def test_a_repeated_approval_of_the_same_evidence_does_not_become_younger() -> None:
    known = (approval("Ben Haas", 39), SEEN)
    assert with_approval(known, replace(SEEN, entry=45, reason="Again.", signature="x")) is known


@pytest.mark.parametrize(
    "members",
    [
        {"evaluation": 7},
        {"charter_version": "5"},
        {"charter_digest": "x"},
        {"contract_digest": "x"},
        {"standards_digest": "x"},
        {"model_digest": "x"},
    ],
)
def test_an_approval_of_other_evidence_replaces_that_of_the_same_person(
    members: dict[str, Any],
) -> None:
    ben = approval("Ben Haas", 41)
    again = replace(SEEN, entry=45, **members)
    assert with_approval((SEEN, ben), again) == (ben, again)


def test_without_the_charter_the_last_approval_of_a_person_counts() -> None:
    old = approval("Ada Ng", 40)
    again = replace(old, entry=45)
    assert with_approval((old,), again) == (again,)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"]))))
def test_each_person_is_counted_once(approvals: list[tuple[str, str]]) -> None:
    known: tuple[Approval, ...] = ()
    for index, (person, digest) in enumerate(approvals):
        known = with_approval(known, approval(person, index, charter_digest=digest))
    assert sorted(each.person for each in known) == sorted({person for person, _ in approvals})
    assert {each.person: each.charter_digest for each in known} == dict(approvals)


def test_the_digests_of_an_approval_are_those_of_its_agreement() -> None:
    assert SEEN.digests == ("a", "b", "c")


@pytest.mark.parametrize(
    ("requested", "decision", "waits"),
    [(None, None, False), (0, None, True), (30, None, True), (30, 31, False), (30, 0, False)],
)
def test_a_candidate_awaits_people_from_their_request_to_their_decision(
    requested: int | None, decision: int | None, *, waits: bool
) -> None:
    assert candidate(requested=requested, decision=decision).awaits_people is waits


@pytest.mark.parametrize(("crowned", "since"), [(0, 3), (2, 3), (8, 8)])
def test_a_champion_answers_since_it_went_live_or_since_its_decision(
    crowned: int, since: int
) -> None:
    assert champion(crowned=crowned).since == since
