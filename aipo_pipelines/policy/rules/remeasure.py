"""Measuring again: batches that were measured without a champion are measured with it.

When the first champion is released, every approved batch that no champion has scored is due, in the
order of batches. The first is the first batch of the training window: the performance on earlier
batches says nothing about the service of the model, and must not demand retraining. A measurement
that was running at that moment did not know the champion, so its batch is due when it ends.

When another charter, contract or standard is adopted, every batch in quarantine is due. The reason
of the quarantine, such as a source without approval or a narrow range, may not apply any more.
`rules.measure_again` makes other batches due then.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    Batch,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.training import approved

RULE = "measure"
MODEL_ASSETS = ("drift", "predictions", "performance")
"""Assets of a batch that depend on the champion."""


def measure_again(context: Context) -> Iterator[Draft]:
    """Makes approved batches without the scores of a champion due."""
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


def measure_quarantined_again(context: Context) -> Iterator[Draft]:
    """Makes batches in quarantine due under another charter, in the order of batches."""
    if not isinstance(context.event, CharterAdopted):
        return
    batches = sorted(context.state.batches.values(), key=lambda batch: batch.position)
    # A batch of a former source stays as it is: nobody agrees on its source any more.
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

    A batch that was withdrawn and came again with the same content has not changed.
    """
    champion = state.champion
    if champion is None:
        return ()
    model = champion.model
    known = {model.held_out.partition: model.held_out.digest, **model.inputs}
    window = (state.batches.get(partition) for partition in model.window)
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
        if action is not None and _began_before(action, state.champion):
            batch = state.batches.get(action.partition)
            if batch is not None and _lacks_scores(state, batch):
                yield batch


def _began_before(action: Action, champion: Champion) -> bool:
    """Whether a measurement began before the champion was released, and so did not know it."""
    if action.kind is not ActionKind.MEASURE or action.started_at is None:
        return False
    return action.started_at < champion.released_at


def _lacks_scores(state: ProductState, batch: Batch) -> bool:
    approved_only = batch.status is BatchStatus.APPROVED and not batch.measured_by
    return approved_only and _counts(state, batch)


def _counts(state: ProductState, batch: Batch) -> bool:
    """Whether a batch is of an agreed source, and not before the champion's whole training set."""
    if batch.former:
        return False
    window = state.champion.model.window if state.champion else ()
    # Earlier batches say nothing about the service of the model.
    known = [state.batches[name] for name in window if name in state.batches]
    places = [batch.position for batch in known if batch.stands]
    return not places or batch.position >= min(places)
