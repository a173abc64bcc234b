"""The check `succession`: would the champion's predecessor have done better?

The champion fails if it is *shown* to be worse than its predecessor on the same labelled
records: the upper bound of its relative gain lies below 0. Without evidence against it the
champion passes, because it has won its release.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.comparison.loss import RELATIVE_GAIN, in_words, relative_gain
from aipo_pipelines.measures.metrics.scored import Scored

CHECK = "succession"


def measure_succession(
    champion: Scored, predecessor: Scored | None, release: Release, seed: int
) -> CheckOutcome:
    """Compares the champion with its predecessor on one batch.

    Args:
        champion: The champion's answers beside the truth.
        predecessor: The predecessor's on the same rows; None if the champion has no predecessor.
        release: The agreed confidence and minimum sample.
        seed: Seed of resampling.

    Returns:
        One figure `relative_gain` of the champion over its predecessor, with limit 0.

    Raises:
        ModelError: The answers are not for the same rows.
    """
    if predecessor is None:
        return _without_predecessor()
    figure = relative_gain(
        champion,
        predecessor,
        release.confidence,
        seed,
        minimum=release.minimum_sample,
        names=("champion", "predecessor"),
    )
    figure = replace(figure, limit=0.0, subject=predecessor.model_version)
    if figure.verdict is Verdict.INSUFFICIENT or figure.interval is None or figure.value is None:
        return _outcome(figure, f"Succession cannot be judged: {figure.note}.")
    # `relative_gain` leaves the verdict at a pass. Only a shown loss makes it a failure: the
    # predecessor would have to prove itself better to come back.
    compared = (
        f"on the same {figure.n} records the champion makes {in_words(figure.value)} than its "
        "predecessor"
    )
    if figure.interval.high < 0:
        shown = f"at least {in_words(figure.interval.high)} is shown"
        return _outcome(
            replace(figure, verdict=Verdict.FAIL),
            f"The predecessor would have done better: {compared} ({shown}).",
        )
    return _outcome(figure, f"The champion is not shown to be worse: {compared}.")


def _without_predecessor() -> CheckOutcome:
    note = "the champion has no predecessor"
    missing = Figure(
        metric=RELATIVE_GAIN,
        value=None,
        n=0,
        limit=0.0,
        direction=Direction.AT_LEAST,
        verdict=Verdict.INSUFFICIENT,
        note=note,
    )
    return _outcome(missing, f"Succession cannot be judged: {note}.")


def _outcome(figure: Figure, summary: str) -> CheckOutcome:
    return CheckOutcome(
        check=CHECK,
        verdict=overall((figure,)),
        severity=Severity.WARNING,
        summary=summary,
        figures=(figure,),
        details=NO_DETAILS,
    )
