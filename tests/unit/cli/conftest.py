"""The command in this process, over a world of fakes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines import cli
from aipo_pipelines.resources import services as services_module
from tests.world import World


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """`aipo` with arguments; `--products` is the world's own folder."""

    def __init__(
        self, world: World, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.world = world
        self._patch = patch
        self._capsys = capsys
        patch.setattr(services_module, "open_services", lambda *_: world.services)
        patch.setenv("AIPO_PRODUCTS", str(world.folder.parent))

    def __call__(self, *arguments: str) -> Said:
        self._patch.setattr("sys.argv", ["aipo", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self._capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 1, out, err)


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
    """A champion, a measured batch and a quarantined one. Only look."""
    world = World(tmp_path_factory.mktemp("lived") / "products").deliver("w1").deliver("w2")
    return world.play().deliver("[red]<i>", x1=None).play()


@pytest.fixture
def lived(
    lived_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(lived_world, monkeypatch, capsys)
