"""The overrides that wait for approvals, and the stops that were not confirmed in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Approval, Champion, OverrideAct, Stop
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.counted_approvals import (
    CountedApproval,
    Tally,
    override_tally,
    stop_tally,
)
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.text import listed, moment

UNCONFIRMED = Cause("unconfirmed_stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An override that waits for approvals.

    Attributes:
        version: The version in charge, or the stopped version.
        instead: Version that comes back, or came back; empty if no version does.
        since: When the first person approved.
        words: The approvals, also the approvals that do not count.
        confirm_by: When a stop must be confirmed; None for a rollback or a restoration.
        late: Whether that moment has passed.
        command: The command for the next person.
    """

    product: str
    act: OverrideAct
    version: str
    instead: str
    since: datetime
    quorum: int
    missing: int
    # `aipo decisions --json` has this key.
    words: tuple[CountedApproval, ...]
    confirm_by: datetime | None
    late: bool
    command: str

    @property
    def sentence(self) -> str:
        """What waits, for how many approvals and until when, and which approvals do not count."""
        counted = listed([approval.person for approval in self.words if approval.counts])
        void = listed([approval.sentence for approval in self.words if not approval.counts])
        given = "; ".join(
            [*([f"given by {counted}"] if counted else ()), *([void] if void else ())]
        )
        subject = _WAITING[self.act].format(version=self.version)
        need = (
            f"{self.missing} of {self.quorum} approvals are missing ({given or 'given by nobody'})"
        )
        if self.confirm_by is None:
            return f"{subject}: {need}."
        was = "was due" if self.late else "is due"
        return f"{subject}: {need}. The confirmation {was} by {moment(self.confirm_by)}."


_WAITING = {
    OverrideAct.ROLLBACK: "A rollback of version {version} waits for people",
    OverrideAct.RESTORE: "Giving version {version} its alias back waits for people",
    OverrideAct.STOP: "Version {version} was stopped, which is not confirmed yet",
}


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
        summary=f"{late[0].sentence} The stop stays; confirm it with: {late[0].command}",
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
