"""Each event has its handlers, and a new event is one class and one handler."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.events.runs import EventSetAside, RunClaimed, RunEnded
from aipo_pipelines.ledger.fold.fold import HANDLERS
from aipo_pipelines.ledger.fold.handlers import Handlers
from aipo_pipelines.ledger.model.state import ProductState
from tests.unit.policy.story import Story

ENDED = RunEnded(run_id="run")


@pytest.mark.parametrize("event_class", get_args(Event))
def test_the_fold_names_every_class_of_event(event_class: type[Event]) -> None:
    assert HANDLERS.knows(event_class)


def test_only_findings_and_deliveries_change_no_state() -> None:
    silent = {event for event in get_args(Event) if not HANDLERS.handlers_of(event)}
    assert silent == {EventSetAside, NoticeDelivered}


def note_claim(state: ProductState, _: Entry, claim: RunClaimed) -> ProductState:
    return replace(state, product=f"{state.product} {claim.run_id}")


def note_end(state: ProductState, _: Entry, end: RunEnded) -> ProductState:
    return replace(state, product=f"{state.product} {end.run_id}")


def note_twice(state: ProductState, _: Entry, __: RunEnded) -> ProductState:
    return replace(state, product=f"{state.product} twice")


def test_the_handlers_of_an_event_are_called_in_their_order() -> None:
    handlers = Handlers()
    handlers.on(RunEnded, note_end, note_twice)
    (entry,) = Story().records(ENDED).entries
    assert handlers.apply(ProductState(product="churn"), entry, ENDED).product == "churn run twice"


def test_a_class_without_a_handler_changes_no_state() -> None:
    handlers = Handlers()
    handlers.on(RunEnded)
    (entry,) = Story().records(ENDED).entries
    state = ProductState(product="churn")
    assert handlers.apply(state, entry, ENDED) is state


def test_the_type_checker_refuses_the_handler_of_another_class() -> None:
    # The ignored complaint is the test: mypy complains about a comment that ignores nothing.
    Handlers().on(RunEnded, note_claim)  # type: ignore[arg-type]
    assert not HANDLERS.knows(Entry)  # type: ignore[arg-type]
