"""Homes for tests that type `aipo`: one per module, initialised, with its server kept running."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aipo_pipelines.resources.databases.embedded import hold_server, release_server, stop_server
from aipo_pipelines.resources.home import Home
from tests.acceptance.command import REAL_DATA, REAL_PRODUCTS, Desk


@pytest.fixture(scope="module")
def make_desk(home_template: Path, module_folder: Path) -> Iterator[Callable[[Path], Desk]]:
    """Makes desks on folders of products, each with an initialised home of its own."""
    homes: list[Home] = []

    def make(products: Path) -> Desk:
        home = Home(module_folder / uuid.uuid4().hex[:8])
        subprocess.run(["cp", "-a", home_template, home.path], check=True)
        homes.append(home)
        hold_server(home)
        return Desk(home.path, products)

    yield make
    for home in homes:
        release_server(home)
        stop_server(home)


@pytest.fixture(scope="module")
def desk(make_desk: Callable[[Path], Desk]) -> Desk:
    """A desk on the products of real data, with a home that the module shares."""
    return make_desk(REAL_PRODUCTS)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real datasets."""
    if not REAL_DATA.is_dir():
        pytest.skip("the real datasets are not on this machine")
    return REAL_DATA
