"""Another source of the feed in the fold: batches of the former source are history.

These batches are not measured any more, and evidence about them is invalid. It leaves the series of
verdicts, and the checks have no verdict until a batch of the agreed source is judged, independent
of dates. Evaluations of models become invalid too, also if batches with these names arrive later.
Invalid evidence belongs to no batch, so all other evidence comes after it. A batch that is found
unchanged in the new source counts from then on: see `batches`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.actions import withdraw_measurements
from aipo_pipelines.ledger.fold.invalid_evidence import (
    invalid,
    with_evidence_of_models,
    with_newest,
)
from aipo_pipelines.ledger.model.state import Batch, CheckState, ProductState

_NOT_MEASURED = "its source is not agreed any more"


def leave_source(state: ProductState, entry: Entry) -> ProductState:
    """Another source was agreed: all batches so far belong to a former source."""
    # A withdrawn batch is no evidence already, and keeps the reason for that.
    former = {
        name: replace(batch, former=True) if batch.stands else batch
        for name, batch in state.batches.items()
    }
    checks = {key: _without_batches(check, former, entry) for key, check in state.checks.items()}
    state = replace(state, batches=former, checks=checks)

    def change(evidence: Evidence) -> Evidence:
        """Makes evidence about a batch of the former source invalid."""
        return _invalid(evidence, entry) if evidence.partition in former else evidence

    state = with_evidence_of_models(state, change)
    for name in former:
        state = withdraw_measurements(state, name, _NOT_MEASURED)
    return state


def _without_batches(check: CheckState, batches: Mapping[str, Batch], entry: Entry) -> CheckState:
    decided = check.decided
    if decided is not None and decided.partition in batches:
        decided = _invalid(decided, entry)
    # The series begins again: verdicts of two sources are never counted together.
    recent = tuple(verdict for verdict in check.recent if verdict.partition not in batches)
    check = replace(check, recent=recent, decided=decided, undecided=())
    if check.partition not in batches:
        return check
    return with_newest(check, _invalid(check.newest, entry))


def _invalid(evidence: Evidence, entry: Entry) -> Evidence:
    reason = (
        f"Batch {evidence.partition}, which it was about, came from a source that is not agreed "
        f"any more since {entry.recorded_at:%Y-%m-%d}. No batch of the agreed source is judged yet."
    )
    return invalid(evidence, evidence.partition, reason, entry.recorded_at)
