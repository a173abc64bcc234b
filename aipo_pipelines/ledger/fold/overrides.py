"""Overrides in the fold: approvals about the champion, and the stopped champion.

The champion collects the approvals about it, so they are gone with it. A stop outlives its
champion: the state keeps the stopped version, the people, and whether the quorum confirmed it.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.overrides import ChampionStopped, OverrideApproved
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.model.models import Approval, OverrideAct, Stop, with_approval
from aipo_pipelines.ledger.model.state import ProductState


def override_approved(
    state: ProductState, entry: Entry, approved: OverrideApproved
) -> ProductState:
    """A person approved an override of the champion, or confirmed a stop."""
    approval = _approval(entry, approved)
    # A stopped version is no champion any more, so its confirmation is kept with the stop.
    if approved.act is OverrideAct.STOP:
        return _confirm(state, entry, approved, approval)
    champion = state.champion
    if champion is None or champion.version != approved.version:
        return state
    known = champion.overrides.get(approved.act, ())
    overrides = {**champion.overrides, approved.act: with_approval(known, approval)}
    return replace(state, champion=replace(champion, overrides=overrides))


def champion_stopped(state: ProductState, entry: Entry, stopped: ChampionStopped) -> ProductState:
    """The champion is out of charge; its alias is removed even if no other step succeeds."""
    champion = state.champion
    if champion is None or champion.version != stopped.version:
        return state
    stop = Stop(
        version=stopped.version,
        back_to=stopped.back_to,
        reason=stopped.reason,
        entry=entry.index,
        at=entry.recorded_at,
        confirm_by=stopped.confirm_by,
        confirmed_at=entry.recorded_at if stopped.confirmed else None,
        words=(_approval(entry, stopped),),
    )
    # The state has no champion before the alias is moved: from now on nobody may trust the
    # version, even if MLflow does not answer.
    state = replace(state, champion=None, stop=stop)
    return fold_actions.ask_withdrawal(state, entry)


def _confirm(
    state: ProductState, entry: Entry, approved: OverrideApproved, approval: Approval
) -> ProductState:
    stop = state.stop
    # A confirmation that comes late or twice must not change the time of the first.
    if stop is None or stop.version != approved.version or stop.confirmed_at is not None:
        return state
    approvals = with_approval(stop.words, approval)
    at = entry.recorded_at if approved.completes else None
    return replace(state, stop=replace(stop, words=approvals, confirmed_at=at))


def _approval(entry: Entry, decided: OverrideApproved | ChampionStopped) -> Approval:
    return Approval(
        person=decided.person,
        role=decided.role,
        reason=decided.reason,
        entry=entry.index,
        at=entry.recorded_at,
        signature=decided.signature,
        charter_version=decided.charter_version,
        charter_digest=decided.charter_digest,
        contract_digest=decided.contract_digest,
        standards_digest=decided.standards_digest,
    )
