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
from aipo_pipelines.policy.statements.charter_limits import (
    BatchesTooLate,
    BatchesTooSmall,
    LabelsNeverDue,
    LimitCaveat,
    RestWithoutEffect,
    Shortage,
    TooFewHeldOut,
)
from aipo_pipelines.policy.statements.dates import DateCaveat

_USUAL_REST = Retraining().cooldown
_ENOUGH = 3
"""As many late batches in a row make lateness the rule."""


def never_judged(charter: Charter, state: ProductState) -> Iterator[LimitCaveat | DateCaveat]:
    """Agreements without effect as long as batches stay as they are, and unusable dates."""
    counting = (batch for batch in state.batches.values() if batch.counts)
    batches = sorted(counting, key=lambda batch: batch.position)
    # A batch in quarantine is never used, so it can fulfil no agreement.
    used = [batch for batch in batches if batch.status is not BatchStatus.QUARANTINED]
    yield from unusable_dates(charter, batches)
    yield from _undated(charter, used)
    yield from _without_rest(charter, used)
    yield from _small(charter, used)
    yield from _short_release(charter, used)
    yield from _late(charter, used)


def _undated(charter: Charter, batches: Sequence[Batch]) -> Iterator[LimitCaveat]:
    undated = tuple(batch.partition for batch in batches if not batch.dated or batch.slipped)
    if charter.labels is not None and charter.labels.delay and undated:
        yield LabelsNeverDue(partitions=undated, delay=charter.labels.delay)


def _without_rest(charter: Charter, batches: Sequence[Batch]) -> Iterator[LimitCaveat]:
    agreed = charter.retraining
    if agreed.cooldown_by_clock or not agreed.cooldown or not trains_here(charter) or not batches:
        return
    # The default is no decision of the team, so a note about it would help nobody.
    if agreed.cooldown != _USUAL_REST and not any(has_date(batch) for batch in batches):
        yield RestWithoutEffect(length=agreed.cooldown)


def _small(charter: Charter, batches: Sequence[Batch]) -> Iterator[LimitCaveat]:
    largest = max((batch.rows for batch in batches), default=0)
    if charter.model is None or not largest:
        return
    short = tuple(_short_live(charter, largest))
    if short:
        yield BatchesTooSmall(largest=largest, short=short)


def _short_live(charter: Charter, largest: int) -> Iterator[Shortage]:
    for threshold in charter.thresholds:
        if AppliesTo.LIVE in threshold.applies_to and least_rows(threshold) > largest:
            yield Shortage(
                name=threshold.metric.value,
                needed=threshold.minimum_sample,
                in_each_group=threshold.metric in FAIRNESS_METRICS,
            )
    minimum_samples = {
        "data_drift": charter.drift.minimum_sample,
        "concept_drift": charter.concept_drift.minimum_sample,
    }
    for check, least in minimum_samples.items():
        # A check that this charter never measures needs no larger batch.
        if least > largest and check not in never_measured(charter):
            yield Shortage(name=check, needed=least)


def _short_release(charter: Charter, batches: Sequence[Batch]) -> Iterator[LimitCaveat]:
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
        Shortage(name=threshold.metric.value, needed=threshold.minimum_sample)
        for threshold in charter.thresholds
        if AppliesTo.RELEASE in threshold.applies_to and least_rows(threshold) > held_out
    ]
    if charter.release.minimum_sample > held_out:
        short.append(Shortage(name="", needed=charter.release.minimum_sample))
    if short:
        yield TooFewHeldOut(records=rows, held_out=held_out, short=tuple(short))


def _late(charter: Charter, batches: Sequence[Batch]) -> Iterator[LimitCaveat]:
    newest = [batch for batch in batches if batch.dated][-_ENOUGH:]
    ages = [batch.arrived_at - batch.occurred_at for batch in newest]
    # A history that was delivered at once does not show how late a batch usually comes.
    one_by_one = len({batch.arrived_at.date() for batch in newest}) == _ENOUGH
    if one_by_one and min(ages) > charter.monitoring.cadence:
        yield BatchesTooLate(
            batches=_ENOUGH, least_age=min(ages), allowed=charter.monitoring.cadence
        )
