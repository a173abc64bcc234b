"""Levels that the reference does not have are far away, also if each of them is rare."""

from __future__ import annotations

import numpy as np

from aipo_pipelines.measures.data.comparable import Levels
from aipo_pipelines.measures.drift.distances import homogeneity, level_distance, pooled

LEVELS, RECORDS = 300, 700


def _sides(seed: int, renamed: float) -> Levels:
    """Counts of 300 levels in 700 records a side; a share of the batch has other names."""
    rng = np.random.default_rng(seed)
    reference = rng.multinomial(RECORDS, np.full(LEVELS, 1 / LEVELS))
    other = round(renamed * RECORDS)
    common = rng.multinomial(RECORDS - other, np.full(LEVELS, 1 / LEVELS))
    new = rng.multinomial(other, np.full(LEVELS, 1 / LEVELS))
    nothing = np.zeros(LEVELS, dtype=np.int64)
    return Levels(
        reference=np.concatenate([reference, nothing]), batch=np.concatenate([common, new])
    )


def test_a_batch_in_which_every_level_is_renamed_is_far_away() -> None:
    result = level_distance(_sides(1, 1.0), 0.975, 7)
    assert result.value > 0.8
    assert result.p_value < 1e-6
    assert result.unseen == 1.0


def test_a_batch_in_which_half_of_the_levels_are_renamed_is_far_away_too() -> None:
    assert level_distance(_sides(1, 0.5), 0.975, 7).value > 0.35


def test_many_rare_levels_alone_are_no_drift() -> None:
    p_values = np.array([homogeneity(*pooled(_sides(seed, 0.0))) for seed in range(300)])
    assert (p_values < 0.05).mean() <= 0.06
