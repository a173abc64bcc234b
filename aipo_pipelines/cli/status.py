"""`aipo status`: is this model performing as intended?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from aipo_pipelines.cli.moment import MOMENT, show_age, show_time
from aipo_pipelines.cli.output import (
    EXIT_NO,
    EXIT_UNKNOWN,
    EXIT_YES,
    print_json,
    result,
    talk,
)
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.errors import UsageError
from aipo_pipelines.policy.answer import Answer, answer, to_json
from aipo_pipelines.policy.kpis import Kpi
from aipo_pipelines.policy.performing import Performing
from aipo_pipelines.policy.wording import visible

EXITS = {Performing.YES: EXIT_YES, Performing.NO: EXIT_NO, Performing.UNKNOWN: EXIT_UNKNOWN}
_STYLES = {Performing.YES: "bold green", Performing.NO: "bold red", Performing.UNKNOWN: "yellow"}


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--as-of", type=MOMENT, help="What was known at that moment (ISO 8601, UTC).")
@click.option("--json", "as_json", is_flag=True, help="Write the answer as JSON.")
def status(name: str | None, products: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Answer for NAME, or in a line each for all products: performing as intended?

    The exit code is 0 for YES, 3 for NO, 4 for UNKNOWN; for all products the worst of theirs.

    \b
    Examples:
      aipo status customer_churn
      aipo status customer_churn --as-of 2026-10-01 --json
    """
    known = catalogue(products)
    names = [find(known, name).name] if name else sorted(known)
    if not names:
        raise UsageError(
            f"no charter.yaml in or below {products}, so nothing can be answered; expected a "
            "folder per product with its charter; correct --products or AIPO_PRODUCTS"
        )
    from aipo_pipelines.resources.services import open_services

    with open_services() as services:
        now = as_of or services.clock.now()
        answers = [
            answer(known[one].charter, services.ledger.state(one, known_at=as_of), now)
            for one in names
        ]
        orphans = [] if name else sorted(services.ledger.states().keys() - known.keys())
    if orphans:
        talk().print(
            f"not answered: {', '.join(orphans)}: in the ledger, but without a charter below "
            f"{products}; nobody measures them; see: aipo history {orphans[0]}",
            markup=False,
        )
    if as_json:
        documents = [to_json(one) for one in answers]
        print_json(documents[0] if name else list(documents))
    elif name:
        show(answers[0])
    else:
        show_portfolio(answers)
    sys.exit(max((EXITS[one.verdict] for one in answers), default=EXIT_YES))


def show(value: Answer) -> None:
    """Writes one answer in full."""
    out = result()
    out.print(f"{value.title} ({value.product})", style="bold", markup=False)
    out.print(
        f"{value.lifecycle}, risk tier {value.risk_tier}; as of {show_time(value.as_of)}"
        + (" (simulated)" if value.simulated else ""),
        markup=False,
    )
    out.print(
        f"\nIs this model performing as intended?  {value.verdict}",
        style=_STYLES[value.verdict],
        markup=False,
    )
    for reason in value.reasons:
        out.print(f"  - {reason}", markup=False)
    if value.kpis:
        out.print("\nKey figures", style="bold")
        out.print(kpi_table(value.kpis))
    for line in _lines(value):
        out.print(line, markup=False)


def show_portfolio(answers: list[Answer]) -> None:
    """Writes a line for every product."""
    table = Table(box=None, pad_edge=False)
    for column in ("product", "answer", "oldest evidence", "incidents", "accountable", "why"):
        table.add_column(column)
    for one in answers:
        _add_row(
            table,
            one.product,
            str(one.verdict),
            show_age(one.evidence_age),
            str(len(one.incidents)),
            one.accountable.name,
            one.reasons[0] if one.reasons else "",
        )
    result().print(table)


def kpi_table(kpis: tuple[Kpi, ...]) -> Table:
    """The key figures with interval, sample, limit, verdict, batch and age."""
    table = Table(box=None, pad_edge=False)
    for column in ("metric", "value", "interval", "n", "limit", "verdict", "batch", "age"):
        table.add_column(column, justify="right" if column in {"value", "n"} else "left")
    for kpi in kpis:
        _add_row(
            table,
            kpi.name,
            _number(kpi.value),
            f"{_number(kpi.low)} to {_number(kpi.high)}" if kpi.low is not None else "-",
            str(kpi.n),
            f"{kpi.direction.value.replace('_', ' ')} {_number(kpi.limit)}",
            str(kpi.verdict),
            kpi.partition or "-",
            show_age(kpi.age),
        )
    return table


def _lines(value: Answer) -> Iterator[str]:
    champion = value.champion
    yield "\nChampion: " + (
        f"version {champion.version}, released {show_time(champion.released_at)} "
        f"by {champion.released_by}, trained on {', '.join(champion.window)}"
        if champion
        else "none"
    )
    if value.drift:
        yield f"Drift: {value.drift.summary}"
    plan = value.retraining
    yield (
        f"Retraining: last {show_time(plan.last)}, next {show_time(plan.next)}"
        + (", OVERDUE" if plan.overdue else "")
    )
    yield f"Open incidents: {len(value.incidents) or 'none'}"
    for incident in value.incidents:
        yield (
            f"  - #{incident.entry} {incident.title}; since {show_time(incident.opened_at)}; "
            f"{incident.owner} answers for it"
        )
    for source in value.sources:
        yield f"Source {source.source}: {source.problem}"
    for caveat in value.caveats:
        yield f"Note: {caveat}"
    if value.not_measured:
        yield f"Not measured: {'; '.join(value.not_measured)}"
    yield f"Accountable: {value.accountable.name} <{value.accountable.email}>"


def _add_row(table: Table, *cells: str) -> None:
    # As text: names of people, columns and files may look like markup.
    table.add_row(*(Text(visible(cell)) for cell in cells))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
