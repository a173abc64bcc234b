"""Significance when several tests are read together.

Sources: Benjamini and Hochberg (1995) for the false-discovery rate; Holm (1979) for the chance of
any false alarm at all; Bonferroni's inequality (Dunn, 1961) for bounds that must hold together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aipo_pipelines.measures.intervals import Floats, Integers


def bonferroni(confidence: float, count: int) -> float:
    """Confidence of each of `count` bounds that hold together with the given confidence."""
    return 1 - (1 - confidence) / max(count, 1)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values; calling those up to alpha keeps the false-discovery rate at alpha.

    Args:
        p_values: Raw p-values, 0 to 1, in any order.

    Returns:
        Adjusted p-values in the same order.
    """
    raw, order = _sorted(p_values)
    ranks = np.arange(1, len(raw) + 1)
    stepped = np.minimum.accumulate((raw * len(raw) / ranks)[::-1])[::-1]
    return _restored(stepped, order)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values; calling those up to alpha keeps the chance of any false alarm at alpha.

    Args:
        p_values: Raw p-values, 0 to 1, in any order.

    Returns:
        Adjusted p-values in the same order.
    """
    raw, order = _sorted(p_values)
    stepped = np.maximum.accumulate(raw * np.arange(len(raw), 0, -1))
    return _restored(stepped, order)


def _sorted(p_values: Sequence[float]) -> tuple[Floats, Integers]:
    raw = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(raw, kind="stable")
    return raw[order], order.astype(np.int64)


def _restored(adjusted: Floats, order: Integers) -> tuple[float, ...]:
    result = np.empty_like(adjusted)
    result[order] = np.minimum(adjusted, 1.0)
    return tuple(float(value) for value in result)
