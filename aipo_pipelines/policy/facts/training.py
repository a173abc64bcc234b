"""The first model: due once enough batches are approved, and again while none may go live.

Due is decided when a batch is approved, labels came later or a charter is adopted. The key names
charter, window, how many trainings were given up and which judgement of a training set was the
last: one that failed to the end, found its window not sufficient, or gave a model that may not go
live, is due again on the next occasion, then on all approved batches, and never twice for the same
occasion. How many times gates may refuse one stands in `first_models`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.entry import Draft
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.policy.facts.first_models import (
    FIRST_MODEL,
    end_used_up,
    is_used_up,
    report_used_up,
)
from aipo_pipelines.policy.rules.context import Occasion, draft

RULE = "train"
SUFFICIENT = "training_set/sufficient"
"""Check by which a training says that its window does not suffice."""
AUTHORISED = "training_set/authorised"
"""Check by which a training says that a source is not approved."""


def start_first_training(occasion: Occasion) -> Iterator[Draft]:
    """The first window is complete and nothing has been trained on it yet: training is due."""
    state = occasion.state
    yield from end_used_up(occasion, RULE)
    if not _is_occasion(occasion.event):
        return
    if not trains_here(occasion.charter) or state.champion or state.candidates:
        return
    wanted = occasion.charter.retraining.window.first_batches
    again = _was_insufficient(state) or bool(state.decisions)
    window = approved(state) if again else approved(state)[:wanted]
    if len(window) < wanted or is_busy(state):
        return
    if is_used_up(occasion.charter, state):
        yield from report_used_up(occasion, RULE)
        return
    due = TrainingDue(
        window=tuple(batch.partition for batch in window),
        trigger=FIRST_MODEL,
        reason="No model is in charge yet.",
        data_at=data_stands_at(state, occasion.now),
        data=data_of(window),
    )
    key = f"policy/{state.product}/{RULE}/first/{_occasion_key(state, window)}"
    yield draft(state.product, key, RULE, "model", due, occasion.now)


def trains_here(charter: Charter) -> bool:
    """Whether the product has a model that is trained here, not elsewhere."""
    return not untrained(charter)


def untrained(charter: Charter) -> str:
    """Why nothing is trained here, in words; empty where a model is."""
    if charter.model is None:
        return "this product has no model"
    if charter.model.logged_predictions is not None:
        return "the batches carry predictions made elsewhere"
    return ""


def approved(state: ProductState) -> tuple[Batch, ...]:
    """The approved batches in their order."""
    batches = (one for one in state.batches.values() if one.status is BatchStatus.APPROVED)
    return tuple(sorted(batches, key=lambda batch: batch.position))


def data_of(batches: Sequence[Batch]) -> str:
    """Digest of what batches hold, their content and their labels."""
    content = hashlib.sha256()
    for one in batches:
        for part in (one.partition, one.digest, one.labels_digest):
            content.update(f"{len(part)}:{part}".encode())
    return content.hexdigest()[:16]


def data_stands_at(state: ProductState, now: datetime) -> datetime:
    """Where the data stands: date of the newest approved batch, now where dates do not move it."""
    if not moves_by_dates(state):
        return now
    return min(max(one.occurred_at for one in approved(state) if has_date(one)), now)


def moves_by_dates(state: ProductState) -> bool:
    """Whether batches come with dates: the approved one that arrived last has one."""
    last = max(approved(state), key=lambda one: one.entry, default=None)
    return last is not None and has_date(last)


def _is_occasion(event: Event) -> bool:
    if isinstance(event, BatchArrived):
        return event.labels_only
    return isinstance(event, BatchApproved | CharterAdopted)


def _was_insufficient(state: ProductState) -> bool:
    judged = state.checks.get(SUFFICIENT)
    return judged is not None and judged.verdict is Verdict.INSUFFICIENT


def is_busy(state: ProductState) -> bool:
    """Whether a training or a release is asked for or under way, or a predecessor returns."""
    return any(
        action.kind in (ActionKind.TRAIN, ActionKind.RELEASE)
        and action.status in (ActionStatus.PENDING, ActionStatus.STARTED)
        for action in state.actions.values()
    )


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
