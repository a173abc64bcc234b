"""Notices: which entries ask for one, and what it is about."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.ledger.events.incidents import IncidentContinued
from aipo_pipelines.ledger.fold.notices import (
    ask_agreement,
    ask_decision,
    ask_end_notice,
    ask_further_notice,
    ask_notice,
)
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from tests.unit.ledger.values import action, actions, day, entry, state

CONTINUED = IncidentContinued(incident=7, partition="w2", summary="Again.", subjects=("x1",))
ENTRY = entry(CONTINUED, 50, at=day(1))


def notice(**arguments: Any) -> Action:
    """The notice that entry 50 asks for."""
    return action(50, ActionKind.NOTIFY, arguments=arguments, due_at=day(1))


def waiting(number: object = 7, **members: Any) -> Action:
    return action(40, ActionKind.NOTIFY, **{"arguments": {"incident": number}, **members})


def test_a_notice_may_be_sent_at_once_and_names_its_topic() -> None:
    notices = (
        (ask_decision(state(), ENTRY, "3"), notice(decision="3")),
        (ask_agreement(state(), ENTRY), notice(agreement=50)),
        (ask_notice(state(), ENTRY), notice(incident=50, level=0)),
        (
            ask_further_notice(state(), ENTRY, CONTINUED, ("x2", "x3")),
            notice(incident=7, level=0, also=["x2", "x3"], batch="w2", summary="Again."),
        ),
        (ask_end_notice(state(), ENTRY, 7), notice(incident=7, level=0)),
    )
    for after, expected in notices:
        assert after.actions == {"50": expected}


def test_a_notice_that_still_waits_reports_the_end_too() -> None:
    before = state(actions=actions(waiting()))
    assert ask_end_notice(before, ENTRY, 7) is before


@pytest.mark.parametrize(
    "other",
    [
        waiting(status=ActionStatus.STARTED),
        waiting(status=ActionStatus.GIVEN_UP),
        waiting(8),
        waiting("7"),
        action(40, ActionKind.TRAIN, arguments={"incident": 7}),
        action(40, ActionKind.NOTIFY, arguments={"decision": 7}),
    ],
    ids=["begun", "given up", "of another incident", "of a text", "no notice", "of a decision"],
)
def test_the_end_has_a_notice_of_its_own_if_no_notice_of_the_incident_waits(other: Action) -> None:
    after = ask_end_notice(state(actions=actions(other)), ENTRY, 7)
    assert after.actions == {"40": other, "50": notice(incident=7, level=0)}


def test_notices_never_replace_each_other() -> None:
    first = waiting(7)
    after = ask_notice(state(actions=actions(first)), ENTRY)
    assert after.actions["40"] is first
