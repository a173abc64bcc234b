"""The champion in the fold: how a version comes into charge, and returns.

A version goes live only by a recorded decision about that very version.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import ActionKind, ProductState


def go_live(state: ProductState, entry: Entry, released: ChampionReleased) -> ProductState:
    """The alias was moved to a version that a decision allows."""
    former, predecessor = state.champion, state.predecessor
    # A rollback: the predecessor returns with everything that was known about it. After it there
    # is no predecessor: a second rollback would only return to the version that failed.
    if predecessor is not None and _returns(state, predecessor, released):
        champion = replace(
            predecessor,
            released_at=entry.recorded_at,
            released_by=state.decisions[released.version].by,
            decision=released.decision,
            previous="",
            model=replace(predecessor.model, as_live={}),
            crowned=entry.index,
        )
        state = replace(state, champion=champion, predecessor=None)
        return _released(state)
    candidate = state.candidates.get(released.version)
    # An alias that was moved without a decision makes no champion.
    if candidate is None or candidate.decision is None:
        return state
    champion = Champion(
        model=candidate.model,
        released_at=entry.recorded_at,
        released_by=candidate.decided_by,
        decision=candidate.decision,
        previous=former.version if former else "",
        crowned=entry.index,
    )
    rest = {key: other for key, other in state.candidates.items() if key != candidate.version}
    former = _with_service(state, former) if former else None
    state = replace(state, champion=champion, predecessor=former, candidates=rest)
    return _released(state)


def _released(state: ProductState) -> ProductState:
    return fold_actions.supersede_given_up_releases(
        fold_actions.complete(state, ActionKind.RELEASE)
    )


def _with_service(state: ProductState, former: Champion) -> Champion:
    """The former champion with its last evaluations, because it may return."""
    evaluations = {
        key: check.decided
        for key, check in state.checks.items()
        if check.asset == "performance"
        and check.decided is not None
        and check.decided.known_up_to > former.since
    }
    return replace(former, in_service={**former.in_service, **evaluations})


def _returns(state: ProductState, predecessor: Champion, released: ChampionReleased) -> bool:
    """Whether the alias went to the predecessor by the decision that rolls back to it."""
    decision = state.decisions.get(released.version)
    return (
        predecessor.version == released.version
        and decision is not None
        and decision.go
        and decision.rule == ROLLBACK
        and decision.entry == released.decision
    )
