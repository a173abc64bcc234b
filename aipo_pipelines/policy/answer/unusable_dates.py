"""Dates of batches that are missing, wrong or in the future, and records before the first window.

They give a batch another position than its date, so the answer names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.policy.statements.batches import DatedBatch
from aipo_pipelines.policy.statements.dates import (
    DateCaveat,
    DatedAhead,
    RecordsBeforeFirstWindow,
    UndatedBatches,
    UnusedDate,
)

_PLANS = 3
"""Number of batches in a row that are dated ahead and show that the feed holds plans."""


def unusable_dates(charter: Charter, batches: Sequence[Batch]) -> Iterator[DateCaveat]:
    """Dates that do not give their batch its position.

    Args:
        charter: The charter in force.
        batches: The batches that count, in their order.
    """
    yield from _before_first(charter, batches)
    yield from _slipped(batches)
    yield from _dated_ahead(batches)
    yield from _among_dated(batches)


def _before_first(charter: Charter, batches: Sequence[Batch]) -> Iterator[DateCaveat]:
    """Records of the feed that belong to no batch, because the first window begins later."""
    rule = charter.batches
    # Each batch records this number at its arrival, so only the newest number is current.
    newest = max(batches, key=lambda batch: batch.entry, default=None)
    if newest is None or not newest.before_first or not isinstance(rule, TimeBatches):
        return
    if rule.starting is not None:
        yield RecordsBeforeFirstWindow(records=newest.before_first, starting=rule.starting)


def _slipped(batches: Sequence[Batch]) -> Iterator[DateCaveat]:
    # A wrong date in the future must not hide a failing batch that comes later.
    for batch in batches:
        if batch.slipped:
            yield UnusedDate(
                partition=batch.partition, dated=batch.occurred_at, is_among_plans=batch.ahead
            )


def _dated_ahead(batches: Sequence[Batch]) -> Iterator[DateCaveat]:
    """Batches that are dated ahead of their arrival, unless all recent batches are."""
    dated = [batch for batch in batches if has_date(batch) and not batch.copy_of]
    newest = sorted(dated, key=lambda batch: batch.entry)[-_PLANS:]
    last_arrival = max((batch.arrived_at for batch in newest), default=None)
    # A single batch has no other batch that its date could hide.
    if last_arrival is None or len(dated) == 1 or _are_plans(newest):
        return
    ahead = [batch for batch in dated if batch.early and batch.occurred_at > last_arrival]
    if ahead:
        yield DatedAhead(
            batches=tuple(
                DatedBatch(partition=batch.partition, day=batch.occurred_at.date())
                for batch in ahead
            )
        )


def _are_plans(newest: Sequence[Batch]) -> bool:
    """Whether all recent batches are plans: then dates give the order, and nothing is wrong."""
    return len(newest) == _PLANS and all(batch.early for batch in newest)


def _among_dated(batches: Sequence[Batch]) -> Iterator[DateCaveat]:
    # A batch in quarantine is not used, so its position matters to no figure.
    used = [batch for batch in batches if batch.status is not BatchStatus.QUARANTINED]
    undated = tuple(batch.partition for batch in used if not batch.dated and not batch.copy_of)
    if undated and any(has_date(batch) for batch in used):
        yield UndatedBatches(partitions=undated)
