from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG, action_of
from aipo_pipelines.assets.running.run_lock import present
from aipo_pipelines.assets.training.release import release
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import ModelAlteredError, ModelError, TrackerError
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.policy.queue import RUNS, next_actions
from aipo_pipelines.sensors.actions import claim
from aipo_pipelines.sensors.adoption import adopt_charter
from tests.samples import CHARTER, write_product
from tests.world import START, World, facts_of


def asked(kind: ActionKind) -> Action:
    """An action that names version 1, as a decision asks for it."""
    return Action(
        entry=27,
        kind=kind,
        partition="",
        arguments={"version": "1"},
        status=ActionStatus.STARTED,
        attempt=1,
        due_at=START,
    )


def test_a_release_moves_the_alias_to_the_version_of_the_decision(lived: World) -> None:
    assert lived.tracker.champion_version("sample") == "1"
    assert lived.state.champion is not None
    decisions = lived.ledger.entries("sample", [ReleaseDecided.kind])
    assert [entry.index for entry in decisions] == [lived.state.champion.decision]


def test_a_release_may_be_repeated(lived: World) -> None:
    again = release(lived.services, lived.product, asked(ActionKind.RELEASE))
    assert again is not None
    assert facts_of(again)["version"] == "1"
    assert again.data_version == "version-1"
    assert again.links["MLflow"].endswith("/versions/1")


def test_a_release_by_hand_is_refused(lived: World) -> None:
    with pytest.raises(ModelError, match=r"no recorded decision.*--kind release_decided"):
        release(lived.services, lived.product, None)


def test_an_action_of_another_kind_releases_nothing(lived: World) -> None:
    with pytest.raises(ModelError, match="no recorded decision"):
        release(lived.services, lived.product, asked(ActionKind.TRAIN))


def test_a_release_waits_for_a_tracker_that_is_away(world: World) -> None:
    world.deliver("w1").play()
    world.tracker.away = True
    with pytest.raises(TrackerError):
        release(world.services, world.product, asked(ActionKind.RELEASE))


def test_a_version_that_was_altered_since_its_evaluation_does_not_go_live(world: World) -> None:
    world.deliver("w1").play()
    world.tracker.aliases["sample"].clear()
    world.tracker.alter("sample", "1")
    with pytest.raises(ModelAlteredError):
        release(world.services, world.product, asked(ActionKind.RELEASE))
    assert world.tracker.champion_version("sample") is None


def test_a_version_that_was_deleted_since_its_evaluation_does_not_go_live(world: World) -> None:
    world.deliver("w1").play()
    world.tracker.delete("sample", "1")
    with pytest.raises(TrackerError, match="no version '1' of sample"):
        release(world.services, world.product, asked(ActionKind.RELEASE))


def raised_limit(world: World) -> Product:
    """The product with a limit that its model, judged by 0.7, does not keep."""
    limits = [{**CHARTER["thresholds"][0], "limit": 0.99}]
    write_product(world.folder, version="2", thresholds=limits)
    return load_product(world.folder)


def decided(world: World) -> Action:
    """The first model is trained and may go live; its release has begun and not ended."""
    world.deliver("w1").take_in()
    while (due := next_actions(world.state, world.clock.now(), RUNS)) and (
        due[0].kind is not ActionKind.RELEASE
    ):
        world.perform(due[0])
    assert claim(world.services, world.product, due[0])
    return due[0]


def test_a_limit_raised_while_the_release_begins_keeps_the_version_from_going_live(
    world: World,
) -> None:
    action = decided(world)
    stricter = raised_limit(world)
    adopt_charter(world.services, stricter)
    assert release(world.services, stricter, action) is None
    assert world.tracker.champion_version("sample") is None
    (decision,) = (body for body in world.bodies(ReleaseDecided.kind) if not body["go"])
    assert "at least 0.99" in str(decision["reason"])
    assert world.state.candidates == {}


def test_a_process_that_has_read_another_charter_releases_nothing(world: World) -> None:
    action = decided(world)
    adopt_charter(world.services, raised_limit(world))
    with pytest.raises(ModelError, match="another agreement about sample than version 2"):
        release(world.services, world.product, action)
    assert world.tracker.champion_version("sample") is None


def test_a_version_nobody_decided_on_is_not_put_in_charge(world: World) -> None:
    decided(world)
    state = world.state.candidates["1"]
    unasked = replace(asked(ActionKind.RELEASE), arguments={"version": "2"})
    world.tracker.versions["sample", "2"] = world.tracker.versions["sample", "1"]
    assert state.decision is not None
    assert release(world.services, world.product, unasked) is None
    assert world.tracker.champion_version("sample") is None


def test_a_run_serves_the_action_of_its_tag(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    tags = {ACTION_TAG: f"{action.entry}:1"}
    assert action_of(world.services, "sample", tags) == action


@pytest.mark.parametrize("tag", ["", "999:1", "nonsense"])
def test_a_run_with_no_known_action_serves_none(lived: World, tag: str) -> None:
    assert action_of(lived.services, "sample", {ACTION_TAG: tag}) is None
    assert action_of(lived.services, "sample", {}) is None


def test_a_living_run_holds_its_lock_until_it_ends(lived: World) -> None:
    with present(lived.services, "run"):
        assert lived.ledger.is_locked("run")
    assert not lived.ledger.is_locked("run")


def test_a_lock_of_the_process_that_launched_the_run_is_not_released(lived: World) -> None:
    with lived.ledger.run_lock("run"), present(lived.services, "run"):
        assert lived.ledger.is_locked("run")
    assert not lived.ledger.is_locked("run")


def test_a_run_that_breaks_releases_its_lock(lived: World) -> None:
    with pytest.raises(RuntimeError), present(lived.services, "run"):
        raise RuntimeError
    assert not lived.ledger.is_locked("run")
