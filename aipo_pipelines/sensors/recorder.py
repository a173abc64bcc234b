"""The recorder: every event of a governed asset becomes exactly one entry of the ledger.

Nothing that an event holds stops it. What cannot be recorded as it is, is set aside with an
incident, and everything else is recorded; only a database that does not answer is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import dagster as dg

from aipo_pipelines.assets.run_tags import PRODUCT_TAG
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.dagster_internals.event_log import (
    StoredEvent,
    event_ids,
    identity,
    read_events,
)
from aipo_pipelines.errors import (
    DatabaseError,
    DatabaseRefusedError,
    LedgerConflictError,
    LedgerError,
    place_of,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.runs import EventSetAside, SetAside
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.logs import LogAction, logger_of, note
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.claims import Report, believed, set_aside
from aipo_pipelines.sensors.dagster_events import draft_of
from aipo_pipelines.sensors.failures import readable_states
from aipo_pipelines.sensors.metadata import legible

LONGEST_NAME = 200
"""Letters that are kept of a name in a finding."""

logger = logger_of(__name__)


class _Log(NamedTuple):
    """What is needed to understand the events of one page."""

    source: str
    tags: Mapping[str, Mapping[str, str]]
    states: Mapping[str, ProductState]
    moment: datetime | None
    now: datetime


def record_events(
    services: Services, instance: dg.DagsterInstance, products: Mapping[str, Product]
) -> int:
    """Copies what is new in Dagster's event log into the ledger.

    Returns:
        Number of new entries, those that rules made of them included.

    Raises:
        DatabaseError: Postgres did not answer; nothing of that page is lost, it is read again.
    """
    source = identity(instance)
    position = services.ledger.position(source)
    count, is_complete = 0, True
    # Dagster's events bear the time of the machine, which a simulated home knows nothing of.
    now = services.clock.now()
    moment = now if services.clock.simulated else None
    for ids in event_ids(instance, position):
        keys = {f"dagster/{source}/{event_id}": event_id for event_id in ids}
        known = services.ledger.known_keys(keys)
        fresh = read_events(instance, [keys[key] for key in keys if key not in known])
        tags = _tags(instance, {stored.run_id for stored in fresh if stored.run_id})
        # Read after the events: a run claims itself before it reports anything.
        states = readable_states(services, products) if fresh else {}
        log = _Log(source, tags, states, moment, now)
        reports = [report for stored in fresh for report in _reports(stored, log, products)]
        for product, group in _by_product(reports).items():
            try:
                added = _record(services, products[product], group)
                count += added
                note(
                    logger,
                    LogAction.RECORD,
                    f"{product}: {added} entries recorded from {len(group)} events of Dagster",
                    product=product,
                )
            except LedgerError as error:
                # Nothing can be stored for this product, its state cannot be read, say: what
                # was read of it is read again, and all others go on.
                _tell("nothing can be recorded of %s", product, error)
                is_complete = False
        if ids[-1] > position and is_complete:
            services.read_up_to(source, ids[-1])
    return count


def _reports(stored: StoredEvent, log: _Log, products: Mapping[str, Product]) -> Iterator[Report]:
    """What an event says about products; the end of a run concerns each that it was claimed for."""
    tags = log.tags.get(stored.run_id, {})
    key = f"dagster/{log.source}/{stored.event_id}"
    concerned = {tags.get(PRODUCT_TAG, ""): key}
    if stored.is_about_asset:
        concerned = {stored.path[0]: key} if stored.path else {}
    else:
        holders = (name for name, state in log.states.items() if stored.run_id in state.runs)
        concerned |= {name: f"{key}/{name}" for name in holders if name not in concerned}
    for name in concerned.keys() & products.keys():
        report = _report(stored, log, {**tags, PRODUCT_TAG: name}, concerned[name])
        if report is not None and report.draft.product in products:
            yield report


def _report(stored: StoredEvent, log: _Log, tags: Mapping[str, str], key: str) -> Report | None:
    try:
        event = stored.open()
        if event is None:
            return None
        draft = draft_of(stored.event_id, event, log.source, tags, log.moment)
        job = legible(event.job) if stored.run_id else ""
    except Exception as error:  # noqa: BLE001 - whatever an event holds, the others are recorded
        _tell("event %s cannot be read", stored.event_id, error)
        draft, job = _unreadable(stored, log, tags, error), ""
    if draft is None:
        return None
    return Report(draft=replace(draft, key=key), run_id=legible(stored.run_id), job=job, tags=tags)


def _record(services: Services, product: Product, reports: Sequence[Report]) -> int:
    try:
        return _append(services, product, reports)
    except Exception as error:
        if _is_silence(error):
            raise
        if len(reports) > 1:
            return sum(_record(services, product, [report]) for report in reports)
        (report,) = reports
        _tell("entry %s cannot be stored", report.draft.key, error)
        finding = replace(
            report, draft=_short(set_aside(report, SetAside.UNREADABLE, type(error).__name__))
        )
        # Under a key that another product used there is nothing to be stored at all.
        with suppress(LedgerConflictError):
            return _append(services, product, [finding])
        return 0


def _append(services: Services, product: Product, reports: Sequence[Report]) -> int:
    return len(services.consider(product, lambda state, _: believed(state, reports)))


def _is_silence(error: Exception) -> bool:
    """Whether the database did not answer, so that the same may well be stored in a moment."""
    return isinstance(error, DatabaseError) and not isinstance(error, DatabaseRefusedError)


def _unreadable(stored: StoredEvent, log: _Log, tags: Mapping[str, str], error: Exception) -> Draft:
    event = EventSetAside(
        why=SetAside.UNREADABLE,
        reported=legible(stored.kind).lower(),
        asset=legible("/".join(stored.path[1:])),
        check="",
        partition="",
        run_id=legible(stored.run_id),
        job="",
        error=type(error).__name__,
    )
    draft = Draft(
        product=tags[PRODUCT_TAG],
        subject=event.asset or str(Subject.of_run(event.run_id)),
        actor="unknown",
        occurred_at=log.now,
        key="",
        event=event,
    )
    return _short(draft)


def _short(draft: Draft) -> Draft:
    """A finding whose names are no longer than people read."""
    event = draft.event
    if isinstance(event, EventSetAside):
        event = replace(
            event,
            reported=event.reported[:LONGEST_NAME],
            asset=event.asset[:LONGEST_NAME],
            check=event.check[:LONGEST_NAME],
            partition=event.partition[:LONGEST_NAME],
            run_id=event.run_id[:LONGEST_NAME],
            job=event.job[:LONGEST_NAME],
        )
    return replace(draft, subject=draft.subject[:LONGEST_NAME], event=event)


def _tell(what: str, name: object, error: Exception) -> None:
    # The words of an error may quote what it was about: only its class and place are told.
    logger.error(f"{what}: %s in %s", name, type(error).__name__, place_of(error))  # noqa: G004


def _tags(instance: dg.DagsterInstance, run_ids: set[str]) -> dict[str, Mapping[str, str]]:
    if not run_ids:
        return {}
    try:
        runs = instance.get_runs(filters=dg.RunsFilter(run_ids=sorted(run_ids)))
    except (TypeError, ValueError, KeyError, dg.DagsterError) as error:
        if len(run_ids) == 1:
            _tell("run %s cannot be read", next(iter(run_ids)), error)
            return {}
        return {name: tags for one in run_ids for name, tags in _tags(instance, {one}).items()}
    return {run.run_id: run.tags for run in runs}


def _by_product(reports: Sequence[Report]) -> dict[str, list[Report]]:
    groups: dict[str, list[Report]] = {}
    for report in reports:
        groups.setdefault(report.draft.product, []).append(report)
    return groups
