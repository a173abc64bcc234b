"""Which scenes a round plays, drawn from its random numbers."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from chaos import strikes
from chaos.stage import Stage
from chaos.strikes import SCENES, Scene, killed_up, play


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces what the scenes do; returns the names of those that are played."""
    names: list[str] = []

    def noted(scene: Scene) -> Scene:
        def act(_stage: Stage, _random: Random) -> str:
            names.append(scene.__name__)
            return scene.__name__

        return act

    acts = {scene: noted(scene) for scene, _ in SCENES}
    monkeypatch.setattr(strikes, "SCENES", tuple((acts[scene], weight) for scene, weight in SCENES))
    monkeypatch.setattr(strikes, "killed_up", acts[killed_up])
    return names


def rounds(count: int, seed: int = 1) -> list[list[str]]:
    stage = Stage(Path("nowhere"))
    return [play(stage, Random(f"{seed}/{number}")) for number in range(count)]  # noqa: S311 - as the campaign


@pytest.mark.usefixtures("played")
def test_a_round_plays_up_to_three_scenes() -> None:
    assert {len(done) for done in rounds(300)} == {1, 2, 3}


@pytest.mark.usefixtures("played")
def test_the_whole_installation_is_always_played_alone() -> None:
    with_up = [done for done in rounds(300) if "killed_up" in done]
    assert with_up
    assert {len(done) for done in with_up} == {1}


@pytest.mark.usefixtures("played")
def test_scenes_are_drawn_about_as_often_as_their_weights_say() -> None:
    firsts = [done[0] for done in rounds(2_000)]
    total = sum(weight for _, weight in SCENES)
    for scene, weight in SCENES:
        share = firsts.count(scene.__name__) / len(firsts)
        assert share == pytest.approx(weight / total, abs=0.04)


def test_a_round_returns_what_its_scenes_did_in_their_order(played: list[str]) -> None:
    (done,) = rounds(1)
    assert done == played


@pytest.mark.usefixtures("played")
def test_a_round_is_the_same_with_the_same_seed_and_number() -> None:
    assert rounds(30, seed=7) == rounds(30, seed=7)
    assert rounds(30, seed=7) != rounds(30, seed=8)
