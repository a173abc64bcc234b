"""Drafts and entries: their bodies, their events, and the drafts that cannot be stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.ledger.events.entry import Draft, refuse_unstorable
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.runs import RunEnded
from tests.unit.ledger.values import entry

DRAFT = Draft(
    product="churn",
    event=RunEnded(run_id="run"),
    subject="run/run",
    actor="recorder",
    occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    key="end/run",
)


def refusal(draft: Draft, product: str = "churn") -> str:
    with pytest.raises(LedgerError) as error:
        refuse_unstorable(draft, product)
    return str(error.value)


def test_the_kind_and_the_body_of_a_draft_are_those_of_its_event() -> None:
    assert (DRAFT.kind, DRAFT.body) == ("run_ended", {"run_id": "run"})


def test_a_member_is_stored_under_its_stored_name() -> None:
    event = IncidentResolved(incident=7, resolution="It passes.", notify_end=True)
    assert replace(DRAFT, event=event).body == {
        "incident": 7,
        "resolution": "It passes.",
        "tell": True,
    }


def test_an_entry_returns_the_event_that_was_stored() -> None:
    assert entry(DRAFT.event).event == DRAFT.event


@pytest.mark.parametrize(
    ("kind", "body"),
    [("run_ended", {}), ("run_ended", {"run": "run"}), ("forecast", {"run_id": "run"})],
    ids=["erased", "of another form", "of a newer program"],
)
def test_an_entry_that_cannot_be_read_has_no_event(kind: str, body: dict[str, str]) -> None:
    assert replace(entry(DRAFT.event), kind=kind, body=body).event is None


def test_a_draft_of_plain_text_at_an_aware_time_can_be_stored() -> None:
    refuse_unstorable(DRAFT, "churn")
    elsewhere = DRAFT.occurred_at.astimezone(timezone(timedelta(hours=9)))
    refuse_unstorable(replace(DRAFT, occurred_at=elsewhere, subject="", actor="é🦊\x01"), "churn")


def test_a_draft_of_another_product_is_refused() -> None:
    assert refusal(DRAFT, "fraud") == (
        "an entry of product 'churn' was handed in while product 'fraud' is written; expected all "
        "entries of one append to be of one product"
    )


def test_a_draft_without_a_key_is_refused() -> None:
    assert refusal(replace(DRAFT, key="")) == (
        "a run_ended entry has no key; expected a key that names its cause"
    )


def test_a_draft_without_a_zone_is_refused() -> None:
    naive = replace(DRAFT, occurred_at=datetime(2026, 1, 1))  # noqa: DTZ001
    assert refusal(naive) == (
        "entry 'end/run' occurred at a time without a zone; expected aware UTC"
    )


@pytest.mark.parametrize("member", ["subject", "actor", "key"])
@pytest.mark.parametrize("letter", ["\x00", "\ud800"])
def test_a_header_that_postgres_cannot_hold_is_refused_by_name(member: str, letter: str) -> None:
    header: dict[str, Any] = {member: f"a{letter}b"}
    assert refusal(replace(DRAFT, **header)) == (
        f"the {member} of a run_ended entry holds a character that text in Postgres cannot: "
        f"{f'a{letter}b'!r}"
    )


def test_a_product_that_postgres_cannot_hold_is_refused() -> None:
    assert "the product of a run_ended entry" in refusal(replace(DRAFT, product="a\x00"), "a\x00")


def test_the_last_surrogate_is_refused_too() -> None:
    assert "the subject of" in refusal(replace(DRAFT, subject="\udfff"))


@pytest.mark.parametrize("letter", ["\ud7ff", "\ue000"])
def test_letters_beside_the_surrogates_can_be_stored(letter: str) -> None:
    refuse_unstorable(replace(DRAFT, subject=letter), "churn")
