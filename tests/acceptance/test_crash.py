"""Killed at any point, the next run leads to the state of a run that nobody interrupted."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.forked import Forked
from tests.acceptance.place import (
    SECONDS,
    Place,
    done_twice,
    make_place,
    outcome,
    unfinished,
)

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("crash")]

CHAINS = {
    "first": (
        "in the snapshot",
        "after an entry is written",
        "between request and run",
        "after the alias is moved",
    ),
    "second": (
        "between quality and drift",
        "before an entry is written",
        "with a run in flight",
    ),
}
"""Each point is where the run is killed that follows the one killed before; then one may end."""


@pytest.fixture(scope="module")
def uninterrupted(home_template: Path, module_folder: Path) -> dict[str, Any]:
    """The end state of a run that nothing happens to."""
    folder = module_folder / "uninterrupted"
    folder.mkdir(mode=0o711)
    place = make_place(home_template, folder, batches=2)
    assert place.forked("run", "sample").returncode == 0
    left = outcome(place)
    place.close()
    return left


@pytest.fixture(scope="module", params=CHAINS)
def resumed(
    request: pytest.FixtureRequest, home_template: Path, module_folder: Path
) -> Iterator[Place]:
    """A place in which one run after another was killed, until one was left alone."""
    folder = module_folder / request.param
    folder.mkdir(mode=0o711)
    place = make_place(home_template, folder, batches=2)
    for point in CHAINS[request.param]:
        _kill_at(place, point)
    again = place.forked("run", "sample")
    assert again.returncode == 0, again.stderr
    yield place
    place.close()


def test_runs_killed_at_any_point_end_as_if_nothing_had_happened(
    resumed: Place, uninterrupted: dict[str, Any]
) -> None:
    assert outcome(resumed) == uninterrupted


def test_after_kills_everything_is_done_and_nothing_twice(resumed: Place) -> None:
    assert unfinished(resumed) == []
    assert done_twice(resumed) == []


def test_after_kills_the_ledger_is_whole(resumed: Place) -> None:
    assert resumed.verify() == len(resumed.entries())


def test_after_kills_no_run_of_dagster_is_left_open(resumed: Place) -> None:
    assert resumed.open_runs() == []


def _kill_at(place: Place, point: str) -> None:
    flag = place.folder / point.replace(" ", "-")
    process = place.fork_deadly(point, flag)
    if point == "with a run in flight":
        _wait_for(flag, process)
        os.killpg(process.pid, signal.SIGKILL)
    _, output = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGKILL, output


def _wait_for(flag: Path, process: Forked) -> None:
    deadline = time.monotonic() + SECONDS
    while not flag.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
