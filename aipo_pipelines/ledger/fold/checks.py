"""Checks in the fold: the newest evaluation, the recent verdicts, the last verdict.

The order of batches counts, not the order of evaluations. If labels of an old batch arrive late,
the evaluation completes the series of verdicts and does not change the newest evaluation. An
evaluation of a version that was replaced meanwhile changes nothing.

A known failure does not end because its batch has another place, lost its labels, or has the
content of another batch: see `places` and `failures`.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.batch_order import position_of
from aipo_pipelines.ledger.fold.failures import failure_after, passes_nothing
from aipo_pipelines.ledger.fold.last_verdict import last_verdict, undecided
from aipo_pipelines.ledger.fold.outdated_runs import is_outdated
from aipo_pipelines.ledger.fold.recent import DATA_ASSETS, remembered
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet
from aipo_pipelines.ledger.model.state import Batch, BatchVerdict, CheckState, ProductState

_LABELLED = "performance"


def evaluate(state: ProductState, entry: Entry, evaluated: CheckEvaluated) -> ProductState:
    """A check was evaluated: its state and the unmet checks of its batch change."""
    batch = state.batches.get(evaluated.partition)
    if batch is not None and is_outdated(state, batch, evaluated):
        return state
    key = str(evaluated.key)
    run = state.runs.get(evaluated.run_id)
    evidence = replace(_evidence(evaluated, entry, batch), began=run.entry if run else 0)
    last = state.checks.get(key)
    # Otherwise a failing batch would pass if somebody removed its labels.
    if reason := passes_nothing(state, key, last.recent if last else (), evidence):
        evidence = replace(evidence, verdict=Verdict.INSUFFICIENT, figures=(), summary=reason)
    check = _advance(state, last, evaluated, evidence, entry)
    state = replace(state, checks={**state.checks, key: check})
    if batch is None:
        return state
    # The verdicts before this evaluation contain the failure that it may end.
    failure = failure_after(state, key, last.recent if last else (), evidence)
    judged = replace(batch, unmet=_unmet(batch, key, evidence, failure))
    if evaluated.asset in DATA_ASSETS:
        judged = replace(judged, judgements=_judgements(batch, key, evaluated, entry))
    return replace(state, batches={**state.batches, batch.partition: judged})


def _evidence(evaluated: CheckEvaluated, entry: Entry, batch: Batch | None) -> Evidence:
    dated = batch.evidence_at if batch else evaluated.batch_date or entry.recorded_at
    # A date in the future would keep the evidence fresh for years.
    return Evidence(
        partition=evaluated.partition,
        verdict=evaluated.verdict,
        severity=evaluated.severity,
        summary=evaluated.summary,
        figures=evaluated.figures,
        evidence_at=min(dated, entry.recorded_at),
        entry=entry.index,
    )


def _advance(
    state: ProductState,
    last: CheckState | None,
    evaluated: CheckEvaluated,
    evidence: Evidence,
    entry: Entry,
) -> CheckState:
    recent = _recent(state, last.recent if last else (), evaluated, evidence)
    decided = last_verdict(state, last, evidence)
    later = undecided(state, last.undecided if last else (), decided, evidence)
    # Late labels of an older batch leave the newest evaluation as it is.
    if last is not None and position_of(state, evidence.partition) < position_of(
        state, last.partition
    ):
        return replace(last, recent=recent, decided=decided, undecided=later)
    return CheckState(
        asset=evaluated.asset,
        check=evaluated.check,
        partition=evaluated.partition,
        verdict=evidence.verdict,
        severity=evaluated.severity,
        summary=evidence.summary,
        figures=evidence.figures,
        evidence_at=evidence.evidence_at,
        evaluated_at=entry.recorded_at,
        run_id=evaluated.run_id,
        entry=entry.index,
        recent=recent,
        details=evaluated.details.for_state(),
        decided=decided,
        undecided=later if evaluated.asset == _LABELLED else (),
        began=evidence.began,
    )


def _recent(
    state: ProductState,
    recent: tuple[BatchVerdict, ...],
    evaluated: CheckEvaluated,
    evidence: Evidence,
) -> tuple[BatchVerdict, ...]:
    """One verdict per batch; evaluations without a batch are kept in the order of their arrival.

    Of the latter, the attempts at one action count once: a training that was killed after its
    checks and is tried again is still one training.
    """
    served = Attempt.parse(evaluated.action)
    new = BatchVerdict(
        partition=evaluated.partition,
        verdict=evidence.verdict,
        action=str(served.entry) if served else "",
        known_up_to=evidence.known_up_to,
        failure=failure_after(state, str(evaluated.key), recent, evidence),
    )
    verdicts = [verdict for verdict in recent if not _is_replaced(verdict, new)]
    verdicts.append(new)
    verdicts.sort(key=lambda verdict: position_of(state, verdict.partition))
    return remembered(state, str(evaluated.key), verdicts)


def _is_replaced(verdict: BatchVerdict, new: BatchVerdict) -> bool:
    if verdict.partition or new.partition:
        return verdict.partition == new.partition
    return bool(new.action) and verdict.action == new.action


def _unmet(
    batch: Batch, key: str, evidence: Evidence, failure: Failure | None
) -> tuple[Unmet, ...]:
    """The checks that a batch does not pass, also if many batches were judged since."""
    rest = tuple(other for other in batch.unmet if other.check != key)
    if evidence.verdict is Verdict.PASS:
        return rest
    unmet = Unmet(check=key, verdict=evidence.verdict, severity=evidence.severity, failure=failure)
    return (*rest, unmet)


def _judgements(
    batch: Batch, key: str, evaluated: CheckEvaluated, entry: Entry
) -> tuple[Judgement, ...]:
    rest = tuple(other for other in batch.judgements if other.check != key)
    judgement = Judgement(
        check=key,
        verdict=evaluated.verdict,
        severity=evaluated.severity,
        summary=evaluated.summary,
        entry=entry.index,
    )
    return (*rest, judgement)
