"""The folder that holds the products of this process, each with its charter."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.errors import UsageError

BUNDLE = Path(__file__).parent.parent / "bundle"
"""Example products, `dagster.yaml` and `workspace.yaml` in the wheel."""


def products_root(environ: Mapping[str, str] | None = None) -> Path:
    """The first of: `AIPO_PRODUCTS`, `products` in the working folder, the bundled examples."""
    variables = os.environ if environ is None else environ
    named = variables.get("AIPO_PRODUCTS")
    if named:
        return Path(named)
    local = Path("products")
    return local if local.is_dir() else bundled("products")


def existing(root: Path) -> Path:
    """The folder of products, after a check that it exists.

    Raises:
        UsageError: There is no such folder.
    """
    # A mistyped name would look like a folder without problems.
    if not root.is_dir():
        raise UsageError(
            f"{root} is no folder; expected the folder that holds one folder for each product; "
            "correct the path, --products or AIPO_PRODUCTS"
        )
    return root


def bundled(name: str) -> Path:
    """A file or folder in the wheel, or its original in a checkout."""
    packaged = BUNDLE / name
    return packaged if packaged.exists() else Path(__file__).parent.parent.parent / name
