"""`aipo history`: what the ledger holds about a product."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.times import MOMENT, show_time, tell_simulated
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import EVENTS
from aipo_pipelines.ledger.protocol import PAGE, LedgerReader
from aipo_pipelines.policy.text import counted

_SHOWN = 50
"""Entries shown where nobody asks for another number."""


@click.command()
@click.argument("name")
@products_option
@click.option("--kind", type=click.Choice(list(EVENTS)), help="Only this kind.")
@click.option("--subject", help="Only this: batch/0014, or incident/126 for what incidents shows.")
@click.option("--since", type=MOMENT, help="Only entries recorded from then on.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="At most so many of the newest, 0 for all.  [default: 50; all with --json]",
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
    """List what the ledger holds about NAME, oldest first.

    \b
    Examples:
      aipo history customer_churn
      aipo history customer_churn --kind incident_opened --json
    """
    known = catalogue(products)
    most = limit if limit is not None else (0 if as_json else _SHOWN)
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        tell_simulated(services.clock)
        # What happened to a product outlives its charter.
        if not services.ledger.entries(product=name, limit=1):
            find(known, name)
        kinds = [kind] if kind else None
        newest = _newest(services.ledger, name, kinds, subject, most and most + 1, since)
    cut = bool(most) and len(newest) > most
    entries = newest[:most][::-1] if cut else newest[::-1]
    if as_json:
        print_json([_json(entry) for entry in entries])
    for entry in () if as_json else entries:
        result().print(_line(entry), markup=False)
    if cut or not as_json:
        counts = counted(len(entries), "entry", "entries")
        older = "; there are older ones: --limit 0 shows all" if cut else ""
        talk().print(f"{counts} of {name}{older}", markup=False)


def _newest(
    ledger: LedgerReader,
    name: str,
    kinds: list[str] | None,
    subject: str | None,
    most: int,
    since: datetime | None,
) -> list[Entry]:
    """The newest entries that fit, newest first: at most so many, or all of them for 0."""
    found: list[Entry] = []
    before: int | None = None
    # However many are asked for, no page is longer than the ledger gives out at once.
    size = min(most or PAGE, PAGE)
    while not most or len(found) < most:
        page = ledger.entries(name, kinds, subject, before=before, limit=size, newest_first=True)
        found += [one for one in page if since is None or one.recorded_at >= since]
        if len(page) < size:
            break
        before = page[-1].index
    return found[:most] if most else found


def _line(entry: Entry) -> str:
    when = show_time(entry.recorded_at)
    return f"{entry.index:>6}  {when}  {entry.kind:<18}  {entry.subject}  ({entry.actor})"


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
