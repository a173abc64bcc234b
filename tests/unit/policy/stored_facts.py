"""Facts of a product as the ledger keeps them, each with the usual values: for tests of one rule.

A `Story` makes the facts that follow from events. These functions make facts in any combination,
so that a test can have each bound on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Figure, Interval, Severity, Verdict
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.models import (
    Approval,
    Candidate,
    Champion,
    ReleaseDecision,
    Training,
)
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    BatchVerdict,
    CheckState,
    ProductState,
)
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.model_versions import gathered
from tests.unit.policy.story import START, date_of

PASS, FAIL, INSUFFICIENT = Verdict.PASS, Verdict.FAIL, Verdict.INSUFFICIENT
CONTRACT, PERFORMANCE = "data_quality/contract", "performance/performance"
DRIFT, CONCEPT = "drift/data_drift", "performance/concept_drift"


def measured(value: float | None = 0.8, metric: str = "accuracy", **changes: Any) -> Figure:
    """A figure on 500 records, with an interval for the usual confidence and without a limit."""
    around = (
        None
        if value is None
        else Interval(low=value - 0.04, high=value + 0.04, level=0.9, method="Wilson")
    )
    members: dict[str, Any] = {"metric": metric, "value": value, "n": 500, "interval": around}
    return Figure(**{**members, **changes})


def evidence(partition: str = "w1", verdict: Verdict = PASS, **changes: Any) -> Evidence:
    """An evaluation that entry 10 recorded."""
    members: dict[str, Any] = {
        "severity": Severity.CRITICAL,
        "summary": "As it was stored.",
        "figures": (),
        "evidence_at": date_of(partition) or START,
        "entry": 10,
    }
    return Evidence(partition=partition, verdict=verdict, **{**members, **changes})


def batch(partition: str = "w1", **changes: Any) -> Batch:
    """An approved batch; `w1`, `w2`, ... are dated one week apart, with an entry of each number."""
    at = date_of(partition)
    number = int(partition.removeprefix("w")) if at is not None else 1
    members: dict[str, Any] = {
        "digest": f"a {partition}",
        "versions": (f"a {partition}",),
        "occurred_at": at or START,
        "arrived_at": at or START,
        "status": BatchStatus.APPROVED,
        "dated": at is not None,
        "entry": number,
        "first_entry": number,
        "rows": 500,
    }
    return Batch(partition=partition, **{**members, **changes})


def verdict(partition: str, result: Verdict = PASS, known_up_to: int | None = 10) -> BatchVerdict:
    """The verdict of a check on one batch."""
    return BatchVerdict(partition=partition, verdict=result, known_up_to=known_up_to)


def check(key: str, newest: Evidence, *recent: BatchVerdict, **changes: Any) -> CheckState:
    """The newest evaluation of a check, which decides unless a test says otherwise."""
    asset, _, name = key.partition("/")
    members: dict[str, Any] = {
        "figures": newest.figures,
        "evidence_at": newest.evidence_at,
        "evaluated_at": newest.evidence_at,
        "run_id": "run",
        "began": newest.began,
        "withdrawn": newest.withdrawn,
        "recent": recent or (verdict(newest.partition, newest.verdict, newest.known_up_to),),
        "decided": newest,
    }
    return CheckState(
        asset=asset,
        check=name,
        partition=newest.partition,
        verdict=newest.verdict,
        severity=newest.severity,
        summary=newest.summary,
        entry=newest.entry,
        **{**members, **changes},
    )


def action(kind: ActionKind, status: ActionStatus = ActionStatus.PENDING, **changes: Any) -> Action:
    """An action at its first attempt."""
    members: dict[str, Any] = {
        "entry": 20,
        "partition": "",
        "arguments": {},
        "attempt": 1,
        "due_at": START,
    }
    return Action(kind=kind, status=status, **{**members, **changes})


def champion(version: str = "1", **changes: Any) -> Champion:
    """A version that is in charge since entry 5, trained on batch w1."""
    members: dict[str, Any] = {
        "run_id": f"mlflow{version}",
        "window": ("w1",),
        "baseline": (measured(0.9),),
        "trained_at": START,
        "released_at": START + timedelta(hours=1),
        "released_by": "rule:release",
        "decision": 5,
        "inputs": {"w1": "a w1"},
    }
    return gathered(Champion, version=version, **{**members, **changes})


def candidate(version: str = "2", **changes: Any) -> Candidate:
    """An evaluated version."""
    members: dict[str, Any] = {
        "run_id": f"mlflow{version}",
        "window": ("w1",),
        "baseline": (),
        "trained_at": START,
        "entry": 30,
        "evaluated": 31,
        "assessed": 32,
        "model_digest": f"sha256:{version}",
    }
    return gathered(Candidate, version=version, **{**members, **changes})


def training(entry: int = 20, trigger: str = "cadence", **changes: Any) -> Training:
    """A training that was requested at the start of the story."""
    members: dict[str, Any] = {"reason": "It was due.", "asked_at": START, "data_at": START}
    return Training(entry=entry, trigger=Trigger.parse(trigger), **{**members, **changes})


def decision(version: str, entry: int, *, go: bool = False, rule: str = "gates") -> ReleaseDecision:
    """A decision about a version, by its gates unless a test says otherwise."""
    return ReleaseDecision(
        version=version, go=go, rule=rule, reason="", by="rule:release", entry=entry, at=START
    )


def agreement(**changes: Any) -> AdoptedCharter:
    """The agreement in force, adopted by entry 3."""
    members: dict[str, Any] = {
        "version": "1",
        "digest": "charter",
        "contract_digest": "contract",
        "standards_digest": "standards",
        "entry": 3,
        "since": START,
        "binding_since": 3,
    }
    return AdoptedCharter(**{**members, **changes})


def approval(person: str = "Ada Ng", entry: int = 40, **changes: Any) -> Approval:
    """An approval of the agreement in force, of entry 31 and of version 2."""
    members: dict[str, Any] = {
        "role": "owner",
        "reason": "Better on every gate.",
        "at": START,
        "evaluation": 31,
        "charter_version": "1",
        "charter_digest": "charter",
        "contract_digest": "contract",
        "standards_digest": "standards",
        "model_digest": "sha256:2",
    }
    return Approval(person=person, entry=entry, **{**members, **changes})


def product(
    *,
    batches: Iterable[Batch] = (),
    checks: Iterable[CheckState] = (),
    actions: Iterable[Action] = (),
    trainings: Iterable[Training] = (),
    **facts: Any,
) -> ProductState:
    """A product with these facts."""
    return ProductState(
        product="churn",
        batches={batch.partition: batch for batch in batches},
        checks={f"{check.asset}/{check.check}": check for check in checks},
        actions={str(action.entry): action for action in actions},
        trainings={str(training.entry): training for training in trainings},
        **facts,
    )
