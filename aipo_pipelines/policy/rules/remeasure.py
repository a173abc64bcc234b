"""Measuring again: what was measured before there was a champion is measured with it.

When the first champion is released, every approved batch that no champion has scored is due, in
the order of batches, from the first of its training window on: how a model would have done before
that says nothing about its service, and must not call for retraining. A measurement that was
already under way at that moment could not know the champion, so its batch is due when it ends.

When another charter, contract or standard is adopted, every batch in quarantine is due: what kept
it there (a source nobody had approved, a range too narrow) may be decided now. What else is due
then stands in `judge_again`.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.state import ActionKind, Batch, BatchStatus, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.training import approved

RULE = "measure"
MODEL_ASSETS = ("drift", "predictions", "performance")
"""Assets of a batch that depend on the champion."""


def measure_again(context: Context) -> Iterator[Draft]:
    """Approved batches without a champion's scores are due."""
    champion = context.state.champion
    if champion is None:
        return
    for batch in _unmeasured(context):
        due = MeasurementDue(
            partition=batch.partition,
            reason=f"not measured by champion {champion.version} yet",
            assets=MODEL_ASSETS,
        )
        yield context.draft(RULE, str(Subject.of_batch(batch.partition)), due, key=batch.partition)


def judge_quarantined_again(context: Context) -> Iterator[Draft]:
    """Batches in quarantine are due under another charter, in the order of batches."""
    if not isinstance(context.event, CharterAdopted):
        return
    batches = sorted(context.state.batches.values(), key=lambda batch: batch.position)
    for batch in batches:
        if batch.status is BatchStatus.QUARANTINED and not batch.former:
            due = MeasurementDue(
                partition=batch.partition,
                reason="in quarantine, and the charter, contract or standards changed",
            )
            yield context.draft(
                RULE, str(Subject.of_batch(batch.partition)), due, key=batch.partition
            )


def redelivered(state: ProductState) -> tuple[Batch, ...]:
    """Batches of the champion's training window whose content changed after its release.

    What was withdrawn and came again as it was has not changed.
    """
    champion = state.champion
    if champion is None:
        return ()
    held_out = champion.held_out
    known = {str(held_out.get("partition")): held_out.get("digest"), **champion.inputs}
    window = (state.batches.get(partition) for partition in champion.window)
    return tuple(
        batch
        for batch in window
        if batch is not None
        and batch.stands
        and batch.entry > champion.decision
        and batch.digest != known.get(batch.partition)
    )


def _unmeasured(context: Context) -> Iterator[Batch]:
    state, event = context.state, context.event
    if isinstance(event, ChampionReleased):
        yield from (
            batch for batch in approved(state) if not batch.measured_by and _counts(state, batch)
        )
    if isinstance(event, ActionFinished) and state.champion:
        action = state.actions.get(str(event.action))
        if action is None or action.kind is not ActionKind.MEASURE or action.started_at is None:
            return
        batch = state.batches.get(action.partition)
        if batch is None or batch.status is not BatchStatus.APPROVED or batch.measured_by:
            return
        if action.started_at < state.champion.released_at and _counts(state, batch):
            yield batch


def _counts(state: ProductState, batch: Batch) -> bool:
    """Whether a batch does not come before all that the champion was trained on.

    Nor from a source that is not agreed any more.
    """
    if batch.former:
        return False
    window = state.champion.window if state.champion else ()
    known = [state.batches[name] for name in window if name in state.batches]
    places = [batch.position for batch in known if batch.stands]
    return not places or batch.position >= min(places)
