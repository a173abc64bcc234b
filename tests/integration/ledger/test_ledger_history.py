"""History is a look-up, and can be folded again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.ledger.events.actions import ActionFinished, ActionStarted
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus, ProductState
from aipo_pipelines.ledger.protocol import Ledger
from tests.integration.ledger.samples import (
    HOUR,
    T0,
    Add,
    approval,
    arrival,
    nothing,
    status,
)

pytestmark = pytest.mark.integration


def test_the_facts_at_a_time_are_a_look_up(ledger: Ledger, add: Add) -> None:
    (batch,) = add(arrival("1"), now=T0 + HOUR)
    add(approval(batch, T0 + 2 * HOUR), now=T0 + 3 * HOUR)
    moments = [T0 - HOUR, T0, T0 + 2 * HOUR - timedelta(microseconds=1), T0 + 2 * HOUR]
    statuses = [status(ledger.state("churn", as_of=moment)) for moment in moments]
    arrived, approved = BatchStatus.ARRIVED, BatchStatus.APPROVED
    assert statuses == [None, arrived, arrived, approved]


def test_the_knowledge_at_a_time_is_a_look_up(ledger: Ledger, add: Add) -> None:
    (batch,) = add(arrival("1"), now=T0 + HOUR)
    add(approval(batch, T0 + 2 * HOUR), now=T0 + 3 * HOUR)
    moments = [T0, T0 + HOUR, T0 + 3 * HOUR - timedelta(microseconds=1), T0 + 3 * HOUR]
    statuses = [status(ledger.state("churn", known_at=moment)) for moment in moments]
    arrived, approved = BatchStatus.ARRIVED, BatchStatus.APPROVED
    assert statuses == [None, arrived, arrived, approved]


def test_the_knowledge_at_a_time_about_another_time_is_a_look_up(ledger: Ledger, add: Add) -> None:
    (batch,) = add(arrival("1"), now=T0 + HOUR)
    add(approval(batch, T0 + 2 * HOUR), now=T0 + 3 * HOUR)
    moment = T0 + 2 * HOUR
    before = ledger.state("churn", as_of=moment, known_at=T0 + 2 * HOUR)
    after = ledger.state("churn", as_of=moment, known_at=T0 + 3 * HOUR)
    assert (status(before), status(after)) == (BatchStatus.ARRIVED, BatchStatus.APPROVED)


def test_a_late_claim_does_not_begin_before_the_value_that_it_replaces(
    ledger: Ledger, add: Add
) -> None:
    (batch,) = add(arrival("1"))
    add(approval(batch, T0 - HOUR), now=T0 + HOUR)
    assert status(ledger.state("churn", as_of=T0 - HOUR)) is None
    assert status(ledger.state("churn", as_of=T0)) is BatchStatus.APPROVED


def test_a_finished_action_leaves_the_state_and_stays_in_history(ledger: Ledger, add: Add) -> None:
    (batch,) = add(arrival("1"))
    started = ActionStarted(action=batch.index, attempt=1, action_kind=ActionKind.MEASURE)
    finished = ActionFinished(action=batch.index, attempt=1)
    steps: tuple[Event, ...] = (started, finished)
    for hours, event in enumerate(steps, start=1):
        at = T0 + hours * HOUR
        add(replace(arrival(event.kind), occurred_at=at, event=event), now=at)
    assert "0" not in ledger.state("churn").actions
    assert "0" in ledger.state("churn", as_of=T0 + HOUR).actions
    assert "0" in ledger.state("churn", known_at=T0 + HOUR).actions


def test_a_moment_without_a_zone_is_refused(ledger: Ledger) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - it is refused
    with pytest.raises(LedgerError, match="without a time zone"):
        ledger.state("churn", as_of=naive)
    with pytest.raises(LedgerError, match="no time zone"):
        ledger.append("churn", [arrival("1")], now=naive, decide=nothing, fold=apply)


def test_facts_folded_again_are_the_same_at_every_moment(ledger: Ledger, add: Add) -> None:
    (batch, _) = add(arrival("1"), arrival("2"), now=T0 + HOUR)
    add(approval(batch, T0 + 2 * HOUR), arrival("1", "b"), now=T0 + 3 * HOUR)
    add(arrival("1", product="fraud"), now=T0 - 9 * HOUR)
    moments = [T0 + hours * HOUR for hours in range(4)]

    def everything() -> list[ProductState]:
        past = [ledger.state("churn", as_of=a, known_at=k) for a in moments for k in moments]
        return [*past, *ledger.states().values()]

    before = everything()
    ledger.rebuild(fold=apply)
    assert everything() == before


def test_facts_are_made_again_by_the_fold_of_the_caller(ledger: Ledger, add: Add) -> None:
    add(arrival("1"))
    ledger.rebuild(fold=lambda state, _: state)
    assert ledger.state("churn") == ProductState(product="churn")
