"""Rollback: a champion that is worse than its predecessor on live batches gives way to it.

Each labelled batch compares the two (check `succession`). Where the charter says so, and on enough
of the last batches the champion measured, the predecessor is released again by a recorded decision,
and people are told. There is one step back: the version that gave way is no predecessor.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import CheckEvaluated, ReleaseDecided
from aipo_pipelines.ledger.fold_models import ROLLBACK
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.measures.outcome import Severity, Verdict
from aipo_pipelines.policy.alarm import Alarm, raised, subject_of
from aipo_pipelines.policy.occasion import Occasion
from aipo_pipelines.policy.responses import verdicts_in_force
from aipo_pipelines.policy.training import is_busy

RULE = "rollback"
CHECK = "performance/succession"


def roll_back(occasion: Occasion) -> Iterator[Draft]:
    """The predecessor is better on enough of the last batches: it is in charge again."""
    event, state = occasion.event, occasion.state
    agreed = occasion.charter.release.rollback
    if agreed is None or not isinstance(event, CheckEvaluated):
        return
    if f"{event.asset}/{event.check}" != CHECK or event.verdict is not Verdict.FAIL:
        return
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
        f"{sum(worse)} of the last {len(worse)} labelled batches. {event.summary}",
        evidence={"evaluation": occasion.entry.index, "gives_way": state.champion.version},
    )
    yield occasion.draft(RULE, f"model/{former}", decision, key="decide")
    alarm = Alarm(
        cause=f"rollback:{state.champion.version}",
        title=f"Version {state.champion.version} gives way to version {former}",
        summary=decision.reason,
        severity=Severity.WARNING,
        partition=event.partition,
    )
    incident = raised(occasion.charter, state, alarm)
    if incident is not None:
        yield occasion.draft(RULE, subject_of(incident), incident, key="tell")


def _worse(state: ProductState) -> list[bool]:
    return [one.verdict is Verdict.FAIL for one in verdicts_in_force(state, CHECK)]
