"""Case `location`: loading the code location of many products in a fresh process.

The clock runs from the first import to the snapshot that a code server hands to the webserver, so
reading and checking charters is part of ours. The bare side is described in
`bench.bare_location`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.product import write_products
from bench.scale import Scale
from bench.timing import Row, Work, alternate

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
_SNAPSHOT = """
from dagster._core.remote_representation.external_data import RepositorySnap
snapshot = RepositorySnap.from_def(definitions.get_repository_def())
import json, sys
found = {
    "assets": len(snapshot.asset_nodes),
    "checks": len(snapshot.asset_check_nodes or ()),
    "sensors": len(snapshot.sensors),
}
sys.stdout.write(json.dumps(found))
"""


def run(scale: Scale) -> Iterator[Row]:
    """One row: as many definitions on either side, which is checked."""
    names = tuple(f"product_{number:03d}" for number in range(scale.products))
    with tempfile.TemporaryDirectory(prefix="aipo-bench-") as folder:
        root = Path(folder) / "products"
        write_products(root, names, Path(folder) / "feeds")
        ours = f"PRODUCTS = {str(root)!r}\n{_OURS}{_SNAPSHOT}"
        bare = f"COUNT = {scale.products}\n{_BARE}{_SNAPSHOT}"
        found = [_loaded(program) for program in (ours, bare)]
        if found[0] != found[1]:
            raise RuntimeError(f"the rivals differ in their definitions: {found}")
        scale.talk(f"location: {scale.products} products, {found[0]}")
        medians = alternate(
            partial(_prepared, ours), partial(_prepared, bare), repeats=scale.repeats
        )
        yield Row(
            case="location",
            subject=f"{scale.products} products: {found[0]['assets']} assets",
            ours=medians.ours,
            bare=medians.bare,
            note=f"{found[0]['checks']} checks, {found[0]['sensors']} sensors, with imports",
        )


def _prepared(program: str) -> Work:
    return lambda: _loaded(program)


def _loaded(program: str) -> dict[str, int]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, int] = json.loads(done.stdout)
    return found
