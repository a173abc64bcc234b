"""The kill campaign itself: it finds what broke, and says how to see it again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from aipo_pipelines.ledger.events.actions import ActionFinished, ActionStarted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.fold.actions import MAX_ATTEMPTS
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from chaos import __main__ as campaign
from chaos.invariants import is_measured
from chaos.stage import Stage, end_all, killed_each_time, repeated, unfinished
from chaos.strikes import SCENES
from tests.world import World


def test_a_round_draws_the_same_scene_again_from_the_same_seed() -> None:
    scenes, weights = zip(*SCENES, strict=True)

    def drawn(seed: int) -> list[str]:
        numbers = (Random(f"{seed}/{number}") for number in range(40))  # noqa: S311 - as the campaign
        return [random.choices(scenes, weights)[0].__name__ for random in numbers]

    assert drawn(7) == drawn(7)
    assert set(drawn(7)) == {scene.__name__ for scene in scenes}


def test_what_the_ledger_says_twice_and_what_is_left_to_do_is_found(tmp_path: Path) -> None:
    world = World(tmp_path).deliver("w1")
    world.take_in()
    (measure,) = unfinished(world.state)
    assert measure == "measure w1: pending"
    finished = ActionFinished(action=1, attempt=1)
    world.append([finished])
    world.append([finished])
    entries = world.ledger.entries("sample", limit=1000)
    assert repeated(entries, ActionFinished.kind) == ["2 times action_finished test"]
    assert repeated(entries, BatchArrived.kind, "digest") == []


def test_an_incident_is_expected_only_after_the_largest_number_of_attempts(tmp_path: Path) -> None:
    world = World(tmp_path)
    for attempt in (1, 2, 3):
        begun = ActionStarted(action=1, attempt=attempt, action_kind=ActionKind.TRAIN)
        world.append([begun])
        entries = world.ledger.entries("sample", [ActionStarted.kind])
        expected = {"action:train"} if attempt == MAX_ATTEMPTS else set()
        assert killed_each_time(entries) == expected


def test_a_batch_is_measured_when_the_measurement_that_took_over_its_own_finished(
    tmp_path: Path,
) -> None:
    world = World(tmp_path).deliver("w1").deliver("w2")
    world.take_in()
    world.append([MeasurementDue(partition="w1", reason="Asked again.")])

    def finished(partition: str) -> bool:
        (action,) = (
            pending
            for pending in world.state.actions.values()
            if (pending.partition, pending.status) == (partition, ActionStatus.PENDING)
        )
        world.append([ActionFinished(action=action.entry, attempt=1)])
        (entry,) = world.ledger.entries("sample", [ActionFinished.kind], limit=1000)
        entries = world.ledger.entries("sample", limit=1000)
        # In the story of the campaign the recorder names the action by its subject.
        ended = replace(entry, subject=f"action/{action.entry}")
        return is_measured([ended if other == entry else other for other in entries], partition)

    assert not is_measured(world.ledger.entries("sample", limit=1000), "w1")
    assert finished("w1")
    assert not is_measured(world.ledger.entries("sample", limit=1000), "w2")


def test_nothing_that_works_for_a_stage_outlives_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    command = ("-c", "import time; time.sleep(600)")
    left = stage.start([sys.executable, *command])
    other = subprocess.Popen([sys.executable, *command])
    try:
        end_all(stage)
        left.communicate(timeout=60)
        assert left.returncode == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize(("problems", "code"), [([], 0), (["a batch is lost"], 1)])
def test_the_exit_code_says_whether_every_round_held_and_how_to_repeat_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, problems: list[str], code: int
) -> None:
    @contextmanager
    def staged(_template: Path, folder: Path) -> Iterator[Stage]:
        yield Stage(folder)

    monkeypatch.setattr(campaign, "make_template", lambda _: tmp_path / "template")
    monkeypatch.setattr(campaign, "_uninterrupted", lambda *_: {})
    monkeypatch.setattr(campaign, "new_stage", staged)
    monkeypatch.setattr(campaign, "play", lambda *_: ["something was killed"])
    monkeypatch.setattr(campaign, "_recover", lambda *_: "")
    monkeypatch.setattr(Stage, "drop_all", lambda _: None)
    monkeypatch.setattr(campaign, "broken", lambda *_: problems)
    monkeypatch.setattr(campaign, "run_folder", lambda: tmp_path / "run")
    done = CliRunner().invoke(campaign.main, ["--rounds", "2", "--seed", "5", "--first", "3"])
    assert done.exit_code == code
    assert "seed 5, rounds 3 to 4" in done.output
    assert f"{2 if code == 0 else 0} of 2 rounds held" in done.output
    assert ("again: make chaos SEED=5 FIRST=4 ROUNDS=1" in done.output) is bool(problems)
