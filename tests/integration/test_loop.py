"""The loop over real Dagster runs: one product, three batches, and one of them is broken."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aipo_pipelines.cli.session import Session
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.ledger.events.actions import ActionLost, ActionStarted
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.sensors.actions import claim
from aipo_pipelines.sensors.loop import Done, Loop, Progress
from tests.integration.instances import instance_on
from tests.world import World

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("loop")]

HOSTILE = '<img src=x onerror="alert(1)">'


class Driven(World):
    """A world that real runs act on.

    Attributes:
        shown: The progress that was reported.
        waited: Seconds the loop asked to wait, without waiting.
    """

    shown: list[Progress]
    waited: list[float]

    def drive(self) -> Done:
        self.shown, self.waited = [], []
        definitions = build_definitions(self.products, self.services)
        loop = Loop(
            services=self.services,
            instance=self.instance,
            products=self.products,
            job=definitions.resolve_job_def,
            show=self.shown.append,
            wait=self._wait,
        )
        return loop.run(self.product.name)

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.later(seconds=seconds)


@pytest.fixture(scope="module")
def instance(
    module_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    with instance_on(module_databases.dagster_url, tmp_path_factory.mktemp("dagster")) as instance:
        yield instance


@pytest.fixture(scope="module")
def driven(instance: dg.DagsterInstance, tmp_path_factory: pytest.TempPathFactory) -> Driven:
    """Three batches taken in and played to the end; `w2` breaks its contract. Only look."""
    world = Driven(tmp_path_factory.mktemp("driven"), name="driven")
    world.instance = instance
    odd: dict[str, Any] = {"x1": None, HOSTILE: 1}
    world.deliver("w1").deliver("w2", **odd).deliver("w3")
    done = world.drive()
    assert (done.failed, done.problems) == (0, ()), [step.error for step in world.shown]
    return world


@pytest.fixture
def fresh(instance: dg.DagsterInstance, tmp_path_factory: pytest.TempPathFactory) -> Driven:
    # A name of its own, because the event log of the module knows the others.
    name = f"fresh_{uuid.uuid4().hex[:8]}"
    world = Driven(tmp_path_factory.mktemp("fresh"), name=name)
    world.instance = instance
    return world


def materialisation(world: World, asset: str, partition: str | None) -> dg.AssetMaterialization:
    records = world.instance.fetch_materializations(
        dg.AssetRecordsFilter(
            asset_key=dg.AssetKey([world.product.name, asset]),
            asset_partitions=[partition] if partition else None,
        ),
        limit=1,
    ).records
    material = records[0].asset_materialization
    assert material is not None
    return material


def test_every_batch_is_measured_and_the_broken_batch_is_quarantined(driven: Driven) -> None:
    assert {name: batch.status for name, batch in driven.state.batches.items()} == {
        "w1": BatchStatus.APPROVED,
        "w2": BatchStatus.QUARANTINED,
        "w3": BatchStatus.APPROVED,
    }


def test_a_model_is_trained_and_released_on_the_way(driven: Driven) -> None:
    champion = driven.state.champion
    assert champion is not None
    assert (champion.version, champion.released_by) == ("1", "rule:release")
    assert [step.action.kind for step in driven.shown][:4] == [
        ActionKind.MEASURE,
        ActionKind.TRAIN,
        ActionKind.RELEASE,
        ActionKind.MEASURE,
    ]
    assert all(step.success for step in driven.shown)
    assert driven.shown[-1].left == 0


def test_a_quarantined_batch_is_neither_scored_nor_trained_on(driven: Driven) -> None:
    pairs = {(body["asset"], body["partition"]) for body in driven.bodies(AssetMaterialised.kind)}
    assert ("dataset", "w2") in pairs
    assert ("predictions", "w2") not in pairs
    assert ("drift", "w2") not in pairs
    assert driven.state.champion is not None
    assert driven.state.champion.model.window == ("w1",)


def test_every_dagster_event_of_the_product_is_exactly_one_entry(driven: Driven) -> None:
    keys = [
        entry.key
        for entry in driven.ledger.entries("driven", limit=10_000)
        if entry.key.startswith("dagster/")
    ]
    assert len(keys) == len(set(keys))
    entries = driven.bodies(AssetMaterialised.kind)
    stored = driven.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(["driven", "dataset"])), limit=100
    ).records
    assert len(stored) == sum(body["asset"] == "dataset" for body in entries) == 3


def test_runs_are_known_by_the_action_they_serve(driven: Driven) -> None:
    runs = driven.instance.get_runs(dg.RunsFilter(tags={"aipo/product": "driven"}))
    actions = [run.tags["aipo/action"] for run in runs]
    assert len(actions) == len(set(actions)) == len(driven.shown)
    assert all(run.is_success for run in runs)


def test_people_are_notified_about_the_broken_batch_once(driven: Driven) -> None:
    titles = [notice.title for notice in driven.notifier.sent]
    assert titles == ["Sample: contract fails on batch w2 (critical)"]


def test_nothing_new_means_nothing_to_do(driven: Driven) -> None:
    size = driven.ledger.size()
    assert driven.drive() == Done(runs=0, failed=0, problems=())
    assert driven.ledger.size() == size


def test_dagster_shows_failing_expectations_as_a_table(driven: Driven) -> None:
    material = materialisation(driven, "data_quality", "w2")
    shown = material.metadata["failing expectations"]
    assert isinstance(shown, dg.TableMetadataValue)
    assert shown.records


def test_dagster_shows_pictures_links_and_the_command_of_the_entry(driven: Driven) -> None:
    assert isinstance(
        materialisation(driven, "drift", "w3").metadata["drift by feature"],
        dg.MarkdownMetadataValue,
    )
    champion = materialisation(driven, "champion", None).metadata
    assert champion["MLflow"] == dg.MetadataValue.url(
        "http://mlflow.example/#/models/driven/versions/1"
    )
    assert "aipo history driven --subject champion" in str(champion["ledger"].value)


def test_the_data_version_in_dagster_is_the_digest_of_the_content(driven: Driven) -> None:
    tags = materialisation(driven, "dataset", "w1").tags or {}
    assert tags["dagster/data_version"] == driven.state.batches["w1"].digest


def test_a_failed_contract_leaves_the_run_green_and_the_evaluation_red(driven: Driven) -> None:
    evaluation = driven.instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(dg.AssetKey(["driven", "data_quality"]), "contract")],
    )
    assert evaluation
    failed = [
        body
        for body in driven.bodies(CheckEvaluated.kind)
        if (body["check"], body["verdict"]) == ("contract", "fail")
    ]
    assert [body["partition"] for body in failed] == ["w2"]


def test_a_hostile_column_name_reaches_no_description_as_markup(driven: Driven) -> None:
    runs = driven.instance.get_runs(dg.RunsFilter(tags={"aipo/product": "driven"}))
    logs = [entry for run in runs for entry in driven.instance.all_logs(run.run_id)]
    evaluations = [
        entry.dagster_event.asset_check_evaluation_data
        for entry in logs
        if entry.dagster_event and entry.dagster_event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    assert any("onerror" in str(evaluation.description) for evaluation in evaluations)
    assert not any("<img" in str(evaluation.description) for evaluation in evaluations)


def test_a_run_that_breaks_is_repeated_after_its_backoff(fresh: Driven) -> None:
    fresh.deliver("w1").drive()
    fresh.tracker.away = True
    fresh.deliver("w2")
    wait = fresh._wait  # noqa: SLF001 - the test decides when the tracker answers again

    def wait_and_repair(seconds: float) -> None:
        wait(seconds)
        fresh.tracker.away = False

    fresh._wait = wait_and_repair  # type: ignore[method-assign]  # noqa: SLF001
    done = fresh.drive()
    assert (done.runs, done.failed) == (2, 1)
    assert fresh.waited == [30.0]
    assert [step.success for step in fresh.shown] == [False, True]
    assert fresh.state.batches["w2"].measured_by == "1"


def test_a_run_that_always_breaks_is_given_up_and_reported(fresh: Driven) -> None:
    fresh.deliver("w1").drive()
    fresh.tracker.away = True
    done = fresh.deliver("w2").drive()
    assert (done.runs, done.failed) == (3, 3)
    assert fresh.waited == [30.0, 60.0]
    assert "Batch w2 could not be measured" in fresh.notifier.sent[-1].title


def test_a_batch_replaced_after_it_arrived_costs_no_attempt(fresh: Driven) -> None:
    fresh.deliver("w1").take_in()
    fresh.deliver("w1", x2=0.25)
    done = fresh.drive()
    assert done.failed == 0
    assert RunFailed.kind not in fresh.kinds()
    assert len(fresh.state.batches["w1"].versions) == 2


def test_an_attempt_whose_process_died_is_closed_and_repeated(fresh: Driven) -> None:
    fresh.deliver("w1").take_in()
    (action,) = fresh.due(ActionKind.MEASURE)
    claim(fresh.services, fresh.product, action, "5" * 32)
    done = fresh.drive()
    assert done.failed == 0
    assert fresh.bodies(ActionLost.kind)[0]["action"] == action.entry
    started = [body for body in fresh.bodies(ActionStarted.kind) if body["attempt"] == 2]
    assert len(started) == 1


def test_what_could_not_be_read_is_a_problem_of_the_pass(fresh: Driven) -> None:
    done = fresh.put("data/w0.csv", "").deliver("w1").drive()
    assert "data/w0.csv is empty" in done.problems[0]
    assert done.runs > 0


def test_the_pages_are_written_by_their_job_until_that_has_succeeded(
    fresh: Driven, tmp_path: Path
) -> None:
    services = fresh.speaking_to(feeds=Feeds(environ={"AIPO_HOME": str(tmp_path)}))
    session = Session(
        products=fresh.products, services=services, instance=fresh.instance, environ={}
    )
    (tmp_path / "reports").write_text("a file instead of a folder")
    assert not session.publish()
    (tmp_path / "reports").unlink()
    assert session.publish()
    assert materialisation(fresh, "model_card", None).metadata["answer"].value == "UNKNOWN"
    written = fresh.instance.get_runs(limit=1)
    assert session.publish()
    assert [get_run.run_id for get_run in fresh.instance.get_runs(limit=1)] == [written[0].run_id]


def test_start_and_end_of_a_run_are_logged(fresh: Driven, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="aipo")
    name = fresh.product.name
    assert fresh.deliver("w1").drive().failed == 0
    records = [record for record in caplog.records if getattr(record, "action", "") == "run"]
    run_ids = {getattr(record, "run", "") for record in records} - {""}
    for run_id in run_ids:
        sentences = [record.getMessage() for record in records if record.__dict__["run"] == run_id]
        assert f"{name}: run {run_id} succeeded" in sentences
    measured = [logged.getMessage() for logged in records if logged.__dict__["batch"] == "w1"]
    assert any("(measure w1) starts" in sentence for sentence in measured)
    recorded = [logged for logged in caplog.records if getattr(logged, "action", "") == "record"]
    assert any("entries recorded from" in logged.getMessage() for logged in recorded)
