"""The check `retraining_value`: would retraining pay?

Shadow challengers, trained on windows of the past before a labelled batch, answer that batch beside
the champion. The check fails where one of them is shown to save more than the agreed share of the
champion's mean loss; the bounds are corrected for the number of windows (Bonferroni), because the
best of several is picked after looking. Failing asks for a retraining and is never critical.
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
"""Labelled records needed where the caller knows no better number."""


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
        retraining: What was agreed: margin and confidence.
        seed: Seed of resampling.
        minimum_sample: Labelled records needed for a verdict.

    Returns:
        One figure `relative_gain` per choice (its subject). FAIL where a corrected lower bound
        lies above the margin, PASS where none does, INSUFFICIENT where none could be judged.

    Raises:
        ModelError: The answers are not for the same rows.
    """
    confidence = bonferroni(retraining.confidence, len(shadows))
    figures = tuple(
        _judged(
            relative_gain(
                shadow,
                champion,
                confidence,
                seed,
                minimum=minimum_sample,
                names=(f"retrained on {choice}", "champion"),
            ),
            choice,
            retraining.margin,
        )
        for choice, shadow in shadows.items()
    )
    verdicts = {figure.verdict for figure in figures}
    # A window that cannot be judged says nothing against retraining on another.
    verdict = next(
        (one for one in (Verdict.FAIL, Verdict.PASS) if one in verdicts), Verdict.INSUFFICIENT
    )
    return CheckOutcome(
        check=CHECK,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=_summary(verdict, figures, retraining.margin),
        figures=figures,
        details=RetrainingValueDetails(confidence=confidence, choices=tuple(shadows), seed=seed),
    )


def _judged(figure: Figure, choice: str, margin: float) -> Figure:
    # More than the margin is what fails here, so the limit is an upper one.
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
