"""Rollback: the predecessor replaces a champion that is worse on live batches.

The check `succession` compares the two versions on each labelled batch. If the charter agrees on a
rollback and the champion is worse on enough of its last batches, a recorded decision releases the
predecessor again, and people are notified. If a batch drops out of a series, the rule decides
again. There is one step back: the replaced version is no predecessor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.batches import BatchQuarantined, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.responses import verdicts_in_force
from aipo_pipelines.policy.facts.training import is_busy
from aipo_pipelines.policy.incidents.incident import Alarm, raised, subject_of

RULE = "rollback"
CHECK = "performance/succession"


def roll_back(context: Context) -> Iterator[Draft]:
    """Releases the predecessor again if it is better on enough of the last batches."""
    state, agreed = context.state, context.charter.release.rollback
    comparison = _comparison(context)
    if agreed is None or comparison is None:
        return
    # A requested or running training or release may give another champion: a later comparison
    # decides.
    if state.predecessor is None or state.champion is None or is_busy(state):
        return
    worse = _worse(state)[-agreed.of :]
    if sum(worse) < agreed.fails:
        return
    former = state.predecessor.version
    decision = ReleaseDecided(
        version=former,
        go=True,
        rule=ROLLBACK,
        reason=f"Version {state.champion.version} is worse than its predecessor on "
        f"{sum(worse)} of the last {len(worse)} labelled batches. {comparison.summary}",
        evidence={"evaluation": comparison.entry, "gives_way": state.champion.version},
    )
    yield context.draft(RULE, f"model/{former}", decision, key="decide")
    alarm = Alarm(
        cause=Cause("rollback", state.champion.version),
        title=f"Version {former} replaces version {state.champion.version} again",
        summary=decision.reason,
        severity=Severity.WARNING,
        partition=comparison.partition,
    )
    incident = raised(context.charter, state, alarm)
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key="tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """An evaluation by which the champion is worse, and its entry."""

    summary: str
    partition: str
    entry: int


def _comparison(context: Context) -> _Comparison | None:
    """The failing evaluation behind a rollback: the newest, otherwise the last decided."""
    event, check = context.event, context.state.checks.get(CHECK)
    if isinstance(event, CheckEvaluated):
        if str(event.key) != CHECK:
            return None
        if event.verdict is Verdict.FAIL:
            return _Comparison(
                summary=event.summary, partition=event.partition, entry=context.entry.index
            )
    # A batch that drops out may bring enough failures next to each other.
    elif not isinstance(event, BatchWithdrawn | BatchQuarantined):
        return None
    last = check.decided if check else None
    if last is None or last.verdict is not Verdict.FAIL:
        return None
    return _Comparison(summary=last.summary, partition=last.partition, entry=last.entry)


def _worse(state: ProductState) -> list[bool]:
    return [verdict.verdict is Verdict.FAIL for verdict in verdicts_in_force(state, CHECK)]
