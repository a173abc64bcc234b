"""Where the charters are: the folder of products this process governs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

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


def bundled(name: str) -> Path:
    """A file or folder the wheel carries, or its original in a checkout."""
    packaged = BUNDLE / name
    return packaged if packaged.exists() else Path(__file__).parent.parent.parent / name
