"""The original baseline in the fold, against which drift is measured through all releases.

It is the first champion that was released, or the version that a person named later. The release
figures change with every champion. So many small changes, each of them signed off, can add up to a
large change. The original baseline does not change by itself.
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
    """Keeps the first champion when it is released, because the state forgets it later.

    Args:
        before: The state before the release.
        after: The state after it.
        entry: The entry of the release.
    """
    # Only the first release decides: later champions are measured against it, not the reverse.
    if before.originals or after.champion is before.champion or after.champion is None:
        return after
    first = original_of(before)
    if first is None and before.champion is None:
        first = _original(after.champion, entry.index)
    return after if first is None else _put(after, first)


def name_original(state: ProductState, entry: Entry, named: OriginalNamed) -> ProductState:
    """A person named the original baseline; the name of an unknown version changes nothing."""
    versions = (original for original in nameable(state) if original.version == named.version)
    chosen = next(versions, None)
    if chosen is None:
        return state
    # The first champion is stored before another version replaces it, so that people can return.
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

    Facts of an earlier version of the program have no original baseline. Then it is the champion or
    its predecessor, if one of them was the first champion. Otherwise it is unknown until the facts
    are folded again from the entries.
    """
    if state.originals:
        return max(state.originals.values(), key=lambda original: original.since)
    for champion in (state.predecessor, state.champion):
        if champion is not None and _was_first(state, champion):
            return _original(champion, champion.decision)
    return None


def nameable(state: ProductState) -> Iterator[Original]:
    """The versions that a person may name: champion, predecessor and former originals."""
    yield from state.originals.values()
    for champion in (state.champion, state.predecessor):
        if champion is not None and champion.version not in state.originals:
            yield _original(champion, champion.decision)


def _was_first(state: ProductState, champion: Champion) -> bool:
    """Whether no version was in charge before."""
    decision = state.decisions.get(champion.version)
    # A champion that returned has no `previous` either, so its decision must be read too.
    return not champion.previous and (decision is None or decision.rule != ROLLBACK)


def _original(champion: Champion, since: int) -> Original:
    return Original(
        version=champion.version,
        window=champion.model.window,
        inputs=champion.model.inputs,
        baseline=champion.model.baseline,
        released_at=champion.released_at,
        released_by=champion.released_by,
        since=since,
        out_of_fold=champion.model.out_of_fold,
    )


def _put(state: ProductState, original: Original) -> ProductState:
    return replace(state, originals={**state.originals, original.version: original})
