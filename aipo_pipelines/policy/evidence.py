"""What evidence an answer rests on, and whether it is recent enough.

Required are contract and privacy of every product and, for a product with a model, each check that
carries a live threshold. Evidence is fresh for the charter's monitoring cadence; checks that need
labels have the agreed delay of the labels on top. Where labels come late, the newest batch is
usually without verdict: then the newest *decided* evaluation speaks, as long as it is fresh.
What was said about a predecessor of the champion says nothing about the champion: until its first
batch a champion is known by its evaluation, on the newest records that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.thresholds import FAIRNESS_METRICS, AppliesTo, Metric, Threshold
from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.state import CheckState, ProductState
from aipo_pipelines.measures.outcome import Verdict
from aipo_pipelines.policy.responses import GUARDS, check_name
from aipo_pipelines.policy.training import trains_here

_LABELLED = "performance/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a required check stands.

    Attributes:
        key: `asset/check`.
        evidence: The evaluation that speaks; None where there is none.
        age: Age of its data at the moment asked; None without evidence.
        allowed: Age up to which it counts.
    """

    key: str
    evidence: Evidence | None
    age: timedelta | None
    allowed: timedelta

    @property
    def name(self) -> str:
        """Name of the check."""
        return check_name(self.key)

    @property
    def is_fresh(self) -> bool:
        """Whether there is evidence and it is recent enough."""
        return self.age is not None and self.age <= self.allowed


def live_thresholds(charter: Charter) -> tuple[Threshold, ...]:
    """The thresholds that live batches are held to."""
    if charter.model is None:
        return ()
    return tuple(one for one in charter.thresholds if AppliesTo.LIVE in one.applies_to)


def check_of(metric: Metric) -> str:
    """The check, `asset/check`, that judges a metric."""
    if metric in FAIRNESS_METRICS:
        return "performance/fairness"
    if metric is Metric.CALIBRATION_ERROR:
        return "performance/calibration"
    return "performance/performance"


def required(charter: Charter) -> tuple[str, ...]:
    """The checks without which there is no answer: data first, then model."""
    model = {check_of(threshold.metric) for threshold in live_thresholds(charter)}
    return (*sorted(GUARDS), *sorted(model))


def standing(charter: Charter, state: ProductState, key: str, now: datetime) -> Standing:
    """Where one check stands at a moment."""
    allowed = allowed_age(charter, key)
    evidence = _speaking(charter, state, key, now - allowed)
    age = max(now - evidence.evidence_at, timedelta(0)) if evidence else None
    return Standing(key=key, evidence=evidence, age=age, allowed=allowed)


def allowed_age(charter: Charter, key: str) -> timedelta:
    """How old the evidence of a check may be."""
    return charter.monitoring.cadence + (_delay(charter) if key.startswith(_LABELLED) else _NONE)


def silent_since(charter: Charter, state: ProductState, key: str) -> datetime | None:
    """Since when a check has come to no verdict.

    Returns:
        Date of its last decided evidence; without any, the moment from which it was to be
        expected; None where it cannot be expected yet, because no model is in charge.
    """
    check = state.checks.get(key)
    decided = check.decided if check else None
    if decided is not None and not is_former(charter, state, key, decided.entry):
        return decided.evidence_at
    if not key.startswith(_LABELLED) or not trains_here(charter):
        return state.charter.since if state.charter else None
    return state.champion.released_at if state.champion else None


_NONE = timedelta(0)


def _delay(charter: Charter) -> timedelta:
    return charter.labels.delay if charter.labels and charter.labels.delay else _NONE


def _speaking(charter: Charter, state: ProductState, key: str, oldest: datetime) -> Evidence | None:
    check = state.checks.get(key)
    said = (_newest(check), check.decided) if check else (None, None)
    newest, decided = (
        None if one is None or is_former(charter, state, key, one.entry) else one for one in said
    )
    evaluated = state.champion.as_live.get(key) if state.champion else None
    known = [one for one in (decided, evaluated) if one is not None]
    best = max(known, key=lambda one: one.evidence_at, default=None)
    waits = newest is not None and newest.verdict is Verdict.INSUFFICIENT and _is_late(charter, key)
    if newest is None or (waits and best is not None and best.evidence_at >= oldest):
        return best
    return newest


def _is_late(charter: Charter, key: str) -> bool:
    """Whether the labels a check needs come late."""
    return key.startswith(_LABELLED) and bool(_delay(charter))


def _newest(check: CheckState) -> Evidence:
    return Evidence(
        partition=check.partition,
        verdict=check.verdict,
        severity=check.severity,
        summary=check.summary,
        figures=check.figures,
        evidence_at=check.evidence_at,
        entry=check.entry,
    )


def is_former(charter: Charter, state: ProductState, key: str, entry: int) -> bool:
    """Whether an evaluation of the model was made before the champion was decided on."""
    if not key.startswith(_LABELLED) or not trains_here(charter):
        return False
    return state.champion is None or entry < state.champion.decision
