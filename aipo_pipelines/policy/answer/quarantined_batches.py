"""Notes about batches in quarantine. They belong to every answer, also if a newer batch answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.policy.facts.responses import quarantines
from aipo_pipelines.policy.statements.batches import (
    BatchCaveat,
    DatedBatch,
    KeptInQuarantine,
    QuarantinedBatches,
)


def quarantine_caveats(charter: Charter, state: ProductState) -> Iterator[BatchCaveat]:
    """The batches in quarantine, and the critical failures that keep them there.

    There is one caveat for each check and incident; the batch that arrived last comes first.
    """
    batches = [batch for batch in state.batches.values() if batch.status is BatchStatus.QUARANTINED]
    if not batches:
        return
    yield QuarantinedBatches(partitions=tuple(batch.partition for batch in batches))
    groups: defaultdict[tuple[str, int | None], list[Batch]] = defaultdict(list)
    for batch in sorted(batches, key=lambda batch: batch.entry, reverse=True):
        # A batch can break several checks, but only a check that quarantines keeps it there.
        for unmet in batch.unmet:
            breaks = unmet.verdict is Verdict.FAIL and unmet.severity is Severity.CRITICAL
            if breaks and quarantines(charter, unmet.check, unmet.severity):
                groups[unmet.check, _incident(state, unmet.check, batch)].append(batch)
    for (key, incident), failing in groups.items():
        yield KeptInQuarantine(
            key=CheckKey.parse(key),
            incident=incident,
            batches=tuple(map(_dated, failing)),
        )


def _incident(state: ProductState, key: str, batch: Batch) -> int | None:
    """The newest incident of a check about a batch; None if there is no incident."""
    entries = (
        incident.entry
        for incident in state.incidents.values()
        if incident.cause == Cause.of_check(key) and batch.partition in incident.partitions
    )
    return max(entries, default=None)


def _dated(batch: Batch) -> DatedBatch:
    day = batch.occurred_at.date() if batch.dated else None
    return DatedBatch(partition=batch.partition, day=day)
