"""Worlds for tests of assets: fresh worlds, and a world with a history that no test changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world import World

Worlds = Callable[..., World]


@pytest.fixture
def world_of(tmp_path: Path) -> Worlds:
    """Makes a world from changes to the sample's charter."""
    return lambda **changes: World(tmp_path, **changes)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A champion trained on `w1`, and `w2` measured by it. Look, do not touch."""
    return World(tmp_path_factory.mktemp("lived")).deliver("w1").deliver("w2").play()
