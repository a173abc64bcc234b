"""The command in this process, over a world of fakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines import cli
from aipo_pipelines.resources import opening as opening_module
from tests.world import World


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Init = Callable[..., Outcome]


class Command:
    """`aipo` with arguments; `--products` is the world's own folder."""

    def __init__(
        self, world: World, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.world = world
        self._patch = patch
        self._capsys = capsys
        patch.setattr(opening_module, "open_services", lambda *_: world.services)
        patch.setenv("AIPO_PRODUCTS", str(world.folder.parent))

    def __call__(self, *arguments: str) -> Outcome:
        self._patch.setattr("sys.argv", ["aipo", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self._capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else 1, out, err)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "products")


@pytest.fixture
def aipo(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(world, monkeypatch, capsys)


@pytest.fixture(scope="module")
def lived_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A champion, a measured batch and a quarantined batch; tests must not change it."""
    world = World(tmp_path_factory.mktemp("lived") / "products").deliver("w1").deliver("w2")
    return world.play().deliver("[red]<i>", x1=None).play()


@pytest.fixture
def lived(
    lived_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(lived_world, monkeypatch, capsys)


def visits(rows: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "visit_id": [f"v{number:04}" for number in range(rows)],
            "pages": random.integers(0, 9, rows),
            "seconds": random.normal(60, 9, rows).round(1),
            "bought": random.choice(["yes", "no"], rows),
        }
    )


def left_behind(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("products*"))


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """`aipo init` in a project folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AIPO_PRODUCTS", raising=False)
    monkeypatch.setenv("AIPO_HOME", str(tmp_path / "home"))

    def typed(*words: str, command: str = "init") -> Outcome:
        monkeypatch.setattr("sys.argv", ["aipo", command, *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Outcome(ended.value.code if isinstance(ended.value.code, int) else 1, out, err)

    return typed
