"""The work of each sensor for one product: it claims what is due, and asks for these runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG
from aipo_pipelines.ledger.events.actions import ActionLost, ActionStarted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from aipo_pipelines.resources.dagster.tags import PRODUCT_TAG
from aipo_pipelines.sensors.actions import attempt_key, claim
from aipo_pipelines.sensors.sensor_work import (
    Work,
    escalation_work,
    intake_work,
    release_work,
    retraining_work,
    watchdog_work,
)
from aipo_pipelines.sensors.watchdog import GRACE, Suspects
from tests.world import LATE, World


def asked(work: Work, world: World) -> Sequence[dg.RunRequest]:
    return work(world.services, world.instance, world.product)


def started(world: World) -> list[ActionKind]:
    actions = world.state.actions.values()
    return [action.kind for action in actions if action.status is ActionStatus.STARTED]


def test_a_new_batch_becomes_a_run_of_the_monitored_assets(world: World) -> None:
    (request,) = asked(intake_work, world.deliver("w1"))
    (action,) = world.state.actions.values()
    assert request.run_key == attempt_key(action)
    assert (request.job_name, request.partition_key) == ("sample__monitor", "w1")
    assert request.tags == {PRODUCT_TAG: "sample", ACTION_TAG: attempt_key(action)}
    assert started(world) == [ActionKind.MEASURE]


def test_late_labels_ask_for_performance_alone(tmp_path: Path) -> None:
    world = World(tmp_path, **LATE).deliver("w1", y=...).label("w1").deliver("w2", y=...).play()
    world.label("w2")
    (request,) = asked(intake_work, world)
    assert [key.path[-1] for key in request.asset_selection or ()] == ["performance"]


def test_an_action_is_claimed_before_its_run_is_asked_for_and_not_asked_for_twice(
    world: World,
) -> None:
    world.deliver("w1")
    assert len(asked(intake_work, world)) == 1
    assert world.kinds()[-1] == ActionStarted.kind
    assert asked(intake_work, world) == []


def test_an_action_that_another_process_claimed_is_not_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    before = world.state
    assert claim(world.services, world.product, action)
    # The other process claimed it after this process had read the state.
    monkeypatch.setattr(world.ledger, "state", lambda _: before)
    assert asked(intake_work, world) == []


def test_an_unchanged_feed_counts_as_looked_at(world: World) -> None:
    feeds, now = world.services.feeds, world.clock.now()
    assert feeds.changed(world.product, now)
    asked(intake_work, world.deliver("w1"))
    assert not feeds.changed(world.product, now)
    world.deliver("w2")
    assert feeds.changed(world.product, now)


def test_a_delivery_that_comes_during_a_look_is_left_for_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = world.services.feeds.mark

    def mark_and_deliver(*arguments: object) -> object:
        read = mark(*arguments)  # type: ignore[arg-type]
        world.deliver("w2")
        return read

    monkeypatch.setattr(
        type(world.services.feeds), "mark", lambda _, *given: mark_and_deliver(*given)
    )
    asked(intake_work, world.deliver("w1"))
    monkeypatch.undo()
    assert world.services.feeds.changed(world.product, world.clock.now())


def test_a_look_that_saw_an_unfinished_delivery_is_repeated(tmp_path: Path) -> None:
    world = World(tmp_path, batches={"by": "rows", "rows": 400})
    object.__setattr__(world.services.feeds, "settle_seconds", 3600.0)
    asked(intake_work, world.deliver("w1"))
    assert world.bodies(BatchArrived.kind) == []
    assert world.services.feeds.changed(world.product, world.clock.now())


def test_a_training_is_asked_for_by_its_own_work(world: World) -> None:
    world.deliver("w1").take_in()
    world.perform(world.due(ActionKind.MEASURE)[0])
    assert list(asked(release_work, world)) == []
    (request,) = asked(retraining_work, world)
    assert (request.job_name, request.partition_key) == ("sample__retrain", None)
    assert started(world) == [ActionKind.TRAIN]
    assert list(asked(retraining_work, world)) == []


def test_a_release_is_asked_for_by_its_own_work(world: World) -> None:
    world.deliver("w1").take_in()
    world.perform(world.due(ActionKind.MEASURE)[0])
    world.perform(world.due(ActionKind.TRAIN)[0])
    assert list(asked(retraining_work, world)) == []
    (request,) = asked(release_work, world)
    assert request.job_name == "sample__release"
    assert started(world) == [ActionKind.RELEASE]


def test_nothing_due_asks_for_nothing(world: World) -> None:
    size = world.ledger.size()
    for work in (retraining_work, release_work, escalation_work):
        assert list(asked(work, world)) == []
    assert world.ledger.size() == size


def test_escalation_sends_what_is_due_and_asks_for_no_run(world: World) -> None:
    world.put("data/w1.csv", "").take_in()
    assert list(asked(escalation_work, world)) == []
    assert world.bodies(NoticeDelivered.kind)
    assert world.notifier.sent


def test_the_watchdog_keeps_its_suspects_from_one_look_to_the_next(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    claim(world.services, world.product, action, "5" * 32)
    suspects: Suspects = {}
    work = watchdog_work(suspects)
    assert list(asked(work, world)) == []
    world.later(seconds=GRACE.total_seconds() + 1)
    assert list(asked(work, world)) == []
    assert len(world.bodies(ActionLost.kind)) == 1
    assert suspects == {}
