"""Significance when several tests are read together.

Sources: Benjamini and Hochberg (1995) for the false-discovery rate; Holm (1979) for the chance of
any false alarm; Bonferroni's inequality (Dunn, 1961) for bounds that must hold together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aipo_pipelines.evidence.outcome import Figure, Verdict


def bonferroni(confidence: float, count: int) -> float:
    """Confidence of each of `count` bounds that hold together with the given confidence."""
    # Bonferroni holds for every dependence. Bounds from the same records are never independent.
    return 1 - (1 - confidence) / max(count, 1)


def step_down(judges: Sequence[Callable[[float], Figure]], confidence: float) -> tuple[Figure, ...]:
    """Judges figures together, so that none passes by chance with more than 1 - confidence.

    Holm's procedure (1979): all figures are judged with Bonferroni's correction. The figures that
    do not pass are judged again, corrected only for their own number, as long as another passes.

    Args:
        judges: Each returns, for a confidence, a figure with an interval of that level and the
            verdict on it.
        confidence: The confidence of all figures together.

    Returns:
        The figures in the given order, each at the confidence that decided it.
    """
    figures: dict[int, Figure] = {}
    undecided = [*range(len(judges))]
    while undecided:
        # A figure that passed is shown already. Only the others can still pass by chance, so the
        # next round needs no correction for it: Holm is never weaker than Bonferroni.
        level = bonferroni(confidence, len(undecided))
        figures |= {position: judges[position](level) for position in undecided}
        remaining = [
            position for position in undecided if figures[position].verdict is not Verdict.PASS
        ]
        if len(remaining) == len(undecided):
            break
        undecided = remaining
    return tuple(figures[position] for position in range(len(judges)))


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values; calling those up to alpha keeps the false-discovery rate at alpha.

    Args:
        p_values: Raw p-values, 0 to 1, in any order.

    Returns:
        Adjusted p-values in the same order.
    """
    # Here, not at the top: the import takes longer than all other imports of a check together.
    from scipy.stats import false_discovery_control

    adjusted = false_discovery_control(np.asarray(p_values, dtype=np.float64), method="bh")
    return tuple(float(value) for value in adjusted)
