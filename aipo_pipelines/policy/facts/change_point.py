"""The last change: from which batch on the data or the concept is another one.

A change is where a check of the model begins to fail: the newest batch that fails and whose
predecessor did not, whichever version was in charge. It marks where a window `since_change` begins.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.responses import verdicts_of_all_versions

WITNESSES = ("drift/data_drift", "performance/concept_drift", "performance/performance")
"""The checks whose failures tell of a change."""


def change_point(state: ProductState) -> str:
    """Partition of the first batch after the last change; empty where none is known."""
    known = [state.batches[partition] for key in WITNESSES for partition in _starts(state, key)]
    newest = max(known, key=lambda batch: batch.position, default=None)
    return newest.partition if newest else ""


def _starts(state: ProductState, key: str) -> Iterator[str]:
    failed = False
    for verdict in verdicts_of_all_versions(state, key):
        fails = verdict.verdict is Verdict.FAIL
        if fails and not failed and verdict.partition in state.batches:
            yield verdict.partition
        failed = fails
