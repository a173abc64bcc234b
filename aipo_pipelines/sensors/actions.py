"""How an action is claimed and closed: the attempt is recorded before the side effect.

An attempt is claimed by a unique entry: of two processes that want the same attempt, exactly one
process gets it. `<entry>:<attempt>` is the run key in Dagster and the tag `aipo/action` of the run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from aipo_pipelines.assets.run_tags import ACTION_TAG, PRODUCT_TAG
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import Action, ActionStatus, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.queue import may_start
from aipo_pipelines.resources.notifier import Outcome
from aipo_pipelines.resources.services import LedgerServices


def attempt_key(action: Action) -> str:
    """Identity of the current attempt: `<entry>:<attempt>`."""
    return str(Attempt(action.entry, action.attempt))


def run_tags(product: str, action: Action) -> dict[str, str]:
    """Tags that say which action a run serves."""
    return {PRODUCT_TAG: product, ACTION_TAG: attempt_key(action)}


def claim(services: LedgerServices, product: Product, action: Action, run_id: str = "") -> bool:
    """Records the start of an attempt, if it may still start; True if this call claimed it."""
    event = ActionStarted(
        action=action.entry, attempt=action.attempt, action_kind=action.kind, run_id=run_id
    )

    # Asked under the lock that stores the answer: another process may have claimed this attempt, or
    # another run of the product, since the state was read.
    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """The start, if it may start."""
        if not may_start(state, action, now):
            return ()
        return [_draft(services, product, action, "started", event)]

    return bool(services.consider(product, ask))


def finish(services: LedgerServices, product: Product, action: Action, detail: str = "") -> None:
    """Records that an attempt succeeded."""
    event = ActionFinished(action=action.entry, attempt=action.attempt, detail=detail)
    services.record(product, [_draft(services, product, action, "ended", event)])


def fail(
    services: LedgerServices, product: Product, action: Action, error: str, *, permanent: bool
) -> None:
    """Records that an attempt failed."""
    event = ActionFailed(
        action=action.entry, attempt=action.attempt, error=error, permanent=permanent
    )
    services.record(product, [_draft(services, product, action, "ended", event)])


def note_deliveries(
    services: LedgerServices, product: Product, action: Action, outcomes: Sequence[Outcome]
) -> None:
    """Records what became of each channel of an attempt at a notice."""
    drafts = [
        _draft(
            services,
            product,
            action,
            f"channel/{position}",
            NoticeDelivered(
                action=action.entry,
                attempt=action.attempt,
                channel=outcome.channel,
                position=position,
                told=outcome.is_delivered,
                error=outcome.error,
            ),
        )
        for position, outcome in enumerate(outcomes)
    ]
    services.record(product, drafts)


def lose(services: LedgerServices, product: Product, action: Action, reason: str) -> bool:
    """Records that a claimed attempt had no result, unless its run has begun by now."""
    event = ActionLost(action=action.entry, attempt=action.attempt, reason=reason)

    def ask(state: ProductState, _: datetime) -> Sequence[Draft]:
        """The loss, if the attempt is as the caller saw it."""
        # A run that began since then has changed the action, and is alive.
        if state.actions.get(str(action.entry)) != action:
            return ()
        return [_draft(services, product, action, "ended", event)]

    return bool(services.consider(product, ask))


def renew(
    services: LedgerServices,
    product: Product,
    reason: str = "the product is run by hand",
    partitions: Collection[str] | None = None,
) -> int:
    """Gives every action that was given up one more attempt; returns how many there were.

    Args:
        services: The ledger and the agreements.
        product: The product.
        reason: Why another attempt may succeed.
        partitions: Batches that the actions must be about; None for all batches.
    """

    def ask(state: ProductState, _: datetime) -> Sequence[Draft]:
        """An entry per action that was given up."""
        return [
            _draft(
                services,
                product,
                action,
                "renewed",
                ActionRenewed(
                    action=action.entry,
                    attempt=action.attempt + 1,
                    reason=reason,
                ),
            )
            for action in state.actions.values()
            if action.status is ActionStatus.GIVEN_UP
            and (partitions is None or action.partition in partitions)
        ]

    # The rules add entries of their own, which are no renewals.
    return sum(entry.kind == ActionRenewed.kind for entry in services.consider(product, ask))


def _draft(
    services: LedgerServices, product: Product, action: Action, stage: str, event: Event
) -> Draft:
    return Draft(
        product=product.name,
        subject=str(Subject.of_action(action.entry)),
        actor=str(Actor.of_rule("act")),
        occurred_at=services.clock.now(),
        key=f"action/{attempt_key(action)}/{stage}",
        event=event,
    )
