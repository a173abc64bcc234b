from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aipo_pipelines.errors import UsageError
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.resources import opening as module
from aipo_pipelines.resources.opening import shared_services
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.resources.products_root import bundled, existing, products_root
from aipo_pipelines.sensors.periodic_rules import time_passed
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_rules_make_of_an_entry_is_recorded_with_it(world: World) -> None:
    failed = CheckEvaluated(
        asset="data_quality",
        check="contract",
        partition="",
        run_id="",
        verdict=Verdict.FAIL,
        severity=Severity.CRITICAL,
        summary="A rule fails.",
        figures=(),
        details=NO_DETAILS,
    )
    kinds = [entry.kind for entry in world.append([failed])]
    assert kinds == [CheckEvaluated.kind, IncidentOpened.kind]


def test_time_that_passes_is_recorded_once(world: World) -> None:
    world.later(days=31)
    assert [entry.kind for entry in time_passed(world.services, world.product)] == [
        IncidentOpened.kind
    ]
    assert time_passed(world.services, world.product) == ()


def test_how_far_an_event_log_was_read_never_goes_back(world: World) -> None:
    world.services.read_up_to("db", 7)
    world.services.read_up_to("db", 3)
    assert (world.ledger.position("db"), world.ledger.position("other")) == (7, 0)


def test_a_feed_stays_open_until_its_charter_changes(world: World) -> None:
    feeds = world.services.feeds
    assert feeds.of(world.product) is feeds.of(world.product)


def test_a_feed_is_looked_at_again_only_after_it_changed(world: World) -> None:
    feeds, now = world.services.feeds, world.clock.now()
    assert feeds.changed(world.product, now)
    feeds.looked(world.product, feeds.mark(world.product, now))
    assert not feeds.changed(world.product, now)
    world.deliver("w1")
    assert feeds.changed(world.product, now)


def test_locations_are_looked_up_in_the_environment_given(tmp_path: Path) -> None:
    world = World(tmp_path, sources={"records": {"location": "${PLACE}/*.csv"}})
    environ = {"PLACE": str(world.folder / "data"), "AIPO_VARIABLES": "PLACE"}
    feeds = Feeds(environ=environ, settle_seconds=0.0)
    world.deliver("w1")
    assert [batch.partition for batch in feeds.of(world.product).list_batches(_NOW).batches] == [
        "w1"
    ]


def test_services_are_closed_when_they_are_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(world.ledger, "close", lambda: closed.append(True))
    with world.services as services:
        assert services is world.services
        assert closed == []
    assert closed == [True]


def test_the_services_of_a_process_are_opened_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[World] = []

    def open_services() -> object:
        opened.append(world)
        return world.services

    monkeypatch.setattr(module, "_shared", [])
    monkeypatch.setattr(module, "open_services", open_services)
    assert shared_services() is shared_services() is world.services
    assert len(opened) == 1


def test_products_are_those_the_environment_names(tmp_path: Path) -> None:
    assert products_root({"AIPO_PRODUCTS": str(tmp_path)}) == tmp_path


def test_products_of_the_working_folder_come_before_the_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert products_root({}) == bundled("products")
    (tmp_path / "products").mkdir()
    assert products_root({}) == Path("products")


def test_what_the_wheel_carries_is_found_in_a_checkout_too() -> None:
    assert bundled("dagster.yaml").is_file()
    assert (bundled("products") / "standards.yaml").is_file()


def test_a_file_is_no_folder_of_products(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="correct the path, --products or AIPO_PRODUCTS"):
        existing(tmp_path / "file")
    assert existing(tmp_path) == tmp_path


_NOW = datetime(2026, 3, 2, tzinfo=UTC)
