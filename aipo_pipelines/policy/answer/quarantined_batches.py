"""Notes about batches in quarantine. They belong to every answer, also if a newer batch answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.policy.facts.responses import check_name, quarantines
from aipo_pipelines.policy.text import listed


def quarantine_caveats(charter: Charter, state: ProductState) -> Iterator[str]:
    """The batches in quarantine, and the critical failures that keep them there.

    There is one sentence for each check and incident; the batch that arrived last comes first.
    """
    batches = [batch for batch in state.batches.values() if batch.status is BatchStatus.QUARANTINED]
    if not batches:
        return
    yield f"In quarantine, unused: {listed([batch.partition for batch in batches])}."
    groups: defaultdict[tuple[str, int], list[Batch]] = defaultdict(list)
    for batch in sorted(batches, key=lambda batch: batch.entry, reverse=True):
        # A batch can break several checks, but only a check that quarantines keeps it there.
        for unmet in batch.unmet:
            breaks = unmet.verdict is Verdict.FAIL and unmet.severity is Severity.CRITICAL
            if breaks and quarantines(charter, unmet.check, unmet.severity):
                groups[unmet.check, _incident(state, unmet.check, batch)].append(batch)
    for (key, incident), failing in groups.items():
        noun, verb = ("Batch", "is") if len(failing) == 1 else ("Batches", "are")
        number = f" (incident {incident})" if incident else ""
        yield (
            f"{noun} {listed([_named(batch) for batch in failing])} {verb} in quarantine: "
            f"{check_name(key)} fails critically{number}."
        )


def _incident(state: ProductState, key: str, batch: Batch) -> int:
    """The newest incident of a check about a batch; 0 if there is no incident."""
    entries = (
        incident.entry
        for incident in state.incidents.values()
        if incident.cause == Cause.of_check(key) and batch.partition in incident.partitions
    )
    return max(entries, default=0)


def _named(batch: Batch) -> str:
    day = f"{batch.occurred_at:%Y-%m-%d}"
    # Many batches are named by their date, which nobody wants to read twice.
    is_enough = not batch.dated or day in batch.partition
    return batch.partition if is_enough else f"{batch.partition} of {day}"
