"""What was agreed and can never be judged with the batches seen so far, and dates that are none.

`aipo check` refuses what the charter alone shows (`charter.consistency_judgeable`). How large
batches are, whether they have dates and how old they are on arrival is known only when they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aipo_pipelines.charter.consistency.judgeable import least_rows, never_measured
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Retraining, WindowChoice
from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.text import counted, listed, span

_USUAL_REST = Retraining().cooldown
_FAR = "far beyond its arrival"
_ENOUGH = 3
"""Batches that came late, or dated ahead, one after the other before that is taken as the rule."""


def never_judged(charter: Charter, state: ProductState) -> Iterator[str]:
    """Sentences about agreements that say nothing as long as batches are as they were so far."""
    standing = (one for one in state.batches.values() if one.counts)
    batches = sorted(standing, key=lambda one: one.position)
    used = [one for one in batches if one.status is not BatchStatus.QUARANTINED]
    yield from _before_first(charter, batches)
    yield from _slipped(batches)
    yield from _dated_ahead(batches)
    yield from _among_dated(used)
    yield from _undated(charter, used)
    yield from _without_rest(charter, used)
    yield from _small(charter, used)
    yield from _short_release(charter, used)
    yield from _late(charter, used)


def _before_first(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    """Records of the feed that belong to no batch, because no window is that early."""
    rule = charter.batches
    newest = max(batches, key=lambda one: one.entry, default=None)
    if newest is None or not newest.before_first or not isinstance(rule, TimeBatches):
        return
    yield (
        f"{counted(newest.before_first, 'record')} of the feed before {rule.starting}, when the "
        "first window begins: in no batch, and not judged."
    )


def _slipped(batches: Sequence[Batch]) -> Iterator[str]:
    for one in batches:
        if one.slipped:
            far = "further beyond its arrival than others do" if one.ahead else _FAR
            yield (
                f"The date of batch {one.partition}, {one.occurred_at:%Y-%m-%d}, lies {far} and "
                "dates nothing: the batch stands before every dated one that arrives after it. "
                "Correct the date and deliver it again."
            )


def _dated_ahead(batches: Sequence[Batch]) -> Iterator[str]:
    """What is dated ahead of its arrival while others are not: nothing is said of plans alone."""
    dated = [one for one in batches if has_date(one) and not one.copy_of]
    newest = sorted(dated, key=lambda one: one.entry)[-_ENOUGH:]
    arrived = max((one.arrived_at for one in newest), default=None)
    plans = len(newest) == _ENOUGH and all(one.early for one in newest)
    if arrived is None or len(dated) == 1 or plans:
        return
    ahead = [one for one in dated if one.early and one.occurred_at > arrived]
    if ahead:
        yield (
            "Dated ahead of arrival: "
            + listed([f"{one.partition} ({one.occurred_at:%Y-%m-%d})" for one in ahead])
            + ". What arrives later and is not dated ahead stands after that. Correct a date that "
            "is a slip and deliver its batch again."
        )


def _among_dated(batches: Sequence[Batch]) -> Iterator[str]:
    without = [one.partition for one in batches if not one.dated and not one.copy_of]
    if without and any(has_date(one) for one in batches):
        yield (
            f"No date is known of {listed(without)}, though other batches have one: what has none "
            "stands before every dated batch that arrives after it. Correct its name or its times "
            "and deliver it again."
        )


def _undated(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    undated = [one.partition for one in batches if not one.dated or one.slipped]
    if charter.labels is None or not charter.labels.delay or not undated:
        return
    yield (
        f"Labels of {listed(undated)} are never due: the charter counts `labels.delay` "
        f"({span(charter.labels.delay)}) from the date of a batch, and they have none. Name a "
        "`time_column` of dates, or files by their date, as in 2026-09-30.csv."
    )


def _without_rest(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    agreed = charter.retraining
    if agreed.cooldown_by_clock or not agreed.cooldown or not trains_here(charter) or not batches:
        return
    if agreed.cooldown != _USUAL_REST and not any(has_date(one) for one in batches):
        yield (
            f"A rest of {span(agreed.cooldown)} between two trainings never holds: it is counted "
            "by the dates of batches, and they have none. `retraining.cooldown_by_clock` counts "
            "the clock."
        )


def _small(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    most = max((one.rows for one in batches), default=0)
    if charter.model is None or not most:
        return
    short = [*_short_live(charter, most)]
    if short:
        yield (
            f"No batch so far had more than {counted(most, 'record')}, so these can never be "
            f"judged: {listed(short)}. Lower `minimum_sample`, or deliver larger batches."
        )


def _short_live(charter: Charter, most: int) -> Iterator[str]:
    for threshold in charter.thresholds:
        if AppliesTo.LIVE in threshold.applies_to and least_rows(threshold) > most:
            each = " in each of two groups" if threshold.metric in FAIRNESS_METRICS else ""
            yield f"{threshold.metric} (asks for {threshold.minimum_sample}{each})"
    asked = {
        "data_drift": charter.drift.minimum_sample,
        "concept_drift": charter.concept_drift.minimum_sample,
    }
    for check, least in asked.items():
        if least > most and check not in never_measured(charter):
            yield f"{check} (asks for {least})"


def _short_release(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    """Gates, which see what is held out of the newest batches, as many as it takes."""
    window, counts = charter.retraining.window, [one.rows for one in batches]
    if {*window.choices} == {WindowChoice.RECENT}:
        counts = counts[-window.recent :]
    rows = sum(counts)
    if not trains_here(charter) or not counts or not all(counts):
        return
    held_out = rows - min(round(rows * (1 - window.held_out)), rows - 1)
    short = [
        f"{one.metric} (asks for {one.minimum_sample})"
        for one in charter.thresholds
        if AppliesTo.RELEASE in one.applies_to and least_rows(one) > held_out
    ]
    if charter.release.minimum_sample > held_out:
        short.append(f"the comparison (asks for {charter.release.minimum_sample})")
    if short:
        yield (
            f"Of {counted(rows, 'record')} so far {held_out} can be held out, too few to judge a "
            f"release by: {listed(short)}. Models are trained once more records are there; or "
            "lower `minimum_sample`, or raise `held_out` or `recent` of `retraining.window`."
        )


def _late(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    newest = [one for one in batches if one.dated][-_ENOUGH:]
    ages = [one.arrived_at - one.occurred_at for one in newest]
    # What was delivered all at once tells nothing about how late a batch usually comes.
    one_by_one = len({one.arrived_at.date() for one in newest}) == _ENOUGH
    if one_by_one and min(ages) > charter.monitoring.cadence:
        yield (
            f"The last {_ENOUGH} batches were at least {span(min(ages))} old when they arrived, "
            f"and evidence counts for {span(charter.monitoring.cadence)}: the answer can never be "
            "YES. Lengthen `monitoring.cadence`, or have the data delivered sooner."
        )
