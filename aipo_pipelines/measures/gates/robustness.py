"""The check `robustness`: does the model hold when its inputs arrive disturbed?

The same records are answered twice, as they came and with a declared disturbance; what counts is
by how much the mean loss per record rises, as a share of that on the undisturbed records
(`gain.relative_gain` with its sign turned), and how many answers change. The rise is judged on
its interval as `judging` says, at the agreed confidence for all tests together (Bonferroni).
Changed answers inform.
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
from aipo_pipelines.measures.gates.perturbation import disturbed as disturbed_column
from aipo_pipelines.measures.gates.perturbation import fits
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, numbers, usable_rows
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.verdict import decided
from aipo_pipelines.measures.statistics.intervals import percentile, resampled_means, wilson

CHECK = "robustness"
LOSS_RISE, FLIP_RATE, CHANGE = "loss_rise", "flip_rate", "mean_absolute_change"

_FEWEST = 2


def disturb(
    frame: pd.DataFrame,
    test: RobustnessTest,
    features: Sequence[str],
    categorical: Collection[str],
    seed: int,
) -> pd.DataFrame:
    """The records with the declared disturbance in the features it fits.

    Chance is drawn per kind and column, so that a column is disturbed alike whatever others are.

    Args:
        frame: The records; not changed.
        test: The disturbance; of its `columns` those that are features and fit are disturbed,
            without any all features that fit.
        features: Columns that may be disturbed. A series column, by which lags are looked up,
            is better left out: swapped, it would name another series.
        categorical: Features the model takes as categories whatever their type.
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
    kind, result = zlib.crc32(test.perturbation.encode()), frame.copy()
    for name in chosen:
        rng = np.random.default_rng([seed, kind, zlib.crc32(name.encode())])
        result[name] = disturbed_column(frame[name], test.perturbation, test.size, rng)
    return result


def subject_of(test: RobustnessTest) -> str:
    """How a test is named in figures: `noise 0.1`, with its columns where it names some."""
    name = f"{test.perturbation} {test.size:g}"
    return f"{name} in {', '.join(test.columns)}" if test.columns else name


def measure_robustness(
    undisturbed: Scored,
    disturbed: Sequence[tuple[RobustnessTest, Scored]],
    confidence: float,
    seed: int,
) -> CheckOutcome[RobustnessDetails]:
    """Compares a model's answers to disturbed records with those to the records as they came.

    Args:
        undisturbed: Answers beside the truth.
        disturbed: For each test the answers of the same model to the same records, disturbed.
        confidence: Level of each bound as a one-sided one, for all tests together.
        seed: Seed of resampling.

    Returns:
        Figures `loss_rise` of each test first, which decide, then `flip_rate` (classes, a share)
        or `mean_absolute_change` (numbers, in the target's unit). Without a test, or without
        labelled records, insufficient.

    Raises:
        ModelError: A test was not scored on the same rows with the same truth.
    """
    level = 1 - (1 - confidence) / max(len(disturbed), 1)
    rises = tuple(_rise(undisturbed, test, side, level, seed) for test, side in disturbed)
    changes = tuple(_change(undisturbed, test, side, level, seed) for test, side in disturbed)
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
            tests=tuple(test.model_dump(mode="json") for test, _ in disturbed),
        ),
    )


def _rise(
    undisturbed: Scored, test: RobustnessTest, disturbed: Scored, confidence: float, seed: int
) -> Figure:
    names = ("with the disturbance", "without")
    gain = relative_gain(disturbed, undisturbed, confidence, seed, names=names)
    figure = replace(
        gain,
        metric=LOSS_RISE,
        subject=subject_of(test),
        value=None if gain.value is None else 0.0 - gain.value,
        interval=None if gain.interval is None else _turned(gain.interval),
        limit=test.maximum_loss,
        direction=Direction.AT_MOST,
        note=gain.note.replace("challenger", "disturbed").replace("champion", "undisturbed"),
    )
    if gain.value is None and gain.n:
        return _without_loss(figure, undisturbed, disturbed)
    return decided(figure, _FEWEST, confidence)


def _turned(interval: Interval) -> Interval:
    return replace(interval, low=0.0 - interval.high, high=0.0 - interval.low)


def _without_loss(figure: Figure, undisturbed: Scored, disturbed: Scored) -> Figure:
    """Where the undisturbed records cost nothing, a rise has no share; no rise at all is one."""
    before, after = mean_losses({"before": undisturbed, "after": disturbed}).values()
    if before == after == 0:
        note = "no loss on these records, disturbed or not"
        return replace(figure, value=0.0, verdict=Verdict.PASS, note=note)
    return figure


def _change(
    undisturbed: Scored, test: RobustnessTest, disturbed: Scored, confidence: float, seed: int
) -> Figure:
    """How much the answers change; a record that is no longer answered has changed."""
    if len(undisturbed.predicted) != len(disturbed.predicted):
        raise ModelError(
            f"found {len(disturbed.predicted)} disturbed records beside "
            f"{len(undisturbed.predicted)} undisturbed ones, expected the same rows: score both "
            "on the same batch"
        )
    before, after = usable_rows(undisturbed), usable_rows(disturbed)
    if undisturbed.task in CLASSIFICATION:
        same = disturbed.predicted.to_numpy(object) == undisturbed.predicted.to_numpy(object)
        changed, n = int((~same | ~after)[before].sum()), int(before.sum())
        interval: Interval | None = wilson(changed, n, confidence)
        metric, value = FLIP_RATE, changed / n if n else None
    else:
        both = before & after
        gap = np.abs(numbers(disturbed.predicted) - numbers(undisturbed.predicted))[both]
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
        return "No disturbance is agreed; nothing was tested."
    worst = [figure for figure in rises if figure.verdict is Verdict.FAIL]
    unsure = [figure for figure in rises if figure.verdict is Verdict.INSUFFICIENT]
    if worst:
        told = "; ".join(
            f"under {one.subject} the mean loss rises by {one.value:.1%}, agreed is at most "
            f"{one.limit:.1%}"
            for one in worst
        )
        return f"{told[0].upper()}{told[1:]}."
    if unsure:
        names = "; ".join(figure.subject for figure in unsure)
        return f"{unsure[0].n} records do not suffice to judge {names}."
    all_of_them = (
        "the one agreed disturbance" if len(rises) == 1 else f"all {len(rises)} agreed disturbances"
    )
    return f"The model holds under {all_of_them}."
