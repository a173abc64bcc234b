"""The recorder: every event of a governed asset becomes exactly one entry of the ledger.

No content of an event stops it. An event that cannot be recorded as it is, is set aside with an
incident, and all others are recorded. Only a database that does not answer is waited for.
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
    trace_of,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.runs import EventSetAside, SetAside
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.logs import LogAction, logger_of, note
from aipo_pipelines.resources.services import LedgerServices
from aipo_pipelines.sensors.claims import Report, believed, set_aside
from aipo_pipelines.sensors.dagster_events import draft_of
from aipo_pipelines.sensors.failures import readable_states
from aipo_pipelines.sensors.metadata import legible

LONGEST_NAME = 200
"""Letters of a name that a finding keeps."""

logger = logger_of(__name__)


class _Log(NamedTuple):
    """The surroundings of the events of one page."""

    source: str
    tags: Mapping[str, Mapping[str, str]]
    states: Mapping[str, ProductState]
    moment: datetime | None
    now: datetime


def record_events(
    services: LedgerServices, instance: dg.DagsterInstance, products: Mapping[str, Product]
) -> int:
    """Copies new events of Dagster's log into the ledger.

    Returns:
        Number of new entries, including those that rules made of them.

    Raises:
        DatabaseError: Postgres did not answer; no event is lost, because the page is read again.
    """
    source = identity(instance)
    position = services.ledger.position(source)
    count, is_complete = 0, True
    # Dagster's events have the time of the machine, which means nothing in a simulated home.
    now = services.clock.now()
    moment = now if services.clock.simulated else None
    for ids in event_ids(instance, position):
        fresh = _unrecorded(services, instance, source, ids)
        tags = _tags(instance, {stored.run_id for stored in fresh if stored.run_id})
        # Read after the events: a run claims itself before it reports anything.
        states = readable_states(services, products) if fresh else {}
        log = _Log(source, tags, states, moment, now)
        for product, group in _by_product(fresh, log, products).items():
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
                # Nothing can be stored for this product, for example because its state cannot be
                # read. The position stays, so its events are read again; the others go on.
                _log_error("nothing can be recorded of %s", product, error)
                is_complete = False
        # Only after everything before it is stored: the position is never ahead of the ledger.
        if ids[-1] > position and is_complete:
            services.read_up_to(source, ids[-1])
    return count


def _unrecorded(
    services: LedgerServices, instance: dg.DagsterInstance, source: str, ids: Sequence[int]
) -> Sequence[StoredEvent]:
    """The events of a page that the ledger does not have yet."""
    keys = {f"dagster/{source}/{event_id}": event_id for event_id in ids}
    known = services.ledger.known_keys(keys)
    return read_events(instance, [keys[key] for key in keys if key not in known])


def _reports(stored: StoredEvent, log: _Log, products: Mapping[str, Product]) -> Iterator[Report]:
    """An event as reports on products; the end of a run concerns each product that claimed it."""
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
    except Exception as error:  # noqa: BLE001 - boundary: content that anybody may have written
        # Dagster raises anything on content that it cannot read; the other events are recorded.
        _log_error("event %s cannot be read", stored.event_id, error)
        draft, job = _unreadable(stored, log, tags, error), ""
    if draft is None:
        return None
    return Report(draft=replace(draft, key=key), run_id=legible(stored.run_id), job=job, tags=tags)


def _record(services: LedgerServices, product: Product, reports: Sequence[Report]) -> int:
    try:
        return _append(services, product, reports)
    except Exception as error:
        # Boundary: content that anybody may have written. A database that does not answer is waited
        # for; any other error is of one of these events, which is then found by storing each alone.
        if _is_silence(error):
            raise
        if len(reports) > 1:
            return sum(_record(services, product, [report]) for report in reports)
        (report,) = reports
        _log_error("entry %s cannot be stored", report.draft.key, error)
        finding = replace(
            report, draft=_short(set_aside(report, SetAside.UNREADABLE, type(error).__name__))
        )
        # If another product used the key before, not even the finding can be stored.
        with suppress(LedgerConflictError):
            return _append(services, product, [finding])
        return 0


def _append(services: LedgerServices, product: Product, reports: Sequence[Report]) -> int:
    return len(services.consider(product, lambda state, _: believed(state, reports)))


def _is_silence(error: Exception) -> bool:
    """Whether the database did not answer, so that the same may be stored in a moment."""
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
    """A finding with names of a length that people read."""
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


def _log_error(sentence: str, name: object, error: Exception) -> None:
    # The words of an error may quote data: only its class and its places are logged.
    logger.error(f"{sentence}: %s", name, trace_of(error))  # noqa: G004 - the sentence has a gap


def _tags(instance: dg.DagsterInstance, run_ids: set[str]) -> dict[str, Mapping[str, str]]:
    if not run_ids:
        return {}
    try:
        runs = instance.get_runs(filters=dg.RunsFilter(run_ids=sorted(run_ids)))
    except (TypeError, ValueError, KeyError, dg.DagsterError) as error:
        # One run that cannot be read fails the query for all: then each is read alone.
        if len(run_ids) == 1:
            _log_error("run %s cannot be read", next(iter(run_ids)), error)
            return {}
        return {
            name: tags for run_id in run_ids for name, tags in _tags(instance, {run_id}).items()
        }
    return {run.run_id: run.tags for run in runs}


def _by_product(
    events: Sequence[StoredEvent], log: _Log, products: Mapping[str, Product]
) -> dict[str, list[Report]]:
    """The reports of some events by product."""
    groups: dict[str, list[Report]] = {}
    for stored in events:
        for report in _reports(stored, log, products):
            groups.setdefault(report.draft.product, []).append(report)
    return groups
