"""Confidence intervals for shares, means and functions of means, computed from records.

`confidence` is always the level of each end taken as a one-sided bound, see `bounds`.

Sources: Wilson (1927) for shares; Efron and Tibshirani (1993) for the percentile and the basic
bootstrap; Massart (1990) for the distribution-free band.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, two_sided

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REPEATS = 500
"""Bootstrap repeats: the end of a 95 % bound then comes from 25 replicates."""

_PATTERNS = 2_000
"""Distinct value rows up to which their counts are drawn instead of the records."""

_ROWS = 20_000
"""Records above which the central limit theorem replaces the drawing of records."""

_CHUNK = 50
"""Replicates that are drawn at once: 50 of 20,000 records are 1,000,000 picks in memory."""

_BLOCK = 16_384
"""Value rows whose products are summed at once, so that memory does not grow with the batch."""

_SHARED = 10
"""Drawing a count costs about ten times as much as drawing a record."""


def wilson(successes: int, n: int, confidence: float) -> Interval:
    """Wilson score interval of a share; the whole range 0 to 1 if n is 0.

    Args:
        successes: Records that have the property, 0 to n.
        n: Records in all.
        confidence: Level of each end as a one-sided bound.
    """
    if n == 0:
        return Interval(low=0.0, high=1.0, level=two_sided(confidence), method="no record")
    # Wilson's interval keeps its level for shares near 0 and 1 and for few records. The normal
    # interval has no width for a share of 0 or 1, and so would decide on no evidence.
    z2 = quantile_of(confidence) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # Both ends are exact at 0 and n: there, rounding leaves 1e-17, which is beyond a limit of 0.
    return Interval(
        low=0.0 if successes == 0 else max(0.0, centre - half),
        high=1.0 if successes == n else min(1.0, centre + half),
        level=two_sided(confidence),
        method=f"Wilson, {successes} of {n}",
    )


def resampled_means(
    values: Floats, rows: Integers, seed: int, repeats: int = REPEATS
) -> tuple[Floats, str]:
    """Bootstrap replicates of column means.

    Records with the same value row are resampled together by their count. This gives the same
    distribution as resampling single records. Above 20,000 records with different value rows, the
    replicates come from the normal distribution of the means (central limit theorem).

    Args:
        values: Distinct value rows, shape (m, k).
        rows: For each of the n records its row in `values`.
        seed: Seed of the generator.
        repeats: Number of replicates.

    Returns:
        Replicates of shape (`repeats`, k), and the method in words.
    """
    rng = np.random.default_rng(seed)
    n = len(rows)
    counts = np.bincount(rows, minlength=len(values))
    # Three ways to the same distribution: the cheapest that is exact, then the records themselves,
    # and the normal distribution only if there are enough records for it.
    if len(values) <= min(_PATTERNS, n // _SHARED):
        weights = rng.multinomial(n, counts / n, size=repeats) / n
        return weights @ values, f"bootstrap, {repeats} repeats, seed {seed}"
    if n <= _ROWS:
        return _row_bootstrap(
            values[rows], rng, repeats
        ), f"bootstrap, {repeats} repeats, seed {seed}"
    centre = counts @ values / n
    return _normal_means(centre, _scatter(values, counts, centre), n, seed, repeats)


def resampled_means_by_bin(
    values: Floats, bins: Integers, seed: int, repeats: int = REPEATS
) -> tuple[Floats, str]:
    """Bootstrap replicates of a table with a column per bin, as `resampled_means` gives them.

    A record has its value in the column of its own bin, and 0 in all others. Above 20,000 records
    the table is not built, because the sums of each bin contain all that is needed.

    Args:
        values: Value of each record, shape (n,).
        bins: Bin of each record, shape (n,).
        seed: Seed of the generator.
        repeats: Number of replicates.

    Returns:
        Replicates of shape (`repeats`, bins), and the method in words.
    """
    n = len(values)
    if n <= _ROWS:
        return resampled_means(in_columns(values, bins), np.arange(n), seed, repeats)
    centre = np.bincount(bins, weights=values) / n
    # A record is in one bin only, so products of two columns are 0: the squares are a diagonal.
    scatter = np.diag(np.bincount(bins, weights=values**2)) - n * np.outer(centre, centre)
    return _normal_means(centre, scatter, n, seed, repeats)


def in_columns(values: Floats, bins: Integers) -> Floats:
    """Each value in the column of its bin, 0 elsewhere; shape (n, bins)."""
    n = len(values)
    columns = np.zeros((n, int(bins.max()) + 1))
    columns[np.arange(n), bins] = values
    return columns


def _row_bootstrap(records: Floats, rng: np.random.Generator, repeats: int) -> Floats:
    n = len(records)
    parts: list[Floats] = []
    for start in range(0, repeats, _CHUNK):
        size = min(_CHUNK, repeats - start)
        # Each replicate counts in a range of its own, so that one `bincount` serves all of them.
        picks = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        weights = np.bincount(picks.ravel(), minlength=size * n).reshape(size, n)
        parts.append(weights.astype(np.float64) @ records / n)
    return np.concatenate(parts)


def _scatter(values: Floats, counts: Integers, centre: Floats) -> Floats:
    """Sums of squares and products of the deviations from the means, shape (k, k)."""
    scatter = np.zeros((len(centre), len(centre)))
    for start in range(0, len(values), _BLOCK):
        part = values[start : start + _BLOCK] - centre
        scatter += part.T @ (part * counts[start : start + _BLOCK, None])
    return scatter


def _normal_means(
    centre: Floats, scatter: Floats, n: int, seed: int, repeats: int
) -> tuple[Floats, str]:
    """Draws means of n records from the normal distribution that they approach."""
    # Columns are scaled to the same spread before the decomposition: amounts in millions beside
    # shares would lose the shares to rounding. A constant column has no spread to scale by.
    scale = np.sqrt(np.diag(scatter) / n)
    scale[scale == 0] = 1.0
    # Eigenvalues instead of Cholesky: sums over bins are linearly dependent, so the matrix is
    # singular. Rounding then makes some eigenvalues slightly negative.
    eigenvalues, vectors = np.linalg.eigh(scatter / n / np.outer(scale, scale))
    root = vectors * np.sqrt(np.clip(eigenvalues, 0, None))
    draws = np.random.default_rng(seed).standard_normal((repeats, len(centre))) @ root.T
    replicates: Floats = centre + draws * scale / math.sqrt(n)
    return replicates, f"normal approximation of the bootstrap, {repeats} repeats, seed {seed}"


def percentile(replicates: Floats, confidence: float, method: str) -> Interval | None:
    """Percentile interval of bootstrap replicates; None if no replicate is a number."""
    # A replicate without the event has no recall, for example. It says nothing about the recall.
    finite = replicates[np.isfinite(replicates)]
    if finite.size == 0:
        return None
    low, high = np.quantile(finite, [1 - confidence, confidence])
    return Interval(
        low=float(low), high=float(high), level=two_sided(confidence), method=f"percentile {method}"
    )


def basic(value: float, replicates: Floats, confidence: float, method: str) -> Interval:
    """Basic (reverse percentile) interval, without the upward bias of distances; in 0 to 1."""
    # A replicate is as much further from the data as the data are from the truth. The percentile
    # interval would add this bias a second time; mirroring the replicates takes it off.
    low, high = np.quantile(replicates, [1 - confidence, confidence])
    return Interval(
        low=float(np.clip(2 * value - high, 0, 1)),
        high=float(np.clip(2 * value - low, 0, 1)),
        level=two_sided(confidence),
        method=f"basic {method}",
    )


def distance_band(distance: float, effective: float, confidence: float) -> Interval:
    """Distribution-free interval of a Kolmogorov-Smirnov distance.

    Args:
        distance: Measured distance, 0 to 1.
        effective: Effective sample size nm / (n + m).
        confidence: Level of each end as a one-sided bound.
    """
    # The band holds for every distribution and needs no resampling, which would cost too much for
    # each column of each batch. Massart's constant (1990) is the smallest that is possible.
    half = math.sqrt(math.log(1 / (1 - confidence)) / (2 * effective))
    return Interval(
        low=max(0.0, distance - half),
        high=min(1.0, distance + half),
        level=two_sided(confidence),
        method="Dvoretzky-Kiefer-Wolfowitz band at the effective sample size",
    )
