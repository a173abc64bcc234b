"""The contract of every ledger: of the ledger in Postgres and of the ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from aipo_pipelines.errors import LedgerConflictError, LedgerError
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.incidents import IncidentContinued, IncidentOpened
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState
from aipo_pipelines.ledger.protocol import Ledger
from tests.integration.ledger.samples import (
    HOSTILE,
    HOUR,
    T0,
    Add,
    approval,
    arrival,
    arrived,
    nothing,
    status,
)

pytestmark = pytest.mark.integration


def test_an_empty_ledger_knows_nothing(ledger: Ledger) -> None:
    assert ledger.size() == 0
    assert ledger.states() == {}
    assert ledger.state("churn") == ProductState(product="churn")
    assert ledger.verify().size == 0


def test_entries_are_numbered_from_0_across_products(ledger: Ledger, add: Add) -> None:
    add(arrival("1"), arrival("2"))
    add(arrival("1", product="fraud"))
    add(arrival("3"))
    assert [(e.index, e.product) for e in ledger.entries()] == [
        (0, "churn"),
        (1, "churn"),
        (2, "fraud"),
        (3, "churn"),
    ]


def test_readers_get_the_entries_that_append_returned(ledger: Ledger, add: Add) -> None:
    returned = add(arrival("1"), arrival("2"))
    assert tuple(ledger.entries()) == returned
    assert ledger.entry(1) == returned[1]


def test_an_append_leads_to_the_state_of_the_fold(ledger: Ledger, add: Add) -> None:
    state = ProductState(product="churn")
    for entry in add(arrival("1"), arrival("2"), arrival("1", "b")):
        state = apply(state, entry)
    assert ledger.state("churn") == state
    assert ledger.states() == {"churn": state}
    assert state.batches["1"].versions == ("a", "b")


def test_batches_stay_in_the_order_of_their_arrival(ledger: Ledger, add: Add) -> None:
    (first, _, _) = add(arrival("c"), arrival("a"), arrival("b"))
    add(approval(first, T0), now=T0 + HOUR)
    assert list(ledger.state("churn").batches) == ["c", "a", "b"]
    ledger.rebuild(fold=apply)
    assert list(ledger.state("churn").batches) == ["c", "a", "b"]


def test_entries_of_rules_are_stored_with_their_cause(ledger: Ledger) -> None:
    def decide(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        del state
        return [approval(entry, now)] if entry.kind == BatchArrived.kind else ()

    entries = ledger.append("churn", [arrival("1")], now=T0, decide=decide, fold=apply)
    assert [entry.kind for entry in entries] == [BatchArrived.kind, BatchApproved.kind]
    assert status(ledger.state("churn")) is BatchStatus.APPROVED


def test_the_same_key_twice_is_stored_once(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    assert add(arrival("1"), now=T0 + HOUR) == ()
    assert ledger.size() == 1


def test_the_same_key_with_other_content_stores_nothing(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    with pytest.raises(LedgerConflictError, match="with another body"):
        add(arrival("2"), arrival("1", rows=11))
    assert ledger.size() == 1
    assert "2" not in ledger.state("churn").batches


def test_rules_that_raise_store_nothing(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))

    def broken(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        raise ZeroDivisionError(state, entry, now)

    with pytest.raises(ZeroDivisionError):
        ledger.append("churn", [arrival("2")], now=T0, decide=broken, fold=apply)
    assert (ledger.size(), list(ledger.state("churn").batches)) == (1, ["1"])


def test_a_question_is_answered_from_the_current_state(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    questions = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        questions.append((list(state.batches), now))
        return [arrival("2")]

    later = T0 + HOUR
    (entry,) = ledger.consider("churn", now=later, ask=ask, decide=nothing, fold=apply)
    assert questions == [(["1"], later)]
    assert (entry.index, entry.recorded_at) == (1, later)


def test_a_question_without_an_answer_stores_nothing(ledger: Ledger) -> None:
    answer = ledger.consider("churn", now=T0, ask=lambda *_: (), decide=nothing, fold=apply)
    assert answer == ()
    assert ledger.size() == 0


def test_hostile_text_is_kept_exactly(ledger: Ledger) -> None:
    draft = replace(
        arrival("1", product=HOSTILE),
        subject=HOSTILE,
        actor=HOSTILE,
        event=arrived(HOSTILE, digest=HOSTILE, location=HOSTILE + "\0"),
    )
    (entry,) = ledger.append(HOSTILE, [draft], now=T0, decide=nothing, fold=apply)
    (stored,) = ledger.entries(product=HOSTILE, subject=HOSTILE)
    assert stored == entry
    assert (stored.actor, stored.body["location"]) == (HOSTILE, HOSTILE + "\0")
    assert list(ledger.state(HOSTILE).batches) == [HOSTILE]
    assert ledger.verify().size == 1


def test_a_batch_named_with_a_zero_character_is_refused(ledger: Ledger) -> None:
    draft = replace(arrival("1"), event=arrived("1\0"))
    with pytest.raises(LedgerError, match="named with a zero character"):
        ledger.append("churn", [draft], now=T0, decide=nothing, fold=apply)
    assert ledger.size() == 0


@pytest.mark.parametrize(
    ("filters", "indexes"),
    [
        ({"product": "churn"}, [0, 1, 3]),
        ({"kinds": [BatchApproved.kind]}, [3]),
        ({"kinds": []}, []),
        ({"subject": "batch/1"}, [0, 2, 3]),
        ({"after": 1}, [2, 3]),
        ({"before": 2, "newest_first": True}, [1, 0]),
        ({"limit": 2}, [0, 1]),
        ({"limit": 2, "newest_first": True}, [3, 2]),
        ({"product": "churn", "subject": "batch/1", "after": 0, "before": 3}, []),
    ],
)
def test_entries_are_found_by_filters(
    ledger: Ledger, add: Add, filters: dict[str, Any], indexes: list[int]
) -> None:
    (batch, _) = add(arrival("1"), arrival("2"))
    add(arrival("1", product="fraud"))
    add(approval(batch, T0))
    assert [entry.index for entry in ledger.entries(**filters)] == indexes


def test_an_incident_is_found_with_the_entry_that_opened_it(ledger: Ledger) -> None:
    opened = IncidentOpened(
        cause=Cause.of_check("data_quality/contract"),
        title="The contract fails",
        summary="1 of 9 rules fails.",
        severity=Severity.CRITICAL,
        partition="1",
        owner="Dev Patel",
        ladder=[],
    )
    of_first = IncidentContinued(incident=0, partition="2", summary="It fails again.")
    of_another = replace(of_first, incident=1)
    drafts = [
        replace(arrival("1"), event=opened, subject="incident/contract"),
        replace(arrival("2"), event=of_first, subject="incident/0"),
        replace(arrival("3"), event=of_another, subject="incident/1"),
    ]
    ledger.append("churn", drafts, now=T0, decide=nothing, fold=lambda state, _: state)
    entries = ledger.entries(product="churn", subject="incident/0")
    assert [entry.event for entry in entries] == [opened, of_first]


def test_an_entry_that_is_not_there_is_refused(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    with pytest.raises(LedgerError, match="no entry 1; expected an index from 0 to 0"):
        ledger.entry(1)


def test_used_keys_are_known(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    assert ledger.known_keys(["churn/1/a", "churn/2/a"]) == {"churn/1/a"}


def test_a_position_is_kept_with_the_entries_and_never_moves_back(ledger: Ledger) -> None:
    assert ledger.position("db") == 0
    for event_id, drafts in ((7, [arrival("1")]), (9, []), (8, [])):
        at = ("db", event_id)
        ledger.append("churn", drafts, now=T0, decide=nothing, fold=apply, position=at)
    assert (ledger.position("db"), ledger.position("other")) == (9, 0)


def test_a_refused_append_leaves_the_position(ledger: Ledger) -> None:
    wrong = arrival("1", rows=2**53)
    with pytest.raises(LedgerError):
        ledger.append("churn", [wrong], now=T0, decide=nothing, fold=apply, position=("db", 7))
    assert ledger.position("db") == 0


def test_entries_of_the_installation_belong_to_no_product(ledger: Ledger, add: Add) -> None:
    add(arrival("1", product=""))
    assert ledger.products() == ()
    assert [entry.index for entry in ledger.entries(product="")] == [0]


def test_a_clock_set_back_is_kept_and_flagged(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    add(arrival("2"), now=T0 - HOUR)
    flags = [(entry.recorded_at, entry.clock_set_back) for entry in ledger.entries()]
    assert flags == [(T0, False), (T0 - HOUR, True)]
    assert ledger.verify().clock_set_back == (1,)


def test_a_lock_is_seen_while_it_is_held(ledger: Ledger) -> None:
    with ledger.run_lock("r1"), ledger.product_lock("churn") as held:
        assert held
        assert (ledger.is_locked("r1"), ledger.is_locked("r2")) == (True, False)
        assert ledger.is_product_locked("churn")
    assert not ledger.is_locked("r1")
    assert not ledger.is_product_locked("churn")


def test_a_lock_may_be_taken_again_by_its_holder(ledger: Ledger) -> None:
    with ledger.product_lock("churn"):
        with ledger.product_lock("churn", wait=False) as again:
            assert again
        assert ledger.is_product_locked("churn")
