"""`aipo report`: the dashboard as pages that need no server and no network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from rich.progress import track

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.times import MOMENT
from aipo_pipelines.errors import UsageError
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.resources.home import PRIVATE, make_folder, resolve_home

MANY = 3
"""Number of products from which progress is shown."""


@click.command()
@click.argument("name", required=False)
@products_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default="reports in AIPO_HOME",
    help="Folder the pages are written into; made where missing.",
)
@click.option("--as-of", type=MOMENT, help="What was known at that moment (ISO 8601, UTC).")
@click.option("--json", "as_json", is_flag=True, help="Write what was written as JSON.")
def report(
    name: str | None, products: Path, *, out: Path | None, as_of: datetime | None, as_json: bool
) -> None:
    """Write the dashboard of all products, or the pages of NAME, as static HTML.

    A page per product, its charter and its model card, and for all products the portfolio. The
    pages need no server and no network: open them, mail them, print them.

    \b
    Examples:
      aipo report
      aipo report customer_churn --out /srv/www/aipo
    """
    known = catalogue(products)
    wanted = [find(known, name)] if name else [known[one] for one in sorted(known)]
    if not wanted and not known.unusable:
        raise UsageError(
            f"no charter.yaml in or below {products}, so there is nothing to report; expected a "
            "folder per product with its charter; correct --products or AIPO_PRODUCTS"
        )
    folder = out.resolve() if out else _own_folder()
    from aipo_pipelines.reports.collect import collect
    from aipo_pipelines.reports.publishing import publish_portfolio, publish_product
    from aipo_pipelines.resources.clock import is_simulated
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        now = as_of or services.clock.now()
        simulated = is_simulated(services.clock)
        written: list[Path] = []
        answers: list[Answer] = []
        # One by one: the history of a product may be long, and there may be many of them.
        for product in _progress(wanted):
            then = services.ledger.state(product.name, known_at=as_of)
            agreed = services.in_force(product, then)
            told = collect(services.ledger, agreed, now, as_of=as_of, simulated=simulated)
            written += publish_product(folder, told, portfolio=not name)
            answers.append(told.answer)
        if not name:
            strangers = services.ledger.states().keys() - known.keys() - known.unusable.keys()
            written.append(
                publish_portfolio(
                    folder,
                    answers,
                    now,
                    unchartered=sorted(strangers),
                    unusable={one: str(error) for one, error in known.unusable.items()},
                    simulated=simulated,
                )
            )
    if as_json:
        print_json({"open": str(written[-1]), "pages": [str(page) for page in written]})
        return
    talk().print(f"{len(written)} pages written; open this one in a browser:")
    result().print(str(written[-1]), markup=False)


def _own_folder() -> Path:
    home = resolve_home(os.environ).create()
    make_folder(home.reports, PRIVATE)
    return home.reports.resolve()


def _progress(products: list[Product]) -> Iterator[Product]:
    console = talk()
    quiet = len(products) < MANY or not console.is_terminal
    yield from track(products, "reading", console=console, disable=quiet, transient=True)
