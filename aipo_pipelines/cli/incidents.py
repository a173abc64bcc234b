"""`aipo incidents`: what is open, since when, and who answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from rich.padding import Padding

from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.tables import wrong_cells_table
from aipo_pipelines.cli.times import show_age, show_time, tell_simulated
from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.state import Incident, IncidentStatus, ProductState
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.text import counted
from aipo_pipelines.reports.wrong_cells import wrong_in


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--all", "with_resolved", is_flag=True, help="Show resolved incidents too.")
@click.option("--json", "as_json", is_flag=True, help="Write the incidents as JSON.")
def incidents(name: str | None, products: Path, *, with_resolved: bool, as_json: bool) -> None:
    """List open incidents of all products, or of NAME; also of products without a charter now.

    \b
    Example:
      aipo incidents customer_churn
    """
    known = catalogue(products)
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        tell_simulated(services.clock)
        now = services.clock.now()
        states = services.ledger.states()
        found = _found(states, name, with_resolved=with_resolved)
        wrong = {
            incident.entry: wrong_in(services.ledger, product, incident)
            for product, incident in found
        }
    # An incident outlives the charter of its product.
    if name and name not in states:
        find(known, name)
    if as_json:
        write = adapter(Incident)
        print_json(
            [
                {
                    "product": product,
                    **write.dump_python(incident, mode="json"),
                    "wrong_cells": plain(wrong[incident.entry]),
                }
                for product, incident in found
            ]
        )
        return
    for product, incident in found:
        since = f"since {show_time(incident.opened_at)} ({show_age(now - incident.opened_at)})"
        batches = ", ".join(incident.partitions) or "-"
        lines = [
            f"{product}  #{incident.entry}  {incident.status.value}  {incident.severity.value}",
            f"  {incident.title}",
            f"  {incident.summary}",
            *([f"  about {', '.join(incident.subjects)}"] if incident.subjects else []),
            f"  {since}; {incident.owner} answers for it; batches {batches}",
            *_end(incident),
        ]
        result().print("\n".join(lines), markup=False)
        for batch in wrong[incident.entry]:
            result().print(f"  {batch.title}:", markup=False)
            result().print(Padding(wrong_cells_table(batch), (0, 0, 0, 4)))
    talk().print(counted(len(found), "incident"))


def _found(
    states: Mapping[str, ProductState], name: str | None, *, with_resolved: bool
) -> list[tuple[str, Incident]]:
    return [
        (product, incident)
        for product in ([name] if name else sorted(states))
        if product in states
        for incident in states[product].incidents.values()
        if with_resolved or incident.status is not IncidentStatus.RESOLVED
    ]


def _end(incident: Incident) -> Iterator[str]:
    """When and why an incident ended; nothing where it has not."""
    if incident.resolved_at is not None:
        lasted = show_age(incident.resolved_at - incident.opened_at)
        yield f"  resolved {show_time(incident.resolved_at)} after {lasted}: {incident.resolution}"
