"""A stored figure judged by what is agreed at the moment it is read.

A figure is a fact; its verdict is an opinion of the charter it was measured under. Whoever reads a
figure therefore judges it anew, by the limit, the minimum sample and the interval rule in force:
with the very code that judges it when it is measured (`measures.judging`).

Some agreements cannot be applied to a figure afterwards: an interval for another confidence, groups
that were compared from another number of records on, a calibration error without what chance alone
gives. Such a figure is insufficient and says that it was judged by a former agreement: guessing is
not measuring, and the next measurement decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric, Threshold
from aipo_pipelines.evidence.metadata.training import Gate
from aipo_pipelines.evidence.outcome import (
    Figure,
    Interval,
    Verdict,
)
from aipo_pipelines.measures.metrics.verdict import (
    CALIBRATION_BY_CHANCE,
    direction_of,
    judge,
    judge_calibration,
    judge_drop,
)
from aipo_pipelines.measures.statistics.interval_arithmetic import two_sided
from aipo_pipelines.policy.text import number

AGAIN = "it is measured again"

_GRAVITY = {Verdict.FAIL: 0, Verdict.INSUFFICIENT: 1, Verdict.PASS: 2}


def judged(
    threshold: Threshold,
    figures: Sequence[Figure],
    baseline: Sequence[Figure] | None = None,
) -> Iterator[Figure]:
    """What a threshold says about the figures of one evaluation, as it stands now.

    Args:
        threshold: In force at the moment asked about.
        figures: All figures of one evaluation of the check behind it.
        baseline: Figures signed off with the champion, for `maximum_drop`; None leaves the drop
            out, as for an evaluation whose figures are the baseline themselves.

    Yields:
        The figure of its metric with limit, verdict and note, and then its drop; nothing when the
        evaluation holds no such figure.
    """
    figure = answering(threshold, figures)
    if figure is None:
        return
    yield judge_again(threshold, figure, figures)
    if threshold.maximum_drop is not None and baseline is not None:
        yield _judge_drop(threshold, figure, baseline)


def judge_again(threshold: Threshold, figure: Figure, beside: Sequence[Figure]) -> Figure:
    """One stored figure judged by a threshold in force.

    Args:
        threshold: One that the figure answers.
        figure: As it was stored; its own limit and verdict do not count.
        beside: The figures it was stored with.
    """
    measured = as_measured(figure)
    former = not_comparable(threshold, figure, beside)
    if former or figure.estimated:
        note = former or figure.note or "estimated without labels"
        return replace(judge(measured, threshold), verdict=Verdict.INSUFFICIENT, note=note)
    chance = _by_chance(threshold, beside)
    if threshold.metric is Metric.CALIBRATION_ERROR and chance is not None:
        now = judge_calibration(measured, as_measured(chance), threshold)
    else:
        now = judge(measured, threshold)
    unchanged = (figure.limit, figure.verdict) == (now.limit, now.verdict)
    return replace(now, note=figure.note) if unchanged else now


def not_comparable(threshold: Threshold, figure: Figure, beside: Sequence[Figure]) -> str:
    """Why a threshold in force cannot be applied to a stored figure; empty when it can.

    Such a figure says more once its batch is measured again.
    """
    if threshold.metric in FAIRNESS_METRICS:
        if figure.minimum is None:
            return f"judged by a former minimum of records in each group; {AGAIN}"
        if figure.minimum != threshold.minimum_sample:
            return (
                f"judged by the former minimum of {figure.minimum} records in each group, agreed "
                f"are {threshold.minimum_sample}; {AGAIN}"
            )
    if figure.value is None or figure.interval is None or figure.n < threshold.minimum_sample:
        return ""
    if not _has_level(figure, threshold.confidence):
        return (
            f"judged by the former confidence {number(_confidence(figure.interval))}, agreed is "
            f"{number(threshold.confidence)}; {AGAIN}"
        )
    if threshold.metric is Metric.CALIBRATION_ERROR and _by_chance(threshold, beside) is None:
        return f"judged by a former program, which did not keep what chance gives; {AGAIN}"
    return ""


def judged_gate(threshold: Threshold, gate: Gate) -> Verdict:
    """The verdict of a threshold in force on what a gate measured at its evaluation.

    Insufficient when the gate holds no figure that answers the threshold.
    """
    return worst(each.verdict for each in judged(threshold, gate.figures))


def worst(verdicts: Iterable[Verdict | None]) -> Verdict:
    """The gravest of some verdicts; without any there is no evidence."""
    given = (verdict for verdict in verdicts if verdict is not None)
    return min(given, key=_GRAVITY.__getitem__, default=Verdict.INSUFFICIENT)


def unmeasured(threshold: Threshold) -> Figure:
    """What stands for a threshold that an evaluation has no figure for."""
    return Figure(
        metric=threshold.metric.value,
        subject=threshold.attribute or "",
        value=None,
        n=0,
        limit=threshold.limit,
        direction=direction_of(threshold.metric),
        verdict=Verdict.INSUFFICIENT,
        note="not measured",
    )


def answering(threshold: Threshold, figures: Iterable[Figure]) -> Figure | None:
    """The figure that a threshold is about.

    Of several, as an evaluation by a former agreement may hold, the one with the threshold's
    confidence.
    """
    found = [figure for figure in figures if answers(threshold, figure)]
    fitting = (figure for figure in found if _has_level(figure, threshold.confidence))
    return next(fitting, found[0] if found else None)


def answers(threshold: Threshold, figure: Figure) -> bool:
    """Whether a figure is the one a threshold is about."""
    return figure.metric == threshold.metric.value and figure.subject == (threshold.attribute or "")


def _judge_drop(threshold: Threshold, figure: Figure, baseline: Sequence[Figure]) -> Figure:
    drop = judge_drop(as_measured(figure), baseline, threshold)
    former = not_comparable(threshold, figure, ())
    return replace(drop, verdict=Verdict.INSUFFICIENT, note=former) if former else drop


def _by_chance(threshold: Threshold, beside: Iterable[Figure]) -> Figure | None:
    fitting = (
        figure
        for figure in beside
        if figure.metric == CALIBRATION_BY_CHANCE and _has_level(figure, threshold.confidence)
    )
    return next(fitting, None)


def _has_level(figure: Figure, confidence: float) -> bool:
    return figure.interval is not None and math.isclose(
        figure.interval.level, two_sided(confidence), abs_tol=1e-9
    )


def _confidence(interval: Interval) -> float:
    return (1 + interval.level) / 2


def as_measured(figure: Figure) -> Figure:
    """The figure as it was measured, before anything was said about it."""
    # What an insufficient verdict adds to a note speaks of the limit it was judged by.
    judged_before = figure.limit is not None and figure.verdict is Verdict.INSUFFICIENT
    return replace(
        figure,
        limit=None,
        direction=None,
        verdict=None,
        p_value=None,
        note="" if judged_before and figure.value is not None else figure.note,
        severity=None,
    )
