"""Caveats: everything that people should know, and that does not change the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.state import ActionStatus, Batch, BatchStatus, ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes
from aipo_pipelines.policy.agreements.moved_files import standards_notes
from aipo_pipelines.policy.answer.failing_checks import (
    failing_checks,
    known_by_evaluation,
    without_reaction,
)
from aipo_pipelines.policy.answer.last_training import training_note
from aipo_pipelines.policy.answer.quarantined_batches import quarantine_caveats
from aipo_pipelines.policy.answer.sources import SourceNote
from aipo_pipelines.policy.answer.withdrawn_batches import withdrawn_caveats
from aipo_pipelines.policy.facts.calendar import RetrainingPlan
from aipo_pipelines.policy.facts.responses import GUARDS
from aipo_pipelines.policy.people.pending_overrides import overrides
from aipo_pipelines.policy.rules.remeasure import redelivered
from aipo_pipelines.policy.rules.resolve_after_release import still_open
from aipo_pipelines.policy.statements.batches import BatchesWithoutVerdict, ChangedTrainingBatches
from aipo_pipelines.policy.statements.incidents import ActionsGivenUp, IncidentOpen, ReleaseAhead
from aipo_pipelines.policy.statements.reasons import Caveat
from aipo_pipelines.policy.statements.sources import SourceWithProblem
from aipo_pipelines.policy.statements.trainings import ModelTooOld, RetrainingOverdue


def caveats(
    charter: Charter,
    state: ProductState,
    plan: RetrainingPlan,
    sources: tuple[SourceNote, ...],
    now: datetime,
) -> Iterator[Caveat]:
    """Everything that people should know, and that does not change the verdict.

    Args:
        charter: The charter in force.
        state: State of the product.
        plan: The retraining calendar.
        sources: Sources without a valid approval.
        now: The moment of the answer, aware UTC.
    """
    yield from agreement_notes(charter, state)
    yield from standards_notes(state)
    yield from _release_in_the_future(state, now)
    yield from overrides(charter, state, now)
    yield from known_by_evaluation(charter, state, now)
    yield from failing_checks(charter, state)
    yield from without_reaction(charter, state)
    yield from _open_incidents(charter, state)
    yield from _retraining(charter, state, plan, now)
    for source in sources:
        yield SourceWithProblem(source=source.source, problem=source.problem)
    yield from _redelivered(state)
    yield from withdrawn_caveats(state)
    yield from _unmeasured(state)
    yield from quarantine_caveats(charter, state)
    yield from _given_up(state)


def _release_in_the_future(state: ProductState, now: datetime) -> Iterator[Caveat]:
    champion = state.champion
    # Clocks of two machines may differ a little, which is no reason for a note.
    if champion is not None and champion.released_at > now + CLOCK_TOLERANCE:
        yield ReleaseAhead(version=champion.version, at=champion.released_at)


def _open_incidents(charter: Charter, state: ProductState) -> Iterator[Caveat]:
    for incident in state.incidents.values():
        # A critical incident is a reason for NO, so the reasons contain it.
        if incident.is_open and incident.severity is not Severity.CRITICAL:
            yield IncidentOpen(incident=incident.entry, title=incident.title)
        if incident.is_open and (reason := still_open(charter, state, incident)):
            yield reason


def _retraining(
    charter: Charter, state: ProductState, plan: RetrainingPlan, now: datetime
) -> Iterator[Caveat]:
    if plan.overdue_since is not None:
        yield RetrainingOverdue(since=plan.overdue_since)
    elif plan.too_old_since is not None and plan.tried_at is not None:
        yield ModelTooOld(
            since=plan.too_old_since,
            tried_at=plan.tried_at,
            result=training_note(charter, state, now).outcome,
        )
    if plan.held_back is not None:
        yield plan.held_back


def _redelivered(state: ProductState) -> Iterator[Caveat]:
    changed = tuple(batch.partition for batch in redelivered(state))
    if changed:
        yield ChangedTrainingBatches(partitions=changed)


def _unmeasured(state: ProductState) -> Iterator[Caveat]:
    arrived = tuple(batch.partition for batch in state.batches.values() if _is_open(state, batch))
    if arrived:
        yield BatchesWithoutVerdict(partitions=arrived)


def _is_open(state: ProductState, batch: Batch) -> bool:
    """True if a batch still waits for its verdict."""
    if batch.status is not BatchStatus.ARRIVED:
        return False
    # A batch without records can get no verdict. It waits only until a newer batch has a verdict.
    is_empty = {judgement.check for judgement in batch.judgements} >= GUARDS
    return not is_empty or not any(
        other.status in (BatchStatus.APPROVED, BatchStatus.QUARANTINED)
        and other.position > batch.position
        for other in state.batches.values()
    )


def _given_up(state: ProductState) -> Iterator[Caveat]:
    given_up = sum(action.status is ActionStatus.GIVEN_UP for action in state.actions.values())
    if given_up:
        yield ActionsGivenUp(count=given_up)
