"""Agreements that the batches so far can never fulfil, and dates that are not used.

`aipo check` refuses a charter that shows such a fault alone (`charter.consistency.judgeable`). The
size of batches, their dates and their age on arrival are known only when they arrive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aipo_pipelines.charter.consistency.judgeable import least_rows, never_measured
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Retraining, WindowChoice
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.policy.answer.unusable_dates import unusable_dates
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.text import counted, listed, span

_USUAL_REST = Retraining().cooldown
_ENOUGH = 3
"""As many late batches in a row make lateness the rule."""


def never_judged(charter: Charter, state: ProductState) -> Iterator[str]:
    """Sentences about agreements without effect as long as batches stay as they are."""
    counting = (batch for batch in state.batches.values() if batch.counts)
    batches = sorted(counting, key=lambda batch: batch.position)
    used = [batch for batch in batches if batch.status is not BatchStatus.QUARANTINED]
    yield from unusable_dates(charter, batches)
    yield from _undated(charter, used)
    yield from _without_rest(charter, used)
    yield from _small(charter, used)
    yield from _short_release(charter, used)
    yield from _late(charter, used)


def _undated(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    undated = [batch.partition for batch in batches if not batch.dated or batch.slipped]
    if charter.labels is None or not charter.labels.delay or not undated:
        return
    yield (
        f"Labels of {listed(undated)} are never due: the charter counts `labels.delay` "
        f"({span(charter.labels.delay)}) from the date of a batch, and these batches have no date. "
        "Name a `time_column` of dates, or name files by their date, as in 2026-09-30.csv."
    )


def _without_rest(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    agreed = charter.retraining
    if agreed.cooldown_by_clock or not agreed.cooldown or not trains_here(charter) or not batches:
        return
    # The default is no decision of the team, so a note about it would help nobody.
    if agreed.cooldown != _USUAL_REST and not any(has_date(batch) for batch in batches):
        yield (
            f"A rest of {span(agreed.cooldown)} between two trainings has no effect: it is counted "
            "by the dates of batches, and these batches have no date. "
            "`retraining.cooldown_by_clock` counts by the clock."
        )


def _small(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    largest = max((batch.rows for batch in batches), default=0)
    if charter.model is None or not largest:
        return
    short = [*_short_live(charter, largest)]
    if short:
        yield (
            f"No batch so far had more than {counted(largest, 'record')}, so these can never be "
            f"judged: {listed(short)}. Lower `minimum_sample`, or deliver larger batches."
        )


def _short_live(charter: Charter, largest: int) -> Iterator[str]:
    for threshold in charter.thresholds:
        if AppliesTo.LIVE in threshold.applies_to and least_rows(threshold) > largest:
            each = " in each of two groups" if threshold.metric in FAIRNESS_METRICS else ""
            yield f"{threshold.metric} (needs {threshold.minimum_sample}{each})"
    minimum_samples = {
        "data_drift": charter.drift.minimum_sample,
        "concept_drift": charter.concept_drift.minimum_sample,
    }
    for check, least in minimum_samples.items():
        # A check that this charter never measures needs no larger batch.
        if least > largest and check not in never_measured(charter):
            yield f"{check} (needs {least})"


def _short_release(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    """Gates that need more records than can be held out."""
    window, counts = charter.retraining.window, [batch.rows for batch in batches]
    # If another window may be chosen too, it may give enough records.
    if {*window.choices} == {WindowChoice.RECENT}:
        counts = counts[-window.recent :]
    rows = sum(counts)
    if not trains_here(charter) or not counts or not all(counts):
        return
    # Rounding may leave nothing, but at least one record is held out.
    held_out = rows - min(round(rows * (1 - window.held_out)), rows - 1)
    short = [
        f"{threshold.metric} (needs {threshold.minimum_sample})"
        for threshold in charter.thresholds
        if AppliesTo.RELEASE in threshold.applies_to and least_rows(threshold) > held_out
    ]
    if charter.release.minimum_sample > held_out:
        short.append(f"the comparison (needs {charter.release.minimum_sample})")
    if short:
        yield (
            f"Of {counted(rows, 'record')} so far {held_out} can be held out, too few to decide "
            f"about a release: {listed(short)}. Models are trained when there are more records. "
            "To train sooner, lower `minimum_sample`, or raise `held_out` or `recent` of "
            "`retraining.window`."
        )


def _late(charter: Charter, batches: Sequence[Batch]) -> Iterator[str]:
    newest = [batch for batch in batches if batch.dated][-_ENOUGH:]
    ages = [batch.arrived_at - batch.occurred_at for batch in newest]
    # A history that was delivered at once does not show how late a batch usually comes.
    one_by_one = len({batch.arrived_at.date() for batch in newest}) == _ENOUGH
    if one_by_one and min(ages) > charter.monitoring.cadence:
        yield (
            f"The last {_ENOUGH} batches were at least {span(min(ages))} old when they arrived, "
            f"and evidence counts for {span(charter.monitoring.cadence)}: the answer can never be "
            "YES. Lengthen `monitoring.cadence`, or deliver the data sooner."
        )
