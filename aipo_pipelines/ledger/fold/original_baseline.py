"""The fold's part about the original baseline: what drift is measured against for good.

It is the first champion that was released, or the version that a person named since. The baseline
of the champion in charge moves with every release, so many small steps, each signed off, can lead
far away; this one does not move by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.releases import OriginalNamed
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.models import Champion, Original
from aipo_pipelines.ledger.model.state import ProductState


def keep_first(before: ProductState, after: ProductState, entry: Entry) -> ProductState:
    """Keeps the first champion when it is released, as the state forgets it later.

    Args:
        before: The state before the release.
        after: The state after it.
        entry: The entry of the release.
    """
    # The first release alone decides: a later champion is measured against it, and not the reverse.
    if before.originals or after.champion is before.champion or after.champion is None:
        return after
    first = original_of(before)
    if first is None and before.champion is None:
        first = _original(after.champion, entry.index)
    return after if first is None else _put(after, first)


def name_original(state: ProductState, entry: Entry, named: OriginalNamed) -> ProductState:
    """A person named the original baseline; a version of which nothing is kept changes nothing."""
    chosen = next((one for one in nameable(state) if one.version == named.version), None)
    if chosen is None:
        return state
    if not state.originals and (first := original_of(state)) is not None:
        state = _put(state, first)
    chosen = replace(
        chosen,
        since=entry.index,
        named_by=entry.actor,
        named_at=entry.recorded_at,
        reason=named.reason,
    )
    return _put(state, chosen)


def original_of(state: ProductState) -> Original | None:
    """The original baseline in force.

    Facts that an earlier version of the program wrote know of none: then it is the champion or its
    predecessor if either is known to be the first, and unknown otherwise, until the facts are
    folded again from the entries.
    """
    if state.originals:
        return max(state.originals.values(), key=lambda one: one.since)
    for one in (state.predecessor, state.champion):
        if one is not None and _was_first(state, one):
            return _original(one, one.decision)
    return None


def nameable(state: ProductState) -> Iterator[Original]:
    """The versions a person may name: those in charge now and before, and former originals."""
    yield from state.originals.values()
    for one in (state.champion, state.predecessor):
        if one is not None and one.version not in state.originals:
            yield _original(one, one.decision)


def _was_first(state: ProductState, one: Champion) -> bool:
    """Whether nothing was in charge before; a champion that returned knows nothing of that."""
    decision = state.decisions.get(one.version)
    return not one.previous and (decision is None or decision.rule != ROLLBACK)


def _original(one: Champion, since: int) -> Original:
    return Original(
        version=one.version,
        window=one.window,
        inputs=one.inputs,
        baseline=one.baseline,
        released_at=one.released_at,
        released_by=one.released_by,
        since=since,
        out_of_fold=one.out_of_fold,
    )


def _put(state: ProductState, original: Original) -> ProductState:
    return replace(state, originals={**state.originals, original.version: original})
