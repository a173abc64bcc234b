"""`aipo incidents`: the open incidents, since when, and who answers for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from rich.padding import Padding

from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.tables import wrong_cells_table
from aipo_pipelines.cli.times import note_simulated, show_age, show_time
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.adapters import adapter
from aipo_pipelines.ledger.model.state import Incident, IncidentStatus
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch
from aipo_pipelines.policy.text import counted
from aipo_pipelines.policy.wording.wrong_cells import wrong_cells_title
from aipo_pipelines.reports.wrong_cells import wrong_in
from aipo_pipelines.resources.governed_products import Chartered


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--all", "with_resolved", is_flag=True, help="Show resolved incidents too.")
@click.option("--json", "as_json", is_flag=True, help="Write the incidents as JSON.")
def incidents(name: str | None, products: Path, *, with_resolved: bool, as_json: bool) -> None:
    """List open incidents of all products, or of NAME, also if the product has no charter any more.

    \b
    Example:
      aipo incidents customer_churn
    """
    known = catalogue(products)
    findings = _read(known, name, with_resolved=with_resolved)
    if as_json:
        print_json([_json(finding) for finding in findings])
        return
    for finding in findings:
        _show(finding)
    talk().print(counted(len(findings), "incident"))


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """An incident with its evidence.

    Attributes:
        wrong: Batches with the cells that break the contract.
        age: Time since it was opened.
    """

    product: str
    incident: Incident
    wrong: tuple[WrongBatch, ...]
    age: timedelta


def _read(known: Chartered, name: str | None, *, with_resolved: bool) -> list[_Finding]:
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        note_simulated(services.clock)
        now = services.clock.now()
        states = services.ledger.states()
        # The incidents of a product stay when its charter is gone.
        if name and name not in states:
            find(known, name)
        return [
            _Finding(
                product=product,
                incident=incident,
                wrong=tuple(wrong_in(services.ledger, product, incident)),
                age=now - incident.opened_at,
            )
            for product in ([name] if name else sorted(states))
            # A product whose first batch did not come yet has no state.
            if product in states
            for incident in states[product].incidents.values()
            if with_resolved or incident.status is not IncidentStatus.RESOLVED
        ]


def _json(finding: _Finding) -> Json:
    fields: dict[str, Json] = adapter(Incident).dump_python(finding.incident, mode="json")
    return {"product": finding.product, **fields, "wrong_cells": plain(finding.wrong)}


def _show(finding: _Finding) -> None:
    incident, out = finding.incident, result()
    since = f"since {show_time(incident.opened_at)} ({show_age(finding.age)})"
    batches = ", ".join(incident.partitions) or "-"
    lines = [
        f"{finding.product}  #{incident.entry}  {incident.status.value}  {incident.severity.value}",
        f"  {incident.title}",
        f"  {incident.summary}",
        *([f"  about {', '.join(incident.subjects)}"] if incident.subjects else []),
        f"  {since}; {incident.owner} answers for it; batches {batches}",
        *_end(incident),
    ]
    out.print("\n".join(lines), markup=False)
    for batch in finding.wrong:
        out.print(f"  {wrong_cells_title(batch)}:", markup=False)
        out.print(Padding(wrong_cells_table(batch), (0, 0, 0, 4)))


def _end(incident: Incident) -> Iterator[str]:
    """When and why an incident ended; nothing if it is open."""
    if incident.resolved_at is not None:
        lasted = show_age(incident.resolved_at - incident.opened_at)
        yield f"  resolved {show_time(incident.resolved_at)} after {lasted}: {incident.resolution}"
