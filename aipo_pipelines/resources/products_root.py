"""Where the charters are: the folder of products this process governs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.errors import UsageError

BUNDLE = Path(__file__).parent.parent / "bundle"
"""Example products, `dagster.yaml` and `workspace.yaml` as carried by the wheel."""


def products_root(environ: Mapping[str, str] | None = None) -> Path:
    """`AIPO_PRODUCTS`, else `products` in the working folder, else the bundled examples."""
    variables = os.environ if environ is None else environ
    named = variables.get("AIPO_PRODUCTS")
    if named:
        return Path(named)
    local = Path("products")
    return local if local.is_dir() else bundled("products")


def existing(root: Path) -> Path:
    """The folder of products, if there is one: a mistyped name must not look like no problem.

    Raises:
        UsageError: There is no such folder.
    """
    if not root.is_dir():
        raise UsageError(
            f"{root} is no folder; expected the folder that holds a folder per product; "
            "correct the path, --products or AIPO_PRODUCTS"
        )
    return root


def bundled(name: str) -> Path:
    """A file or folder the wheel carries, or its original in a checkout."""
    packaged = BUNDLE / name
    return packaged if packaged.exists() else Path(__file__).parent.parent.parent / name
