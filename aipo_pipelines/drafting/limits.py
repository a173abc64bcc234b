"""Limits a bit below what a first model reached, with samples that can show a miss.

A standard of the organisation is never loosened: where the first model does not reach it, the
standard's own limit stands in the draft, and the comment says what was measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.power import sample_needed, smallest_visible
from aipo_pipelines.charter.model.standards import StandardThreshold
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, AppliesTo, Metric
from aipo_pipelines.drafting.batch_windows import HELD_OUT, FirstBatches
from aipo_pipelines.drafting.first_model import CONFIDENCE, GAPS, METRICS, Gap, Measured
from aipo_pipelines.drafting.group_sizes import GroupSizes, group_sizes
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION

USUAL_SAMPLE = 100
_FEWEST = 30
_USUAL_GAP = 0.1
_SLACK = 0.02
_ERROR_SLACK = 1.1
_SMALLEST_DROP = 0.05
_SHARES = frozenset({Metric.ROC_AUC, Metric.BALANCED_ACCURACY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One drafted threshold.

    Attributes:
        maximum_drop: Smallest drop that the sample shows with 80 % power; None for other metrics.
        measured: What was measured, in words.
        per_batch: Records that a usual batch has for it; of the group that decides whether there
            is a verdict, where groups are compared.
        held_out: How many of them can be held out of the first batches to judge a release.
        whose: That group, in words; empty where no groups are compared.
        too_small: Which groups what is held out is too small for, and what would be enough; empty
            where all are large enough.
    """

    metric: Metric
    limit: float
    minimum_sample: int
    maximum_drop: float | None
    attribute: str | None
    applies_to: tuple[AppliesTo, ...]
    measured: str
    per_batch: int
    held_out: int
    whose: str = ""
    too_small: str = ""


def sample_wanted(task: Task, standards: Sequence[StandardThreshold]) -> int:
    """Records that a judgement on the drafted metrics of a task asks for."""
    least = [
        threshold.minimum_sample or 0
        for threshold in standards
        if threshold.metric in METRICS[task]
    ]
    return max(USUAL_SAMPLE, *least) if least else USUAL_SAMPLE


def draft_limits(
    task: Task,
    measured: Measured,
    protected: Sequence[str],
    first: FirstBatches,
    standards: Sequence[StandardThreshold],
) -> tuple[Limit, ...]:
    """Drafts the thresholds of a first charter.

    Args:
        task: What is predicted.
        measured: What the first model reached.
        protected: Attributes whose groups are compared.
        first: The batches that the first model waits for.
        standards: The organisation's, for the risk tier of the draft.
    """
    limits = [
        _of_metric(metric, measured.figures.get(metric), first, standards)
        for metric in METRICS[task]
    ]
    for name in protected:
        groups = group_sizes(first, measured.group_sizes.get(name, ()), measured.rows)
        limits.append(_of_gap(task, name, measured.gaps.get(name), groups, standards))
    return tuple(limit for limit in limits if limit is not None)


def _of_metric(
    metric: Metric,
    figure: Figure | None,
    first: FirstBatches,
    standards: Sequence[StandardThreshold],
) -> Limit | None:
    standard = next((threshold for threshold in standards if threshold.metric is metric), None)
    if figure is None or figure.value is None or figure.interval is None:
        if standard is None:
            return None
        limit, told = standard.limit, "not measured; this is the organisation's standard"
    else:
        low, high = figure.interval.low, figure.interval.high
        told = f"measured {figure.value:.3g} [{low:.3g}, {high:.3g}]"
        limit = _a_bit_worse(metric, low, high)
        if standard is not None and _is_looser(metric, limit, standard.limit):
            limit = standard.limit
            told += "; a bit less would be looser than the organisation's standard, which stands"
        if _is_looser(metric, figure.value, limit):
            told += "; a first model does not reach it"
    sample = max(_small_enough(first.rows), (standard.minimum_sample or 0) if standard else 0)
    return Limit(
        metric=metric,
        limit=limit,
        minimum_sample=sample,
        maximum_drop=_drop(metric, limit, sample),
        attribute=None,
        applies_to=(AppliesTo.RELEASE, AppliesTo.LIVE),
        measured=told,
        per_batch=first.rows,
        held_out=first.held_out(first.rows),
    )


def _small_enough(rows: int) -> int:
    """The usual sample, or less where a usual batch has few of the records.

    With room to spare: some batches are smaller than a usual one, some of their labels missing.
    """
    return max(_FEWEST, min(USUAL_SAMPLE, int(rows * HELD_OUT)))


def _a_bit_worse(metric: Metric, low: float, high: float) -> float:
    if metric in LOWER_IS_BETTER:
        return _rounded_up(high * _ERROR_SLACK)
    worse = math.floor((low - _SLACK) * 100) / 100
    return max(worse, 0.5 if metric is Metric.ROC_AUC else 0.0)


def _is_looser(metric: Metric, limit: float, standard: float) -> bool:
    return limit > standard if metric in LOWER_IS_BETTER else limit < standard


def _rounded_up(number: float) -> float:
    if number <= 0:
        return 0.01
    size = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(f"{math.ceil(number / size) * size:.12g}")


def _drop(metric: Metric, limit: float, sample: int) -> float | None:
    """The smallest drop that counts and that so many records show, in hundredths."""
    if metric not in _SHARES or not 0 < limit < 1:
        return None
    visible = smallest_visible(metric, limit, sample, CONFIDENCE)
    if visible is None:
        return None
    return max(_SMALLEST_DROP, math.ceil(visible * 100) / 100)


def _of_gap(
    task: Task,
    name: str,
    gap: Gap | None,
    groups: GroupSizes,
    standards: Sequence[StandardThreshold],
) -> Limit | None:
    metric = GAPS[task]
    standard = next((threshold for threshold in standards if threshold.metric is metric), None)
    if standard is not None:
        limit = standard.limit
    elif task in CLASSIFICATION:
        limit = _USUAL_GAP
    elif gap is None:
        # An error in the unit of the label has no usual limit.
        return None
    else:
        limit = _rounded_up(max(gap.value, _USUAL_GAP * gap.mean) * _ERROR_SLACK)
    needed = sample_needed(metric, limit, limit, CONFIDENCE) or _small_enough(groups.decisive)
    sample = max(needed, (standard.minimum_sample or 0) if standard else 0)
    told = "not measured" if gap is None else f"measured {gap.value:.2g}"
    if gap is not None and gap.value > limit:
        told += ", which is beyond the limit: a first model would not go live"
    if len(groups.batch) > 1:
        told += f"; {groups.told()}"
    held_out = groups.held_out[1] if len(groups.batch) > 1 else 0
    places = (AppliesTo.RELEASE, AppliesTo.LIVE) if sample <= held_out else (AppliesTo.LIVE,)
    return Limit(
        metric=metric,
        limit=limit,
        minimum_sample=sample,
        maximum_drop=None,
        attribute=name,
        applies_to=places,
        measured=told,
        per_batch=groups.decisive,
        held_out=held_out,
        whose=groups.whose,
        too_small=groups.too_small(sample),
    )
