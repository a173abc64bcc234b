"""YES, NO or UNKNOWN, and the reasons as values.

NO: recent evidence fails a required check (contract and privacy: critically), a business target
that decides is missed, or a critical incident is open. Otherwise UNKNOWN: a required check was
never evaluated, is too old or is insufficient, or no model is in charge. YES is the answer in all
other cases, so missing evidence never makes a YES. The answer contains all reasons.

A charter with undecided fields promises nothing. Therefore the answer is UNKNOWN and names these
fields. It also shows the reasons for a NO.

Facts that were altered outside the ledger are no proof. The answer is UNKNOWN until they are folded
again (`aipo rebuild`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.missing_model import why_no_model
from aipo_pipelines.policy.answer.returning_version import not_evaluated
from aipo_pipelines.policy.facts.freshness import CheckFreshness, check_freshness
from aipo_pipelines.policy.facts.live_thresholds import live_thresholds, required
from aipo_pipelines.policy.facts.responses import GUARDS
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.statements.evidence_gaps import (
    EvidenceAhead,
    EvidenceGap,
    EvidenceInsufficient,
    EvidenceTooOld,
    EvidenceWithdrawn,
    FigureNotJudged,
)
from aipo_pipelines.policy.statements.reasons import Reason
from aipo_pipelines.policy.statements.targets import TargetResult
from aipo_pipelines.policy.statements.verdict import (
    AllChecksPass,
    AlteredFacts,
    CriticalIncidentOpen,
    FailedCheck,
    MissedLimit,
    NoLiveThreshold,
    NoModelInCharge,
    PassingCheck,
    UndecidedFields,
)


class Performing(StrEnum):
    """Whether a product performs as intended."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


def judge(
    charter: Charter,
    state: ProductState,
    figures: Sequence[Kpi],
    outcomes: Sequence[OutcomeNote],
    now: datetime,
) -> tuple[Performing, tuple[Reason, ...]]:
    """The verdict on a product at a moment, and all its reasons."""
    states = [check_freshness(charter, state, key, now) for key in required(charter)]
    against = (*_failures(states, figures), *_missed(outcomes), *_incidents(state))
    # Altered facts come first: no other reason can be trusted. Undecided fields come before NO,
    # because nobody has agreed to the limits that were missed. NO comes before missing evidence.
    if state.altered:
        return Performing.UNKNOWN, (AlteredFacts(), *against)
    if charter.undecided:
        undecided = UndecidedFields(fields=charter.undecided)
        return Performing.UNKNOWN, (undecided, *against, *_no_basis(charter, state))
    if against:
        return Performing.NO, against
    gaps = (*_gaps(charter, state, states, figures), *_unknown(outcomes))
    missing = (*_no_basis(charter, state), *gaps)
    if missing:
        return Performing.UNKNOWN, missing
    return Performing.YES, (_passing(states),)


def _missed(outcomes: Sequence[OutcomeNote]) -> Iterator[TargetResult]:
    """The targets that decide and are missed on recent evidence."""
    for outcome in outcomes:
        if outcome.decides and outcome.fresh and outcome.verdict is Verdict.FAIL:
            yield outcome.result


def _unknown(outcomes: Sequence[OutcomeNote]) -> Iterator[TargetResult]:
    """The targets that decide and have no recent evidence that is sufficient."""
    for outcome in outcomes:
        is_known = outcome.fresh and outcome.verdict is not Verdict.INSUFFICIENT
        if outcome.decides and not is_known:
            yield outcome.result


def _passing(states: Sequence[CheckFreshness]) -> AllChecksPass:
    return AllChecksPass(
        checks=tuple(
            PassingCheck(key=CheckKey.parse(check.key), has_warnings=_warns(check))
            for check in states
        )
    )


def _warns(check: CheckFreshness) -> bool:
    """True if a check fails without making the answer NO."""
    return check.evidence is not None and check.evidence.verdict is Verdict.FAIL


def is_broken(check: CheckFreshness) -> bool:
    """True if recent evidence of a required check makes the answer NO."""
    evidence = check.evidence
    if evidence is None or not check.is_fresh or evidence.verdict is not Verdict.FAIL:
        return False
    # Contract and privacy keep a batch with warnings only, so such a batch is no NO.
    return check.key not in GUARDS or evidence.severity is Severity.CRITICAL


def _failures(states: Sequence[CheckFreshness], figures: Sequence[Kpi]) -> Iterator[Reason]:
    failing = [kpi for kpi in figures if kpi.fresh and kpi.figure.fails]
    for kpi in failing:
        yield MissedLimit(figure=kpi.figure, partition=kpi.partition)
    # One reason for each failing figure, then one for each failing check without such a figure.
    explained = {kpi.check for kpi in failing}
    for check in states:
        evidence = check.evidence
        # The figures explain a failing check better than its summary.
        if is_broken(check) and evidence is not None and check.key not in explained:
            yield FailedCheck(
                key=CheckKey.parse(check.key),
                partition=evidence.partition,
                summary=evidence.summary,
            )


def _incidents(state: ProductState) -> Iterator[Reason]:
    for incident in state.incidents.values():
        if incident.is_open and incident.severity is Severity.CRITICAL:
            yield CriticalIncidentOpen(
                incident=incident.entry, opened_at=incident.opened_at, title=incident.title
            )


def _no_basis(charter: Charter, state: ProductState) -> Iterator[Reason]:
    if charter.model is None:
        return
    # A model that logs its predictions elsewhere has no champion here.
    if trains_here(charter) and state.champion is None:
        yield NoModelInCharge(
            reason=why_no_model(charter, state), was_stopped=state.stop is not None
        )
    if not live_thresholds(charter):
        yield NoLiveThreshold()


def _gaps(
    charter: Charter, state: ProductState, states: Sequence[CheckFreshness], figures: Sequence[Kpi]
) -> Iterator[Reason]:
    complete: set[str] = set()
    for check in states:
        gap = not_evaluated(charter, state, check.key) if check.evidence is None else _gap(check)
        if gap is None:
            complete.add(check.key)
        else:
            yield gap
    for kpi in figures:
        # The gap of a whole check explains its figures too.
        if kpi.figure.verdict is Verdict.INSUFFICIENT and kpi.check in complete:
            yield FigureNotJudged(name=kpi.figure.name, note=kpi.figure.note)


def _gap(check: CheckFreshness) -> EvidenceGap | None:
    evidence, key = check.evidence, CheckKey.parse(check.key)
    # A withdrawn batch is evidence of nothing, neither of a pass nor of a failure.
    if evidence is not None and evidence.withdrawn:
        return EvidenceWithdrawn(key=key, summary=evidence.summary)
    if evidence is None or check.age is None:
        return None
    # Evidence of a moment in the future counts for nothing: its age is not known (decision 0030).
    if check.ahead:
        return EvidenceAhead(key=key, partition=evidence.partition, at=evidence.evidence_at)
    if not check.is_fresh:
        return EvidenceTooOld(
            key=key,
            partition=evidence.partition,
            at=evidence.evidence_at,
            age=check.age,
            allowed=check.allowed,
            verdict=evidence.verdict,
        )
    if evidence.verdict is Verdict.INSUFFICIENT:
        return EvidenceInsufficient(key=key, partition=evidence.partition, summary=evidence.summary)
    return None
