"""The recorder: every event of a governed asset becomes exactly one entry of the ledger."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from aipo_pipelines.charter.product import Product
from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.dagster_events import draft_of
from aipo_pipelines.sensors.event_log import event_ids, identity, read_events


def record_events(
    services: Services, instance: dg.DagsterInstance, products: Mapping[str, Product]
) -> int:
    """Copies what is new in Dagster's event log into the ledger.

    Returns:
        Number of new entries, those that rules made of them included.

    Raises:
        LedgerError: The ledger refused an entry; nothing of that page is lost, it is read again.
    """
    source = identity(instance)
    position = services.ledger.position(source)
    count = 0
    # Dagster's events bear the time of the machine, which a simulated home knows nothing of.
    moment = services.clock.now() if services.clock.simulated else None
    for ids in event_ids(instance, position):
        keys = {f"dagster/{source}/{event_id}": event_id for event_id in ids}
        known = services.ledger.known_keys(keys)
        fresh = read_events(instance, [keys[key] for key in keys if key not in known])
        tags = _tags(instance, {record.run_id for _, record in fresh})
        drafts = [
            draft
            for event_id, record in fresh
            if (draft := draft_of(event_id, record, source, tags.get(record.run_id, {}), moment))
            and draft.product in products
        ]
        for product, group in _by_product(drafts).items():
            count += len(services.record(products[product], group))
        if ids[-1] > position:
            services.read_up_to(source, ids[-1])
    return count


def _tags(instance: dg.DagsterInstance, run_ids: set[str]) -> dict[str, Mapping[str, str]]:
    if not run_ids:
        return {}
    runs = instance.get_runs(filters=dg.RunsFilter(run_ids=sorted(run_ids)))
    return {run.run_id: run.tags for run in runs}


def _by_product(drafts: list[Draft]) -> dict[str, list[Draft]]:
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.product, []).append(draft)
    return groups
