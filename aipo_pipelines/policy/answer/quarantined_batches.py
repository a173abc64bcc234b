"""What the answer says about batches in quarantine, whichever batch answers."""

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
    """Which batches are in quarantine, and which critical failure of which check keeps them there.

    One sentence for each check and incident; the batch that arrived last comes first.
    """
    held = [one for one in state.batches.values() if one.status is BatchStatus.QUARANTINED]
    if not held:
        return
    yield f"In quarantine, unused: {listed([one.partition for one in held])}."
    groups: defaultdict[tuple[str, int], list[Batch]] = defaultdict(list)
    for batch in sorted(held, key=lambda one: one.entry, reverse=True):
        for unmet in batch.unmet:
            breaks = unmet.verdict is Verdict.FAIL and unmet.severity is Severity.CRITICAL
            if breaks and quarantines(charter, unmet.check, unmet.severity):
                groups[unmet.check, _incident(state, unmet.check, batch)].append(batch)
    for (key, incident), batches in groups.items():
        noun, verb = ("Batch", "is") if len(batches) == 1 else ("Batches", "are")
        which = f" (incident {incident})" if incident else ""
        yield (
            f"{noun} {listed([_named(one) for one in batches])} {verb} in quarantine: "
            f"{check_name(key)} fails critically{which}."
        )


def _incident(state: ProductState, key: str, batch: Batch) -> int:
    """The newest incident of a check about a batch; 0 for none."""
    about = (
        one.entry
        for one in state.incidents.values()
        if one.cause == Cause.of_check(key) and batch.partition in one.partitions
    )
    return max(about, default=0)


def _named(batch: Batch) -> str:
    day = f"{batch.occurred_at:%Y-%m-%d}"
    is_said = not batch.dated or day in batch.partition
    return batch.partition if is_said else f"{batch.partition} of {day}"
