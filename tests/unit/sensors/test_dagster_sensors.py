from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import dagster as dg
import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG, PRODUCT_TAG
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.dagster_sensors import INTERVAL, LEISURE
from aipo_pipelines.sensors.watchdog import ENDING
from tests.dagster_internals import partition_loading_context
from tests.world import LATE, World


def sensor(world: World, name: str) -> dg.SensorDefinition:
    return build_definitions(world.products, world.services).resolve_sensor_def(name)


def evaluate(
    world: World,
    name: str,
    services: Services | None = None,
    *further: World,
    definitions: dg.Definitions | None = None,
) -> tuple[Sequence[dg.RunRequest], str]:
    """One evaluation of a sensor: the runs it asks for, or why it asks for none."""
    services = services or world.services
    products = {each_world.product.name: each_world.product for each_world in (world, *further)}
    definitions = definitions or build_definitions(products, services)
    # As the daemon does it: dynamic partitions are looked up in the instance.
    with (
        partition_loading_context(dynamic_partitions_store=world.instance),
        dg.build_sensor_context(
            instance=world.instance, resources={"services": services}, definitions=definitions
        ) as context,
    ):
        tick = definitions.resolve_sensor_def(name).evaluate_tick(context)
    return tick.run_requests or (), tick.skip_message or ""


def requests(world: World, name: str) -> Sequence[dg.RunRequest]:
    """The runs a sensor asks for."""
    return evaluate(world, name)[0]


def reason(world: World, name: str) -> str:
    """Why a sensor asks for no run."""
    run_requests, skip_reason = evaluate(world, name)
    assert not run_requests
    return skip_reason


def test_one_sensor_of_a_kind_serves_all_products(tmp_path: Path) -> None:
    worlds = [World(tmp_path / name, name=name) for name in ("churn", "fraud")]
    products = {world.product.name: world.product for world in worlds}
    sensors = build_definitions(products, worlds[0].services).sensors or []
    assert sorted(sensor.name for sensor in sensors) == [
        "escalation",
        "intake",
        "recorder",
        "release",
        "retraining",
        "watchdog",
    ]


@pytest.mark.parametrize(
    "name", ["escalation", "intake", "recorder", "release", "retraining", "watchdog"]
)
def test_every_sensor_runs_without_being_switched_on(world: World, name: str) -> None:
    run_now = sensor(world, name)
    assert run_now.default_status is dg.DefaultSensorStatus.RUNNING
    assert run_now.description


@pytest.mark.parametrize("name", ["intake", "recorder", "release", "retraining"])
def test_sensors_for_whose_news_somebody_waits_look_more_often(world: World, name: str) -> None:
    assert sensor(world, name).minimum_interval_seconds == INTERVAL
    assert sensor(world, "watchdog").minimum_interval_seconds == LEISURE


def test_a_dropped_file_becomes_a_claimed_run_of_its_batch(world: World) -> None:
    world.deliver("w1")
    (request,) = requests(world, "intake")
    entry = world.state.batches["w1"].entry
    assert request.run_key == request.tags["aipo/action"] == f"{entry}:1"
    assert (request.job_name, request.partition_key) == ("sample__monitor", "w1")
    assert request.asset_selection is None
    assert world.kinds()[-1] == ActionStarted.kind


def test_of_two_new_batches_one_is_measured_at_a_time(world: World) -> None:
    world.deliver("w1").deliver("w2")
    assert len(requests(world, "intake")) == 1
    assert reason(world, "intake") == "nothing is pending"


def test_an_unchanged_feed_is_not_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate(world, "intake")
    feed = world.services.feeds.of(world.product)
    monkeypatch.setattr(feed, "list_batches", lambda _now: pytest.fail("the feed was read"))
    assert reason(world, "intake") == "nothing is pending"


def test_a_look_that_saw_an_unfinished_file_is_repeated(world: World) -> None:
    world.deliver("w1")
    patient = type(world.services.feeds)(environ={}, settle_seconds=3600.0)
    services = world.speaking_to(feeds=patient)
    mark = patient.mark(world.product, world.clock.now())
    evaluate(world, "intake", services)
    assert patient.changed(world.product, world.clock.now())
    patient.looked(world.product, mark)
    assert not patient.changed(world.product, world.clock.now())


