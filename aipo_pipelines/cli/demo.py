"""`aipo demo`: an example product over twelve weeks, and its answer."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click

from aipo_pipelines.cli.output import EXIT_ERROR, result, talk
from aipo_pipelines.cli.products import catalogue
from aipo_pipelines.cli.status import show
from aipo_pipelines.policy.answer import answer
from aipo_pipelines.resources.catalogue import bundled

NAME = "customer_churn"


@click.command()
def demo() -> None:
    """Play the example product over its weekly batches and show what became of it.

    Writes a seeded feed of twelve weeks that ends last Sunday, measures each week, trains and
    releases a model, and finds what nobody reported. Playing it again finds nothing new.

    \b
    Example:
      aipo demo
    """
    root = bundled("products")
    known = catalogue(root)
    from aipo_pipelines.cli.progress import RunBar
    from aipo_pipelines.cli.session import open_session
    from aipo_pipelines.simulation.customer_churn import write_feed

    talk().print("starting the databases; the first time this takes some seconds ...")
    with open_session(known, root) as session:
        folder = Path(session.environ["AIPO_HOME"]) / "feeds" / NAME
        today = session.services.clock.now().date()
        if not folder.exists():
            # Weeks run from Monday to Sunday; one that is not over would be left for later.
            write_feed(folder, last_day=today - timedelta(days=today.isoweekday()))
        with RunBar(NAME) as bar:
            done = session.drive(NAME, bar.show)
        state = session.services.ledger.state(NAME)
        told = answer(known[NAME].charter, state, session.services.clock.now())
    show(told)
    result().print(
        f"\n{done.runs} runs. Type next:\n"
        f"  aipo incidents {NAME}     who must look at what\n"
        f"  aipo history {NAME}       what the ledger holds\n"
        "  aipo up                        the same in the Dagster UI"
    )
    if done.failed or done.problems:
        for problem in (*done.problems, *bar.failures):
            talk().print(f"problem: {problem}", markup=False)
        sys.exit(EXIT_ERROR)
