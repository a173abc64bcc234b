"""The fold's part about another source of the feed: what came from the former one is history.

Its batches are not measured any more, and what was said about them is void: it leaves the series of
verdicts, and evidence that rested on it comes to no verdict until a batch of the agreed source is
judged, whatever their dates. So do the evaluations of models, whatever arrives under those names
later. Void evidence belongs to no batch and so stands before every other one. A batch that is found
unchanged in the new place counts from then on: see `fold_batches`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.actions import withdraw_measurements
from aipo_pipelines.ledger.fold.void import void, void_of_models, with_void
from aipo_pipelines.ledger.model.state import Batch, CheckState, ProductState

_NOT_MEASURED = "its source is not agreed any more"


def leave_source(state: ProductState, entry: Entry) -> ProductState:
    """Another source was agreed: the batches so far are those of a former one."""
    # A batch that was withdrawn counts for nothing already, and keeps the reason of that.
    former = {
        name: replace(batch, former=True) if batch.stands else batch
        for name, batch in state.batches.items()
    }
    checks = {key: _void(check, former, entry) for key, check in state.checks.items()}
    state = replace(state, batches=former, checks=checks)
    state = void_of_models(
        state, lambda said: _without_verdict(said, entry) if said.partition in former else said
    )
    for name in former:
        state = withdraw_measurements(state, name, _NOT_MEASURED)
    return state


def _void(check: CheckState, batches: Mapping[str, Batch], entry: Entry) -> CheckState:
    decided = check.decided
    if decided is not None and decided.partition in batches:
        decided = _without_verdict(decided, entry)
    # The series begins again: verdicts of two sources are never counted together.
    recent = tuple(verdict for verdict in check.recent if verdict.partition not in batches)
    check = replace(check, recent=recent, decided=decided, undecided=())
    if check.partition not in batches:
        return check
    return with_void(check, _without_verdict(check.newest, entry))


def _without_verdict(said: Evidence, entry: Entry) -> Evidence:
    why = (
        f"Batch {said.partition}, which it was about, came from a source that is not agreed any "
        f"more since {entry.recorded_at:%Y-%m-%d}; no batch of the agreed one is judged yet."
    )
    return void(said, said.partition, why, entry.recorded_at)