def test_late_labels_request_performance_alone(tmp_path: Path) -> None:
    world = World(tmp_path, **LATE).deliver("w1", y=...).label("w1").deliver("w2", y=...).play()
    world.label("w2")
    (request,) = requests(world, "intake")
    assert request.asset_selection == [dg.AssetKey(["sample", "performance"])]


def test_a_training_that_is_due_is_requested_by_retraining_alone(world: World) -> None:
    world.deliver("w1").take_in()
    world.perform(world.due(ActionKind.MEASURE)[0])
    assert reason(world, "release") == "nothing is pending"
    (request,) = requests(world, "retraining")
    assert request.job_name == "sample__retrain"
    assert request.partition_key is None


def test_a_decided_release_is_requested_by_release_alone(world: World) -> None:
    world.deliver("w1").take_in()
    world.perform(world.due(ActionKind.MEASURE)[0])
    world.perform(world.due(ActionKind.TRAIN)[0])
    assert reason(world, "retraining") == "nothing is pending"
    (request,) = requests(world, "release")
    assert request.job_name == "sample__release"


def test_escalation_notifies_people_and_asks_for_no_run(world: World) -> None:
    world.put("data/w0.csv", "").take_in()
    assert reason(world, "escalation") == "nothing is pending"
    assert len(world.notifier.sent) == 1


def test_the_trouble_of_one_product_does_not_keep_others_from_being_looked_at(
    tmp_path: Path,
) -> None:
    lost = World(tmp_path / "a", name="a", sources={"records": {"location": "${NOWHERE}/*.csv"}})
    fine = World(tmp_path / "b", name="b").deliver("w1")
    run_requests, _ = evaluate(fine, "intake", None, lost)
    assert [request.partition_key for request in run_requests] == ["w1"]


def test_the_trouble_of_a_product_is_the_reason_for_doing_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, sources={"records": {"location": "${NOWHERE}/*.csv"}})
    skip_text = reason(world, "intake")
    assert "sample: " in skip_text
    assert "NOWHERE" in skip_text


def test_a_product_that_another_process_works_on_is_skipped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliver("w1")
    monkeypatch.setattr(world.ledger, "product_lock", lambda *_, **__: nullcontext(False))
    assert reason(world, "intake") == "nothing is pending"
    assert world.state.batches == {}


def test_the_watchdog_lets_time_pass(world: World) -> None:
    world.deliver("w1").play()
    world.later(days=31)
    evaluate(world, "watchdog")
    assert "stale" in [str(incident.cause) for incident in world.state.incidents.values()]


def test_the_watchdog_finds_evidence_whose_run_was_deleted(world: World) -> None:
    deleted = CheckEvaluated(
        asset="dataset",
        check="schema",
        partition="",
        run_id="run-1",
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        summary="",
        figures=(),
        details=NO_DETAILS,
    )
    world.append([deleted])
    evaluate(world, "watchdog")
    (incident,) = world.state.incidents.values()
    assert str(incident.cause) == "missing_run"
    size = world.ledger.size()
    evaluate(world, "watchdog")
    assert world.ledger.size() == size


def test_the_watchdog_finds_a_run_that_is_open_when_nothing_is_under_way(world: World) -> None:
    world.deliver("w1").play()
    evaluate(world, "watchdog")  # The world's own runs are none of Dagster's.
    (arrived,) = world.ledger.entries("sample", [BatchArrived.kind], limit=10)
    tags = {ACTION_TAG: f"{arrived.index}:1", PRODUCT_TAG: "sample"}
    stray = dg.DagsterRun("sample__monitor", tags=tags)
    world.instance.add_run(stray)
    definitions = build_definitions(world.products, world.services)
    for _ in range(2):
        evaluate(world, "watchdog", definitions=definitions)
        world.clock.advance(ENDING)
    run_now = world.instance.get_run_by_id(stray.run_id)
    assert run_now is not None
    assert run_now.status is dg.DagsterRunStatus.FAILURE
