"""Every event: its kind, its form in JSON, and the bodies that are stored already."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import FrozenInstanceError
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest

from aipo_pipelines.cli.history import history
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger import events
from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.events.event import EVENTS, Event, event_from_json, event_to_json
from aipo_pipelines.ledger.events.runs import RunEnded
from aipo_pipelines.ledger.integrity.canonical import canonical_body, read_body
from aipo_pipelines.ledger.model.state import ActionKind

STORED: dict[str, str] = json.loads(Path(__file__).with_name("stored_bodies.json").read_text())
"""One body of each kind, as the program of 2026-11-30 stored it."""


def classes_with_a_kind() -> set[type]:
    modules = [
        import_module(f"{events.__name__}.{module.name}")
        for module in pkgutil.iter_modules(events.__path__)
    ]
    return {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and "kind" in vars(value)
        and isinstance(vars(value)["kind"], str)
    }


def test_every_class_with_a_kind_is_an_event() -> None:
    assert classes_with_a_kind() == set(get_args(Event))


def test_no_two_classes_have_the_same_kind() -> None:
    assert len(EVENTS) == len(get_args(Event))


def test_the_history_can_be_asked_for_every_kind() -> None:
    (option,) = [option for option in history.params if option.name == "kind"]
    kinds: Any = option.type
    assert list(kinds.choices) == list(EVENTS)


def test_a_body_of_every_kind_is_stored() -> None:
    assert STORED.keys() == EVENTS.keys()


@pytest.mark.parametrize("kind", EVENTS)
def test_a_stored_body_is_read_as_an_event_of_its_class(kind: str) -> None:
    event = event_from_json(kind, read_body(STORED[kind].encode()))
    assert type(event) is EVENTS[kind]


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_written_in_the_very_bytes_that_are_stored(kind: str) -> None:
    event = event_from_json(kind, read_body(STORED[kind].encode()))
    assert event is not None
    assert canonical_body(event_to_json(event)) == STORED[kind].encode()


@pytest.mark.parametrize("kind", EVENTS)
def test_a_member_of_a_newer_version_is_left_out(kind: str) -> None:
    body = read_body(STORED[kind].encode())
    newer: dict[str, Json] = {**body, "since_version": 9}
    assert event_from_json(kind, newer) == event_from_json(kind, body)


@pytest.mark.parametrize("kind", EVENTS)
def test_an_erased_body_is_no_event(kind: str) -> None:
    assert event_from_json(kind, {}) is None


def test_a_body_that_lacks_a_member_is_no_event() -> None:
    assert event_from_json(RunEnded.kind, {"job": "sample__monitor"}) is None


def test_a_kind_of_a_newer_version_is_no_event() -> None:
    assert event_from_json("model_praised", {"version": "1"}) is None


def test_an_event_cannot_be_changed() -> None:
    event = RunEnded(run_id="run")
    with pytest.raises(FrozenInstanceError):
        event.run_id = "other"  # type: ignore[misc]


def test_the_kind_of_an_action_keeps_its_name_in_the_body() -> None:
    event = ActionStarted(action=1, attempt=1, action_kind=ActionKind.TRAIN)
    assert event_to_json(event)["kind"] == "train"
