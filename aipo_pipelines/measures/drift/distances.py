"""Distances between two samples of one feature, with their significance.

- Ordered values: exact Kolmogorov-Smirnov distance. Its p-value is Kolmogorov's distribution at
  the effective sample size nm / (n + m), as in `scipy.stats.ks_2samp` above 10,000 records.
- Levels: total variation distance (half the sum of absolute differences of shares), and a
  chi-squared test of homogeneity. Rare levels are pooled: levels with fewer than five expected
  records on the smaller side, because the test needs about five (Cochran, 1954). Known and unknown
  levels are pooled separately, so that a batch with only new levels is far away.
- PSI: the population stability index is shown together with the value that it exceeds by chance.
  This value is (1/n + 1/m) times a chi-squared quantile at (cells - 1) degrees of freedom
  (Yurdakul and Naranjo, 2020). The index decides nothing.
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
"""Expected records that a cell of a chi-squared test needs (Cochran, 1954)."""

_CELLS = 10
"""Cells of the population stability index; tenths are usual for it."""

_FAR = 4
"""Standard errors by which the share of unknown levels must exceed the expected share."""


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far a feature of the batch lies from the reference.

    Attributes:
        metric: `ks_distance` or `total_variation`, both 0 to 1.
        p_value: Chance of such a large distance between samples of the same population.
        interval: Interval of the distance.
        psi: Population stability index, for information.
        psi_critical: The index exceeds this value by chance in 1 % of samples without any drift.
        unseen: Share of the batch at levels that the reference does not have.
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


def ks_distance(reference: NDArray[np.generic], batch: NDArray[np.generic]) -> float:
    """Largest gap between the distribution functions of two sorted samples, exactly."""
    # A histogram would be faster, but one outlier of 1e9 on a grid of equal widths makes a distance
    # of 0.0395 read as 0.000001 (decision 0009). Both functions change only at a value of one of
    # the samples, so that the largest gap lies at such a value.
    gap = 0.0
    for points in (reference, batch):
        below_reference = np.searchsorted(reference, points, side="right") / len(reference)
        below_batch = np.searchsorted(batch, points, side="right") / len(batch)
        gap = max(gap, float(np.abs(below_reference - below_batch).max()))
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
    """Level counts of both sides with rare levels in one cell, or in two: known and unknown.

    A record of the batch is at an unknown level if no record of the reference has its level. A
    record of the reference is at an unknown level if no *other* record of the reference has it.
    Without drift both are equally frequent (Good, 1953). There are two cells only if the batch has
    far more of them.
    """
    # Counted from the data themselves: in free text or in identifiers many levels are new in every
    # batch, and a cell of unknown levels would fail without any drift.
    total = sides.reference + sides.batch
    smaller = min(sides.reference.sum(), sides.batch.sum()) / total.sum()
    rare = total * smaller < _EXPECTED
    if not rare.any():
        return sides.reference, sides.batch
    known, batch = sides.reference[rare], sides.batch[rare]
    new = int((known == 1).sum()), int(batch[known == 0].sum())
    old = int(known.sum()) - new[0], int(batch.sum()) - new[1]
    n, m = int(sides.reference.sum()), int(sides.batch.sum())
    # Variance of Good's estimate: levels that occur once, and twice those that occur twice.
    spread = (new[0] + 2 * int((known == 2).sum())) / n**2 + new[1] / m**2  # noqa: PLR2004 - twice
    more = new[1] / m - new[0] / n > _FAR * math.sqrt(spread)
    split = more and sum(new) * smaller >= _EXPECTED
    cells = (old, new) if split else ((old[0] + new[0], old[1] + new[1]),)
    return (
        np.append(sides.reference[~rare], [in_reference for in_reference, _ in cells]),
        np.append(sides.batch[~rare], [in_batch for _, in_batch in cells]),
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
    # Half a record in each cell keeps the logarithm finite if a cell is empty.
    expected = (reference + 0.5) / (n + 0.5 * cells)
    actual = (batch + 0.5) / (m + 0.5 * cells)
    psi = float(((actual - expected) * np.log(actual / expected)).sum())
    critical = (1 / n + 1 / m) * float(chi2.ppf(0.99, cells - 1)) if cells > 1 else math.inf
    return psi, critical


def _decile_counts(sides: Ordered) -> tuple[Integers, Integers]:
    # Tenths of the reference, never of both sides: a cell then has the same meaning in each batch.
    places = (np.arange(1, _CELLS) * len(sides.reference)) // _CELLS
    edges = np.unique(sides.reference[places])
    reference, batch = (
        np.diff(np.searchsorted(values, edges, side="right"), prepend=0, append=len(values))
        for values in (sides.reference, sides.batch)
    )
    return reference, batch


def _total_variation(reference: Floats, batch: Floats) -> Floats:
    halves: Floats = np.asarray(np.abs(reference - batch).sum(axis=-1) / 2)
    return halves


def _redrawn(counts: Integers, rng: np.random.Generator) -> Floats:
    total = counts.sum()
    shares: Floats = rng.multinomial(total, counts / total, size=REPEATS) / total
    return shares
