"""The last change: the first batch with other data or another relation to the truth.

A check of the model begins to fail at a change: the newest batch that fails although the batch
before did not fail, under any version in charge. A window `since_change` begins with this batch.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.responses import verdicts_of_all_versions

WITNESSES = ("drift/data_drift", "performance/concept_drift", "performance/performance")
"""The checks whose failures show a change."""


def change_point(state: ProductState) -> str:
    """Partition of the first batch after the last change; empty if no change is known."""
    # Drift, concept and performance may begin to fail at different batches: the newest counts.
    known = [state.batches[partition] for key in WITNESSES for partition in _starts(state, key)]
    newest = max(known, key=lambda batch: batch.position, default=None)
    return newest.partition if newest else ""


def _starts(state: ProductState, key: str) -> Iterator[str]:
    # All versions count: the data changes regardless of the version that was in charge.
    failed = False
    for verdict in verdicts_of_all_versions(state, key):
        fails = verdict.verdict is Verdict.FAIL
        if fails and not failed and verdict.partition in state.batches:
            yield verdict.partition
        failed = fails
