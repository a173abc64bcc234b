"""What a bare monitoring job computes: plain calls of scipy, scikit-learn, numpy, matplotlib.

The sampling rule of drift and the number of bootstrap repeats are ours, so that both sides do the
same arithmetic; nothing is judged, explained or guarded.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAMPLE = 100_000
REPEATS = 500
AP_REPEATS = 200
EXACT = 20_000
CHUNK = 50
BINS = 10


def sampled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """All records, or a seeded sample of 100,000."""
    return frame if len(frame) <= SAMPLE else frame.sample(SAMPLE, random_state=seed)


def drift(
    reference: pd.DataFrame, batch: pd.DataFrame, categories: Sequence[str]
) -> dict[str, float]:
    """Kolmogorov-Smirnov statistic per number, chi-squared statistic per category."""
    from scipy.stats import chi2_contingency, ks_2samp

    rng = np.random.default_rng(0)
    figures = {}
    for name in batch.columns:
        if name in categories:
            sides = [reference[name].value_counts(), batch[name].value_counts()]
            table = pd.concat(sides, axis=1).fillna(0).to_numpy()
            figures[name] = float(chi2_contingency(table.T).statistic)
            for counts in table.T:
                # Drawn and not used: ours needs these draws for an interval, and both sides must
                # do the same arithmetic.
                rng.multinomial(int(counts.sum()), counts / counts.sum(), size=REPEATS)
        else:
            tested = ks_2samp(reference[name], batch[name], method="asymp")
            figures[name] = float(tested.statistic)
    return figures


def performance(truth: Floats, score: Floats, predicted: Floats) -> dict[str, float]:
    """Ten metrics by scikit-learn, and the bootstrap for the metrics that need it."""
    from sklearn import metrics

    figures = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "precision": metrics.precision_score(truth, predicted),
        "recall": metrics.recall_score(truth, predicted),
        "f1": metrics.f1_score(truth, predicted),
        "roc_auc": metrics.roc_auc_score(truth, score),
        "average_precision": metrics.average_precision_score(truth, score),
        "log_loss": metrics.log_loss(truth, score),
        "brier": metrics.brier_score_loss(truth, score),
    }
    rng = np.random.default_rng(0)
    losses = -np.log(np.where(truth == 1, score, 1 - score).clip(1e-15))
    for records in (losses[:, None], ((score - truth) ** 2)[:, None]):
        replicates(records, rng)
    # Ours resamples these metrics by a few counts instead of by records, so the same is
    # enough here.
    for _ in ("balanced_accuracy", "f1", "skill"):
        confusion = metrics.confusion_matrix(truth, predicted).ravel()
        rng.multinomial(len(truth), confusion / len(truth), size=REPEATS)
    _average_precisions(truth, score, rng)
    return {name: float(value) for name, value in figures.items()}


def calibration(truth: Floats, score: Floats) -> float:
    """Expected calibration error in ten bins of equal mass, its bootstrap and its null value."""
    rng = np.random.default_rng(0)
    edges = np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1])
    bins = np.searchsorted(edges, score)
    gaps = np.zeros((len(score), BINS))
    gaps[np.arange(len(score)), bins] = truth - score
    replicates(gaps, rng)
    # The labels that chance would give, drawn as ours draws them: above the limit only the
    # sums of the bins.
    if len(score) > EXACT:
        rng.standard_normal((REPEATS, BINS))
    else:
        for _ in range(REPEATS):
            drawn = (rng.random(len(score)) < score) - score
            np.bincount(bins, weights=drawn, minlength=BINS)
    return float(np.abs(gaps.mean(axis=0)).sum())


def fairness(predicted: Floats, groups: pd.Series) -> Mapping[str, float]:
    """Selection rate by group."""
    rates = pd.Series(predicted, index=groups.index).groupby(groups).mean()
    return {str(name): float(rate) for name, rate in rates.items()}


def replicates(records: Floats, rng: np.random.Generator) -> Floats:
    """Bootstrap replicates of column means; by their normal limit above 20,000 records."""
    n = len(records)
    if n > EXACT:
        drawn = rng.standard_normal((REPEATS, records.shape[1]))
        limit: Floats = records.mean(axis=0) + drawn * records.std(axis=0) / np.sqrt(n)
        return limit
    parts = []
    for _ in range(0, REPEATS, CHUNK):
        # As in ours, each replicate counts in a range of its own, so that one `bincount` serves
        # many replicates. A slower way would flatter us.
        picks = rng.integers(n, size=(CHUNK, n)) + n * np.arange(CHUNK)[:, None]
        weights = np.bincount(picks.ravel(), minlength=CHUNK * n).reshape(CHUNK, n)
        parts.append(weights @ records / n)
    return np.concatenate(parts)


def _average_precisions(truth: Floats, score: Floats, rng: np.random.Generator) -> None:
    n = len(truth)
    if n > EXACT:
        # 2,000 groups of neighbouring scores with two classes each, as in ours.
        rng.multinomial(n, np.full(4_000, 1 / 4_000), size=AP_REPEATS).cumsum(axis=1)
        return
    event = truth[np.argsort(-score)]
    for _ in range(AP_REPEATS):
        weights = np.bincount(rng.integers(n, size=n), minlength=n)
        hits, seen = np.cumsum(weights * event), np.cumsum(weights)
        float(np.sum(np.diff(hits, prepend=0) * hits / np.maximum(seen, 1)))


def picture(names: Sequence[str], values: Sequence[float]) -> str:
    """Horizontal bars as a PNG in markdown."""
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(7.5, 1.0 + 0.28 * len(names)), dpi=90)
    axes = figure.add_axes((0.25, 0.1, 0.7, 0.85))
    axes.barh(list(names), list(values))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return f"![bars](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})"
