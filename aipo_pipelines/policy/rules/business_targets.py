"""The rule that judges business targets that decide, whenever what they are about was measured.

Its entries are evaluations of the checks of targets, made in the same append as the evaluation that
measured the figures: of the same batch, by the same run. So whatever protects a failing check
protects a missed target: `fold_checks`, `fold_failures`, `incidents`.

What was measured before a target was agreed to decide is judged when that is adopted; with a tick,
what programs before this rule left behind. Nothing that is to be measured again anyway is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.failures import rests_on_labels
from aipo_pipelines.ledger.fold.recent import is_muted
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.business_targets import (
    MEASURED_BY,
    figures_on_targets,
    target_sentences,
    targets,
    verdict_on_targets,
)
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.policy.facts.outdated_evidence import judged_by_former
from aipo_pipelines.policy.incidents.incident import open_incident, subject_of

RULE = "target"
FORMER = Cause("missed_target")
"""Cause of incidents of programs that looked at targets with each tick only."""


def judge_targets(context: Context) -> Iterator[Draft]:
    """What targets are about was measured, or other ones are agreed: they are judged."""
    event, charter = context.event, context.charter
    if isinstance(event, CharterAdopted):
        yield from _known(charter, context.state, context.now)
    if not isinstance(event, CheckEvaluated):
        return
    for key in targets(charter):
        if MEASURED_BY[key] == str(event.key):
            said = _evaluation(charter, key, event)
            yield context.draft(RULE, key, said, key=key)


def targets_on_tick(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """What was measured before targets were checks, and incidents that nothing else would end."""
    yield from _known(charter, state, now)
    for cause, why in _over(charter, state, now):
        incident = open_incident(state, cause)
        if incident is not None and why:
            resolved = IncidentResolved(incident=incident.entry, resolution=f"by rule: {why}")
            key = f"tick/{state.product}/{RULE}/resolve/{incident.entry}"
            yield draft(state.product, key, RULE, subject_of(resolved), resolved, now)


def _over(charter: Charter, state: ProductState, now: datetime) -> Iterator[tuple[Cause, str]]:
    """Causes of incidents about targets, and why they are over; empty while they are not."""
    agreed = targets(charter)
    for key in MEASURED_BY:
        yield Cause.of_check(key), "" if key in agreed else _NOT_AGREED
    told = [one for key in agreed if (one := open_incident(state, Cause.of_check(key))) is not None]
    said = [check_freshness(charter, state, key, now).evidence for key in agreed]
    reached = all(evidence is not None and evidence.verdict is Verdict.PASS for evidence in said)
    if not agreed:
        yield FORMER, _NOT_AGREED
    elif told:
        yield FORMER, f"incident {told[0].entry} takes over"
    else:
        yield FORMER, "no longer missed target" if reached else ""


def _known(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """Targets are judged on what is known, where they were not yet."""
    agreed = state.charter.entry if state.charter else 0
    for key in targets(charter):
        for said in _not_judged(charter, state, key):
            event = CheckEvaluated(
                asset="performance",
                check=CheckKey.parse(MEASURED_BY[key]).check,
                partition=said.partition,
                run_id="",
                verdict=said.verdict,
                severity=said.severity,
                summary=said.summary,
                figures=said.figures,
                details=NO_DETAILS,
            )
            name = f"judge/{state.product}/{RULE}/{key}/{said.entry}/{agreed}"
            yield draft(state.product, name, RULE, key, _evaluation(charter, key, event), now)


def _not_judged(charter: Charter, state: ProductState, key: str) -> tuple[Evidence, ...]:
    """What was measured on labelled batches and no target was judged on, in order of batches."""
    measured, judged = state.checks.get(MEASURED_BY[key]), state.checks.get(key)
    if measured is None:
        return ()
    before = {verdict.partition for verdict in judged.recent} if judged else set()
    said = {
        evidence.partition: evidence
        for evidence in (measured.decided, *measured.undecided, measured.newest)
        if evidence is not None
        and evidence.partition not in before
        and _stands(charter, state, key, evidence)
    }
    return tuple(said.values())


def _stands(charter: Charter, state: ProductState, key: str, said: Evidence) -> bool:
    """Whether what was measured is still what measuring again would say."""
    batch = state.batches.get(said.partition)
    if batch is None or not batch.counts or is_muted(state, key, said.partition):
        return False
    if said.known_up_to < batch.changed("performance") or judged_by_former(state, key, said):
        return False
    of_former = is_former(charter, state, key, said.known_up_to)
    return not of_former and any(map(rests_on_labels, said.figures))


def _evaluation(charter: Charter, key: str, measured: CheckEvaluated) -> CheckEvaluated:
    """The evaluation of a check of targets on what another check has measured."""
    verdict = verdict_on_targets(charter, key, measured.figures)
    told = target_sentences(charter, key, measured.figures, measured.partition, verdict)
    return replace(
        measured,
        check=CheckKey.parse(key).check,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=" ".join(told) or measured.summary,
        figures=figures_on_targets(charter, key, measured.figures),
        details=NO_DETAILS,
    )


_NOT_AGREED = "no target that it was about is agreed to decide any more"
