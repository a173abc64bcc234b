"""Measuring again: a batch is measured again if stored figures cannot decide its verdict.

An adopted agreement may leave the answer open: another confidence, other groups, a metric that was
not measured, another contract. It may also turn the verdict of earlier evidence. Incidents and
M-of-N rules look at evaluations, so they would then differ from the answer. In both cases the batch
of the evidence is measured again, with all consequences of an evaluation. Until then the answer
uses the evidence that it has.

The rule decides when an agreement is adopted. With every tick it decides again, for runs that had
not ended at that moment, for releases, and for evidence of older programs. A batch is due once for
each agreement and champion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, CheckState, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY, targets
from aipo_pipelines.policy.facts.figure_verdict import answering, not_comparable
from aipo_pipelines.policy.facts.freshness import check_freshness, newest_of
from aipo_pipelines.policy.facts.judged_evidence import is_evaluation, is_former, newest_labelled
from aipo_pipelines.policy.facts.live_thresholds import required, thresholds_of
from aipo_pipelines.policy.facts.outdated_evidence import DRIFT, is_ahead, judged_by_former
from aipo_pipelines.policy.facts.outdated_passes import replaced
from aipo_pipelines.policy.facts.responses import GUARDS, check_name, responses_to
from aipo_pipelines.policy.facts.training import approved
from aipo_pipelines.policy.rules.remeasure import MODEL_ASSETS

RULE = "measure"
_ALL: tuple[str, ...] = ()
_USED = (BatchStatus.APPROVED, BatchStatus.QUARANTINED)
_DECIDED = (Verdict.PASS, Verdict.FAIL)


def measure_after_adoption(context: Context) -> Iterator[Draft]:
    """Makes batches due when an adopted agreement cannot judge their stored figures."""
    if not isinstance(context.event, CharterAdopted):
        return
    charter, state = context.charter, context.state
    for due in unsettled(charter, state, context.now):
        # Batches in quarantine are due anyway (`remeasure`). But a failure by the new limits is
        # recorded for every batch: it stays a failure if the labels are removed before the run.
        if due.fails or state.batches[due.partition].status is BatchStatus.APPROVED:
            yield _draft(state, due, context.now)


def measure_again_on_tick(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """Makes batches due that were not due when the agreement was adopted."""
    for due in unsettled(charter, state, now):
        yield _draft(state, due, now)


def unsettled(charter: Charter, state: ProductState, now: datetime) -> tuple[MeasurementDue, ...]:
    """The measurements that are due, one for each batch.

    Batches that were due already since the present agreement and champion are left out.
    """
    if state.charter is None:
        return ()
    due: dict[str, MeasurementDue] = {}
    judged = (key for key in targets(charter) if key in state.checks)
    for key in (*required(charter), *judged, *sorted(DRIFT)):
        for batch, reason in _unsettled(charter, state, key, now):
            # Once for each agreement and champion: a second measurement would say the same.
            if batch.due > _since(state):
                continue
            # The checks of the data come first: measuring everything measures the model, too.
            used = batch.status is BatchStatus.APPROVED
            assets = MODEL_ASSETS if used and key not in GUARDS else _ALL
            again = MeasurementDue(partition=batch.partition, reason=reason, assets=assets)
            due.setdefault(batch.partition, again)
    return tuple(
        replace(measurement, fails=tuple(_failing(charter, state, measurement.partition, now)))
        for measurement in due.values()
    )


def _failing(charter: Charter, state: ProductState, partition: str, now: datetime) -> Iterator[str]:
    """Checks of the model that fail now by the evidence of a batch."""
    for key in (*required(charter), *targets(charter)):
        evidence = _fails_now(charter, state, key, now)
        if evidence is not None and evidence.partition == partition:
            yield key


def _fails_now(charter: Charter, state: ProductState, key: str, now: datetime) -> Evidence | None:
    evidence = None if key in GUARDS else check_freshness(charter, state, key, now).evidence
    if (
        evidence is None
        or evidence.verdict is not Verdict.FAIL
        or is_evaluation(state, key, evidence)
    ):
        return None
    return evidence if _stored(state, key).get(evidence.entry) is not Verdict.FAIL else None


def _draft(state: ProductState, due: MeasurementDue, now: datetime) -> Draft:
    key = f"judge/{state.product}/{_since(state)}/{due.partition}"
    return draft(state.product, key, RULE, str(Subject.of_batch(due.partition)), due, now)


def _since(state: ProductState) -> int:
    """Entry since which agreement and champion are what they are now."""
    # A release counts like an adoption: verdicts on the former version do not count any more.
    adopted = state.charter.entry if state.charter else 0
    return max(adopted, state.champion.since if state.champion else 0)


def _unsettled(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> Iterator[tuple[Batch, str]]:
    """The batches that must be measured again for a check, and why.

    For a batch that is not in use another batch is measured. A failure of its evidence by the
    limits in force is still its own failure, and also makes this batch due.
    """
    in_use = _in_use(charter, state, key, now)
    if in_use is not None:
        yield in_use
    evidence = _fails_now(charter, state, key, now)
    own = state.batches.get(evidence.partition) if evidence else None
    if evidence is None or own is None or not own.counts:
        return
    if own.status is not BatchStatus.APPROVED:
        yield (
            own,
            f"{check_name(key)}: {_turned(_stored(state, key).get(evidence.entry), evidence)}",
        )


def _in_use(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> tuple[Batch, str] | None:
    # Contract and privacy have no figures that another limit could judge.
    if key in GUARDS:
        return _of_data(state, key, now)
    check = state.checks.get(key)
    if key in DRIFT:
        return _of_drift(charter, state, key, check)
    evidence = newest_labelled(charter, state, key)
    reason = evidence and _unreadable(charter, state, key, evidence)
    if evidence is None or not reason:
        evidence, reason = _of_model(charter, state, key, now)
    batch = _batch_of(state, evidence) if evidence and reason else None
    return (batch, f"{check_name(key)}: {reason}") if batch is not None else None


def _of_data(state: ProductState, key: str, now: datetime) -> tuple[Batch, str] | None:
    check = state.checks.get(key)
    batch = state.batches.get(check.partition) if check else None
    if check is None or batch is None or batch.status not in _USED:
        return None
    evidence = newest_of(check)
    reason = judged_by_former(state, key, evidence) or _ahead(evidence, now)
    return (batch, f"{check_name(key)}: {reason}") if reason else None


def _of_drift(
    charter: Charter, state: ProductState, key: str, check: CheckState | None
) -> tuple[Batch, str] | None:
    """The batch whose drift must be measured again, and why."""
    # Drift is no part of the answer: it is measured again only if a response reacts to it.
    batch = state.batches.get(check.partition) if check else None
    if check is None or batch is None or batch.status is not BatchStatus.APPROVED:
        return None
    if is_former(charter, state, key, newest_of(check).known_up_to):
        return None
    reason = judged_by_former(state, key, newest_of(check))
    if not reason or not responses_to(charter, key, check.severity):
        return None
    return batch, f"{check_name(key)}: {reason}"


def _of_model(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> tuple[Evidence | None, str]:
    """The evidence that decides a check of the model, and why it is not enough; empty if it is."""
    evidence = check_freshness(charter, state, key, now).evidence
    if evidence is None:
        return None, ""
    stored = _stored(state, key).get(evidence.entry)
    if ahead := _ahead(evidence, now):
        return evidence, ahead
    if is_evaluation(state, key, evidence):
        if why_not := replaced(state, key, evidence):
            return evidence, f"the evaluation does not count: {why_not}"
        turned = (
            stored is not None and stored is not Verdict.FAIL and evidence.verdict is Verdict.FAIL
        )
        return evidence, _turned(stored, evidence) if turned else _unreadable(
            charter, state, key, evidence
        )
    turned = evidence.verdict in _DECIDED and stored is not evidence.verdict
    return evidence, _turned(stored, evidence) if turned else ""


def _turned(stored: Verdict | None, evidence: Evidence) -> str:
    return f"the stored verdict is {stored}, and by the agreement in force it is {evidence.verdict}"


def _ahead(evidence: Evidence, now: datetime) -> str:
    if not is_ahead(evidence, now):
        return ""
    return "it was recorded by a clock that was ahead, and its age is not known"


def _stored(state: ProductState, key: str) -> Mapping[int, Verdict]:
    """The stored verdicts of the evaluations of a check, by entry."""
    check = state.checks.get(key)
    measured = MEASURED_BY.get(key, key)
    evaluated = state.champion.model.as_live.get(measured) if state.champion else None
    evaluations = (newest_of(check), check.decided, *check.undecided) if check else ()
    return {
        evidence.entry: evidence.verdict
        for evidence in (*evaluations, evaluated)
        if evidence is not None
    }


def _unreadable(charter: Charter, state: ProductState, key: str, evidence: Evidence) -> str:
    """Why stored figures cannot be judged by the thresholds of a check; empty if they can."""
    former = judged_by_former(state, key, evidence)
    figures = evidence.figures
    for threshold in () if former else thresholds_of(charter, key):
        figure = answering(threshold, figures)
        if figure is None:
            return f"{threshold.metric} was not measured"
        if reason := not_comparable(threshold, figure, figures):
            return reason
    return former


def _batch_of(state: ProductState, evidence: Evidence) -> Batch | None:
    """The batch of some evidence if it is in use, otherwise the newest batch in use."""
    # A batch that is not in use, or of a former source, is not measured again.
    batch = state.batches.get(evidence.partition)
    if batch is not None and batch.status is BatchStatus.APPROVED and not batch.former:
        return batch
    return next((batch for batch in reversed(approved(state)) if not batch.former), None)
