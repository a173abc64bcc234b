"""A stored figure judged by the agreement in force at the moment when it is read.

A figure is a fact. Its verdict is an opinion of the charter in force when it was measured. So each
reader judges a figure again, by the limit, the minimum sample and the interval rule in force. The
same code judges it when it is measured (`measures.metrics.verdict`).

Some agreements cannot be applied to a figure later. Examples are an interval for another
confidence, groups compared from another number of records on, and a calibration error without its
value by chance. Such a figure is insufficient and says that it was judged by a former agreement.
Nothing is guessed: the next measurement decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric, Threshold
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

_SEVERITY = {Verdict.FAIL: 0, Verdict.INSUFFICIENT: 1, Verdict.PASS: 2}


def judged(
    threshold: Threshold,
    figures: Sequence[Figure],
    baseline: Sequence[Figure] | None = None,
    *,
    before_is: str = "release figure",
) -> Iterator[Figure]:
    """The figures of one evaluation, judged by a threshold.

    Args:
        threshold: The threshold in force at the given moment.
        figures: All figures of one evaluation of the check of the threshold.
        baseline: The release figures of the champion, for `maximum_drop`. None leaves the drop out,
            for example if the evaluation gave the release figures itself.
        before_is: What the note of a drop calls a figure of the baseline.

    Yields:
        The figure of its metric with limit, verdict and note, and then its drop; nothing if the
        evaluation has no such figure.
    """
    figure = answering(threshold, figures)
    if figure is None:
        return
    yield judge_again(threshold, figure, figures)
    if threshold.maximum_drop is not None and baseline is not None:
        yield _judge_drop(threshold, figure, figures, baseline, before_is)


def judge_again(threshold: Threshold, figure: Figure, beside: Sequence[Figure]) -> Figure:
    """One stored figure judged by a threshold in force.

    Args:
        threshold: A threshold on this metric.
        figure: The stored figure; its own limit and verdict do not count.
        beside: The figures of the same evaluation.
    """
    measured = as_measured(figure)
    former = not_comparable(threshold, figure, beside)
    # An estimate without labels never satisfies a threshold.
    if former or figure.estimated:
        note = former or figure.note or "estimated without labels"
        return replace(judge(measured, threshold), verdict=Verdict.INSUFFICIENT, note=note)
    chance = _by_chance(threshold, beside)
    if threshold.metric is Metric.CALIBRATION_ERROR and chance is not None:
        now = judge_calibration(measured, as_measured(chance), threshold)
    else:
        now = judge(measured, threshold)
    # With an equal result the stored note stays: it may say more than the note of this verdict.
    unchanged = (figure.limit, figure.verdict) == (now.limit, now.verdict)
    return replace(now, note=figure.note) if unchanged else now


def not_comparable(threshold: Threshold, figure: Figure, beside: Sequence[Figure]) -> str:
    """Why a threshold in force cannot be applied to a stored figure; empty if it can.

    Measuring the batch of such a figure again decides.
    """
    # The groups were chosen by the minimum of that time: another minimum compares other groups.
    if threshold.metric in FAIRNESS_METRICS:
        if figure.minimum is None:
            return f"judged by a former minimum of records in each group; {AGAIN}"
        if figure.minimum != threshold.minimum_sample:
            return (
                f"judged by the former minimum of {figure.minimum} records in each group, agreed "
                f"are {threshold.minimum_sample}; {AGAIN}"
            )
    # Without an interval, or with too few records, the confidence does not matter.
    if figure.value is None or figure.interval is None or figure.n < threshold.minimum_sample:
        return ""
    if not _has_level(figure, threshold.confidence):
        return (
            f"judged by the former confidence {number(_confidence(figure.interval))}, agreed is "
            f"{number(threshold.confidence)}; {AGAIN}"
        )
    if threshold.metric is Metric.CALIBRATION_ERROR and _by_chance(threshold, beside) is None:
        return f"judged by a former program, which did not keep the value by chance; {AGAIN}"
    return ""


def worst(verdicts: Iterable[Verdict | None]) -> Verdict:
    """The worst of some verdicts; insufficient if there is no verdict."""
    given = (verdict for verdict in verdicts if verdict is not None)
    return min(given, key=_SEVERITY.__getitem__, default=Verdict.INSUFFICIENT)


def unmeasured(threshold: Threshold) -> Figure:
    """The figure for a threshold whose metric an evaluation did not measure."""
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
    """The figure of a threshold, if an evaluation has it."""
    # An evaluation by a former agreement may hold several: the threshold's confidence decides.
    matches = [figure for figure in figures if answers(threshold, figure)]
    fitting = (figure for figure in matches if _has_level(figure, threshold.confidence))
    return next(fitting, matches[0] if matches else None)


def answers(threshold: Threshold, figure: Figure) -> bool:
    """Whether a figure belongs to a threshold."""
    return figure.metric == threshold.metric.value and figure.subject == (threshold.attribute or "")


def _judge_drop(
    threshold: Threshold,
    figure: Figure,
    beside: Sequence[Figure],
    baseline: Sequence[Figure],
    before_is: str,
) -> Figure:
    # The drop is judged by the figure, so it has the same reasons to be measured again.
    drop = judge_drop(as_measured(figure), baseline, threshold, before_is=before_is)
    former = not_comparable(threshold, figure, beside)
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
    """The figure as it was measured, without limit and verdict."""
    # An insufficient verdict adds a note about its own limit: that note is outdated, too.
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
