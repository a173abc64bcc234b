"""The feed of the benchmarked product: 20 columns of numbers and a few categories, seeded."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

NUMBERS = tuple(f"reading_{place:02d}" for place in range(1, 13))
COUNTS = ("visits", "calls")
CATEGORIES = {
    "plan": ("basic", "family", "plus", "premium", "student"),
    "region": tuple(f"region_{place:02d}" for place in range(12)),
}
FEATURES = (*NUMBERS, *COUNTS, *CATEGORIES)
SENIOR_SHARE = 0.3


def make_table(rows: int, seed: int, day: str) -> pd.DataFrame:
    """Records with an id, a day, 16 features, a protected attribute and a label.

    Args:
        rows: Number of records.
        seed: Seed; equal seeds give equal tables.
        day: ISO date all records carry.
    """
    rng = np.random.default_rng(seed)
    table: dict[str, object] = {
        "record_id": [f"R{seed % 1000:03d}{number:08d}" for number in range(rows)],
        "day": day,
    }
    for place, name in enumerate(NUMBERS):
        # Three decimals: with all digits of a double the case would mostly read digits.
        table[name] = np.round(rng.normal(50 + place, 10, rows), 3)
    for name in COUNTS:
        table[name] = rng.poisson(4, rows)
    for name, levels in CATEGORIES.items():
        table[name] = rng.choice(np.array(levels, dtype=object), rows)
    frame = pd.DataFrame(table)
    score = (frame["reading_01"] - 50) / 8 + (frame["visits"] - 4) / 3
    score += np.where(frame["plan"] == "premium", 1.0, -0.4)
    frame["senior"] = np.where(rng.random(rows) < SENIOR_SHARE, "yes", "no")
    frame["left"] = np.where(rng.random(rows) < 1 / (1 + np.exp(-score)), "yes", "no")
    return frame


def write_batch(folder: Path, frame: pd.DataFrame, name: str) -> Path:
    """Writes one batch as a CSV file that nobody takes for one still being written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    frame.to_csv(path, index=False, lineterminator="\n")
    # Feeds wait for a file that is younger than a second. That wait is a setting, not a cost.
    settled = time.time() - 60
    os.utime(path, (settled, settled))
    return path


def yesterday() -> str:
    """The day of all batches, ISO: recent, so that no silence is noticed."""
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
