"""YES, NO or UNKNOWN, and the reasons in sentences.

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
from aipo_pipelines.evidence.outcome import Direction, Severity, Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.business_outcomes import OutcomeNote
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.missing_model import why_no_model
from aipo_pipelines.policy.answer.returning_version import not_evaluated
from aipo_pipelines.policy.facts.freshness import CheckFreshness, check_freshness
from aipo_pipelines.policy.facts.live_thresholds import live_thresholds, required
from aipo_pipelines.policy.facts.responses import GUARDS
from aipo_pipelines.policy.facts.training import trains_here
from aipo_pipelines.policy.text import ended, moment, number, span

_ALTERED = (
    "The stored facts about this product are not the facts that the ledger's entries give: they "
    "were altered outside the ledger. See: aipo verify."
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
    """The verdict on a product at a moment, and all its reasons."""
    states = [check_freshness(charter, state, key, now) for key in required(charter)]
    deciding = [outcome for outcome in outcomes if outcome.decides]
    missed = [
        outcome.sentence
        for outcome in deciding
        if outcome.fresh and outcome.verdict is Verdict.FAIL
    ]
    against = (*_failures(states, figures), *missed, *_incidents(state))
    # Altered facts come first: no other reason can be trusted. Undecided fields come before NO,
    # because nobody has agreed to the limits that were missed. NO comes before missing evidence.
    if state.altered:
        return Performing.UNKNOWN, (_ALTERED, *against)
    if charter.undecided:
        return Performing.UNKNOWN, (_undecided(charter), *against, *_no_basis(charter, state))
    if against:
        return Performing.NO, against
    unknown = [
        outcome.sentence
        for outcome in deciding
        if not outcome.fresh or outcome.verdict is Verdict.INSUFFICIENT
    ]
    missing = (*_no_basis(charter, state), *_gaps(charter, state, states, figures), *unknown)
    if missing:
        return Performing.UNKNOWN, missing
    return Performing.YES, (_passing(states),)


def _passing(states: Sequence[CheckFreshness]) -> str:
    names = ", ".join(
        f"{check.name} (with warnings)" if _warns(check) else check.name for check in states
    )
    return f"Every required check passes on recent evidence: {names}."


def _warns(check: CheckFreshness) -> bool:
    """True if a check fails without making the answer NO."""
    return check.evidence is not None and check.evidence.verdict is Verdict.FAIL


def _undecided(charter: Charter) -> str:
    fields = charter.undecided
    count = "1 field is" if len(fields) == 1 else f"{len(fields)} fields are"
    return f"{count} still undecided in the charter: {', '.join(fields)}."


def is_broken(check: CheckFreshness) -> bool:
    """True if recent evidence of a required check makes the answer NO."""
    evidence = check.evidence
    if evidence is None or not check.is_fresh or evidence.verdict is not Verdict.FAIL:
        return False
    # Contract and privacy keep a batch with warnings only, so such a batch is no NO.
    return check.key not in GUARDS or evidence.severity is Severity.CRITICAL


def _failures(states: Sequence[CheckFreshness], figures: Sequence[Kpi]) -> Iterator[str]:
    failing = [kpi for kpi in figures if kpi.fresh and kpi.figure.fails]
    for kpi in failing:
        side = "at most" if kpi.figure.direction is Direction.AT_MOST else "at least"
        yield (
            f"{kpi.figure.name} is {number(kpi.figure.value)} on batch {kpi.partition}, agreed is "
            f"{side} {number(kpi.figure.limit)} (n = {kpi.figure.n})."
        )
    # One sentence for each failing figure, then one for each failing check without such a figure.
    explained = {kpi.check for kpi in failing}
    for check in states:
        # The figures explain a failing check better than its summary.
        if is_broken(check) and check.evidence and check.key not in explained:
            yield f"{check.name} fails on batch {check.evidence.partition}: {_summary(check)}"


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
    # A model that logs its predictions elsewhere has no champion here.
    if trains_here(charter) and state.champion is None:
        since = "yet" if state.stop is None else "any more"
        yield f"No model is in charge {since}: {why_no_model(charter, state)}"
    if not live_thresholds(charter):
        yield "The charter has no threshold for live batches."


def _gaps(
    charter: Charter, state: ProductState, states: Sequence[CheckFreshness], figures: Sequence[Kpi]
) -> Iterator[str]:
    complete: set[str] = set()
    for check in states:
        gap = not_evaluated(charter, state, check.key) if check.evidence is None else _gap(check)
        if gap:
            yield gap
        else:
            complete.add(check.key)
    for kpi in figures:
        # The gap of a whole check explains its figures too.
        if kpi.figure.verdict is Verdict.INSUFFICIENT and kpi.check in complete:
            reason = kpi.figure.note or "the evidence is not sufficient"
            yield f"{kpi.figure.name} cannot be judged: {reason}."


def _gap(check: CheckFreshness) -> str:
    evidence = check.evidence
    # A withdrawn batch is evidence of nothing, neither of a pass nor of a failure.
    if evidence is not None and evidence.withdrawn:
        return f"{check.name} is not known any more: {_summary(check)}"
    if evidence is None or check.age is None:
        return ""
    # Evidence of a moment in the future counts for nothing: its age is not known (decision 0030).
    if check.ahead:
        return (
            f"The newest evidence of {check.name} is of {moment(evidence.evidence_at)} (batch "
            f"{evidence.partition}), which is in the future: a clock was ahead."
        )
    if not check.is_fresh:
        return (
            f"The newest evidence of {check.name} is {span(check.age)} old (batch "
            f"{evidence.partition}, {moment(evidence.evidence_at)}); "
            f"it counts for {span(check.allowed)}. Its verdict was {evidence.verdict}."
        )
    if evidence.verdict is Verdict.INSUFFICIENT:
        return f"{check.name} is insufficient on batch {evidence.partition}: {_summary(check)}"
    return ""


def _summary(check: CheckFreshness) -> str:
    return ended(check.evidence.summary.strip() if check.evidence else "")
