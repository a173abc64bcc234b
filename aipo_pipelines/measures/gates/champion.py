"""The gate `champion`: is a challenger better, or at least not worse, than the champion?

It is a test of non-inferiority on the same records (relative gain of `comparison.loss`). The lower
bound of the gain must lie above minus `release.margin`, or above 0 if the charter asks for
superiority. Each metric with a `maximum_drop` must lie above minus this drop. The confidence is
corrected for the number of windows tried (Bonferroni), and for the number of figures step by step
(Holm, 1979), because all of them must pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.charter.model.thresholds import AppliesTo, Threshold
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.comparison.loss import bounds_in_words, in_words, relative_gain
from aipo_pipelines.measures.comparison.metrics import compare
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.verdict import shown_above, thresholds_for
from aipo_pipelines.measures.statistics.multiple_testing import bonferroni, step_down


def champion_gate(
    name: str,
    charter: Charter,
    challenger: Scored,
    champion: Scored | None,
    choices: int,
    seed: int,
) -> CheckOutcome:
    """Compares a challenger with the champion on the same records.

    Args:
        name: Name of the gate.
        charter: The charter in force, with the terms of a release.
        challenger: Answers beside the truth.
        champion: The champion's answers on the same rows; None if no version is in charge.
        choices: Number of windows tried.
        seed: Seed of resampling.

    Returns:
        `relative_gain`, then `<metric>_advantage` per threshold for release with a
        `maximum_drop`. Without a champion the gate passes without a figure and says so.

    Raises:
        ModelError: The two did not answer the same rows.
    """
    if champion is None:
        return CheckOutcome(
            check=name,
            verdict=Verdict.PASS,
            severity=Severity.CRITICAL,
            summary="No version is in charge to compare with.",
            details=NO_DETAILS,
        )
    release = charter.release
    gain = partial(_gain, release, challenger, champion, seed)
    guards = [partial(_guard, bound, challenger, champion, seed) for bound in _guards(charter)]
    # The challenger is the best of several windows on the same records, which favours it.
    figures = step_down([gain, *guards], bonferroni(release.confidence, choices))
    return CheckOutcome(
        check=name,
        verdict=overall(figures),
        severity=Severity.CRITICAL,
        summary=_beside_champion(figures, release),
        figures=figures,
        details=RivalDetails(confidence=release.confidence, choices=choices, seed=seed),
    )


def _gain(
    release: Release, challenger: Scored, champion: Scored, seed: int, confidence: float
) -> Figure:
    limit = 0.0 if release.superiority else -release.margin
    gain = relative_gain(challenger, champion, confidence, seed, minimum=release.minimum_sample)
    return shown_above(gain, limit, confidence)


def _guards(charter: Charter) -> list[Threshold]:
    """Thresholds for a release that bound how much may be lost against the champion."""
    release = thresholds_for(charter.thresholds, AppliesTo.RELEASE, fairness=False)
    return [threshold for threshold in release if threshold.maximum_drop is not None]


def _guard(
    threshold: Threshold, challenger: Scored, champion: Scored, seed: int, confidence: float
) -> Figure:
    # The limit is a drop against the champion on these records. The drop against the release
    # figures is a check of live batches.
    figure = compare(threshold.metric, challenger, champion, confidence, seed)
    if figure.n < threshold.minimum_sample:
        note = f"{figure.n} records, the threshold asks for {threshold.minimum_sample}"
        figure = replace(figure, verdict=Verdict.INSUFFICIENT, note=note)
    return shown_above(figure, -(threshold.maximum_drop or 0.0), confidence)


def _beside_champion(figures: Sequence[Figure], release: Release) -> str:
    gain, *guards = figures
    limit = (
        "it must be shown to be better"
        if release.superiority
        else f"at most {100 * release.margin:.1f} % more is allowed"
    )
    if gain.value is None or gain.interval is None:
        return f"Challenger and champion cannot be compared: {gain.note}."
    result = (
        f"On the same {gain.n} records the challenger makes {in_words(gain.value)} than the "
        f"champion ({bounds_in_words(gain)}; {limit})"
    )
    named = (
        f"{guard.metric} {bounds_in_words(guard)}, agreed is more than {guard.limit:.3g}"
        f"{_undecided(guard)}"
        for guard in guards
        if guard.verdict is not Verdict.PASS
    )
    return "; ".join((result + _undecided(gain), *named)) + "."


def _undecided(figure: Figure) -> str:
    if figure.verdict is Verdict.INSUFFICIENT and figure.value is not None:
        return f"; this cannot be decided yet ({figure.note})"
    return ""
