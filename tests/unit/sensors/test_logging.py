"""Each action of the pipelines is logged with its context, and nothing that must stay inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.logs import FORMAT, LEVEL, set_up
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.sensors.actions import claim, finish
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.intake import take_in
from tests.unit.sensors.conftest import Worlds
from tests.world import World


@pytest.fixture(autouse=True)
def debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="aipo")


def logged(caplog: pytest.LogCaptureFixture, action: str) -> list[dict[str, Any]]:
    """Context and sentence of each record about an action."""
    names = ("product", "batch", "run", "entry")
    return [
        {name: getattr(record, name) for name in names} | {"message": record.getMessage()}
        for record in caplog.records
        if getattr(record, "action", "") == action
    ]


def test_the_intake_of_a_batch_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.deliver("w1").take_in()
    (record,) = logged(caplog, "intake")
    (arrival,) = [entry for entry in world.ledger.entries() if entry.kind == "batch_arrived"]
    assert record == {
        "product": "sample",
        "batch": "w1",
        "run": "",
        "entry": arrival.index,
        "message": f"sample: batch arrived (batch/w1, entry {arrival.index})",
    }


def test_deliveries_that_cannot_be_taken_in_are_counted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put("data/w0.csv", "").take_in()
    (record,) = logged(caplog, "intake")
    assert record["message"] == (
        "sample: 1 deliveries cannot be taken in, 0 are still being written"
    )


def test_a_claim_is_logged_with_its_run(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    assert claim(world.services, world.product, action, "7" * 32)
    (record,) = logged(caplog, "claim")
    assert (record["run"], record["batch"]) == ("7" * 32, "w1")
    assert record["message"].startswith(f"sample: action started (action/{action.entry}, entry ")


def test_the_end_of_an_action_is_logged_as_one_of_a_run(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    assert claim(world.services, world.product, action)
    finish(world.services, world.product, action)
    (record,) = logged(caplog, "run")
    assert record["message"].startswith("sample: action finished (action/")


def test_decisions_of_rules_are_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.put("data/w0.csv", "").take_in()
    opened = [record["message"] for record in logged(caplog, "decide")]
    assert any("incident opened" in message for message in opened)


def test_a_notice_is_logged_by_its_channel_alone(
    world_of: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    ada = {
        "name": "Ada Okafor",
        "email": "ada@example.com",
        "notify": ["mailtos://ada:hunter2@mail.example.com"],
    }
    world = world_of(people={"owner": ada})
    world.put("data/w0.csv", "").take_in()
    assert escalate(world.services, world.product, world.state) == 1
    messages = [record["message"] for record in logged(caplog, "notify")]
    assert messages != []
    assert all("sample: notice delivered through " in message for message in messages)
    assert "hunter2" not in caplog.text
    assert "mail.example.com" not in caplog.text


@pytest.fixture
def shown() -> Iterator[None]:
    """Everything that is logged is written to standard error, as programs read it."""
    set_up({LEVEL: "debug", FORMAT: "json"})
    yield
    set_up({})


@pytest.mark.usefixtures("shown")
def test_the_password_of_a_location_is_not_logged(
    world_of: Worlds, capsys: pytest.CaptureFixture[str]
) -> None:
    place = {"location": "postgresql://u:${PW}@127.0.0.1:1/x", "format": "sql", "table": "t"}
    world = world_of(sources={"records": place})
    environ = {"PW": "hunter3", "AIPO_VARIABLES": "PW"}
    services = world.speaking_to(feeds=Feeds(environ=environ, settle_seconds=0.0))
    take_in(services, world.instance, world.product)
    err = capsys.readouterr().err
    assert "sample: 1 deliveries cannot be taken in" in err
    assert "hunter3" not in err


@pytest.mark.usefixtures("shown")
def test_neither_values_of_records_nor_names_of_persons_are_logged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.deliver("w1", x1="Zelda Fitzgerald").play()
    escalate(world.services, world.product, world.state)
    err = capsys.readouterr().err
    assert '"action": "notify"' in err
    assert "Zelda" not in err
    assert "Okafor" not in err
