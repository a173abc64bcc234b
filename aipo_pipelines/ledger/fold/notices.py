"""Notices in the fold: the entries that ask for a notice, and its topic."""

from __future__ import annotations

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.incidents import IncidentContinued
from aipo_pipelines.ledger.fold.actions import ask
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState


def ask_decision(state: ProductState, entry: Entry, version: str) -> ProductState:
    """Asks for the notice about a decision that waits for people."""
    return ask(state, entry, ActionKind.NOTIFY, "", {"decision": version})


def ask_agreement(state: ProductState, entry: Entry) -> ProductState:
    """Asks for the notice about an agreement that waits for people."""
    return ask(state, entry, ActionKind.NOTIFY, "", {"agreement": entry.index})


def ask_notice(state: ProductState, entry: Entry) -> ProductState:
    """Asks for the notice of an incident at the first level of its ladder."""
    return ask(state, entry, ActionKind.NOTIFY, "", {"incident": entry.index, "level": 0})


def ask_further_notice(
    state: ProductState, entry: Entry, continued: IncidentContinued, added: tuple[str, ...]
) -> ProductState:
    """Asks for the notice about the further subjects of an incident."""
    # Level 0: the same people as at first, although the incident may have escalated since.
    arguments: dict[str, Json] = {
        "incident": continued.incident,
        "level": 0,
        "also": list(added),
        "batch": continued.partition,
        "summary": continued.summary,
    }
    return ask(state, entry, ActionKind.NOTIFY, "", arguments)


def ask_end_notice(state: ProductState, entry: Entry, incident: int) -> ProductState:
    """Asks for the notice that an incident is over, unless a notice of it still waits."""
    waits = any(
        action.kind is ActionKind.NOTIFY
        and action.status is ActionStatus.PENDING
        and action.arguments.get("incident") == incident
        for action in state.actions.values()
    )
    # A notice is written when it is sent: a notice that still waits will report the end.
    if waits:
        return state
    return ask(state, entry, ActionKind.NOTIFY, "", {"incident": incident, "level": 0})
