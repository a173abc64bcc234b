"""Stopped sensors and schedules in Dagster's own database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster_shared.error import SerializableErrorInfo

from aipo_pipelines.cli.stopped_sensors import StandstillNews
from aipo_pipelines.dagster_internals.instigators import (
    Instigator,
    read_heartbeats,
    read_instigators,
)
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.dagster.schedules import LEFT_UNDONE, silent_daemons, standing_still
from aipo_pipelines.resources.databases.addresses import Databases
from tests.dagster_internals import (
    DaemonHeartbeat,
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from tests.integration.instances import instance_on
from tests.world import START, World

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared(
    module_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    with instance_on(module_databases.dagster_url, tmp_path_factory.mktemp("dagster")) as instance:
        yield instance


@pytest.fixture
def instance(shared: dg.DagsterInstance) -> dg.DagsterInstance:
    """An instance that has seen no sensor yet."""
    assert shared.schedule_storage
    shared.schedule_storage.wipe()
    shared.run_storage.wipe_daemon_heartbeats()
    return shared


def seen(
    instance: dg.DagsterInstance,
    name: str,
    *,
    kind: InstigatorType = InstigatorType.SENSOR,
    status: InstigatorStatus = InstigatorStatus.DECLARED_IN_CODE,
    location: str = "products",
) -> InstigatorState:
    """A sensor or schedule of that status."""
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), "__repository__")
    data = (
        ScheduleInstigatorData("30 5 * * *", START.timestamp())
        if kind is InstigatorType.SCHEDULE
        else SensorInstigatorData(min_interval=2, sensor_type=None)
    )
    state = InstigatorState(RemoteInstigatorOrigin(repository, name), kind, status, data)
    instance.add_instigator_state(state)
    return state


def look(
    instance: dg.DagsterInstance, state: InstigatorState, status: TickStatus, second: int
) -> None:
    """One look of a sensor."""
    instance.create_tick(
        TickData(
            instigator_origin_id=state.instigator_origin_id,
            selector_id=state.selector_id,
            instigator_name=state.name,
            instigator_type=state.instigator_type,
            status=status,
            timestamp=START.timestamp() + second,
            error=SerializableErrorInfo("It broke.", [], "ValueError")
            if status is TickStatus.FAILURE
            else None,
        )
    )


def notes(databases: Databases) -> tuple[str, ...]:
    return standing_still(databases.dagster_url)


def test_everything_that_is_done_by_itself_is_watched(tmp_path: Path) -> None:
    world = World(tmp_path)
    definitions = build_definitions(world.products, world.services)
    named = [*(definitions.sensors or ()), *(definitions.schedules or ())]
    assert sorted(sensor.name for sensor in named) == sorted(LEFT_UNDONE)


def test_if_dagster_never_started_nothing_is_reported(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    del instance
    assert notes(module_databases) == ()


def test_a_sensor_stopped_by_hand_is_named_with_the_work_that_is_not_done(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    seen(instance, "recorder")
    seen(instance, "intake", status=InstigatorStatus.STOPPED)
    seen(
        instance,
        "report_schedule",
        kind=InstigatorType.SCHEDULE,
        status=InstigatorStatus.STOPPED,
    )
    intake, schedule = notes(module_databases)
    assert intake.startswith("The sensor intake was stopped by hand: new batches are not taken in")
    assert schedule.startswith("The schedule report_schedule was stopped by hand: the pages")


def test_a_sensor_of_another_team_may_be_stopped(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    seen(instance, "weather", status=InstigatorStatus.STOPPED)
    assert notes(module_databases) == ()


def test_a_sensor_of_an_earlier_code_location_is_replaced_by_the_current_sensor(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    seen(instance, "intake", status=InstigatorStatus.STOPPED, location="before")
    seen(instance, "intake")
    assert notes(module_databases) == ()


@pytest.mark.parametrize(
    ("looks", "fails"),
    [
        ([TickStatus.FAILURE], False),
        ([TickStatus.SKIPPED, TickStatus.FAILURE], False),
        ([TickStatus.FAILURE, TickStatus.FAILURE], True),
        ([TickStatus.FAILURE, TickStatus.FAILURE, TickStatus.STARTED], True),
        ([TickStatus.FAILURE, TickStatus.FAILURE, TickStatus.SKIPPED], False),
    ],
)
def test_a_sensor_whose_last_two_looks_failed_is_named(
    instance: dg.DagsterInstance,
    module_databases: Databases,
    looks: list[TickStatus],
    fails: bool,
) -> None:
    state = seen(instance, "watchdog")
    for second, status in enumerate(looks):
        look(instance, state, status, second)
    assert [note.startswith("The sensor watchdog fails") for note in notes(module_databases)] == (
        [True] if fails else []
    )


def test_a_daemon_that_shows_no_life_is_named(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    for daemon, age in (("SENSOR", 600), ("SCHEDULER", 10), ("ASSET", 6_000)):
        beat = NOW - timedelta(seconds=age)
        instance.add_daemon_heartbeat(DaemonHeartbeat(beat.timestamp(), daemon, "one", []))
    (outcome,) = silent_daemons(module_databases.dagster_url, NOW)
    assert outcome.startswith("Dagster's sensor daemon has not shown since 2026-03-02 08:50 UTC")


def read(databases: Databases) -> dict[str, Instigator]:
    with psycopg.connect(databases.dagster_url) as connection:
        return dict(read_instigators(connection))


def test_sensors_and_schedules_are_read_by_name(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    state = seen(instance, "intake", status=InstigatorStatus.STOPPED)
    for second in (1, 2):
        look(instance, state, TickStatus.FAILURE, second)
    seen(instance, "report_schedule", kind=InstigatorType.SCHEDULE)
    assert read(module_databases) == {
        "intake": Instigator(name="intake", is_schedule=False, is_stopped=True, keeps_failing=True),
        "report_schedule": Instigator(
            name="report_schedule", is_schedule=True, is_stopped=False, keeps_failing=False
        ),
    }


@pytest.mark.parametrize("body", ["", "no json", "[]", "{}", '{"origin": 7}', "null"])
def test_a_row_that_cannot_be_read_has_no_name_and_hides_no_other_row(
    instance: dg.DagsterInstance, module_databases: Databases, body: str
) -> None:
    seen(instance, "broken")
    with psycopg.connect(module_databases.dagster_url) as connection:
        connection.execute("UPDATE instigators SET instigator_body = %s", [body])
    seen(instance, "intake")
    assert read(module_databases).keys() == {"", "intake"}


def test_a_row_of_an_older_dagster_is_named_after_its_job(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    seen(instance, "intake")
    with psycopg.connect(module_databases.dagster_url) as connection:
        body = '{"origin": {"job_name": "old"}}'
        connection.execute("UPDATE instigators SET instigator_body = %s", [body])
    assert read(module_databases).keys() == {"old"}


def test_the_beats_of_the_parts_of_the_daemon_are_aware_moments(
    instance: dg.DagsterInstance, module_databases: Databases
) -> None:
    for daemon in ("SENSOR", "QUEUED_RUN_COORDINATOR", "BACKFILL"):
        instance.add_daemon_heartbeat(DaemonHeartbeat(NOW.timestamp(), daemon, "one", []))
    with psycopg.connect(module_databases.dagster_url) as connection:
        assert read_heartbeats(connection) == {"SENSOR": NOW, "QUEUED_RUN_COORDINATOR": NOW}


def test_a_stopped_sensor_is_reported_and_recorded_once_until_it_runs(
    instance: dg.DagsterInstance, module_databases: Databases, tmp_path: Path
) -> None:
    world = World(tmp_path)
    news = StandstillNews(
        services=world.services,
        products=world.products,
        dagster_url=module_databases.dagster_url,
    )
    assert news.news() == ""
    state = seen(instance, "intake", status=InstigatorStatus.STOPPED)
    assert "The sensor intake was stopped by hand" in news.news()
    assert news.news() == ""
    (incident,) = world.state.incidents.values()
    assert (str(incident.cause), incident.owner) == ("stopped_sensor", "Dev Patel")
    notes = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    assert any("An automatic task does not run" in note for note in notes)
    instance.update_instigator_state(state.with_status(InstigatorStatus.RUNNING))
    assert news.news() == "sensors, schedule and daemon run again"
    assert not any(opened.is_open for opened in world.state.incidents.values())
