"""Intake: new batches, versions and labels in the feeds become entries."""

from __future__ import annotations

from dataclasses import replace

import dagster as dg

from aipo_pipelines.assets.loading.batch import labels_key
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import LakeError, SourceChangedError, SourceError
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.logs import LogAction, logger_of, note
from aipo_pipelines.resources.feeds import Look, discover
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.services import RunServices
from aipo_pipelines.sensors.actions import renew
from aipo_pipelines.sensors.periodic_rules import feed_looked_at

logger = logger_of(__name__)

_WAITING = (ActionStatus.PENDING, ActionStatus.GIVEN_UP)


def take_in(services: RunServices, instance: dg.DagsterInstance, product: Product) -> Look:
    """Records every batch, new version or late label found in a product's feed.

    A delivery is stored before it is recorded: even if its source changes then, the batch that the
    ledger names is the batch that is measured. A delivery that cannot be read or stored is a
    problem of the look, and the others are still taken in. A withdrawal is recorded after its
    replacement.

    If the stored copy of a known batch was altered, it is replaced: when its feed delivers the same
    content again, or still holds it after the batch could not be measured.

    Raises:
        SourceError: The feed's location names an environment variable that is not set.
    """
    state = services.ledger.state(product.name)
    offered = discover(
        services.feeds.of(product), state.batches, services.clock.now(), _doubted(state)
    )
    look = _store_all(services, product, offered)
    # A feed keeps the tables it has read; nothing needs them any more.
    services.feeds.of(product).end_look()
    drafts = [_arrival(services, product, state, item) for item in look.discoveries]
    if drafts:
        partitions = [item.partition for item in look.discoveries]
        instance.add_dynamic_partitions(f"{product.name}/batches", partitions)
    # While a delivery is still being written it may be the replacement of a withdrawn batch.
    if not look.unsettled:
        drafts += [_withdrawal(services, product, item) for item in look.withdrawn]
    if drafts:
        services.record(product, drafts)
    if look.problems or look.unsettled:
        # Numbers only: the words of a problem are in its incident.
        note(
            logger,
            LogAction.INTAKE,
            f"{product.name}: {len(look.problems)} deliveries cannot be taken in, "
            f"{len(look.unsettled)} are still being written",
            product=product.name,
        )
    feed_looked_at(services, product, [str(problem) for problem in look.problems])
    return look


def _doubted(state: ProductState) -> frozenset[str]:
    """Batches whose measurement failed, maybe because their stored copy was altered."""
    return frozenset(
        action.partition
        for action in state.actions.values()
        if action.kind is ActionKind.MEASURE and action.error and action.status in _WAITING
    )


def _store_all(services: RunServices, product: Product, look: Look) -> Look:
    stored: list[BatchArrived] = []
    replaced: list[str] = []
    problems, unsettled = [*look.problems], [*look.unsettled]
    # Each alone: a delivery that breaks is a problem of its own, and the others are taken in.
    for item in (*look.discoveries, *look.again):
        try:
            with as_problem_of(item.location):
                arrival, is_replaced = _stored(services, product, item)
            if is_replaced:
                replaced.append(item.partition)
            if item not in look.again:
                stored.append(arrival)
        except SourceChangedError:
            # It was written to while it was read: the next look reads it whole.
            services.feeds.of(product).forget(item.partition)
            unsettled.append(item.location)
        except LakeError as error:
            # A full disk is emptied without any change of the feed, so the feed is looked at again.
            unsettled.append(item.location)
            problems.append(error)
        except SourceError as error:
            problems.append(error)
    if replaced:
        renew(services, product, "the altered copy of the batch was replaced", replaced)
    return replace(
        look, discoveries=tuple(stored), problems=tuple(problems), unsettled=tuple(unsettled)
    )


def _stored(
    services: RunServices, product: Product, item: BatchArrived
) -> tuple[BatchArrived, bool]:
    """Stores a batch and the labels known for it.

    Returns:
        The batch with the labels as they were stored, and whether an altered copy was replaced.
    """
    feed = services.feeds.of(product)
    delivered = feed.deliver(item.partition)
    raw, parts = delivered.frame, delivered.parts()
    if parts.digest != item.digest:
        raise SourceChangedError(f"{item.location} changed since it was listed")
    snapshot = services.lake.store(product.name, item.partition, raw, parts)
    if not item.labels_digest:
        return item, snapshot.replaced
    labels = feed.labels_of(raw).table
    if labels is None:
        return replace(item, labels_digest=""), snapshot.replaced
    stored = services.lake.store(product.name, labels_key(item.partition), labels)
    # The digest of the labels that were stored: more may have come since the feed was listed.
    return replace(item, labels_digest=stored.digest), snapshot.replaced or stored.replaced


def _arrival(
    services: RunServices, product: Product, state: ProductState, item: BatchArrived
) -> Draft:
    known = state.batches.get(item.partition)
    # The versions and labels before are part of the key: content that returns is a change again.
    before = f"{len(known.versions)}/{known.labels_digest}" if known else "0/"
    if known is not None and known.relabelled:
        before += f"/labels {known.relabelled}"
    if known is not None and known.withdrawn is not None:
        before += f"/withdrawn {known.withdrawn.entry}"
    if known is not None and known.former:
        before += f"/former {known.entry}"
    return Draft(
        product=product.name,
        subject=str(Subject.of_batch(item.partition)),
        actor="intake",
        occurred_at=services.clock.now(),
        key=f"batch/{product.name}/{item.partition}/{before}/{item.digest}/{item.labels_digest}",
        event=item,
    )


def _withdrawal(services: RunServices, product: Product, item: BatchWithdrawn) -> Draft:
    return Draft(
        product=product.name,
        subject=str(Subject.of_batch(item.partition)),
        actor="intake",
        occurred_at=services.clock.now(),
        key=f"batch/{product.name}/{item.partition}/arrival {item.arrival}/withdrawn",
        event=item,
    )
