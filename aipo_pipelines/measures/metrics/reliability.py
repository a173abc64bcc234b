"""How well stated probabilities match what happens.

The expected calibration error (ECE) uses bins of equal mass, because bins of equal width leave
most of them nearly empty. It is never zero in a finite sample: a perfectly calibrated model with
200 records has a mean ECE of about 0.07. Every ECE is therefore read beside its *null value*, the
ECE that labels drawn from the model's own probabilities give for the same scores.

For binary products the probability of the event is judged, for several classes that of the
predicted class (top-label calibration; Guo et al., 2017; Nixon et al., 2019 for equal mass).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.details.performance import ReliabilityBin
from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.metrics.aligned import Pairs
from aipo_pipelines.measures.statistics.intervals import (
    REPEATS,
    Floats,
    Integers,
    basic,
    in_columns,
    resampled_means_by_bin,
)

BINS = 10
_EXACT = 20_000


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Stated probabilities beside what happened.

    Attributes:
        probability: Stated probability per record, shape (n,).
        happened: 1 where the event happened (or the predicted class was right).
    """

    probability: Floats
    happened: Floats

    @cached_property
    def bins(self) -> Integers:
        """Bin of equal mass of each record; equal scores share a bin."""
        return equal_mass(self.probability)


def stated(pairs: Pairs) -> Stated:
    """Stated probabilities of classified records; `pairs.probability` must not be None."""
    assert pairs.probability is not None  # noqa: S101 - asked for by the callers
    if pairs.task is Task.BINARY:
        probability, happened = pairs.probability[:, 1], pairs.truth
    else:
        chosen = pairs.predicted.astype(np.int64)
        probability = pairs.probability[np.arange(pairs.n), chosen]
        happened = (pairs.predicted == pairs.truth).astype(np.float64)
    return Stated(probability=probability, happened=happened)


def equal_mass(scores: Floats, bins: int = BINS) -> Integers:
    """Bin number of each score, by quantiles of the scores themselves."""
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, scores, side="left").astype(np.int64)


def calibration_gap(happened: Floats, probability: Floats, bins: Integers) -> float:
    """ECE: mean over records of the gap between stated and observed share of their bin."""
    gaps = np.bincount(bins, weights=happened - probability)
    return float(np.abs(gaps).sum() / len(bins))


def gaps_by_bin(told: Stated) -> Floats:
    """Gap of each record in the column of its bin; ECE is the sum of the absolute column means."""
    return in_columns(told.happened - told.probability, told.bins)


def expected_calibration_error(
    pairs: Pairs, confidence: float, seed: int
) -> tuple[float, Interval]:
    """ECE with a basic bootstrap interval, which takes its upward bias into account.

    Args:
        pairs: Records with probabilities.
        confidence: Level of each end as a one-sided bound.
        seed: Seed of resampling.
    """
    told = stated(pairs)
    value = calibration_gap(told.happened, told.probability, told.bins)
    means, method = resampled_means_by_bin(told.happened - told.probability, told.bins, seed)
    return value, basic(value, np.abs(means).sum(axis=1), confidence, method)


def null_calibration_error(told: Stated, seed: int) -> Floats:
    """ECEs of `REPEATS` sets of labels drawn from the probabilities themselves."""
    rng = np.random.default_rng(seed)
    n, probability = len(told.bins), told.probability
    if n > _EXACT:
        # Bins this full have normal sums; drawing them saves n draws a repeat.
        spread = np.sqrt(np.bincount(told.bins, weights=probability * (1 - probability)))
        sums = rng.standard_normal((REPEATS, len(spread))) * spread
        gaps: Floats = np.abs(sums).sum(axis=1) / n
        return gaps
    simulated = [
        calibration_gap((rng.random(n) < probability).astype(np.float64), probability, told.bins)
        for _ in range(REPEATS)
    ]
    return np.array(simulated)


def reliability_table(told: Stated) -> tuple[ReliabilityBin, ...]:
    """Per bin: records, mean stated probability, observed share."""
    counts = np.bincount(told.bins)
    means = np.bincount(told.bins, weights=told.probability)
    shares = np.bincount(told.bins, weights=told.happened)
    return tuple(
        ReliabilityBin(n=int(n), stated=float(mean / n), observed=float(share / n))
        for n, mean, share in zip(counts, means, shares, strict=True)
        if n
    )


def recalibration(told: Stated) -> tuple[float, float] | None:
    """Slope of the logistic regression of what happened on the logit of the probability.

    1 is right, below 1 is overconfident (Cox, 1958; Steyerberg, 2010). Newton's method on two
    coefficients.

    Returns:
        Slope and its standard error; None where the labels are all alike, or separated by the
        scores so that no slope exists.
    """
    clipped = np.clip(told.probability, 1e-6, 1 - 1e-6)
    design = np.column_stack([np.ones(len(clipped)), np.log(clipped / (1 - clipped))])
    if np.ptp(told.happened) == 0 or np.ptp(design[:, 1]) == 0:
        return None
    beta = np.zeros(2)
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-np.clip(design @ beta, -500, 500)))
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if not np.linalg.cond(information) < 1e12:  # noqa: PLR2004 - no digits left to solve with
            return None
        step = np.linalg.solve(information, design.T @ (told.happened - fitted))
        beta = beta + step
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004 - converged
            return float(beta[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))
    return None
