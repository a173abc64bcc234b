"""The recorder on Dagster's real event log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG, PRODUCT_TAG
from aipo_pipelines.dagster_internals import event_log
from aipo_pipelines.dagster_internals.event_log import identity
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunEnded, RunFailed
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.sensors.actions import claim as start
from aipo_pipelines.sensors.recorder import record_events
from aipo_pipelines.sensors.watchdog import missing_runs, watch
from tests.integration.instances import instance_on
from tests.integration.reporting import (
    GOVERNED,
    KEY,
    RUN,
    claim,
    declared,
    emptied,
    governed,
    happen,
    materialise,
    record,
    run,
)
from tests.world import World

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("recorder")]


@pytest.fixture(scope="module")
def instance(
    module_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    with instance_on(module_databases.dagster_url, tmp_path_factory.mktemp("dagster")) as instance:
        yield instance


@pytest.fixture
def world(tmp_path: Path, instance: dg.DagsterInstance) -> World:
    """A world on an empty event log."""
    return emptied(World(tmp_path), instance)


def test_every_event_of_a_governed_asset_is_one_entry(world: World) -> None:
    run(world, declared())
    run(world, declared(fails=True))
    assert record(world) == 4
    assert [entry.kind for entry in governed(world)] == [
        AssetMaterialised.kind,
        CheckEvaluated.kind,
        RunFailed.kind,
    ]
    assert len(world.bodies(RunEnded.kind)) == 1


def test_reading_again_records_nothing_twice(world: World) -> None:
    run(world, declared())
    record(world)
    assert [record(world), record(world)] == [0, 0]
    assert len(governed(world)) == 2


def test_entries_are_keyed_by_the_database_and_the_id_of_the_event(world: World) -> None:
    run(world, declared())
    record(world)
    source = identity(world.instance)
    assert all(entry.key.startswith(f"dagster/{source}/") for entry in governed(world))


def test_assets_of_nobody_are_not_recorded(world: World) -> None:
    run(world, declared(key=dg.AssetKey(["weather"])), claims=False)
    happen(world, key=dg.AssetKey(["stranger", "dataset"]))
    size = world.ledger.size()
    assert record(world) == 0
    assert world.ledger.size() == size


def test_more_events_than_a_page_are_all_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "PAGE", 7)
    monkeypatch.setattr(event_log, "OVERLAP", 3)
    happen(world, count=30)
    assert record(world) == 30
    happen(world, count=5)
    assert record(world) == 5
    assert record(world) == 0


def test_a_page_full_of_strangers_does_not_stop_the_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "PAGE", 4)
    happen(world, count=9, key=dg.AssetKey(["stranger", "dataset"]))
    happen(world, count=1)
    assert record(world) == 1


def test_an_event_of_a_slow_writer_is_found_though_later_ids_were_read(
    world: World, module_databases: Databases
) -> None:
    happen(world)
    with psycopg.connect(module_databases.dagster_url) as slow:
        columns = "run_id, event, dagster_event_type, timestamp, asset_key, partition"
        slow.execute(
            f"INSERT INTO event_logs ({columns}) SELECT {columns} FROM event_logs "  # noqa: S608
            "WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
        )
        happen(world)
        assert record(world) == 2
    assert record(world) == 1
    assert len(governed(world)) == 3


def test_an_event_nobody_can_store_does_not_keep_the_others_out(world: World) -> None:
    poison: dict[str, Any] = {
        "share": float("nan"),
        "large": 2**60,
        "nested": {"inf": [float("inf")]},
    }
    happen(world)
    materialise(world, dg.AssetMaterialization(KEY, metadata=poison))
    assert record(world) == 2
    assert governed(world)[1].body["metadata"] == {
        "share": None,
        "large": str(2**60),
        "nested": {"inf": [None]},
    }


def test_a_declared_check_with_the_tag_of_a_partition_judges_that_batch(world: World) -> None:
    world.deliver("w1").play()
    run(world, declared(severity=dg.AssetCheckSeverity.ERROR), {"dagster/partition": "w1"})
    record(world)
    check = world.state.checks["dataset/mine"]
    assert (check.partition, check.verdict, check.severity) == ("w1", "fail", "critical")


def test_a_declared_check_without_a_partition_counts_too(world: World) -> None:
    run(world, declared(severity=dg.AssetCheckSeverity.WARN))
    record(world)
    check = world.state.checks["dataset/mine"]
    assert (check.partition, check.verdict, check.severity) == ("", "fail", "warning")


def test_the_words_of_a_declared_check_stay_in_dagster(world: World) -> None:
    run(world, declared(severity=dg.AssetCheckSeverity.ERROR))
    run(world, declared(fails=True))
    record(world)
    assert "Zelda" not in repr(world.ledger.entries("sample"))
    figures = world.bodies(CheckEvaluated.kind)[0]["figures"]
    assert isinstance(figures, list)
    assert [figure["value"] for figure in figures if isinstance(figure, dict)] == [0.2]


def test_a_declared_check_can_escalate_by_the_charters_response(
    tmp_path: Path, world: World
) -> None:
    responses = [
        {"check": check, "reactions": ["quarantine", "escalate"]}
        for check in ("contract", "privacy")
    ]
    responses.append({"check": "dataset/mine", "reactions": ["escalate"]})
    strict = World(tmp_path / "strict", responses=responses)
    strict.instance = world.instance
    run(strict, declared(severity=dg.AssetCheckSeverity.ERROR))
    record(strict)
    assert [str(incident.cause) for incident in strict.state.incidents.values()] == [
        "check:dataset/mine"
    ]


def test_a_run_by_hand_is_recorded_with_an_unknown_actor(world: World) -> None:
    run(world, declared())
    record(world)
    assert {entry.actor for entry in governed(world)} == {"unknown"}


def test_a_run_that_succeeds_ends_its_action(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    assert start(world.services, world.product, action)
    run(world, declared(), {ACTION_TAG: f"{action.entry}:1", "dagster/partition": "w1"})
    record(world)
    assert str(action.entry) not in world.state.actions
    assert world.state.runs == {}
    assert {entry.actor for entry in governed(world)} == {"recorder"}


def test_a_run_that_breaks_names_the_class_of_its_error(world: World) -> None:
    run(world, declared(fails=True), {"dagster/partition": "w1"})
    record(world)
    (failed,) = world.bodies(RunFailed.kind)
    assert failed["partition"] == "w1"
    assert "Zelda" not in str(failed["error"])
    assert failed["error"]


def test_a_cancelled_run_of_an_action_is_a_failed_attempt(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    assert start(world.services, world.product, action)
    tags = {
        PRODUCT_TAG: "sample",
        ACTION_TAG: f"{action.entry}:1",
        "dagster/partition": "w1",
    }
    started = dg.DagsterRun(
        "sample__monitor", run_id="5" * 32, tags=tags, status=dg.DagsterRunStatus.STARTED
    )
    world.instance.report_run_canceled(world.instance.add_run(started))
    record(world)
    assert world.state.actions[str(action.entry)].error == "the run was cancelled"


def test_a_run_deleted_in_the_ui_is_a_finding(world: World) -> None:
    other, deleted = run(world, declared()), run(world, declared())
    record(world)
    assert missing_runs(world.instance, [world.state]) == frozenset()
    world.instance.delete_run(deleted.run_id)
    watch(world.services, world.instance, world.product)
    (incident,) = world.state.incidents.values()
    assert str(incident.cause) == "missing_run"
    assert deleted.run_id in incident.summary
    assert other.run_id not in incident.summary


def test_newer_evidence_ends_the_finding(world: World) -> None:
    deleted = run(world, declared())
    record(world)
    world.instance.delete_run(deleted.run_id)
    watch(world.services, world.instance, world.product)
    run(world, declared())
    record(world)
    watch(world.services, world.instance, world.product)
    assert not any(incident.is_open for incident in world.state.incidents.values())


def test_two_recorders_at_once_record_every_event_once(
    world: World, module_databases: Databases, tmp_path: Path
) -> None:
    happen(world, count=60)
    with closing(PostgresLedger(module_databases.ledger_url)) as ledger:
        claim(world, RUN, services=replace(world.services, ledger=ledger))
        together(lambda: _record_into(ledger, world, module_databases, tmp_path), times=3)
        entries = ledger.entries("sample", GOVERNED, limit=1_000)
    assert len(entries) == 60
    assert len({entry.key for entry in entries}) == 60


def _record_into(ledger: PostgresLedger, world: World, databases: Databases, folder: Path) -> None:
    services = replace(world.services, ledger=ledger)
    with instance_on(databases.dagster_url, folder) as instance:
        record_events(services, instance, world.products)


def together(work: Callable[[], None], *, times: int) -> None:
    """Does the same work in several threads at once; the first trouble is raised."""
    barrier, troubles = threading.Barrier(times), list[BaseException]()

    def one() -> None:
        barrier.wait(30)
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            troubles.append(error)

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for trouble in troubles:
        raise trouble
