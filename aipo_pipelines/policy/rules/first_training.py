"""The first model: due when enough batches are approved, and again while no version may go live.

The rule decides when a batch is approved, labels come later or a charter is adopted. The key names
the charter, the window, the number of trainings that were given up and the last check of a
training set. So a first training is due again at the next of these events if it was given up, if
its window was not sufficient, or if its model may not go live. After an insufficient window or a
decision it uses all approved batches, otherwise the first batches again. The same events never make
it due twice. `aipo_pipelines.policy.facts.first_models` says how many times gates may refuse a
first model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, Batch, ProductState
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.first_models import (
    FIRST_MODEL,
    is_used_up,
    refused,
    why_no_more,
)
from aipo_pipelines.policy.facts.training import (
    RULE,
    SUFFICIENT,
    approved,
    data_of,
    is_busy,
    newest_data_at,
    trains_here,
)
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.wording.trainings import rest_sentence

CAUSE = Cause("first_model_cap")


def start_first_training(context: Context) -> Iterator[Draft]:
    """The first window is complete and nothing was trained on it yet: training is due."""
    state = context.state
    yield from _end_used_up(context, RULE)
    if not _may_make_due(context.event):
        return
    # A candidate that waits for its decision is a first model already.
    if not trains_here(context.charter) or state.champion or state.candidates:
        return
    least = context.charter.retraining.window.first_batches
    again = _was_insufficient(state) or bool(state.decisions)
    # The first attempt uses the first batches only: later batches are evidence about this model.
    window = approved(state) if again else approved(state)[:least]
    if len(window) < least or is_busy(state):
        return
    # Each attempt is another chance to pass by luck, so people decide from here on.
    if is_used_up(context.charter, state):
        yield from _report_used_up(context, RULE)
        return
    due = TrainingDue(
        window=tuple(batch.partition for batch in window),
        trigger=FIRST_MODEL,
        reason="No model is in charge yet.",
        data_at=newest_data_at(state, context.now),
        data=data_of(window),
    )
    key = f"policy/{state.product}/{RULE}/first/{_attempt_key(state, window)}"
    yield draft(state.product, key, RULE, "model", due, context.now)


def _may_make_due(event: Event) -> bool:
    if isinstance(event, BatchArrived):
        return event.labels_only
    return isinstance(event, BatchApproved | CharterAdopted)


def _was_insufficient(state: ProductState) -> bool:
    judged = state.checks.get(SUFFICIENT)
    return judged is not None and judged.verdict is Verdict.INSUFFICIENT


def _report_used_up(context: Context, rule: str) -> Iterator[Draft]:
    """The incident about a first model that is due and not tried any more."""
    alarm = Alarm(
        cause=CAUSE,
        title=f"No first model passed its gates in {len(refused(context.state))} attempts",
        summary=rest_sentence(why_no_more(context.charter, context.state)),
        severity=Severity.WARNING,
    )
    incident = raised(context.charter, context.state, alarm)
    if incident is not None:
        yield context.draft(rule, subject_of(incident), incident, key=str(CAUSE))


def _end_used_up(context: Context, rule: str) -> Iterator[Draft]:
    """Ends this incident if a version went live, or if rules may try again."""
    known = open_incident(context.state, CAUSE)
    if known is None:
        return
    if isinstance(context.event, ChampionReleased):
        reason = f"version {context.event.version} went live"
    elif not is_used_up(context.charter, context.state):
        reason = "the charter allows another attempt"
    else:
        return
    resolved = IncidentResolved(incident=known.entry, resolution=f"by rule: {reason}")
    yield context.draft(rule, subject_of(resolved), resolved, key=f"{CAUSE}/resolve")


def _attempt_key(state: ProductState, window: tuple[Batch, ...]) -> str:
    # The key changes with each reason to try again, so that each reason counts once.
    content = hashlib.sha256()
    for batch in window:
        content.update(f"{len(batch.partition)}:{batch.partition}{batch.digest}\n".encode())
    given_up = sum(
        action.kind is ActionKind.TRAIN
        and action.status in (ActionStatus.GIVEN_UP, ActionStatus.SUPERSEDED)
        for action in state.actions.values()
    )
    adopted = state.charter.entry if state.charter else "none"
    judged = state.checks.get(SUFFICIENT)
    last = judged.entry if judged else "none"
    return f"{adopted}/{content.hexdigest()[:16]}/{given_up}/{last}"
