"""`aipo history`: what the ledger holds about a product."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from aipo_pipelines.cli.moment import MOMENT, show_time, tell_simulated
from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.ledger.entry import Entry, Kind
from aipo_pipelines.measures.outcome import Json
from aipo_pipelines.policy.wording import counted


@click.command()
@click.argument("name")
@products_option
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this kind.")
@click.option("--subject", help="Only this: batch/0014, or incident/126 for what incidents shows.")
@click.option("--since", type=MOMENT, help="Only entries recorded from then on.")
@click.option("--limit", default=50, show_default=True, help="At most this many, newest last.")
@click.option("--json", "as_json", is_flag=True, help="Write the entries as JSON, with bodies.")
def history(
    name: str,
    products: Path,
    *,
    kind: str | None,
    subject: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List what the ledger holds about NAME, oldest first.

    \b
    Examples:
      aipo history customer_churn
      aipo history customer_churn --kind incident_opened --json
    """
    known = catalogue(products)
    from aipo_pipelines.resources.services import open_services

    with open_services() as services:
        tell_simulated(services.clock)
        # What happened to a product outlives its charter.
        if not services.ledger.entries(product=name, limit=1):
            find(known, name)
        newest = services.ledger.entries(
            product=name,
            kinds=[Kind(kind)] if kind else None,
            subject=subject,
            limit=limit,
            newest_first=True,
        )
    entries = [entry for entry in reversed(newest) if since is None or entry.recorded_at >= since]
    if as_json:
        print_json([_json(entry) for entry in entries])
        return
    for entry in entries:
        result().print(_line(entry), markup=False)
    talk().print(f"{counted(len(entries), 'entry', 'entries')} of {name}")


def _line(entry: Entry) -> str:
    when = show_time(entry.recorded_at)
    return f"{entry.index:>6}  {when}  {entry.kind.value:<18}  {entry.subject}  ({entry.actor})"


def _json(entry: Entry) -> Json:
    return {
        "index": entry.index,
        "product": entry.product,
        "kind": entry.kind.value,
        "subject": entry.subject,
        "actor": entry.actor,
        "occurred_at": entry.occurred_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "key": entry.key,
        "leaf_hash": entry.leaf_hash.hex(),
        "body": dict(entry.body),
    }
