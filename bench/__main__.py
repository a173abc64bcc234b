"""`python -m bench`: runs the cases and prints a table, or JSON."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.table import Table

from bench.scale import Scale, full, quick
from bench.timing import Row

CASES = (
    "monitor",
    "retrain",
    "executors",
    "location",
    "portfolio",
    "ledger",
    "recorder",
    "latency",
    "retraining",
    "identity",
)
Run = Callable[[Scale], Iterator[Row]]


@click.command(help=__doc__)
@click.option("--quick", "is_quick", is_flag=True, help="Small sizes; the ratios mean little.")
@click.option("--only", multiple=True, type=click.Choice(CASES), help="Only this case.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
def main(only: tuple[str, ...], *, is_quick: bool, as_json: bool) -> None:
    """Runs the cases in order."""
    # Progress goes to stderr, so that stdout has only the table or the JSON.
    talk = Console(stderr=True, highlight=False)
    scale = (quick if is_quick else full)(lambda text: talk.print(f"[dim]{text}"))
    rows: list[Row] = []
    for case in only or CASES:
        # Imported when its turn comes: `--only` then needs no libraries of the other cases.
        run: Run = importlib.import_module(f"bench.{case}").run
        for row in run(scale):
            rows.append(row)
            talk.print(f"{row.case}, {row.subject}: {row.ratio:.2f} x")
    if as_json:
        click.echo(json.dumps([row.as_json() for row in rows], indent=2))
    else:
        # Without a terminal, Rich takes 80 columns and would cut the notes.
        Console(highlight=False, width=None if talk.is_terminal else 150).print(table(rows))


def table(rows: list[Row]) -> Table:
    """The report."""
    shown = Table("case", "subject", "ours", "bare", "unit", "ratio", "goal", "note")
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:g} {'ok' if row.reached else 'MISSED'}"
        ratio = f"{row.ratio:.2f}"
        shown.add_row(
            row.case,
            row.subject,
            f"{row.ours:,.3g}",
            f"{row.bare:,.3g}",
            row.unit,
            ratio,
            goal,
            row.note,
        )
    return shown


if __name__ == "__main__":
    main()
