"""The fold's part about checks: the newest evaluation, the last verdicts, the last decided one.

A check is judged in the order of batches, not in the order in which evaluations come in: labels
of an old batch that arrive late complete the series of verdicts and leave the newest evaluation
alone. An evaluation of a version that has been replaced meanwhile changes nothing.

A failure that was known does not end because its batch is gone from its place, its labels from
the batch, or its content replaced by that of another one: see `fold_places`, `fold_failures`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import (
    AssetMaterialised,
    CheckEvaluated,
    MeasurementDue,
)
from aipo_pipelines.ledger.fold.failures import failure_after, passes_nothing, rests_on_labels
from aipo_pipelines.ledger.fold.recent import DATA_ASSETS, remembered
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet
from aipo_pipelines.ledger.model.state import (
    UNDECIDED,
    Batch,
    BatchStatus,
    BatchVerdict,
    CheckState,
    ClaimedRun,
    ProductState,
)

_LABELLED = "performance"
# What belongs to no batch comes before everything, so that it is never the newest evidence.
_UNKNOWN_BATCH = (datetime.min.replace(tzinfo=UTC), 0)


def is_outdated(
    state: ProductState, batch: Batch, said: CheckEvaluated | AssetMaterialised
) -> bool:
    """Whether a run looked at an older version of the batch, or may have done so.

    What serves an action, `<entry>:<attempt>`, looks at the version there was when it was asked
    for. A run by hand has none; it reads the newest version there is when it begins. What a run
    says by labels that were replaced since counts until one that began later has spoken.
    """
    if not batch.counts:
        return True
    # The claim of the run decides and not its report: reports arrive late and in any order.
    run = state.runs.get(said.run_id)
    if run is not None and (run.entry < batch.entry or _is_known_better(state, batch, said, run)):
        return True
    served = Attempt.parse(said.action)
    return served is not None and served.entry < batch.entry


def _is_known_better(
    state: ProductState,
    batch: Batch,
    said: CheckEvaluated | AssetMaterialised,
    run: ClaimedRun,
) -> bool:
    """Whether a check that rests on labels has been judged by newer ones than a run knew.

    Only then is what it says old news: where labels come in all the time, nothing else would count.
    """
    if said.asset != _LABELLED:
        return False
    # What the asset itself says, which records were judged, goes with the check of its name.
    name = said.check if isinstance(said, CheckEvaluated) else said.asset
    check = state.checks.get(str(CheckKey(said.asset, name)))
    last = (
        next((verdict for verdict in check.recent if verdict.partition == batch.partition), None)
        if check
        else None
    )
    return run.entry < batch.relabelled and last is not None and (last.known_up_to or 0) > run.entry


def evaluate(state: ProductState, entry: Entry, evaluated: CheckEvaluated) -> ProductState:
    """One evaluation of a check."""
    batch = state.batches.get(evaluated.partition)
    if batch is not None and is_outdated(state, batch, evaluated):
        return state
    key = str(evaluated.key)
    run = state.runs.get(evaluated.run_id)
    evidence = replace(_evidence(evaluated, entry, batch), began=run.entry if run else 0)
    last = state.checks.get(key)
    # Otherwise taking labels away would be a way to let a failing batch pass.
    if nothing := passes_nothing(state, key, last.recent if last else (), evidence):
        evidence = replace(evidence, verdict=Verdict.INSUFFICIENT, figures=(), summary=nothing)
    check = _advance(state, last, evaluated, evidence, entry)
    state = replace(state, checks={**state.checks, key: check})
    if batch is None:
        return state
    # The verdicts before this evaluation: they hold the failure that it may end.
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
    decided = _decided(state, last, evidence)
    undecided = _undecided(state, last.undecided if last else (), decided, evidence)
    if last is not None and position_of(state, evidence.partition) < position_of(
        state, last.partition
    ):
        return replace(last, recent=recent, decided=decided, undecided=undecided)
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
        undecided=undecided if evaluated.asset == _LABELLED else (),
        began=evidence.began,
    )


def _recent(
    state: ProductState,
    recent: tuple[BatchVerdict, ...],
    evaluated: CheckEvaluated,
    evidence: Evidence,
) -> tuple[BatchVerdict, ...]:
    """One verdict per batch; evaluations of no batch stand one by one, as they came.

    Of those the attempts at one action count once: a training that was killed after its checks and
    is tried again is still one training.
    """
    served = Attempt.parse(evaluated.action)
    new = BatchVerdict(
        partition=evaluated.partition,
        verdict=evidence.verdict,
        action=str(served.entry) if served else "",
        known_up_to=evidence.known_up_to,
        failure=failure_after(state, str(evaluated.key), recent, evidence),
    )
    others = [verdict for verdict in recent if not _is_replaced(verdict, new)]
    others.append(new)
    others.sort(key=lambda one: position_of(state, one.partition))
    return remembered(state, str(evaluated.key), others)


def _is_replaced(one: BatchVerdict, new: BatchVerdict) -> bool:
    if one.partition or new.partition:
        return one.partition == new.partition
    return bool(new.action) and one.action == new.action


def _decided(state: ProductState, check: CheckState | None, new: Evidence) -> Evidence | None:
    """The evidence of the newest batch that had a verdict.

    A batch that loses its verdict when it is judged again, or all of its labels, keeps its place:
    what was known before it must not speak again. Unless a former champion was judged on them,
    which says nothing about this one. A pass of a batch in quarantine stands in nobody's way.
    """
    last = check.decided if check else None
    is_own = last is not None and last.partition == new.partition
    if last is not None and not is_own and _stands_before(state, new, last):
        return _before_it(state, last, new)
    if new.verdict is Verdict.INSUFFICIENT:
        return _without_verdict(state, check, new)
    # A batch that fails again keeps the place that it left when its date was corrected.
    keeps_place = last is not None and is_own and new.verdict is Verdict.FAIL
    return replace(new, stood_at=last.stood_at) if last is not None and keeps_place else new


def _without_verdict(
    state: ProductState, check: CheckState | None, new: Evidence
) -> Evidence | None:
    """The evidence that remains when a batch is judged without a verdict."""
    last = check.decided if check else None
    lost = _lost(state, check, new)
    if lost is None:
        return last
    if _is_of_champion(state, lost):
        return replace(new, stood_at=lost.stood_at)
    return None if lost is last else last


def _stands_before(state: ProductState, new: Evidence, last: Evidence) -> bool:
    batch = state.batches.get(last.partition)
    quarantined = batch is not None and batch.status is BatchStatus.QUARANTINED
    if quarantined and last.verdict is Verdict.PASS:
        return False
    return position_of(state, new.partition) < _place(state, last)


def _before_it(state: ProductState, last: Evidence, new: Evidence) -> Evidence:
    """What speaks when a batch that stands before the last evidence is judged.

    That evidence, unless the batch fails and only seems to stand before it: what was said of a
    former champion, or the place of a batch that has moved, excuses nothing.
    """
    if new.verdict is not Verdict.FAIL:
        return last
    champion = state.champion
    if champion is not None and last.known_up_to < champion.since < new.known_up_to:
        return new
    later = position_of(state, new.partition) > position_of(state, last.partition)
    return replace(new, stood_at=last.stood_at) if later else last


def fail_as_agreed(state: ProductState, _: Entry, due: MeasurementDue) -> ProductState:
    """What stored figures fail by what is agreed now has failed, whatever becomes of its labels.

    Measuring the batch again opens incidents and tells people; it may find other labels.
    """
    known = ((key, state.checks[key]) for key in due.fails if key in state.checks)
    failing = {key: _failing(state, key, check, due.partition) for key, check in known}
    return replace(state, checks={**state.checks, **failing}) if failing else state


def _failing(state: ProductState, key: str, check: CheckState, partition: str) -> CheckState:
    known = (*check.undecided, *((check.decided,) if check.decided else ()))
    found = next((one for one in known if one.partition == partition), None)
    if found is None or found.verdict is Verdict.FAIL:
        return check
    # The evaluation stays as it was recorded; only its verdict is that of the agreement in force.
    fails = replace(found, verdict=Verdict.FAIL)
    recent = tuple(
        replace(verdict, failure=failure_after(state, key, check.recent, fails))
        if verdict.partition == partition
        else verdict
        for verdict in check.recent
    )
    undecided = _undecided(state, check.undecided, fails, fails)
    return replace(check, decided=fails, undecided=undecided, recent=recent)


def _is_of_champion(state: ProductState, said: Evidence) -> bool:
    return state.champion is None or said.known_up_to > state.champion.since


def _lost(state: ProductState, check: CheckState | None, new: Evidence) -> Evidence | None:
    """What an evaluation without a verdict takes the place of, if that said more than it does.

    What never decided anything and is gone takes no place of a batch that failed.
    """
    last = check.decided if check else None
    if last is not None and last.partition == new.partition:
        return last
    if check is None or any(map(rests_on_labels, new.figures)):
        return None
    if last is not None and last.verdict is Verdict.FAIL and _is_of_champion(state, last):
        return None
    return next(
        (evidence for evidence in check.undecided if evidence.partition == new.partition), None
    )


def _undecided(
    state: ProductState, known: tuple[Evidence, ...], decided: Evidence | None, new: Evidence
) -> tuple[Evidence, ...]:
    """The labelled evaluations behind the last decided one that came to no verdict."""
    left = [evidence for evidence in known if evidence.partition != new.partition]
    if new.verdict is Verdict.INSUFFICIENT and any(map(rests_on_labels, new.figures)):
        left.append(new)
    if decided is not None:
        reached = _place(state, decided)
        left = [evidence for evidence in left if position_of(state, evidence.partition) > reached]
    left.sort(key=lambda evidence: position_of(state, evidence.partition))
    # Labels that never suffice must not let the state grow without a bound.
    return tuple(left[-UNDECIDED:])


def _unmet(batch: Batch, key: str, said: Evidence, failure: Failure | None) -> tuple[Unmet, ...]:
    """What does not pass on a batch, however many others were judged since."""
    others = tuple(other for other in batch.unmet if other.check != key)
    if said.verdict is Verdict.PASS:
        return others
    unmet = Unmet(check=key, verdict=said.verdict, severity=said.severity, failure=failure)
    return (*others, unmet)


def _judgements(
    batch: Batch, key: str, evaluated: CheckEvaluated, entry: Entry
) -> tuple[Judgement, ...]:
    others = tuple(other for other in batch.judgements if other.check != key)
    judgement = Judgement(
        check=key,
        verdict=evaluated.verdict,
        severity=evaluated.severity,
        summary=evaluated.summary,
        entry=entry.index,
    )
    return (*others, judgement)


def position_of(state: ProductState, partition: str) -> tuple[datetime, int]:
    """Place of what a batch of that name says; before all others where there is no such batch."""
    batch = state.batches.get(partition)
    return batch.position if batch else _UNKNOWN_BATCH


def _place(state: ProductState, evidence: Evidence) -> tuple[datetime, int]:
    """Where evidence stands: at the place of its batch, or where that stood when it failed."""
    position = position_of(state, evidence.partition)
    return max(position, (evidence.stood_at, 0)) if evidence.stood_at else position
