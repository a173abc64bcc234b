"""YES, NO or UNKNOWN, and the sentences that say why.

NO: fresh evidence fails a required check (contract and privacy only where the failure is
critical), a business target that decides is missed, or a critical incident is open. Otherwise
UNKNOWN: something required was never evaluated, is too old, did not suffice, or no model is in
charge. YES is what is left, so nothing that is missing can ever be read as a YES. All reasons of
the verdict are given, not the first.

A charter with undecided fields has promised nothing, so neither YES nor NO can be measured against
it: the answer is UNKNOWN, names the fields, and tells what speaks against the product all the same.

Facts that were altered outside the ledger prove nothing either way: UNKNOWN, until they are folded
again (`aipo rebuild`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Direction, Severity, Verdict
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.returning_version import not_evaluated
from aipo_pipelines.policy.facts.freshness import CheckFreshness, check_freshness
from aipo_pipelines.policy.facts.live_thresholds import live_thresholds, required
from aipo_pipelines.policy.facts.responses import GUARDS
from aipo_pipelines.policy.facts.stopped_model import remedy, return_failure
from aipo_pipelines.policy.facts.training import AUTHORISED, SUFFICIENT, approved, trains_here
from aipo_pipelines.policy.text import ended, moment, number, span

_ALTERED = (
    "What is stored about this product is not what the ledger's entries make of it: it was altered "
    "outside the ledger. See: aipo verify."
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
) -> tuple[Performing, tuple[str, ...]]:
    """The verdict on a product at a moment and every reason for it."""
    stands = [check_freshness(charter, state, key, now) for key in required(charter)]
    deciding = [one for one in outcomes if one.decides]
    missed = [one.sentence for one in deciding if one.fresh and one.verdict is Verdict.FAIL]
    against = (*_failures(stands, figures), *missed, *_incidents(state))
    if state.altered:
        return Performing.UNKNOWN, (_ALTERED, *against)
    if charter.undecided:
        return Performing.UNKNOWN, (_undecided(charter), *against, *_no_basis(charter, state))
    if against:
        return Performing.NO, against
    unknown = [
        one.sentence for one in deciding if not one.fresh or one.verdict is Verdict.INSUFFICIENT
    ]
    missing = (*_no_basis(charter, state), *_gaps(charter, state, stands, figures), *unknown)
    if missing:
        return Performing.UNKNOWN, missing
    return Performing.YES, (_holding(stands),)


def _holding(stands: Sequence[CheckFreshness]) -> str:
    names = ", ".join(
        f"{stand.name} (with warnings)" if _warns(stand) else stand.name for stand in stands
    )
    return f"Every required check holds on recent evidence: {names}."


def _warns(stand: CheckFreshness) -> bool:
    """Whether a check that does not speak against the product has something to say all the same."""
    return stand.evidence is not None and stand.evidence.verdict is Verdict.FAIL


def _undecided(charter: Charter) -> str:
    fields = charter.undecided
    count = "1 field is" if len(fields) == 1 else f"{len(fields)} fields are"
    return f"{count} still undecided in the charter: {', '.join(fields)}."


def is_broken(stand: CheckFreshness) -> bool:
    """Whether recent evidence of a required check says no."""
    evidence = stand.evidence
    if evidence is None or not stand.is_fresh or evidence.verdict is not Verdict.FAIL:
        return False
    return stand.key not in GUARDS or evidence.severity is Severity.CRITICAL


def _failures(stands: Sequence[CheckFreshness], figures: Sequence[Kpi]) -> Iterator[str]:
    failing = [kpi for kpi in figures if kpi.fresh and kpi.figure.fails]
    for kpi in failing:
        side = "at most" if kpi.figure.direction is Direction.AT_MOST else "at least"
        yield (
            f"{kpi.figure.name} is {number(kpi.figure.value)} on batch {kpi.partition}, agreed is "
            f"{side} {number(kpi.figure.limit)} (n = {kpi.figure.n})."
        )
    explained = {kpi.check for kpi in failing}
    for stand in stands:
        if is_broken(stand) and stand.evidence and stand.key not in explained:
            yield f"{stand.name} fails on batch {stand.evidence.partition}: {_said(stand)}"


def _incidents(state: ProductState) -> Iterator[str]:
    for incident in state.incidents.values():
        if incident.is_open and incident.severity is Severity.CRITICAL:
            yield (
                f"Critical incident {incident.entry} is open since {moment(incident.opened_at)}: "
                f"{incident.title}."
            )


def _no_basis(charter: Charter, state: ProductState) -> Iterator[str]:
    if charter.model is None:
        return
    if trains_here(charter) and state.champion is None:
        since = "yet" if state.stop is None else "any more"
        yield f"No model is in charge {since}: {_why_no_model(charter, state)}"
    if not live_thresholds(charter):
        yield "The charter sets no threshold that live batches are held to."


def _why_no_model(charter: Charter, state: ProductState) -> str:
    stopped = state.stop
    if stopped is not None and not state.candidates:
        who, since = stopped.words[0].person, moment(stopped.at)
        said = f"version {stopped.version} was stopped by {who} on {since}: {stopped.reason}"
        if failed := return_failure(state):
            said = f"{said.rstrip('.')}. {failed[0].upper()}{failed[1:]}; {remedy(state)}."
        return said
    trainings = [one for one in state.actions.values() if one.kind is ActionKind.TRAIN]
    last = max(trainings, key=lambda one: one.entry, default=None)
    waiting = [one for one in state.candidates.values() if one.requested is not None]
    if waiting:
        return f"version {waiting[0].version} waits for a decision by people."
    refused = max(state.decisions.values(), key=lambda one: one.entry, default=None)
    if last is not None and last.status is ActionStatus.GIVEN_UP:
        return f"the last training failed: {last.error}"
    if refused is not None and not refused.go:
        return f"version {refused.version} may not go live. {refused.reason}"
    if reason := _why_no_training_set(state):
        return reason
    count, wanted = len(approved(state)), charter.retraining.window.first_batches
    verb = "batch is" if count == 1 else "batches are"
    return f"{count} {verb} approved, the first model waits for {wanted}."


def _why_no_training_set(state: ProductState) -> str:
    allowed, judged = state.checks.get(AUTHORISED), state.checks.get(SUFFICIENT)
    if allowed is not None and allowed.verdict is Verdict.FAIL:
        return f"the last training set was not authorised. {allowed.summary}"
    if judged is not None and judged.verdict is Verdict.INSUFFICIENT:
        return f"the last training set does not suffice. {judged.summary}"
    return ""


def _gaps(
    charter: Charter, state: ProductState, stands: Sequence[CheckFreshness], figures: Sequence[Kpi]
) -> Iterator[str]:
    sound: set[str] = set()
    for stand in stands:
        gap = not_evaluated(charter, state, stand.key) if stand.evidence is None else _gap(stand)
        if gap:
            yield gap
        else:
            sound.add(stand.key)
    for kpi in figures:
        if kpi.figure.verdict is Verdict.INSUFFICIENT and kpi.check in sound:
            why = kpi.figure.note or "the evidence does not suffice"
            yield f"{kpi.figure.name} cannot be judged: {why}."


def _gap(stand: CheckFreshness) -> str:
    evidence = stand.evidence
    if evidence is not None and evidence.withdrawn:
        return f"{stand.name} is not known any more: {_said(stand)}"
    if evidence is None or stand.age is None:
        return ""
    if stand.ahead:
        return (
            f"The newest evidence of {stand.name} is of {moment(evidence.evidence_at)} (batch "
            f"{evidence.partition}), which is in the future: a clock was ahead."
        )
    if not stand.is_fresh:
        return (
            f"The newest evidence of {stand.name} is {span(stand.age)} old (batch "
            f"{evidence.partition}, {moment(evidence.evidence_at)}); "
            f"it counts for {span(stand.allowed)}. Its verdict was {evidence.verdict}."
        )
    if evidence.verdict is Verdict.INSUFFICIENT:
        return f"{stand.name} is insufficient on batch {evidence.partition}: {_said(stand)}"
    return ""


def _said(stand: CheckFreshness) -> str:
    return ended(stand.evidence.summary.strip() if stand.evidence else "")
