"""The check `robustness`: are the answers still good if the inputs arrive perturbed?

The same records are answered twice: as they came, and with an agreed perturbation. The check
measures the rise of the mean loss per record, as a share of the mean loss on the unchanged records
(`comparison.loss.relative_gain` with its sign turned). The rise is judged by its interval as
`metrics.verdict` describes, at the agreed confidence for all tests together (Bonferroni). The
number of changed answers informs.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.operations import RobustnessTest
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.details.training import RobustnessDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Interval,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.comparison.loss import mean_losses, relative_gain
from aipo_pipelines.measures.gates.perturbation import fits
from aipo_pipelines.measures.gates.perturbation import perturbed as perturbed_column
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, numbers, usable_rows
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.verdict import decided
from aipo_pipelines.measures.statistics.intervals import percentile, resampled_means, wilson
from aipo_pipelines.measures.statistics.multiple_testing import bonferroni

CHECK = "robustness"
LOSS_RISE, FLIP_RATE, CHANGE = "loss_rise", "flip_rate", "mean_absolute_change"

_FEWEST = 2


def perturb(
    frame: pd.DataFrame,
    test: RobustnessTest,
    features: Sequence[str],
    categorical: Collection[str],
    seed: int,
) -> pd.DataFrame:
    """The records with the agreed perturbation in the features that it fits.

    Args:
        frame: The records; not changed.
        test: The perturbation. It changes those of its `columns` that are features and fit, or all
            features that fit if it has no columns.
        features: Columns that may be changed. Leave out a series column, which is used to find
            lags: with another value it would name another series.
        categorical: Features that the model takes as categories, regardless of their type.
        seed: Recorded seed, at least 0.

    Returns:
        A copy with the same rows, index and columns.
    """
    chosen = [
        name
        for name in features
        if name in frame.columns
        and (not test.columns or name in test.columns)
        and fits(test.perturbation, frame[name], category=name in categorical)
    ]
    # A generator for each kind and column: the change of a column does not depend on the other
    # columns. `crc32` instead of `hash`, which differs from process to process.
    kind, result = zlib.crc32(test.perturbation.encode()), frame.copy()
    for name in chosen:
        rng = np.random.default_rng([seed, kind, zlib.crc32(name.encode())])
        result[name] = perturbed_column(frame[name], test.perturbation, test.size, rng)
    return result


def subject_of(test: RobustnessTest) -> str:
    """The name of a test in figures: `noise 0.1`, with its columns if it has columns."""
    name = f"{test.perturbation} {test.size:g}"
    return f"{name} in {', '.join(test.columns)}" if test.columns else name


def measure_robustness(
    unchanged: Scored,
    perturbed: Sequence[tuple[RobustnessTest, Scored]],
    confidence: float,
    seed: int,
) -> CheckOutcome[RobustnessDetails]:
    """Compares a model's answers to perturbed records with its answers to the unchanged records.

    Args:
        unchanged: Answers to the unchanged records, beside the truth.
        perturbed: For each test the answers of the same model to the same records, perturbed.
        confidence: Level of each one-sided bound, for all tests together.
        seed: Seed of resampling.

    Returns:
        Figures `loss_rise` of each test first, which decide, then `flip_rate` (classes, a share)
        or `mean_absolute_change` (numbers, in the target's unit). The check is insufficient
        without a test, or without labelled records.

    Raises:
        ModelError: A test was not scored on the same rows with the same truth.
    """
    level = bonferroni(confidence, len(perturbed))
    rises = tuple(_rise(unchanged, test, side, level, seed) for test, side in perturbed)
    changes = tuple(_change(unchanged, test, side, level, seed) for test, side in perturbed)
    return CheckOutcome(
        check=CHECK,
        verdict=overall(rises),
        severity=Severity.CRITICAL,
        summary=_summary(rises),
        figures=(*rises, *changes),
        details=RobustnessDetails(
            seed=seed,
            confidence=confidence,
            corrected_confidence=level,
            tests=tuple(test.model_dump(mode="json") for test, _ in perturbed),
        ),
    )


def _rise(
    unchanged: Scored, test: RobustnessTest, perturbed: Scored, confidence: float, seed: int
) -> Figure:
    names = ("with the perturbation", "without")
    gain = relative_gain(perturbed, unchanged, confidence, seed, names=names)
    figure = replace(
        gain,
        metric=LOSS_RISE,
        subject=subject_of(test),
        value=None if gain.value is None else 0.0 - gain.value,
        interval=None if gain.interval is None else _turned(gain.interval),
        limit=test.maximum_loss,
        direction=Direction.AT_MOST,
        note=gain.note,
    )
    if gain.value is None and gain.n:
        return _without_loss(figure, unchanged, perturbed)
    return decided(figure, _FEWEST, confidence)


def _turned(interval: Interval) -> Interval:
    # 0.0 minus the value, because the negative of 0.0 is -0.0, which is shown as `-0.0 %`.
    return replace(interval, low=0.0 - interval.high, high=0.0 - interval.low)


def _without_loss(figure: Figure, unchanged: Scored, perturbed: Scored) -> Figure:
    """The figure if the unchanged records have no loss, so that a rise has no share."""
    # No rise at all is a rise of 0, for every unit.
    before, after = mean_losses({"before": unchanged, "after": perturbed}).values()
    if before == after == 0:
        note = "no loss on these records, with or without the perturbation"
        return replace(figure, value=0.0, verdict=Verdict.PASS, note=note)
    return figure


def _change(
    unchanged: Scored, test: RobustnessTest, perturbed: Scored, confidence: float, seed: int
) -> Figure:
    """How much the answers change; a record that is no longer answered has changed."""
    if len(unchanged.predicted) != len(perturbed.predicted):
        raise ModelError(
            f"found {len(perturbed.predicted)} perturbed records and "
            f"{len(unchanged.predicted)} unchanged records, expected the same rows: score both "
            "on the same batch"
        )
    before, after = usable_rows(unchanged), usable_rows(perturbed)
    if unchanged.task in CLASSIFICATION:
        same = perturbed.predicted.to_numpy(object) == unchanged.predicted.to_numpy(object)
        changed, n = int((~same | ~after)[before].sum()), int(before.sum())
        interval: Interval | None = wilson(changed, n, confidence)
        metric, value = FLIP_RATE, changed / n if n else None
    else:
        both = before & after
        gap = np.abs(numbers(perturbed.predicted) - numbers(unchanged.predicted))[both]
        metric, n, interval, value = CHANGE, len(gap), None, None
        if n:
            means, method = resampled_means(gap[:, None], np.arange(n), seed)
            interval, value = percentile(means[:, 0], confidence, method), float(gap.mean())
    return Figure(
        metric=metric,
        value=value,
        n=n,
        interval=interval,
        direction=Direction.AT_MOST,
        subject=subject_of(test),
        note=_lost(int((before & ~after).sum())),
    )


def _lost(records: int) -> str:
    return f"{records} records are no longer answered" if records else ""


def _summary(rises: Sequence[Figure]) -> str:
    if not rises:
        return "No perturbation is agreed; nothing was tested."
    worst = [figure for figure in rises if figure.verdict is Verdict.FAIL]
    unsure = [figure for figure in rises if figure.verdict is Verdict.INSUFFICIENT]
    if worst:
        failures = "; ".join(
            f"under {figure.subject} the mean loss rises by {figure.value:.1%}, agreed is at most "
            f"{figure.limit:.1%}"
            for figure in worst
        )
        return f"{failures[0].upper()}{failures[1:]}."
    if unsure:
        names = "; ".join(figure.subject for figure in unsure)
        return f"{unsure[0].n} records are not enough to judge {names}."
    perturbations = (
        "the one agreed perturbation"
        if len(rises) == 1
        else f"all {len(rises)} agreed perturbations"
    )
    return f"The model keeps its limits under {perturbations}."
