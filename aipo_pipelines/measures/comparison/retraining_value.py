"""The check `retraining_value`: would retraining pay?

Shadow challengers are trained on windows of the past before a labelled batch, and answer that
batch, as the champion does. The check fails if one of them is shown to save more than the agreed
share of the champion's mean loss. The bounds are corrected for the number of windows (Bonferroni),
because the best of several is chosen after looking. A failure asks for a retraining and is never
critical.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aipo_pipelines.charter.model.operations import Retraining
from aipo_pipelines.evidence.details.performance import RetrainingValueDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
)
from aipo_pipelines.measures.comparison.loss import in_words, relative_gain
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.statistics.multiple_testing import bonferroni

CHECK = "retraining_value"
MINIMUM_SAMPLE = 100
"""Labelled records needed if the caller has no other number."""


def measure_retraining_value(
    champion: Scored,
    shadows: Mapping[str, Scored],
    retraining: Retraining,
    seed: int,
    *,
    minimum_sample: int = MINIMUM_SAMPLE,
) -> CheckOutcome[RetrainingValueDetails]:
    """Compares shadow challengers with the champion on one batch.

    Args:
        champion: The champion's answers beside the truth.
        shadows: Answers of one challenger per choice of window, on the same rows.
        retraining: The agreed margin and confidence.
        seed: Seed of resampling.
        minimum_sample: Labelled records needed for a verdict.

    Returns:
        One figure `relative_gain` per choice (its subject). FAIL if a corrected lower bound lies
        above the margin, INSUFFICIENT if no figure has a verdict, otherwise PASS.

    Raises:
        ModelError: The answers are not for the same rows.
    """
    confidence = bonferroni(retraining.confidence, len(shadows))
    gains = {
        choice: relative_gain(
            shadow,
            champion,
            confidence,
            seed,
            minimum=minimum_sample,
            names=(f"retrained on {choice}", "champion"),
        )
        for choice, shadow in shadows.items()
    }
    figures = tuple(_judged(figure, choice, retraining.margin) for choice, figure in gains.items())
    verdict = _of_any(figures)
    return CheckOutcome(
        check=CHECK,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=_summary(verdict, figures, retraining.margin),
        figures=figures,
        details=RetrainingValueDetails(confidence=confidence, choices=tuple(shadows), seed=seed),
    )


def _of_any(figures: tuple[Figure, ...]) -> Verdict:
    # A window without a verdict says nothing against retraining on another window, so that
    # insufficient comes last here, unlike in `overall`.
    verdicts = {figure.verdict for figure in figures}
    for verdict in (Verdict.FAIL, Verdict.PASS):
        if verdict in verdicts:
            return verdict
    return Verdict.INSUFFICIENT


def _judged(figure: Figure, choice: str, margin: float) -> Figure:
    # A gain above the margin fails here (retraining pays), so that the limit is an upper limit.
    figure = replace(figure, subject=choice, limit=margin, direction=Direction.AT_MOST)
    if figure.verdict is Verdict.INSUFFICIENT or figure.interval is None:
        return figure
    pays = figure.interval.low > margin
    return replace(figure, verdict=Verdict.FAIL if pays else Verdict.PASS)


def _summary(verdict: Verdict, figures: tuple[Figure, ...], margin: float) -> str:
    if not figures:
        return "The value of retraining cannot be judged: no challenger could be trained."
    best = max(figures, key=lambda figure: (figure.verdict is verdict, figure.value or 0.0))
    if verdict is Verdict.INSUFFICIENT or best.interval is None or best.value is None:
        return f"The value of retraining cannot be judged: {best.note}."
    gain = (
        f"a model trained on the window {best.subject} would have made {in_words(best.value)} on "
        f"{best.n} records"
    )
    if verdict is Verdict.FAIL:
        return (
            f"Retraining would pay: {gain} (at least {in_words(best.interval.low)}; agreed is to "
            f"retrain for more than {100 * margin:.1f} %)."
        )
    return f"Retraining is not shown to pay by more than {100 * margin:.1f} %: at best {gain}."
