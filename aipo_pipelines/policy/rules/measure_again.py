"""Judging again: what reading cannot settle is settled by measuring the batch once more.

An adopted agreement may leave the answer open (another confidence, other groups, a metric that was
not measured, another contract), and it may turn the verdict of what was measured before: then
incidents and M-of-N rules, which look at evaluations, would say otherwise than the answer. In both
cases the batch that the evidence is from is measured again, and everything follows from that as
from any other evaluation. Until then the answer reads what it has.

Asked when an agreement is adopted, and with every tick for what was still under way at that moment,
what a release brought, and what older programs left behind: once for each batch, agreement and
champion.
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


def judge_adopted(context: Context) -> Iterator[Draft]:
    """Batches are due when an agreement is adopted that reading cannot judge them by.

    Those in quarantine are due anyway: `remeasure.judge_quarantined_again`. But what was said of a
    version before, and fails now, is recorded of any.
    """
    if not isinstance(context.event, CharterAdopted):
        return
    charter, state = context.charter, context.state
    for due in unsettled(charter, state, context.now):
        if due.fails or state.batches[due.partition].status is BatchStatus.APPROVED:
            yield _draft(state, due, context.now)


def measure_again_on_tick(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """Batches are due that nobody asked for when the agreement was adopted."""
    for due in unsettled(charter, state, now):
        yield _draft(state, due, now)


def unsettled(charter: Charter, state: ProductState, now: datetime) -> tuple[MeasurementDue, ...]:
    """What is to be measured again, each batch once, and why.

    Nothing that was asked for since the agreement and the champion in force are.
    """
    if state.charter is None:
        return ()
    due: dict[str, MeasurementDue] = {}
    judged = (key for key in targets(charter) if key in state.checks)
    for key in (*required(charter), *judged, *sorted(DRIFT)):
        for batch, reason in _unsettled(charter, state, key, now):
            if batch.due > _since(state):
                continue
            # The checks of the data come first: what measures everything measures the model, too.
            used = batch.status is BatchStatus.APPROVED
            assets = MODEL_ASSETS if used and key not in GUARDS else _ALL
            again = MeasurementDue(partition=batch.partition, reason=reason, assets=assets)
            due.setdefault(batch.partition, again)
    return tuple(
        replace(measurement, fails=tuple(_failing(charter, state, measurement.partition, now)))
        for measurement in due.values()
    )


def _failing(charter: Charter, state: ProductState, partition: str, now: datetime) -> Iterator[str]:
    """Checks of the model that speak of a batch and fail, whatever was said when it was judged."""
    for key in (*required(charter), *targets(charter)):
        said = _fails_now(charter, state, key, now)
        if said is not None and said.partition == partition:
            yield key


def _fails_now(charter: Charter, state: ProductState, key: str, now: datetime) -> Evidence | None:
    said = None if key in GUARDS else check_freshness(charter, state, key, now).evidence
    if said is None or said.verdict is not Verdict.FAIL or is_evaluation(state, key, said):
        return None
    return said if _stored(state, key).get(said.entry) is not Verdict.FAIL else None


def _draft(state: ProductState, due: MeasurementDue, now: datetime) -> Draft:
    key = f"judge/{state.product}/{_since(state)}/{due.partition}"
    return draft(state.product, key, RULE, str(Subject.of_batch(due.partition)), due, now)


def _since(state: ProductState) -> int:
    """Entry since which agreement and champion are what they are now."""
    adopted = state.charter.entry if state.charter else 0
    return max(adopted, state.champion.since if state.champion else 0)


def _unsettled(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> Iterator[tuple[Batch, str]]:
    """The batches that are to be measured again for a check, and why.

    One that is not in use has another one measured in its place. What was said of it and fails now
    is its own failure all the same, whatever becomes of it.
    """
    found = _in_use(charter, state, key, now)
    if found is not None:
        yield found
    said = _fails_now(charter, state, key, now)
    own = state.batches.get(said.partition) if said else None
    if said is None or own is None or not own.counts:
        return
    if own.status is not BatchStatus.APPROVED:
        yield own, f"{check_name(key)}: {_turned(_stored(state, key).get(said.entry), said)}"


def _in_use(
    charter: Charter, state: ProductState, key: str, now: datetime
) -> tuple[Batch, str] | None:
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
    said = newest_of(check)
    reason = judged_by_former(state, key, said) or _ahead(said, now)
    return (batch, f"{check_name(key)}: {reason}") if reason else None


def _of_drift(
    charter: Charter, state: ProductState, key: str, check: CheckState | None
) -> tuple[Batch, str] | None:
    """Drift is no part of the answer; it is measured again where something reacts to it."""
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
    """Of the evidence that speaks for a check of the model, why it does not settle it."""
    said = check_freshness(charter, state, key, now).evidence
    if said is None:
        return None, ""
    stored = _stored(state, key).get(said.entry)
    if ahead := _ahead(said, now):
        return said, ahead
    if is_evaluation(state, key, said):
        if why_not := replaced(state, key, said):
            return said, f"the evaluation does not count: {why_not}"
        turned = stored is not None and stored is not Verdict.FAIL and said.verdict is Verdict.FAIL
        return said, _turned(stored, said) if turned else _unreadable(charter, state, key, said)
    turned = said.verdict in _DECIDED and stored is not said.verdict
    return said, _turned(stored, said) if turned else ""


def _turned(stored: Verdict | None, said: Evidence) -> str:
    return f"the evaluation said {stored}, and by what is agreed now it is {said.verdict}"


def _ahead(said: Evidence, now: datetime) -> str:
    if not is_ahead(said, now):
        return ""
    return "it was recorded by a clock that was ahead, and its age is not known"


def _stored(state: ProductState, key: str) -> Mapping[int, Verdict]:
    """What evaluations of a check said themselves, by their entries."""
    check = state.checks.get(key)
    measured = MEASURED_BY.get(key, key)
    evaluated = state.champion.as_live.get(measured) if state.champion else None
    said = (newest_of(check), check.decided, *check.undecided) if check else ()
    return {
        evidence.entry: evidence.verdict for evidence in (*said, evaluated) if evidence is not None
    }


def _unreadable(charter: Charter, state: ProductState, key: str, evidence: Evidence) -> str:
    """Why the thresholds of a check cannot be judged on stored figures; empty when they can."""
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
    """The batch of some evidence if it is in use, otherwise the newest one that is."""
    batch = state.batches.get(evidence.partition)
    if batch is not None and batch.status is BatchStatus.APPROVED and not batch.former:
        return batch
    return next((batch for batch in reversed(approved(state)) if not batch.former), None)
