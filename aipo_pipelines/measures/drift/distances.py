"""Distances between two samples of one feature, with their significance.

- Ordered values: exact Kolmogorov-Smirnov distance; its p-value is Kolmogorov's distribution at
  the effective sample size nm / (n + m) (as `scipy.stats.ks_2samp` beyond 10,000 records).
- Levels: total variation distance (half the sum of absolute differences of shares), and a
  chi-squared test of homogeneity. Levels so rare that fewer than five records are expected on the
  smaller side are pooled, because a chi-squared test needs about five (Cochran, 1954): into those
  that are known and those that are not, so that a batch of new levels only is far away.
- PSI: the population stability index is reported with the value it exceeds by chance alone, which
  is (1/n + 1/m) times a chi-squared quantile at (cells - 1) degrees of freedom (Yurdakul and
  Naranjo, 2020); it decides nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.data.comparable import Levels, Ordered
from aipo_pipelines.measures.statistics.intervals import (
    REPEATS,
    Floats,
    Integers,
    basic,
    distance_band,
)

_EXPECTED = 5
_CELLS = 10
_FAR = 4
"""Standard errors that the share of unknown levels must lie above what the reference leads to."""


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far a feature of the batch lies from the reference.

    Attributes:
        metric: `ks_distance` or `total_variation`, both 0 to 1.
        p_value: Chance of a distance this large between samples of one population.
        interval: Interval of the distance.
        psi: Population stability index, for information.
        psi_critical: What it exceeds in one of a hundred samples without any drift.
        unseen: Share of the batch at levels the reference does not have.
    """

    metric: str
    value: float
    p_value: float
    interval: Interval
    psi: float
    psi_critical: float
    unseen: float = 0.0


def distance(sides: Ordered | Levels, confidence: float, seed: int) -> Distance:
    """Measures both sides of a feature, each with at least one record."""
    if isinstance(sides, Ordered):
        return ordered_distance(sides, confidence)
    return level_distance(sides, confidence, seed)


def ordered_distance(sides: Ordered, confidence: float) -> Distance:
    """Kolmogorov-Smirnov distance of two sorted samples."""
    from scipy.stats import kstwo

    n, m = len(sides.reference), len(sides.batch)
    effective = n * m / (n + m)
    value = ks_distance(sides.reference, sides.batch)
    psi, critical = stability(*_decile_counts(sides))
    return Distance(
        metric="ks_distance",
        value=value,
        p_value=float(np.clip(kstwo.sf(value, max(1, round(effective))), 0, 1)),
        interval=distance_band(value, effective, confidence),
        psi=psi,
        psi_critical=critical,
    )


def ks_distance(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    """Largest gap between the distribution functions of two sorted samples, exactly."""
    # The gap is largest just at a value of either sample, seen from the right.
    gap = 0.0
    for points in (one, other):
        below_one = np.searchsorted(one, points, side="right") / len(one)
        below_other = np.searchsorted(other, points, side="right") / len(other)
        gap = max(gap, float(np.abs(below_one - below_other).max()))
    return gap


def level_distance(sides: Levels, confidence: float, seed: int) -> Distance:
    """Total variation distance of two sets of level counts."""
    reference, batch = pooled(sides)
    value = float(_total_variation(reference / reference.sum(), batch / batch.sum()))
    psi, critical = stability(reference, batch)
    rng = np.random.default_rng(seed)
    replicates = _total_variation(_redrawn(reference, rng), _redrawn(batch, rng))
    return Distance(
        metric="total_variation",
        value=value,
        p_value=homogeneity(reference, batch),
        interval=basic(value, replicates, confidence, f"bootstrap, {REPEATS} repeats, seed {seed}"),
        psi=psi,
        psi_critical=critical,
        unseen=float(sides.batch[sides.reference == 0].sum() / sides.batch.sum()),
    )


def pooled(sides: Levels) -> tuple[Integers, Integers]:
    """Level counts of both sides with rare levels in one, or in two: known, and not known.

    A record of the batch is at a level not known where no record of the reference is; a record of
    the reference where no *other* one is. Without drift both are as frequent (Good, 1953); only
    where the batch has many more of them than that allows are there two.
    """
    total = sides.reference + sides.batch
    smaller = min(sides.reference.sum(), sides.batch.sum()) / total.sum()
    rare = total * smaller < _EXPECTED
    if not rare.any():
        return sides.reference, sides.batch
    known, batch = sides.reference[rare], sides.batch[rare]
    new = int((known == 1).sum()), int(batch[known == 0].sum())
    old = int(known.sum()) - new[0], int(batch.sum()) - new[1]
    n, m = int(sides.reference.sum()), int(sides.batch.sum())
    spread = (new[0] + 2 * int((known == 2).sum())) / n**2 + new[1] / m**2  # noqa: PLR2004 - twice
    more = new[1] / m - new[0] / n > _FAR * math.sqrt(spread)
    split = more and sum(new) * smaller >= _EXPECTED
    cells = (old, new) if split else ((old[0] + new[0], old[1] + new[1]),)
    return (
        np.append(sides.reference[~rare], [one[0] for one in cells]),
        np.append(sides.batch[~rare], [one[1] for one in cells]),
    )


def homogeneity(reference: Integers | Floats, batch: Integers | Floats) -> float:
    """P-value of the chi-squared test that both sides have the same shares."""
    from scipy.stats import chi2

    table = np.vstack([reference, batch]).astype(np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:  # noqa: PLR2004 - one level has no shares to differ in
        return 1.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = ((table - expected) ** 2 / expected).sum()
    return float(chi2.sf(statistic, table.shape[1] - 1))


def stability(reference: Integers, batch: Integers) -> tuple[float, float]:
    """PSI of two sets of counts, and the value it exceeds by chance in 1 of 100 samples."""
    from scipy.stats import chi2

    cells = len(reference)
    n, m = int(reference.sum()), int(batch.sum())
    # Half a record in each cell keeps the logarithm finite where a cell is empty.
    expected = (reference + 0.5) / (n + 0.5 * cells)
    actual = (batch + 0.5) / (m + 0.5 * cells)
    psi = float(((actual - expected) * np.log(actual / expected)).sum())
    critical = (1 / n + 1 / m) * float(chi2.ppf(0.99, cells - 1)) if cells > 1 else math.inf
    return psi, critical


def _decile_counts(sides: Ordered) -> tuple[Integers, Integers]:
    places = (np.arange(1, _CELLS) * len(sides.reference)) // _CELLS
    edges = np.unique(sides.reference[places])

    def counts(values: NDArray[np.generic]) -> Integers:
        return np.diff(np.searchsorted(values, edges, side="right"), prepend=0, append=len(values))

    return counts(sides.reference), counts(sides.batch)


def _total_variation(one: Floats, other: Floats) -> Floats:
    halves: Floats = np.asarray(np.abs(one - other).sum(axis=-1) / 2)
    return halves


def _redrawn(counts: Integers, rng: np.random.Generator) -> Floats:
    total = counts.sum()
    shares: Floats = rng.multinomial(total, counts / total, size=REPEATS) / total
    return shares
