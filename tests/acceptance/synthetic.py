"""Small made-up data and products for tests that type `aipo`, with a relation a model can learn."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.samples import CONTRACT

ROWS = 200
NUMBER, TEXT = "number", "string"
BY_CONTRACT = [
    {"check": "contract", "reactions": ["quarantine", "escalate"]},
    {"check": "privacy", "reactions": ["quarantine", "escalate"]},
]
NO_MODEL: dict[str, Any] = {
    "model": ...,
    "labels": ...,
    "retraining": ...,
    "thresholds": [],
    "responses": BY_CONTRACT,
}
"""Changes of the sample's charter by which it becomes a product of data only."""


def records(batch: int, rows: int = ROWS) -> pd.DataFrame:
    """Records of the sample's contract: y depends on x1 and x2; ids follow one another."""
    drawn = np.random.default_rng(batch)
    x1, x2, noise = drawn.normal(size=(3, rows)).round(4)
    ids = np.arange(batch * ROWS, batch * ROWS + rows)
    return pd.DataFrame({"id": ids, "x1": x1, "x2": x2, "y": (2 * x1 - x2 + noise > 0).astype(int)})


def contract_of(
    *added: dict[str, Any], without: Sequence[str] = (), **properties: Any
) -> dict[str, Any]:
    """Changes of the sample's contract: columns added and left out, layout of its files."""
    (table,) = CONTRACT["schema"]
    remaining = [item for item in table["properties"] if item["name"] not in without]
    layout = [{"property": name, "value": value} for name, value in properties.items()]
    return {
        "schema": [{**table, "properties": [*remaining, *added], "customProperties": layout}],
    }


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A column of a contract."""
    return {"name": name, "logicalType": kind, **more}


def limit(metric: str, value: float) -> dict[str, Any]:
    """A threshold of a charter."""
    reason = "A sample needs a limit."
    return {
        "metric": metric,
        "limit": value,
        "minimum_sample": 50,
        "owner": "owner",
        "reason": reason,
    }


def settle(folder: Path) -> None:
    """Lets every file below a folder look as if it had been written some time ago."""
    past = time.time() - 60
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (past, past))
