"""The overrides that wait for approvals, and the stops that were not confirmed in time."""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Approval, Champion, OverrideAct, Stop
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.counted_approvals import Tally, override_tally, stop_tally
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.wording.approvals import override_sentence

UNCONFIRMED = Cause("unconfirmed_stop")


def overrides(charter: Charter, state: ProductState, now: datetime) -> tuple[Override, ...]:
    """The overrides of a product that wait for approvals, also a stop that was not confirmed."""
    champion, stopped = state.champion, state.stop
    waiting: list[Override] = []
    if stopped is not None:
        tally = stop_tally(charter, stopped.words)
        if not is_confirmed(stopped, tally):
            waiting.append(_stopped(state, stopped, tally, now))
    if champion is not None:
        waiting += [
            _waiting(charter, state, champion, act, approvals)
            for act, approvals in champion.overrides.items()
            if approvals
        ]
    return tuple(waiting)


def unconfirmed(charter: Charter, state: ProductState, now: datetime) -> Alarm | None:
    """The alarm about a stop that the quorum has not confirmed in time; the stop stays."""
    # The stop stays without its confirmation: the harm would continue while people are searched
    # (decision 0032).
    late = [override for override in overrides(charter, state, now) if override.late]
    if not late:
        return None
    return Alarm(
        cause=UNCONFIRMED,
        title=f"The stop of version {late[0].version} was not confirmed in time",
        summary=f"{override_sentence(late[0])} The stop stays; confirm it with: {late[0].command}",
        severity=Severity.WARNING,
    )


def is_confirmed(stopped: Stop, tally: Tally) -> bool:
    """True if enough people confirmed the stop, then or by a charter that needs fewer people."""
    return stopped.confirmed_at is not None or not tally.missing


def _waiting(
    charter: Charter,
    state: ProductState,
    champion: Champion,
    act: OverrideAct,
    approvals: tuple[Approval, ...],
) -> Override:
    tally = override_tally(charter, state, approvals)
    predecessor = state.predecessor.version if state.predecessor else ""
    return Override(
        product=state.product,
        act=act,
        version=champion.version,
        instead=predecessor if act is OverrideAct.ROLLBACK else champion.version,
        since=approvals[0].at,
        quorum=tally.quorum,
        missing=tally.missing,
        words=tally.approvals,
        confirm_by=None,
        late=False,
        command=_command(state, act.value),
    )


def _stopped(state: ProductState, stopped: Stop, tally: Tally, now: datetime) -> Override:
    # A clock that was ahead dated this stop in the future. The confirmation is due now, because
    # nobody should wait until that date.
    is_ahead = stopped.at > now + CLOCK_TOLERANCE
    confirm_by = now if is_ahead else stopped.confirm_by
    return Override(
        product=state.product,
        act=OverrideAct.STOP,
        version=stopped.version,
        instead=stopped.back_to,
        since=stopped.at,
        quorum=tally.quorum,
        missing=tally.missing,
        words=tally.approvals,
        confirm_by=confirm_by,
        late=is_ahead or now > confirm_by,
        command=_command(state, "stop", " --confirm"),
    )


def _command(state: ProductState, verb: str, option: str = "") -> str:
    return f'aipo {verb} {state.product}{option} --by "YOUR NAME" --reason "WHY"'
