"""Small values of the ledger, for tests that call functions of this room directly.

    known = state(batch("w1"), batch("w2", occurred_at=day(7)))
    after = evaluate(known, entry(evaluated("w2", FAIL), 30), evaluated("w2", FAIL))

Each function returns a valid value; keywords replace its members.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.arrivals import Arrival
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Approval, Candidate, Champion, Training
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    BatchVerdict,
    CheckState,
    ClaimedRun,
    Incident,
    IncidentStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.model_versions import altered, gathered
from tests.unit.policy.stored_entry import stored

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT
PERFORMANCE, CONTRACT, DRIFT = (
    "performance/performance",
    "data_quality/contract",
    "drift/data_drift",
)


def day(number: float) -> datetime:
    """A moment so many days after the start."""
    return START + timedelta(days=number)


def entry(event: Event, index: int = 50, *, at: datetime = START, actor: str = "recorder") -> Entry:
    """The entry of an event of product `churn`."""
    draft = Draft(
        product="churn", subject="", actor=actor, occurred_at=at, key=f"key {index}", event=event
    )
    return stored(draft, index, at)


def state(*batches: Batch, **members: Any) -> ProductState:
    """A state of product `churn` with some batches."""
    known = {known.partition: known for known in batches}
    return ProductState(product="churn", batches=known, **members)


def batch(partition: str = "w1", **members: Any) -> Batch:
    """An approved batch of 100 records that arrived on its date, by the entry `entry`."""
    index, dated = members.get("entry", 1), members.get("occurred_at", START)
    arrived = members.get("arrived_at", dated)
    digest = members.get("digest", f"a {partition}")
    known = Batch(
        partition=partition,
        digest=digest,
        versions=(digest,),
        occurred_at=dated,
        arrived_at=arrived,
        status=BatchStatus.APPROVED,
        rows=100,
        records=("",),
        arrivals=(Arrival(entry=index, at=arrived),),
        entry=index,
        first_entry=index,
        placed_by=index,
    )
    return replace(known, **members)


def arrived(partition: str = "w1", **members: Any) -> BatchArrived:
    """The arrival of 100 records; without a date by default."""
    event = BatchArrived(
        partition=partition,
        digest=f"a {partition}",
        labels_digest="",
        location=f"{partition}.csv",
        rows=100,
        batch_date=None,
    )
    return replace(event, **members)


def figure(**members: Any) -> Figure:
    """An accuracy that was measured on 100 labelled records."""
    return replace(Figure(metric="accuracy", value=0.8, n=100), **members)


def evidence(partition: str = "w1", verdict: Verdict = PASS, **members: Any) -> Evidence:
    """An evaluation of a batch by entry 20."""
    known = Evidence(
        partition=partition,
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary=f"It says {verdict}.",
        figures=(figure(),),
        evidence_at=START,
        entry=20,
    )
    return replace(known, **members)


def evaluated(
    partition: str = "w1", verdict: Verdict = PASS, key: str = PERFORMANCE, **members: Any
) -> CheckEvaluated:
    """The report that a check was evaluated on a batch, by a run by hand."""
    asset, _, name = key.partition("/")
    event = CheckEvaluated(
        asset=asset,
        check=name,
        partition=partition,
        run_id="run",
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary=f"It says {verdict}.",
        figures=(figure(),),
        details=NO_DETAILS,
    )
    return replace(event, **members)


def verdict_of(partition: str, verdict: Verdict = PASS, **members: Any) -> BatchVerdict:
    """The verdict on a batch by entry 20."""
    known = BatchVerdict(partition=partition, verdict=verdict, known_up_to=20)
    return replace(known, **members)


def check(
    partition: str = "w1", verdict: Verdict = PASS, key: str = PERFORMANCE, **members: Any
) -> CheckState:
    """A check whose newest and only evaluation, by entry 20, is about one batch."""
    asset, _, name = key.partition("/")
    newest = evidence(partition, verdict)
    known = CheckState(
        asset=asset,
        check=name,
        partition=partition,
        verdict=verdict,
        severity=newest.severity,
        summary=newest.summary,
        figures=newest.figures,
        evidence_at=newest.evidence_at,
        evaluated_at=START,
        run_id="run",
        entry=newest.entry,
        recent=(verdict_of(partition, verdict),),
        decided=None if verdict is INSUFFICIENT else newest,
    )
    return replace(known, **members)


def action(entry: int = 10, kind: ActionKind = ActionKind.MEASURE, **members: Any) -> Action:
    """A waiting first attempt at an action."""
    known = Action(
        entry=entry,
        kind=kind,
        partition="w1" if kind is ActionKind.MEASURE else "",
        arguments={},
        status=ActionStatus.PENDING,
        attempt=1,
        due_at=START,
    )
    return replace(known, **members)


def actions(*known: Action) -> dict[str, Action]:
    """Actions as a state keeps them."""
    return {str(action.entry): action for action in known}


def with_actions(*known: Action, **members: Any) -> ProductState:
    """A state of product `churn` with some actions."""
    return state(actions=actions(*known), **members)


def statuses(known: ProductState) -> dict[str, str]:
    """The status of each action, by the entry that asked for it."""
    return {key: str(action.status) for key, action in known.actions.items()}


def training(entry: int = 10, **members: Any) -> Training:
    """A training by cadence that was asked for."""
    known = Training(
        entry=entry, trigger=Trigger("cadence"), reason="why", asked_at=START, data_at=START
    )
    return replace(known, **members)


def run(run_id: str = "run", entry: int = 15, **members: Any) -> ClaimedRun:
    """A run by hand."""
    known = ClaimedRun(run_id=run_id, job="monitor", action="", by_hand=True, entry=entry)
    return replace(known, **members)


def incident(entry: int = 30, **members: Any) -> Incident:
    """An open incident about performance on `w1`."""
    known = Incident(
        entry=entry,
        cause=Cause.of_check(PERFORMANCE),
        title="Performance",
        summary="It fails.",
        severity=Severity.CRITICAL,
        status=IncidentStatus.OPEN,
        owner="Ines Sol",
        opened_at=START,
        partitions=("w1",),
        ladder=[],
    )
    return replace(known, **members)


def approval(person: str = "Ada Ng", entry: int = 40, **members: Any) -> Approval:
    """The approval of a person."""
    known = Approval(person=person, role="owner", reason="I agree.", entry=entry, at=START)
    return replace(known, **members)


def candidate(version: str = "2", **members: Any) -> Candidate:
    """A complete candidate."""
    known = gathered(
        Candidate,
        version=version,
        run_id=f"mlflow {version}",
        window=("w1",),
        baseline=(figure(),),
        trained_at=START,
        entry=5,
        evaluated=6,
        assessed=7,
    )
    return altered(known, **members)


def champion(version: str = "1", **members: Any) -> Champion:
    """A champion by the decision of entry 3."""
    known = gathered(
        Champion,
        version=version,
        run_id=f"mlflow {version}",
        window=("w1",),
        baseline=(figure(),),
        trained_at=START,
        released_at=START,
        released_by="rule:release",
        decision=3,
    )
    return altered(known, **members)
