"""`aipo history`: the entries of the ledger about a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.times import MOMENT, note_simulated, show_time
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import EVENTS
from aipo_pipelines.ledger.protocol import PAGE, LedgerReader
from aipo_pipelines.policy.text import counted
from aipo_pipelines.resources.governed_products import Chartered

_SHOWN = 50
"""Entries shown without `--limit`."""


@click.command()
@click.argument("name")
@products_option
@click.option("--kind", type=click.Choice(list(EVENTS)), help="Only this kind.")
@click.option("--subject", help="Only this subject, such as batch/0014, or incident/126.")
@click.option("--since", type=MOMENT, help="Only entries recorded from this moment on.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="At most this many of the newest entries, 0 for all.  [default: 50; all with --json]",
)
@click.option("--json", "as_json", is_flag=True, help="Write the entries as JSON, with bodies.")
def history(
    name: str,
    products: Path,
    *,
    kind: str | None,
    subject: str | None,
    since: datetime | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List the entries of the ledger about NAME, oldest first.

    \b
    Examples:
      aipo history customer_churn
      aipo history customer_churn --kind incident_opened --json
    """
    known = catalogue(products)
    most = limit if limit is not None else (0 if as_json else _SHOWN)
    query = _Query(
        product=name, kinds=[kind] if kind else None, subject=subject, since=since, most=most
    )
    entries, cut = _read(known, query)
    if as_json:
        print_json([_json(entry) for entry in entries])
    else:
        for entry in entries:
            result().print(_line(entry), markup=False)
    # A program must learn on stderr that its list is cut; a complete list needs no note.
    if cut or not as_json:
        counts = counted(len(entries), "entry", "entries")
        older = "; there are older entries: --limit 0 shows all" if cut else ""
        talk().print(f"{counts} of {name}{older}", markup=False)


@dataclass(frozen=True, kw_only=True)
class _Query:
    """Which entries to list.

    Attributes:
        kinds: Only these kinds; None for every kind.
        subject: Only this subject; None for every subject.
        since: Only entries recorded from this moment on.
        most: Only this number of the newest entries; 0 for all.
    """

    product: str
    kinds: list[str] | None
    subject: str | None
    since: datetime | None
    most: int


def _read(known: Chartered, query: _Query) -> tuple[list[Entry], bool]:
    """The entries, oldest first, and whether there are older entries."""
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        note_simulated(services.clock)
        # The entries of a product stay when its charter is gone.
        if not services.ledger.entries(product=query.product, limit=1):
            find(known, query.product)
        # One entry more than is shown answers whether there are older entries.
        newest = _newest(services.ledger, query, query.most and query.most + 1)
    cut = bool(query.most) and len(newest) > query.most
    return (newest[: query.most] if cut else newest)[::-1], cut


def _newest(ledger: LedgerReader, query: _Query, most: int) -> list[Entry]:
    """The newest entries that match, newest first: at most this number, or all of them for 0."""
    entries: list[Entry] = []
    before: int | None = None
    # A page is at most as long as the ledger returns at once, for every limit.
    size = min(most or PAGE, PAGE)
    while not most or len(entries) < most:
        page = ledger.entries(
            query.product,
            query.kinds,
            query.subject,
            before=before,
            limit=size,
            newest_first=True,
        )
        entries += [
            entry for entry in page if query.since is None or entry.recorded_at >= query.since
        ]
        if len(page) < size:
            break
        before = page[-1].index
    return entries[:most] if most else entries


def _line(entry: Entry) -> str:
    recorded = show_time(entry.recorded_at)
    return f"{entry.index:>6}  {recorded}  {entry.kind:<18}  {entry.subject}  ({entry.actor})"


def _json(entry: Entry) -> Json:
    return {
        "index": entry.index,
        "product": entry.product,
        "kind": entry.kind,
        "subject": entry.subject,
        "actor": entry.actor,
        "occurred_at": entry.occurred_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "key": entry.key,
        "leaf_hash": entry.leaf_hash.hex(),
        "body": dict(entry.body),
    }
