"""The rule that judges business targets that decide, each time their metrics were measured.

Its entries are evaluations of the checks of targets. The append that records the evaluation with
the figures also records them, for the same batch and the same run. So the protection of a failing
check also protects a missed target (`ledger.fold.checks`, `ledger.fold.failures`, `incidents`).

A target that is agreed to decide later is judged on earlier figures when the agreement is adopted.
A tick judges the figures that older programs left. Figures of a batch that will be measured again
are not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
    judged_targets,
    targets,
    verdict_on_targets,
)
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.policy.facts.outdated_evidence import judged_by_former
from aipo_pipelines.policy.incidents.incident import open_incident, subject_of
from aipo_pipelines.policy.wording.targets import target_sentence

RULE = "target"
FORMER = Cause("missed_target")
"""Cause of incidents of older programs, which checked targets only with each tick."""


def judge_targets(context: Context) -> Iterator[Draft]:
    """Judges targets when their metrics were measured, or when other targets are agreed."""
    event, charter = context.event, context.charter
    if isinstance(event, CharterAdopted):
        yield from _judge_known(charter, context.state, context.now)
    if not isinstance(event, CheckEvaluated):
        return
    for key in targets(charter):
        if MEASURED_BY[key] == str(event.key):
            yield context.draft(RULE, key, _evaluation(charter, key, event), key=key)


def targets_on_tick(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """Judges figures that older programs left, and ends incidents that no other rule ends."""
    yield from _judge_known(charter, state, now)
    for cause, reason in _ended_causes(charter, state, now):
        incident = open_incident(state, cause)
        if incident is not None and reason:
            resolved = IncidentResolved(incident=incident.entry, resolution=f"by rule: {reason}")
            key = f"tick/{state.product}/{RULE}/resolve/{incident.entry}"
            yield draft(state.product, key, RULE, subject_of(resolved), resolved, now)


def _ended_causes(
    charter: Charter, state: ProductState, now: datetime
) -> Iterator[tuple[Cause, str]]:
    """Causes of incidents about targets, and why they are over; empty if they are not over."""
    agreed = targets(charter)
    for key in MEASURED_BY:
        yield Cause.of_check(key), "" if key in agreed else _NOT_AGREED
    yield FORMER, _end_of_former(charter, state, now, agreed)


def _end_of_former(
    charter: Charter, state: ProductState, now: datetime, agreed: Collection[str]
) -> str:
    """Why an incident that older programs opened is over; empty if it is not over."""
    if not agreed:
        return _NOT_AGREED
    opened = [open_incident(state, Cause.of_check(key)) for key in agreed]
    successor = next((incident for incident in opened if incident is not None), None)
    if successor is not None:
        return f"incident {successor.entry} replaces it"
    answers = [check_freshness(charter, state, key, now).evidence for key in agreed]
    reached = all(evidence is not None and evidence.verdict is Verdict.PASS for evidence in answers)
    return "no longer missed target" if reached else ""


def _judge_known(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """Judges targets on known figures that they were not judged on yet."""
    agreed = state.charter.entry if state.charter else 0
    for key in targets(charter):
        for evidence in _not_judged(charter, state, key):
            event = CheckEvaluated(
                asset="performance",
                check=CheckKey.parse(MEASURED_BY[key]).check,
                partition=evidence.partition,
                # No run judged these figures: they are evidence of an earlier run.
                run_id="",
                verdict=evidence.verdict,
                severity=evidence.severity,
                summary=evidence.summary,
                figures=evidence.figures,
                details=NO_DETAILS,
            )
            name = f"judge/{state.product}/{RULE}/{key}/{evidence.entry}/{agreed}"
            yield draft(state.product, name, RULE, key, _evaluation(charter, key, event), now)


def _not_judged(charter: Charter, state: ProductState, key: str) -> tuple[Evidence, ...]:
    """Evidence of labelled batches that no target was judged on, in the order of batches."""
    measured, judged = state.checks.get(MEASURED_BY[key]), state.checks.get(key)
    if measured is None:
        return ()
    before = {verdict.partition for verdict in judged.recent} if judged else set()
    open_evidence = {
        evidence.partition: evidence
        for evidence in (measured.decided, *measured.undecided, measured.newest)
        if evidence is not None
        and evidence.partition not in before
        and _still_counts(charter, state, key, evidence)
    }
    return tuple(open_evidence.values())


def _still_counts(charter: Charter, state: ProductState, key: str, evidence: Evidence) -> bool:
    """Whether evidence would be the same if its batch were measured again."""
    batch = state.batches.get(evidence.partition)
    if batch is None or not batch.counts or is_muted(state, key, evidence.partition):
        return False
    if evidence.known_up_to < batch.changed("performance") or judged_by_former(
        state, key, evidence
    ):
        return False
    of_former = is_former(charter, state, key, evidence.known_up_to)
    return not of_former and any(map(rests_on_labels, evidence.figures))


def _evaluation(charter: Charter, key: str, measured: CheckEvaluated) -> CheckEvaluated:
    """The evaluation of a check of targets with the figures of another check."""
    verdict = verdict_on_targets(charter, key, measured.figures)
    results = judged_targets(charter, key, measured.figures, measured.partition, verdict)
    return replace(
        measured,
        check=CheckKey.parse(key).check,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=" ".join(map(target_sentence, results)) or measured.summary,
        figures=figures_on_targets(charter, key, measured.figures),
        details=NO_DETAILS,
    )


_NOT_AGREED = "no target that it was about is agreed to decide any more"
