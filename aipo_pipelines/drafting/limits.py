"""Limits a bit below the figures of a first model, with samples that can show a miss.

A standard of the organisation is never loosened. If the first model does not reach it, the draft
has the limit of the standard, and the comment says what was measured.
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
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION

USUAL_SAMPLE = 100
# Below 30 records an interval says hardly anything.
_FEWEST = 30
_USUAL_GAP = 0.1
# A limit exactly at the measured figure would fail in half of all honest batches.
_SLACK = 0.02
_ERROR_SLACK = 1.1
# A first charter does not fail for a smaller drop, even if a large batch could show it.
_SMALLEST_DROP = 0.05
_SHARES = frozenset({Metric.ROC_AUC, Metric.BALANCED_ACCURACY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One drafted threshold.

    Attributes:
        maximum_drop: Smallest drop that the sample shows with 80 % power; None for other metrics.
        measured: What was measured, in words.
        per_batch: Records that a usual batch has for it. If groups are compared, these are the
            records of the group that decides whether there is a verdict.
        held_out: How many of them can be held out of the first batches to judge a release.
        deciding_group: That group, in words; empty if no groups are compared.
        too_small: The groups with too few held-out records, and how many would be enough; empty
            if all groups are large enough.
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
    deciding_group: str = ""
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
        measured: The figures of the first model.
        protected: Attributes whose groups are compared.
        first: The batches that the first model waits for.
        standards: The organisation's thresholds for the risk tier of the draft.
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
    """The limit on a metric; None if nothing was measured and no standard has a limit.

    1. Take the limit of the standard if there is no figure.
    2. Otherwise a bit worse than the figure, but never looser than the standard.
    3. Choose a sample that a usual batch can have, but at least that of the standard.
    """
    standard = next((threshold for threshold in standards if threshold.metric is metric), None)
    if figure is not None and figure.value is not None and figure.interval is not None:
        limit, note = _near(metric, figure.value, figure.interval, standard)
    elif standard is not None:
        limit, note = standard.limit, "not measured; this is the organisation's standard"
    else:
        return None
    # The standard may ask for more records than a batch has: the draft says so, and keeps to it.
    sample = max(_small_enough(first.rows), (standard.minimum_sample or 0) if standard else 0)
    return Limit(
        metric=metric,
        limit=limit,
        minimum_sample=sample,
        maximum_drop=_drop(metric, limit, sample),
        attribute=None,
        applies_to=(AppliesTo.RELEASE, AppliesTo.LIVE),
        measured=note,
        per_batch=first.rows,
        held_out=first.held_out(first.rows),
    )


def _near(
    metric: Metric, value: float, interval: Interval, standard: StandardThreshold | None
) -> tuple[float, str]:
    """A limit that is a bit worse than a figure, but not looser than the standard, and why."""
    note = f"measured {value:.3g} [{interval.low:.3g}, {interval.high:.3g}]"
    limit = _a_bit_worse(metric, interval.low, interval.high)
    if standard is not None and _is_looser(metric, limit, standard.limit):
        limit = standard.limit
        note += "; a bit less would be looser than the organisation's standard, which holds"
    if _is_looser(metric, value, limit):
        note += "; a first model does not reach it"
    return limit, note


def _small_enough(rows: int) -> int:
    """The usual sample, or a smaller sample if a usual batch has few of the records.

    It leaves room: some batches are smaller than usual, and some of their labels are missing.
    """
    return max(_FEWEST, min(USUAL_SAMPLE, int(rows * HELD_OUT)))


def _a_bit_worse(metric: Metric, low: float, high: float) -> float:
    if metric in LOWER_IS_BETTER:
        return _rounded_up(high * _ERROR_SLACK)
    # In hundredths: people agree on 0.78, not on 0.7834.
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
    """The smallest drop that matters and that a sample of this size shows, in hundredths."""
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
    """The limit on the gap between the groups of an attribute; None if no limit is usual."""
    metric = GAPS[task]
    standard = next((threshold for threshold in standards if threshold.metric is metric), None)
    limit = _gap_limit(task, gap, standard)
    if limit is None:
        return None
    needed = sample_needed(metric, limit, limit, CONFIDENCE) or _small_enough(groups.decisive)
    sample = max(needed, (standard.minimum_sample or 0) if standard else 0)
    held_out = groups.held_out[1] if len(groups.batch) > 1 else 0
    # A gate that never gets enough records would block each release: then only live batches count.
    places = (AppliesTo.RELEASE, AppliesTo.LIVE) if sample <= held_out else (AppliesTo.LIVE,)
    return Limit(
        metric=metric,
        limit=limit,
        minimum_sample=sample,
        maximum_drop=None,
        attribute=name,
        applies_to=places,
        measured=_gap_in_words(gap, limit, groups),
        per_batch=groups.decisive,
        held_out=held_out,
        deciding_group=groups.deciding_group,
        too_small=groups.too_small(sample),
    )


def _gap_limit(task: Task, gap: Gap | None, standard: StandardThreshold | None) -> float | None:
    """The organisation's limit, the usual limit of shares, or a limit from the measured gap."""
    if standard is not None:
        return standard.limit
    if task in CLASSIFICATION:
        return _USUAL_GAP
    # An error in the unit of the label has no usual limit: only what was measured gives its scale.
    return _rounded_up(max(gap.value, _USUAL_GAP * gap.mean) * _ERROR_SLACK) if gap else None


def _gap_in_words(gap: Gap | None, limit: float, groups: GroupSizes) -> str:
    note = "not measured" if gap is None else f"measured {gap.value:.2g}"
    if gap is not None and gap.value > limit:
        note += ", which is beyond the limit: a first model would not go live"
    return f"{note}; {groups.in_words()}" if len(groups.batch) > 1 else note
