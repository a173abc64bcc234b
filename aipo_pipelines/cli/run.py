"""`aipo run`: measures new batches and acts until nothing is pending."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import click

from aipo_pipelines.cli.output import EXIT_ERROR, print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.times import note_simulated
from aipo_pipelines.policy.text import counted


@click.command()
@click.argument("name")
@products_option
@click.option("--json", "as_json", is_flag=True, help="Write the runs as JSON.")
def run(name: str, products: Path, *, as_json: bool) -> None:
    """Take new batches of NAME in order, measure them, and act by the charter's rules.

    It needs no daemon, and may run at the same time as a daemon.

    \b
    Example:
      aipo run customer_churn
    """
    known = catalogue(products)
    find(known, name)
    from aipo_pipelines.cli.progress import RunBar
    from aipo_pipelines.cli.session import open_session

    began = time.monotonic()
    with open_session(known, products) as session:
        note_simulated(session.services.clock)
        with RunBar(name) as bar:
            done = session.drive(name, bar.show, partial(talk().print, markup=False))
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        print_json(
            {
                "product": name,
                "runs": done.runs,
                "seconds": seconds,
                "steps": bar.steps,
                "problems": list(done.problems),
            }
        )
    else:
        result().print(
            f"{name}: {counted(done.runs, 'run')} in {seconds} s; see: aipo status {name}"
        )
    # On stderr, so that the JSON on stdout stays one document.
    for problem in (*done.problems, *bar.failures):
        talk().print(f"problem: {problem}", markup=False)
    if done.problems or done.failed:
        sys.exit(EXIT_ERROR)
