"""The first model: due once enough batches are approved, and again while none may go live.

Due is decided when a batch is approved, labels came later or a charter is adopted. The key names
charter, window, how many trainings were given up and which judgement of a training set was the
last: one that failed to the end, found its window not sufficient, or gave a model that may not go
live, is due again on the next context, then on all approved batches, and never twice for the same
context. How many times gates may refuse one stands in `aipo_pipelines.policy.facts.first_models`.
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

CAUSE = Cause("first_model_cap")


def start_first_training(context: Context) -> Iterator[Draft]:
    """The first window is complete and nothing has been trained on it yet: training is due."""
    state = context.state
    yield from _end_used_up(context, RULE)
    if not _is_occasion(context.event):
        return
    if not trains_here(context.charter) or state.champion or state.candidates:
        return
    wanted = context.charter.retraining.window.first_batches
    again = _was_insufficient(state) or bool(state.decisions)
    window = approved(state) if again else approved(state)[:wanted]
    if len(window) < wanted or is_busy(state):
        return
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
    key = f"policy/{state.product}/{RULE}/first/{_occasion_key(state, window)}"
    yield draft(state.product, key, RULE, "model", due, context.now)


def _is_occasion(event: Event) -> bool:
    if isinstance(event, BatchArrived):
        return event.labels_only
    return isinstance(event, BatchApproved | CharterAdopted)


def _was_insufficient(state: ProductState) -> bool:
    judged = state.checks.get(SUFFICIENT)
    return judged is not None and judged.verdict is Verdict.INSUFFICIENT


def _report_used_up(context: Context, rule: str) -> Iterator[Draft]:
    """The incident of first models that are due and not tried any more."""
    alarm = Alarm(
        cause=CAUSE,
        title=f"No first model passed its gates in {len(refused(context.state))} attempts",
        summary=why_no_more(context.charter, context.state),
        severity=Severity.WARNING,
    )
    incident = raised(context.charter, context.state, alarm)
    if incident is not None:
        yield context.draft(rule, subject_of(incident), incident, key=str(CAUSE))


def _end_used_up(context: Context, rule: str) -> Iterator[Draft]:
    """Ends that incident where a version went live, or rules may try again."""
    known = open_incident(context.state, CAUSE)
    if known is None:
        return
    if isinstance(context.event, ChampionReleased):
        why = f"version {context.event.version} went live"
    elif not is_used_up(context.charter, context.state):
        why = "the charter allows another attempt"
    else:
        return
    resolved = IncidentResolved(incident=known.entry, resolution=f"by rule: {why}")
    yield context.draft(rule, subject_of(resolved), resolved, key=f"{CAUSE}/resolve")


def _occasion_key(state: ProductState, window: tuple[Batch, ...]) -> str:
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
