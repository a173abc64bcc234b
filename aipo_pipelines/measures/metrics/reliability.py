"""How well stated probabilities match what happens.

The expected calibration error (ECE) uses bins of equal mass, because bins of equal width leave
most of them nearly empty. It is never zero in a finite sample: a perfectly calibrated model with
200 records has a mean ECE of about 0.07. Every ECE is therefore compared with its *null value*:
the ECE of labels that are drawn from the model's own probabilities for the same scores.

Binary products use the probability of the event. With several classes it is the probability of the
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
"""Bins of equal mass: the usual number, and 20 records in each bin of a batch of 200."""

_EXACT = 20_000
"""Records up to which labels are drawn for each record."""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Stated probabilities, and whether the event happened.

    Attributes:
        probability: Stated probability per record, shape (n,).
        happened: 1 if the event happened (or the predicted class was right).
    """

    probability: Floats
    happened: Floats

    @cached_property
    def bins(self) -> Integers:
        """Bin of equal mass of each record; equal scores share a bin."""
        return equal_mass(self.probability)


def stated(pairs: Pairs) -> Stated:
    """Stated probabilities of classified records; `pairs` must have probabilities."""
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
    # Many equal scores give the same quantile twice. `unique` merges these bins: equal scores never
    # lie in two bins, so that there may be fewer than ten.
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, scores, side="left").astype(np.int64)


def calibration_gap(happened: Floats, probability: Floats, bins: Integers) -> float:
    """ECE: mean over records of the gap between stated and observed share of their bin."""
    gaps = np.bincount(bins, weights=happened - probability)
    return float(np.abs(gaps).sum() / len(bins))


def gaps_by_bin(statements: Stated) -> Floats:
    """Gap of each record in the column of its bin; ECE is the sum of the absolute column means."""
    return in_columns(statements.happened - statements.probability, statements.bins)


def expected_calibration_error(
    pairs: Pairs, confidence: float, seed: int
) -> tuple[float, Interval]:
    """ECE with a basic bootstrap interval, which takes its upward bias into account.

    Args:
        pairs: Records with probabilities.
        confidence: Level of each end as a one-sided bound.
        seed: Seed of resampling.
    """
    statements = stated(pairs)
    value = calibration_gap(statements.happened, statements.probability, statements.bins)
    means, method = resampled_means_by_bin(
        statements.happened - statements.probability, statements.bins, seed
    )
    return value, basic(value, np.abs(means).sum(axis=1), confidence, method)


def null_calibration_error(statements: Stated, seed: int) -> Floats:
    """ECEs of `REPEATS` sets of labels drawn from the probabilities themselves."""
    rng = np.random.default_rng(seed)
    n, probability = len(statements.bins), statements.probability
    if n > _EXACT:
        # The sums of such full bins are normal. Drawing them saves n draws in each repeat.
        spread = np.sqrt(np.bincount(statements.bins, weights=probability * (1 - probability)))
        sums = rng.standard_normal((REPEATS, len(spread))) * spread
        gaps: Floats = np.abs(sums).sum(axis=1) / n
        return gaps
    simulated = [
        calibration_gap(
            (rng.random(n) < probability).astype(np.float64), probability, statements.bins
        )
        for _ in range(REPEATS)
    ]
    return np.array(simulated)


def reliability_table(statements: Stated) -> tuple[ReliabilityBin, ...]:
    """Per bin: records, mean stated probability, observed share."""
    counts = np.bincount(statements.bins)
    means = np.bincount(statements.bins, weights=statements.probability)
    shares = np.bincount(statements.bins, weights=statements.happened)
    return tuple(
        ReliabilityBin(n=int(n), stated=float(mean / n), observed=float(share / n))
        for n, mean, share in zip(counts, means, shares, strict=True)
        if n
    )


def recalibration(statements: Stated) -> tuple[float, float] | None:
    """Slope of the logistic regression of the outcome on the logit of the probability.

    1 is right, below 1 is overconfident (Cox, 1958; Steyerberg, 2010). Newton's method on two
    coefficients.

    Returns:
        Slope and its standard error. None if all labels are equal, or if the scores separate them,
        so that no slope exists.
    """
    # A probability of exactly 0 or 1 has no logit. Newton's method needs no library here: two
    # coefficients converge in a few steps, and scikit-learn would add a penalty of its own.
    clipped = np.clip(statements.probability, 1e-6, 1 - 1e-6)
    design = np.column_stack([np.ones(len(clipped)), np.log(clipped / (1 - clipped))])
    if np.ptp(statements.happened) == 0 or np.ptp(design[:, 1]) == 0:
        return None
    beta = np.zeros(2)
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-np.clip(design @ beta, -500, 500)))
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        if not np.linalg.cond(information) < 1e12:  # noqa: PLR2004 - no digits left to solve with
            return None
        step = np.linalg.solve(information, design.T @ (statements.happened - fitted))
        beta = beta + step
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004 - converged
            return float(beta[1]), float(np.sqrt(np.linalg.inv(information)[1, 1]))
    return None
