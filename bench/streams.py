"""Streams of batches to govern: one recorded stream, and three streams made with a seed.

Synthetic streams have 40 batches of 1,000 records, five normal features and a logistic truth. The
truth depends on the first three features. `still` never changes. In `irrelevant` only the two
features without influence move. In `sudden` every influence changes its sign with the 20th batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.charter import Charter

BATCHES, ROWS, TURN = 40, 1_000, 19
MADE_FEATURES = ("x1", "x2", "x3", "x4", "x5")
INFLUENCE = (1.6, -1.2, 0.8, 0.0, 0.0)
FULL_BATCHES = 33
"""Full batches of the electricity market; what is left over is no batch."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Batches in their order, and the charter that governs them.

    Attributes:
        name: Of the stream.
        batches: One table per batch, the label in the column `class`.
        charter: Its rules are the same for all streams; its features are the stream's own.
    """

    name: str
    batches: tuple[pd.DataFrame, ...]
    charter: Charter


def electricity(charter: Charter, file: Path) -> Stream:
    """The recorded stream: 33 batches of as many rows as the charter says."""
    table, rows = pd.read_csv(file), getattr(charter.batches, "rows", 0)
    cut = [table[start : start + rows] for start in range(0, FULL_BATCHES * rows, rows)]
    batches = tuple(part.reset_index(drop=True) for part in cut)
    return Stream(name="elec2", batches=batches, charter=charter)


def still(charter: Charter, seed: int) -> Stream:
    """Nothing changes."""
    return _made("still", charter, seed, 0.0, BATCHES)


def irrelevant(charter: Charter, seed: int) -> Stream:
    """Features move that have no influence."""
    return _made("irrelevant", charter, seed, 0.1, BATCHES)


def sudden(charter: Charter, seed: int) -> Stream:
    """All influences turn at once."""
    return _made("sudden", charter, seed, 0.0, TURN)


SYNTHETIC: Mapping[str, Callable[[Charter, int], Stream]] = MappingProxyType(
    {"still": still, "irrelevant": irrelevant, "sudden": sudden}
)
"""The made streams by name."""


def _made(name: str, charter: Charter, seed: int, step: float, turn: int) -> Stream:
    # All kinds draw the same values for a seed, so that only the change makes a difference.
    rng = np.random.default_rng(1_000 + seed)
    number = np.arange(BATCHES * ROWS) // ROWS
    values = rng.normal(size=(len(number), len(MADE_FEATURES)))
    values[:, 3] += step * number
    values[:, 4] -= 0.6 * step * number
    logit = np.where(number < turn, 1.0, -1.0) * (values @ np.array(INFLUENCE))
    event = rng.random(len(number)) < 1 / (1 + np.exp(-logit))
    table = pd.DataFrame(values, columns=list(MADE_FEATURES))
    table["class"] = np.where(event, "UP", "DOWN")
    cut = [table[start : start + ROWS] for start in range(0, len(table), ROWS)]
    batches = tuple(part.reset_index(drop=True) for part in cut)
    return Stream(name=name, batches=batches, charter=_with_features(charter, MADE_FEATURES))


def _with_features(charter: Charter, features: tuple[str, ...]) -> Charter:
    if charter.model is None:
        raise ValueError("the charter has no model")
    drift = charter.drift.model_copy(update={"critical": (), "ignore": ()})
    model = charter.model.model_copy(update={"features": features})
    return charter.model_copy(update={"model": model, "drift": drift})
