"""Reports that are no evidence, and events that nobody can record, on Dagster's real event log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG
from aipo_pipelines.errors import DatabaseRefusedError
from aipo_pipelines.ledger.append import Ask, Decide, Fold
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.runs import EventSetAside, RunClaimed, RunFailed
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.state import ActionStatus, BatchStatus, ProductState
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.sensors.actions import claim as start
from aipo_pipelines.sensors.recorder import record_events
from tests.integration.instances import instance_on
from tests.integration.reporting import (
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


def say(world: World, asset: str, check: str, partition: str = "w1", **more: Any) -> None:
    """A check passes, says somebody who has no run."""
    evaluation = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(["sample", asset]),
        check_name=check,
        passed=True,
        partition=partition,
        metadata={"verdict": "pass", "aipo_severity": "critical", "summary": "All is well."} | more,
    )
    world.instance.report_runless_asset_event(evaluation)


def facts(state: ProductState) -> ProductState:
    """A state without its incidents and their notices."""
    runs = {key: action for key, action in state.actions.items() if action.kind != "notify"}
    return replace(state, actions=runs, incidents={})


def findings(world: World) -> list[Mapping[str, Any]]:
    return [dict(body) for body in world.bodies(EventSetAside.kind)]


def causes(world: World) -> list[str]:
    return [str(incident.cause) for incident in world.state.incidents.values() if incident.is_open]


def test_a_check_reported_without_a_run_approves_no_quarantined_batch(world: World) -> None:
    world.deliver("w1", x1=float("nan")).play()
    before = world.state
    assert before.batches["w1"].status is BatchStatus.QUARANTINED
    say(world, "data_quality", "contract")
    say(world, "data_quality", "privacy")
    record(world)
    assert facts(world.state) == facts(before)
    assert [
        (finding["why"], finding["check"], finding["verdict"]) for finding in findings(world)
    ] == [
        ("no_run", "contract", "pass"),
        ("no_run", "privacy", "pass"),
    ]


def test_a_check_reported_without_a_run_resolves_no_incident(world: World) -> None:
    world.deliver("w1", x1=float("nan")).play()
    (incident,) = world.state.incidents.values()
    key = incident.cause.check_key
    assert key is not None
    say(world, key.asset, key.check)
    record(world)
    assert causes(world) == [str(incident.cause), "unclaimed_event"]


def test_a_figure_reported_without_a_run_replaces_none(world: World) -> None:
    world.deliver("w1").play()
    before = world.state
    say(world, "performance", "performance", figures=[{"metric": "roc_auc", "value": 1.0}])
    record(world)
    assert world.state.checks == before.checks


def test_materialisations_without_a_run_release_no_model(world: World) -> None:
    metadata = {"version": "9", "model_digest": "0" * 64, "text": "Harmless."}
    for asset in ("challenger", "evaluation", "risk_assessment", "champion"):
        event = dg.AssetMaterialization(dg.AssetKey(["sample", asset]), metadata=metadata)
        world.instance.report_runless_asset_event(event)
    before = world.state
    record(world)
    assert facts(world.state) == facts(before)
    assert [finding["asset"] for finding in findings(world)] == [
        "challenger",
        "evaluation",
        "risk_assessment",
        "champion",
    ]


def test_people_are_notified_once_about_many_such_events(world: World) -> None:
    for number in range(20):
        say(world, "dataset", "volume", f"w{number}")
    record(world)
    assert len(findings(world)) == 20
    assert causes(world) == ["unclaimed_event"]
    notes = sentences(answer(world.product.charter, world.state, world.clock.now()).caveats)
    assert any("An event was reported to Dagster that is no evidence" in note for note in notes)


def test_nothing_that_a_stranger_wrote_is_kept(world: World) -> None:
    say(world, "dataset", "volume", note="Zelda Fitzgerald", summary="Zelda Fitzgerald")
    record(world)
    assert "Zelda" not in repr(world.ledger.entries("sample", limit=1_000))


def test_a_strangers_run_with_the_tag_of_an_action_ends_nothing(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    assert start(world.services, world.product, action)
    tags = {ACTION_TAG: f"{action.entry}:1", "dagster/partition": "w1"}
    before = world.state
    run(world, declared(), tags, claims=False)
    record(world)
    assert facts(world.state) == facts(before)
    assert [(finding["reported"], finding["why"]) for finding in findings(world)] == [
        ("asset_materialised", "unclaimed_run"),
        ("check_evaluated", "unclaimed_run"),
        ("action_finished", "unclaimed_run"),
    ]


def test_a_strangers_run_with_the_tag_of_an_action_fails_no_attempt(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    assert start(world.services, world.product, action)
    tags = {ACTION_TAG: f"{action.entry}:1", "dagster/partition": "w1"}
    before = world.state
    run(world, declared(fails=True), tags, claims=False)
    record(world)
    assert world.state == before
    assert [body["action"] for body in world.bodies(RunFailed.kind)] == [""]


def test_a_claimed_run_that_breaks_before_it_begins_is_a_failed_attempt(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    assert start(world.services, world.product, action)
    tags = {"aipo/product": "sample", ACTION_TAG: f"{action.entry}:1", "dagster/partition": "w1"}
    status = dg.DagsterRunStatus.STARTING
    launched = dg.DagsterRun("sample__monitor", run_id=RUN, tags=tags, status=status)
    world.instance.report_run_failed(world.instance.add_run(launched), "the process is gone")
    record(world)
    assert world.state.actions[str(action.entry)].attempt == 2
    assert world.state.actions[str(action.entry)].status is ActionStatus.PENDING


def test_what_is_reported_in_the_name_of_a_run_that_has_ended_is_a_finding(world: World) -> None:
    ended = run(world, declared())
    materialise(world, dg.AssetMaterialization(KEY, metadata={"rows": 7}), ended.run_id)
    record(world)
    assert len(governed(world)) == 2
    materialise(world, dg.AssetMaterialization(KEY, metadata={"rows": 8}), ended.run_id)
    record(world)
    assert len(governed(world)) == 2
    assert [finding["run_id"] for finding in findings(world)] == [ended.run_id] * 2


def test_a_run_that_nothing_says_the_product_of_ends_its_claim_too(world: World) -> None:
    begin = dg.ResourceDefinition.hardcoded_resource(lambda run_id, _: claim(world, run_id))
    dg.materialize([declared()], instance=world.instance, resources={"begin": begin})
    record(world)
    assert len(governed(world)) == 2
    assert world.state.runs == {}
    assert record(world) == 0


def test_a_claim_for_one_product_does_not_count_for_another_product(
    tmp_path: Path, world: World
) -> None:
    other = World(tmp_path / "other", name="other")
    claim(world, RUN)
    materialise(world, dg.AssetMaterialization(dg.AssetKey(["other", "dataset"])))
    services = other.speaking_to(ledger=other.ledger)
    record_events(services, world.instance, other.products)
    assert [finding["why"] for finding in findings(other)] == ["unclaimed_run"]


NUL = dg.AssetKey(["sample", "data\x00set"])
HALF = dg.AssetKey(["sample", "data\ud800set"])


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"deeper": [value]}
    return value


@pytest.mark.parametrize(
    ("key", "asset"),
    [(NUL, "data\\u0000set"), (HALF, "data\\ud800set")],
)
def test_a_name_that_the_ledger_cannot_hold_is_recorded_escaped(
    world: World, key: dg.AssetKey, asset: str
) -> None:
    claim(world, RUN)
    materialise(world, dg.AssetMaterialization(key))
    happen(world)
    assert record(world) == 2
    assert [entry.subject for entry in governed(world)] == [asset, "dataset"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"deep": nested(200)},
        {"wide": [[10**400, -(10**400), float("inf")]]},
        {"zero": {"\x00": "\x00", "\ud800": "\udfff"}},
    ],
)
def test_no_metadata_stops_the_recorder(world: World, metadata: Any) -> None:
    happen(world)
    materialise(world, dg.AssetMaterialization(KEY, metadata=metadata))
    happen(world)
    assert record(world) == 3
    assert len(governed(world)) == 3


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        '{"__class__": "NotOfThisVersion"}',
        "[" * 100_000,
    ],
)
def test_an_event_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(
    world: World, module_databases: Databases, content: str
) -> None:
    happen(world)
    with psycopg.connect(module_databases.dagster_url) as connection:
        connection.execute("UPDATE event_logs SET event = %s", [content])
    happen(world)
    record(world)
    assert len(governed(world)) == 1
    assert [(finding["why"], finding["asset"]) for finding in findings(world)] == [
        ("unreadable", "dataset")
    ]
    assert causes(world) == ["unreadable_event"]
    assert record(world) == 0


def test_an_event_of_no_time_is_set_aside(world: World, module_databases: Databases) -> None:
    happen(world)
    with psycopg.connect(module_databases.dagster_url) as connection:
        connection.execute(
            "UPDATE event_logs SET event = regexp_replace(event, '\"timestamp\": [0-9.]+', "
            "'\"timestamp\": 1e300')"
        )
    happen(world)
    record(world)
    assert len(governed(world)) == 1
    assert [finding["error"] for finding in findings(world)] == ["OverflowError"]


class Picky(InMemoryLedger):
    """A ledger in whose database something is refused."""

    def consider(
        self, product: str, *, now: datetime, ask: Ask, decide: Decide, fold: Fold
    ) -> tuple[Entry, ...]:
        def picky(state: ProductState, moment: datetime) -> Sequence[Draft]:
            drafts = ask(state, moment)
            if any(draft.body.get("metadata") == {"poison": True} for draft in drafts):
                raise DatabaseRefusedError("the ledger's database refused: no")
            return drafts

        return super().consider(product, now=now, ask=picky, decide=decide, fold=fold)


def test_what_the_ledger_refuses_is_set_aside_and_the_page_goes_on(world: World) -> None:
    picky = Picky()
    services = world.speaking_to(ledger=picky)
    claim(world, RUN, services=services)
    for poison in (False, True, False):
        metadata = {"poison": True} if poison else {}
        materialise(world, dg.AssetMaterialization(KEY, metadata=metadata))
    record_events(services, world.instance, world.products)
    kinds = [entry.kind for entry in picky.entries("sample")]
    assert kinds == [
        RunClaimed.kind,
        AssetMaterialised.kind,
        EventSetAside.kind,
        IncidentOpened.kind,
        AssetMaterialised.kind,
    ]
