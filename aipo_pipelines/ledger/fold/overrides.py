"""The fold's part about overrides: words about the champion, and the champion that is stopped.

Words are collected at the champion they are about, so they are gone with it. A stop outlives its
champion: what was stopped, by whom, and whether the quorum confirmed it stays known.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.model.models import Approval, OverrideAct, Stop, with_approval
from aipo_pipelines.ledger.model.state import ProductState


def override_approved(state: ProductState, entry: Entry, said: OverrideApproved) -> ProductState:
    """A person said yes to an override of the champion, or confirmed a stop."""
    word = _word(entry, said)
    # A stopped version is no champion any more, so its confirmation is kept with the stop.
    if said.act is OverrideAct.STOP:
        return _confirm(state, entry, said, word)
    champion = state.champion
    if champion is None or champion.version != said.version:
        return state
    words = {
        **champion.overrides,
        said.act: with_approval(champion.overrides.get(said.act, ()), word),
    }
    return replace(state, champion=replace(champion, overrides=words))


def champion_stopped(state: ProductState, entry: Entry, said: ChampionStopped) -> ProductState:
    """The champion is out of charge; its alias is taken away even if nothing else succeeds."""
    champion = state.champion
    if champion is None or champion.version != said.version:
        return state
    stop = Stop(
        version=said.version,
        back_to=said.back_to,
        reason=said.reason,
        entry=entry.index,
        at=entry.recorded_at,
        confirm_by=said.confirm_by,
        confirmed_at=entry.recorded_at if said.confirmed else None,
        words=(_word(entry, said),),
    )
    # The state has no champion before the alias is moved: from now on nothing may be believed of
    # the version, even if MLflow does not answer.
    state = replace(state, champion=None, stop=stop)
    return fold_actions.ask_withdrawal(state, entry)


def _confirm(
    state: ProductState, entry: Entry, said: OverrideApproved, word: Approval
) -> ProductState:
    stop = state.stop
    if stop is None or stop.version != said.version or stop.confirmed_at is not None:
        return state
    at = entry.recorded_at if said.completes else None
    return replace(
        state, stop=replace(stop, words=with_approval(stop.words, word), confirmed_at=at)
    )


def _word(entry: Entry, said: OverrideApproved | ChampionStopped) -> Approval:
    return Approval(
        person=said.person,
        role=said.role,
        reason=said.reason,
        entry=entry.index,
        at=entry.recorded_at,
        signature=said.signature,
        charter_version=said.charter_version,
        charter_digest=said.charter_digest,
        contract_digest=said.contract_digest,
        standards_digest=said.standards_digest,
    )
