"""A log record for every new entry: its action, its batch and its run, and no value of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.events.runs import (
    EventSetAside,
    RunClaimed,
    RunEnded,
    RunFailed,
    SetAside,
)
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.resources.entry_log import log_entries, logger
from tests.unit.policy.stored_entry import stored

NOW = datetime(2026, 3, 10, tzinfo=UTC)
SECRET = "4111 1111"


def entry(event: Any, subject: str = "product", index: int = 7) -> Entry:
    draft = Draft(
        product="shop",
        subject=subject,
        actor="person:ada@example.org",
        occurred_at=NOW,
        key=f"key/{index}",
        event=event,
    )
    return stored(draft, index, NOW)


@pytest.fixture(autouse=True)
def debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="aipo")


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    names = ("action", "product", "batch", "run", "entry", "levelname")
    return [
        {name: getattr(record, name) for name in names} | {"message": record.getMessage()}
        for record in caplog.records
    ]


def only(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    (record,) = logged(caplog)
    return record


def started(action: int = 3) -> ActionStarted:
    return ActionStarted(action=action, attempt=1, action_kind=ActionKind.MEASURE, run_id="run-1")


def arrived(location: str = "a.csv") -> BatchArrived:
    return BatchArrived(
        partition="w1", digest="d", labels_digest="", location=location, rows=1, batch_date=None
    )


def set_aside() -> EventSetAside:
    return EventSetAside(
        why=next(iter(SetAside)),
        reported="check_evaluated",
        asset="dataset",
        check="contract",
        partition="w1",
        run_id="run-1",
        job="j",
    )


def notice(*, accepted: bool = True, error: str = "") -> NoticeDelivered:
    return NoticeDelivered(
        action=3,
        attempt=1,
        channel="mailto",
        position=0,
        told=accepted,
        error=error,
    )


def evaluated() -> CheckEvaluated:
    return CheckEvaluated(
        asset="dataset",
        check="contract",
        partition="w1",
        run_id="run-1",
        verdict=Verdict.FAIL,
        severity=Severity.CRITICAL,
        summary=SECRET,
        figures=(),
        details=NO_DETAILS,
    )


def state_with(partition: str) -> ProductState:
    action = Action(
        entry=3,
        kind=ActionKind.MEASURE,
        partition=partition,
        arguments={},
        status=ActionStatus.PENDING,
        attempt=1,
        due_at=NOW,
    )
    return ProductState(product="shop", actions={"3": action})


def test_an_entry_is_logged_with_its_product_its_run_and_its_index(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log_entries([entry(started(), "action/3")])
    assert only(caplog) == {
        "action": "claim",
        "product": "shop",
        "batch": "",
        "run": "run-1",
        "entry": 7,
        "levelname": "INFO",
        "message": "shop: action started (action/3, entry 7)",
    }


@pytest.mark.parametrize(
    ("event", "action"),
    [
        (started(), "claim"),
        (ActionRenewed(action=3, attempt=2, reason="x"), "claim"),
        (RunClaimed(run_id="run-1", job="j"), "claim"),
        (ActionFinished(action=3, attempt=1), "run"),
        (ActionFailed(action=3, attempt=1, error="x"), "run"),
        (ActionLost(action=3, attempt=1, reason="x"), "run"),
        (RunEnded(run_id="run-1"), "run"),
        (arrived(), "intake"),
        (BatchWithdrawn(partition="w1", digest="d", arrival=1, reason="x"), "intake"),
        (BatchApproved(partition="w1", digest="d", evaluation=1), "decide"),
        (set_aside(), "record"),
        (notice(), "notify"),
        (RunFailed(run_id="run-1", job="j", partition="w1", error="x"), "run"),
    ],
)
def test_each_kind_has_its_action(
    caplog: pytest.LogCaptureFixture, event: Any, action: str
) -> None:
    log_entries([entry(event)])
    assert only(caplog)["action"] == action


def test_a_frequent_entry_is_only_logged_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    log_entries([entry(evaluated()), entry(arrived())])
    assert [(record["levelname"], record["action"]) for record in logged(caplog)] == [
        ("DEBUG", "record"),
        ("INFO", "intake"),
    ]


def test_entries_keep_their_order(caplog: pytest.LogCaptureFixture) -> None:
    log_entries(entry(arrived(), index=index) for index in (9, 10, 11))
    assert [record["entry"] for record in logged(caplog)] == [9, 10, 11]


def test_without_a_reader_of_the_log_no_entry_is_looked_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, logger=logger.name)
    unread = iter([entry(arrived())])
    log_entries(unread)
    assert logged(caplog) == []
    assert len(list(unread)) == 1


@pytest.mark.parametrize(
    ("event", "subject", "batch"),
    [
        (arrived(), "product", "w1"),
        (RunClaimed(run_id="run-1", job="j"), "batch/w7", "w7"),
        (RunClaimed(run_id="run-1", job="j"), "batch/2026/w7", "2026/w7"),
        (RunClaimed(run_id="run-1", job="j"), "run/run-1", ""),
        (RunFailed(run_id="run-1", job="j", partition="", error="x"), "batch/w7", "w7"),
    ],
)
def test_the_batch_is_that_of_the_entry_or_of_its_subject(
    caplog: pytest.LogCaptureFixture, event: Any, subject: str, batch: str
) -> None:
    log_entries([entry(event, subject)])
    assert only(caplog)["batch"] == batch


@pytest.mark.parametrize(
    ("before", "action", "batch"),
    [
        (state_with("w5"), 3, "w5"),
        (state_with(""), 3, ""),
        (state_with("w5"), 4, ""),
        (None, 3, ""),
    ],
)
def test_the_batch_of_an_attempt_is_that_of_its_action(
    caplog: pytest.LogCaptureFixture, before: ProductState | None, action: int, batch: str
) -> None:
    log_entries([entry(started(action), f"action/{action}")], before)
    assert only(caplog)["batch"] == batch


@pytest.mark.parametrize(
    ("accepted", "sentence"),
    [(True, "notice delivered through mailto"), (False, "no notice delivered through mailto")],
)
def test_a_notice_names_its_channel_and_no_address(
    caplog: pytest.LogCaptureFixture, *, accepted: bool, sentence: str
) -> None:
    log_entries([entry(notice(accepted=accepted, error="ada@example.org"), "action/3")])
    assert only(caplog)["message"] == f"shop: {sentence} (action/3, entry 7)"


@pytest.mark.parametrize(
    "event",
    [
        evaluated(),
        arrived(SECRET),
        ActionFailed(action=3, attempt=1, error=SECRET),
        RunFailed(run_id="run-1", job="j", partition="w1", error=SECRET),
    ],
)
def test_neither_values_nor_persons_are_logged(
    caplog: pytest.LogCaptureFixture, event: Any
) -> None:
    log_entries([entry(event)])
    text = str([vars(record) for record in caplog.records])
    assert SECRET not in text
    assert "ada@example.org" not in text


def test_an_entry_of_a_newer_program_is_logged_by_its_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    newer = replace(entry(arrived()), kind="model_dreamt", body={"partition": 5, "run_id": None})
    log_entries([newer])
    assert only(caplog)["message"] == "shop: model dreamt (product, entry 7)"
    assert only(caplog)["action"] == "decide"
    assert (only(caplog)["batch"], only(caplog)["run"]) == ("", "")
