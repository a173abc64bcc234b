"""Which products a sensor must work on: looks without a lock that change nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunClaimed
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import claim, run_tags
from aipo_pipelines.sensors.sensor_calls import (
    Calls,
    either,
    feed_changed,
    may,
    registry_changed,
    runs_left,
    runs_vanished,
    time_matters,
)
from tests.world import World

RUN = "5" * 32


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A champion was trained and released, and nothing is due. Look, do not touch."""
    return World(tmp_path_factory.mktemp("released")).deliver("w1").play()


def looked(world: World) -> World:
    """As the intake leaves a product: its feed was looked at as it is now."""
    mark = world.services.feeds.mark(world.product, world.clock.now())
    world.services.feeds.looked(world.product, mark)
    return world


def changed(world: World) -> bool:
    return feed_changed(world.services, world.product, world.state)


def matters(world: World) -> bool:
    return time_matters(world.services, world.product, world.state)


def called(call: Calls, world: World, **states: ProductState) -> Collection[str]:
    return call(world.services, world.instance, world.products, states or {"sample": world.state})


def waiting(world: World) -> dict[ActionKind, bool]:
    return {kind: may(kind)(world.services, world.product, world.state) for kind in ActionKind}


def test_only_the_kind_of_the_due_action_may_start(world: World) -> None:
    assert set(waiting(world).values()) == {False}
    world.deliver("w1").take_in()
    assert [kind for kind, waits in waiting(world).items() if waits] == [ActionKind.MEASURE]


def test_a_claimed_action_may_not_start_again(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    assert claim(world.services, world.product, action, RUN)
    assert not waiting(world)[ActionKind.MEASURE]


def test_a_feed_that_nobody_looked_at_counts_as_changed(world: World) -> None:
    assert changed(world)
    assert not changed(looked(world))


def test_a_delivery_and_a_changed_charter_are_changes(world: World) -> None:
    looked(world).deliver("w1")
    assert changed(world)
    assert not changed(looked(world))
    charter = world.folder / "charter.yaml"
    charter.write_text(charter.read_text().replace('"title": "Sample"', '"title": "Other"'))
    assert changed(world)


def test_a_measurement_that_may_start_is_a_reason_to_look(world: World) -> None:
    world.deliver("w1").take_in()
    assert changed(looked(world))
    (action,) = world.due(ActionKind.MEASURE)
    claim(world.services, world.product, action, RUN)
    assert not changed(world)


def test_a_product_without_an_agreement_is_looked_at(world: World) -> None:
    looked(world)
    assert feed_changed(world.services, world.product, replace(world.state, charter=None))


def test_while_nothing_is_due_or_under_way_time_does_not_matter(released: World) -> None:
    assert not matters(released)


def test_an_attempt_and_a_claimed_run_must_be_looked_after(world: World) -> None:
    world.deliver("w1").take_in()
    before = world.state
    (action,) = world.due(ActionKind.MEASURE)
    # As a sensor claims it: the run that it asks for has no number yet.
    claim(world.services, world.product, action)
    assert world.state.runs == {}
    assert matters(world)
    idle = replace(before, actions={})
    assert not time_matters(world.services, world.product, idle)
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    assert time_matters(world.services, world.product, replace(idle, runs=world.state.runs))


def test_time_matters_when_the_evidence_becomes_old(tmp_path: Path) -> None:
    world = World(tmp_path).deliver("w1").play()
    assert not matters(world)
    assert matters(world.later(days=400))


def evidence(world: World) -> None:
    """An evaluation that a run made, which Dagster does not know any more."""
    event = CheckEvaluated(
        asset="dataset",
        check="schema",
        partition="",
        run_id=RUN,
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        summary="",
        figures=(),
        details=NO_DETAILS,
    )
    world.append([event])


def test_evidence_whose_run_is_gone_calls_the_watchdog(world: World) -> None:
    assert called(runs_vanished, world) == set()
    evidence(world)
    assert called(runs_vanished, world) == {"sample"}
    world.instance.add_run(dg.DagsterRun("sample__monitor", run_id=RUN))
    assert called(runs_vanished, world) == set()


def test_products_without_a_state_or_without_files_are_left_out(world: World) -> None:
    evidence(world)
    state = replace(world.state, product="former")
    services, instance = world.services, world.instance
    assert runs_vanished(services, instance, world.products, {"former": state}) == set()
    assert runs_vanished(services, instance, {}, {"sample": world.state}) == set()


def test_an_open_run_of_a_past_attempt_calls_the_watchdog(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    tags = run_tags("sample", action)
    status = dg.DagsterRunStatus.STARTED
    world.instance.add_run(dg.DagsterRun("sample__monitor", run_id=RUN, tags=tags, status=status))
    assert called(runs_left, world) == {"sample"}
    assert runs_left(world.services, world.instance, {}, {"sample": world.state}) == set()
    claim(world.services, world.product, action, RUN)
    assert called(runs_left, world) == set()


def finding(*names: str) -> Calls:
    def look(
        _: Services,
        __: dg.DagsterInstance,
        products: Mapping[str, Product],
        states: Mapping[str, ProductState],
    ) -> Collection[str]:
        assert (set(products), set(states)) == ({"sample"}, {"sample"})
        return set(names)

    return look


@pytest.mark.parametrize(
    ("looks", "names"),
    [
        ([], set()),
        ([finding()], set()),
        ([finding("a"), finding()], {"a"}),
        ([finding("a", "b"), finding("b", "c")], {"a", "b", "c"}),
    ],
)
def test_several_looks_find_the_products_of_each(
    released: World, looks: list[Calls], names: set[str]
) -> None:
    assert called(either(*looks), released) == names


def test_an_alias_that_a_person_moved_calls_the_watchdog(tmp_path: Path) -> None:
    world = World(tmp_path).deliver("w1").play()
    assert world.state.champion is not None
    assert called(registry_changed, world) == set()
    world.tracker.aliases["sample"]["champion"] = "7"
    assert called(registry_changed, world) == {"sample"}


def test_a_deleted_version_calls_the_watchdog(tmp_path: Path) -> None:
    world = World(tmp_path).deliver("w1").play()
    world.tracker.delete("sample", "1")
    assert called(registry_changed, world) == {"sample"}
    assert registry_changed(world.services, world.instance, {}, {"sample": world.state}) == set()


def test_a_look_changes_nothing(released: World) -> None:
    before = (released.ledger.size(), released.clock.now())
    for call in (runs_vanished, runs_left, registry_changed):
        called(call, released)
    waiting(released)
    matters(released)
    changed(released)
    assert (released.ledger.size(), released.clock.now()) == before
    assert released.clock.now().astimezone(UTC) < datetime(2027, 1, 1, tzinfo=UTC)
