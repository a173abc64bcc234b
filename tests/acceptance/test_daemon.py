"""`dagster dev` alone, in a folder that holds only `dagster.yaml` and `workspace.yaml`."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aipo_pipelines.resources.products_root import bundled
from tests.acceptance.place import DATA_ONLY, SECONDS, make_place
from tests.acceptance.services import (
    Up,
    answers,
    free_port,
    measured,
    wait_until,
)

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.xdist_group("up"),
    pytest.mark.timeout(600),
]

DAGSTER = str(Path(sys.executable).with_name("dagster"))


@pytest.fixture(scope="module")
def developed(home_template: Path, module_folder: Path) -> Iterator[Up]:
    place = make_place(home_template, module_folder, batches=1, **DATA_ONLY)
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(bundled(name), place.folder / name)
    port = free_port()
    process = place.start([DAGSTER, "dev", "--port", str(port)])
    try:
        wait_until(lambda: process.poll() is not None or answers(port), "dagster dev answers")
        assert process.poll() is None, process.communicate()
        yield Up(place, process, port, "", prefix="")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=SECONDS)
        place.close()


def test_dagster_dev_alone_lists_the_assets(developed: Up) -> None:
    nodes = developed.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
    assert ["sample", "dataset"] in [node["assetKey"]["path"] for node in nodes]


def test_dagster_dev_alone_measures_what_is_in_the_feed(developed: Up) -> None:
    wait_until(measured(developed.place, "b0"), "the batch is measured")
    runs = developed.ask("{ runsOrError { ... on Runs { results { status } } } }")
    assert [run["status"] for run in runs["runsOrError"]["results"]] == ["SUCCESS"]
