"""The fold's part about checks: the newest evaluation, the last verdicts, the last decided one.

A check is judged in the order of batches, not in the order in which evaluations come in: labels
of an old batch that arrive late complete the series of verdicts and leave the newest evaluation
alone. An evaluation of a version that has been replaced meanwhile changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from aipo_pipelines.ledger import events
from aipo_pipelines.ledger.entry import Entry
from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.fold_recent import DATA_ASSETS, remembered
from aipo_pipelines.ledger.state import (
    UNDECIDED,
    Batch,
    BatchVerdict,
    CheckState,
    Judgement,
    ProductState,
    Unmet,
)
from aipo_pipelines.measures.outcome import Json, Verdict

_LABELLED = "performance"
_WITHOUT_LABELS = frozenset({"label_coverage", "unusable_answers"})
_KEPT_DETAILS = (
    "drifted",
    "critical_drifted",
    "original",
    "known_records",
    "repeated_records",
    "told_apart",
    "strange_labels",
    "unlearnt_labels",
    "slipped_records",
)
_UNKNOWN_BATCH = (datetime.min.replace(tzinfo=UTC), 0)


def is_outdated(batch: Batch, action: str) -> bool:
    """Whether an action, `<entry>:<attempt>`, looked at an older version of the batch.

    A run by hand has no action; it reads the newest version there is.
    """
    entry = action.partition(":")[0]
    return entry.isdecimal() and int(entry) < batch.entry


def evaluate(state: ProductState, entry: Entry, event: events.Body) -> ProductState:
    """One evaluation of a check."""
    evaluated = cast("events.CheckEvaluated", event)
    batch = state.batches.get(evaluated.partition)
    if batch is not None and is_outdated(batch, evaluated.action):
        return state
    key = f"{evaluated.asset}/{evaluated.check}"
    run = state.runs.get(evaluated.run_id)
    evidence = replace(_evidence(evaluated, entry, batch), began=run.entry if run else 0)
    check = _advance(state, state.checks.get(key), evaluated, evidence, entry)
    state = replace(state, checks={**state.checks, key: check})
    if batch is None:
        return state
    judged = replace(batch, unmet=_unmet(batch, key, evidence))
    if evaluated.asset in DATA_ASSETS:
        judged = replace(judged, judgements=_judgements(batch, key, evaluated, entry))
    return replace(state, batches={**state.batches, batch.partition: judged})


def _evidence(evaluated: events.CheckEvaluated, entry: Entry, batch: Batch | None) -> Evidence:
    dated = batch.evidence_at if batch else evaluated.batch_date or entry.recorded_at
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
    evaluated: events.CheckEvaluated,
    evidence: Evidence,
    entry: Entry,
) -> CheckState:
    recent = _recent(state, last.recent if last else (), evaluated, evidence.known_up_to)
    decided = _decided(state, last, evidence)
    undecided = _undecided(state, last.undecided if last else (), decided, evidence)
    if last is not None and _position(state, evidence.partition) < _position(state, last.partition):
        return replace(last, recent=recent, decided=decided, undecided=undecided)
    return CheckState(
        asset=evaluated.asset,
        check=evaluated.check,
        partition=evaluated.partition,
        verdict=evaluated.verdict,
        severity=evaluated.severity,
        summary=evaluated.summary,
        figures=evaluated.figures,
        evidence_at=evidence.evidence_at,
        evaluated_at=entry.recorded_at,
        run_id=evaluated.run_id,
        entry=entry.index,
        recent=recent,
        details={
            name: evaluated.details[name] for name in _KEPT_DETAILS if name in evaluated.details
        },
        decided=decided,
        undecided=undecided if evaluated.asset == _LABELLED else (),
        began=evidence.began,
    )


def _recent(
    state: ProductState,
    recent: tuple[BatchVerdict, ...],
    evaluated: events.CheckEvaluated,
    known_up_to: int,
) -> tuple[BatchVerdict, ...]:
    """One verdict per batch; evaluations of no batch stand one by one, as they came.

    Of those the attempts at one action count once: a training that was killed after its checks and
    is tried again is still one training.
    """
    new = BatchVerdict(
        partition=evaluated.partition,
        verdict=evaluated.verdict,
        action=evaluated.action.partition(":")[0],
        known_up_to=known_up_to,
    )
    others = [one for one in recent if not _is_replaced(one, new)]
    others.append(new)
    others.sort(key=lambda one: _position(state, one.partition))
    return remembered(state, f"{evaluated.asset}/{evaluated.check}", others)


def _is_replaced(one: BatchVerdict, new: BatchVerdict) -> bool:
    if one.partition or new.partition:
        return one.partition == new.partition
    return bool(new.action) and one.action == new.action


def _decided(state: ProductState, check: CheckState | None, new: Evidence) -> Evidence | None:
    """The evidence of the newest batch that had a verdict.

    A batch that loses its verdict when it is judged again, or all of its labels, keeps its place:
    what was known before it must not speak again. Unless a former champion was judged on them,
    which says nothing about this one.
    """
    last = check.decided if check else None
    if last is not None and _position(state, new.partition) < _position(state, last.partition):
        return last
    if new.verdict is not Verdict.INSUFFICIENT:
        return new
    lost = _lost(check, new)
    if lost is not None and (state.champion is None or lost.entry > state.champion.decision):
        return new
    return None if lost is not None and lost is last else last


def _lost(check: CheckState | None, new: Evidence) -> Evidence | None:
    """What an evaluation without a verdict takes the place of, if that said more than it does."""
    last = check.decided if check else None
    if last is not None and last.partition == new.partition:
        return last
    if check is None or any(map(rests_on_labels, new.figures)):
        return None
    return next((one for one in check.undecided if one.partition == new.partition), None)


def _undecided(
    state: ProductState, known: tuple[Evidence, ...], decided: Evidence | None, new: Evidence
) -> tuple[Evidence, ...]:
    """The labelled evaluations behind the last decided one that came to no verdict."""
    left = [one for one in known if one.partition != new.partition]
    if new.verdict is Verdict.INSUFFICIENT and any(map(rests_on_labels, new.figures)):
        left.append(new)
    if decided is not None:
        reached = _position(state, decided.partition)
        left = [one for one in left if _position(state, one.partition) > reached]
    left.sort(key=lambda one: _position(state, one.partition))
    return tuple(left[-UNDECIDED:])


def rests_on_labels(figure: Json) -> bool:
    """Whether a stored figure was measured, not estimated, and says more than what is there."""
    return (
        isinstance(figure, dict)
        and figure.get("value") is not None
        and figure.get("estimated") is not True
        and figure.get("metric") not in _WITHOUT_LABELS
    )


def _unmet(batch: Batch, key: str, said: Evidence) -> tuple[Unmet, ...]:
    """What does not pass on a batch, however many others were judged since."""
    others = tuple(one for one in batch.unmet if one.check != key)
    if said.verdict is Verdict.PASS:
        return others
    return (*others, Unmet(check=key, verdict=said.verdict, severity=said.severity))


def _judgements(
    batch: Batch, key: str, evaluated: events.CheckEvaluated, entry: Entry
) -> tuple[Judgement, ...]:
    others = tuple(one for one in batch.judgements if one.check != key)
    judgement = Judgement(
        check=key,
        verdict=evaluated.verdict,
        severity=evaluated.severity,
        summary=evaluated.summary,
        entry=entry.index,
    )
    return (*others, judgement)


def _position(state: ProductState, partition: str) -> tuple[datetime, int]:
    batch = state.batches.get(partition)
    return batch.position if batch else _UNKNOWN_BATCH
