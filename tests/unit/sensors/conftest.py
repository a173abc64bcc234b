"""Worlds for tests of sensors."""

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
