"""Case `location`: loading the code location of many products in a fresh process.

The first clock runs from the first import to the definitions, and includes the reading and checking
of charters. The second clock runs while the snapshot for the webserver is made. The bare side is
described in `bench.bare_location`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.product import write_products
from bench.scale import Scale
from bench.timing import Row, in_turn

_OURS = """
from pathlib import Path
from aipo_pipelines.charter.load import load_products
from aipo_pipelines.definitions import build_definitions
products = {product.name: product for product in load_products(Path(PRODUCTS))}
definitions = build_definitions(products)
"""
_BARE = """
from bench.bare_location import bare_definitions
definitions = bare_definitions(COUNT)
"""
_BEFORE = """
from time import perf_counter
began = perf_counter()
"""
_SNAPSHOT = """
repository = definitions.get_repository_def()
loaded = perf_counter()
from bench.dagster_internals import RepositorySnap, serialize_value
snapshot = RepositorySnap.from_def(repository)
text = serialize_value(snapshot)
ended = perf_counter()
import json, sys
numbers = {
    "assets": len(snapshot.asset_nodes),
    "checks": len(snapshot.asset_check_nodes or ()),
    "jobs": len(snapshot.job_datas or snapshot.job_refs or ()),
    "sensors": len(snapshot.sensors),
    "load": loaded - began,
    "snapshot": ended - loaded,
}
sys.stdout.write(json.dumps(numbers))
"""
_CLOCKS = ("load", "snapshot")


def run(scale: Scale) -> Iterator[Row]:
    """A row per clock: as many definitions on either side, which is checked."""
    names = tuple(f"product_{number:03d}" for number in range(scale.products))
    with tempfile.TemporaryDirectory(prefix="aipo-bench-") as folder:
        root = Path(folder) / "products"
        write_products(root, names, Path(folder) / "feeds")
        ours = f"PRODUCTS = {str(root)!r}\n{_BEFORE}{_OURS}{_SNAPSHOT}"
        bare = f"COUNT = {scale.products}\n{_BEFORE}{_BARE}{_SNAPSHOT}"
        scale.talk(f"location: {scale.products} products")
        sides = in_turn(lambda: _loaded(ours), lambda: _loaded(bare), repeats=scale.repeats)
    numbers = [_numbers(side[0]) for side in sides]
    # A bare location with fewer definitions would be faster for that reason alone.
    if numbers[0] != numbers[1]:
        raise RuntimeError(f"the rivals differ in their definitions: {numbers}")
    checks, sensors = numbers[0]["checks"], numbers[0]["sensors"]
    for clock in _CLOCKS:
        medians = [statistics.median(cycle[clock] for cycle in side) for side in sides]
        yield Row(
            case="location",
            subject=f"{clock}, {scale.products} products: {numbers[0]['assets']:.0f} assets",
            ours=medians[0],
            bare=medians[1],
            note=f"{checks:.0f} checks, {sensors:.0f} sensors"
            + (", with imports" if clock == "load" else ""),
        )


def _numbers(numbers: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if name not in _CLOCKS}


def _loaded(program: str) -> dict[str, float]:
    # A fresh process for each load: a second load would find all modules imported.
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    numbers: dict[str, float] = json.loads(done.stdout)
    return numbers
