"""The last verdict of a check in the fold, and the later evaluations without a verdict.

The last verdict belongs to the newest batch with a verdict. If labels come late, it is older than
the newest evaluation.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.fold.batch_order import position_of
from aipo_pipelines.ledger.fold.failures import failure_after, rests_on_labels
from aipo_pipelines.ledger.model.state import UNDECIDED, BatchStatus, CheckState, ProductState


def last_verdict(state: ProductState, check: CheckState | None, new: Evidence) -> Evidence | None:
    """The evidence of the newest batch that had a verdict, after a new evaluation.

    A batch that is evaluated again, and loses its verdict or all of its labels, keeps its place: an
    older verdict must not replace it. It loses its place if a former champion was judged on it,
    which says nothing about the current champion. A pass of a quarantined batch keeps no place.
    """
    last = check.decided if check else None
    is_own = last is not None and last.partition == new.partition
    if last is not None and not is_own and _comes_before(state, new, last):
        return _with_earlier(state, last, new)
    if new.verdict is Verdict.INSUFFICIENT:
        return _without_verdict(state, check, new)
    # A batch that fails again keeps the place that it left when its date was corrected.
    keeps_place = last is not None and is_own and new.verdict is Verdict.FAIL
    return replace(new, stood_at=last.stood_at) if last is not None and keeps_place else new


def undecided(
    state: ProductState, known: tuple[Evidence, ...], decided: Evidence | None, new: Evidence
) -> tuple[Evidence, ...]:
    """The labelled evaluations without a verdict of batches after the last verdict."""
    later = [evidence for evidence in known if evidence.partition != new.partition]
    if new.verdict is Verdict.INSUFFICIENT and any(map(rests_on_labels, new.figures)):
        later.append(new)
    if decided is not None:
        place = _place(state, decided)
        later = [evidence for evidence in later if position_of(state, evidence.partition) > place]
    later.sort(key=lambda evidence: position_of(state, evidence.partition))
    # If labels are never enough, the state must not grow without a bound.
    return tuple(later[-UNDECIDED:])


def fail_as_agreed(state: ProductState, _: Entry, due: MeasurementDue) -> ProductState:
    """Checks fail that stored figures do not pass by the agreement in force.

    The new measurement of the batch opens incidents and notifies people. It may find other labels,
    so the failure of the stored figures is recorded before.
    """
    known = ((key, state.checks[key]) for key in due.fails if key in state.checks)
    failing = {key: _failing(state, key, check, due.partition) for key, check in known}
    return replace(state, checks={**state.checks, **failing}) if failing else state


def _without_verdict(
    state: ProductState, check: CheckState | None, new: Evidence
) -> Evidence | None:
    """The evidence that remains after an evaluation of a batch without a verdict."""
    last = check.decided if check else None
    replaced = _replaced(state, check, new)
    if replaced is None:
        return last
    if _is_of_champion(state, replaced):
        return replace(new, stood_at=replaced.stood_at)
    return None if replaced is last else last


def _comes_before(state: ProductState, new: Evidence, last: Evidence) -> bool:
    batch = state.batches.get(last.partition)
    quarantined = batch is not None and batch.status is BatchStatus.QUARANTINED
    if quarantined and last.verdict is Verdict.PASS:
        return False
    return position_of(state, new.partition) < _place(state, last)


def _with_earlier(state: ProductState, last: Evidence, new: Evidence) -> Evidence:
    """The last verdict after the evaluation of an earlier batch.

    It does not change, unless the earlier batch fails and the last verdict is about a former
    champion, or only has its place because its batch has moved: neither excuses a failure.
    """
    if new.verdict is not Verdict.FAIL:
        return last
    champion = state.champion
    if champion is not None and last.known_up_to < champion.since < new.known_up_to:
        return new
    later = position_of(state, new.partition) > position_of(state, last.partition)
    return replace(new, stood_at=last.stood_at) if later else last


def _failing(state: ProductState, key: str, check: CheckState, partition: str) -> CheckState:
    known = (*check.undecided, *((check.decided,) if check.decided else ()))
    stored = next((evidence for evidence in known if evidence.partition == partition), None)
    if stored is None or stored.verdict is Verdict.FAIL:
        return check
    # The evaluation stays as it was recorded; only its verdict is that of the agreement in force.
    fails = replace(stored, verdict=Verdict.FAIL)
    recent = tuple(
        replace(verdict, failure=failure_after(state, key, check.recent, fails))
        if verdict.partition == partition
        else verdict
        for verdict in check.recent
    )
    later = undecided(state, check.undecided, fails, fails)
    return replace(check, decided=fails, undecided=later, recent=recent)


def _is_of_champion(state: ProductState, evidence: Evidence) -> bool:
    return state.champion is None or evidence.known_up_to > state.champion.since


def _replaced(state: ProductState, check: CheckState | None, new: Evidence) -> Evidence | None:
    """The evidence whose place an evaluation without a verdict takes, if it was stronger.

    Evidence that never had a verdict takes no place of a batch that failed.
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


def _place(state: ProductState, evidence: Evidence) -> tuple[datetime, int]:
    """The place of the batch of evidence, or the later place at which the batch failed."""
    position = position_of(state, evidence.partition)
    return max(position, (evidence.stood_at, 0)) if evidence.stood_at else position
