"""A run shows that it lives: it holds its lock in the ledger's database until it ends.

Before it works it makes sure, under the lock that appends, that its attempt is still its own:
a run that was taken for lost and comes late after all does nothing, because another does its work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from aipo_pipelines.assets.action import ACTION_TAG
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import RunOvertakenError
from aipo_pipelines.ledger.entry import Draft, Kind
from aipo_pipelines.ledger.events import ActionStarted, to_body
from aipo_pipelines.ledger.fold_actions import attempt_of
from aipo_pipelines.ledger.state import ActionStatus, ProductState
from aipo_pipelines.resources.services import Services

PARENT_TAG = "dagster/parent_run_id"
"""Dagster's tag of a run that somebody executes again; it copies the tags of the first."""


@contextmanager
def present(services: Services, run_id: str) -> Iterator[None]:
    """Holds the lock of a run; where whoever launched it in this process holds it, nothing."""
    if services.ledger.is_locked(run_id):
        yield
        return
    with services.ledger.run_lock(run_id):
        yield


def confirm(services: Services, product: Product, run_id: str, tags: Mapping[str, str]) -> None:
    """Records that the attempt a run was launched for has become this run; to be called present.

    A run without an attempt, and one that a person executes again, needs no confirmation.

    Raises:
        RunOvertakenError: The attempt was taken for lost, or is another run's.
    """
    attempt = attempt_of(tags.get(ACTION_TAG, ""))
    if attempt is None or PARENT_TAG in tags:
        return
    entry, number = attempt
    owners: list[str] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        action = state.actions.get(str(entry))
        if action is None or action.status is not ActionStatus.STARTED or action.attempt != number:
            return ()
        owners.append(action.run_id or run_id)
        if action.run_id:
            return ()
        event = ActionStarted(action=entry, attempt=number, kind=action.kind, run_id=run_id)
        return [
            Draft(
                product=product.name,
                kind=Kind.ACTION_STARTED,
                subject=f"action/{entry}",
                actor="rule:act",
                occurred_at=now,
                key=f"action/{entry}:{number}/run/{run_id}",
                body=to_body(event),
            )
        ]

    services.consider(product, ask)
    if owners != [run_id]:
        raise RunOvertakenError(
            f"attempt {number} of entry {entry} of {product.name} is no longer this run's: it was "
            "taken for lost, and its work is done by another; nothing needs to be done"
        )
