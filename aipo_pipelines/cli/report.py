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
from aipo_pipelines.resources.governed_products import Chartered
from aipo_pipelines.resources.home import PRIVATE, make_folder, resolve_home

BAR_FROM = 3
"""A bar is shown for at least this many products."""


@click.command()
@click.argument("name", required=False)
@products_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    show_default="reports in AIPO_HOME",
    help="Folder for the pages; it is made if it is missing.",
)
@click.option("--as-of", type=MOMENT, help="Report as of this moment (ISO 8601, UTC).")
@click.option("--json", "as_json", is_flag=True, help="Write the paths of the pages as JSON.")
def report(
    name: str | None, products: Path, *, out: Path | None, as_of: datetime | None, as_json: bool
) -> None:
    """Write the dashboard of all products, or the pages of NAME, as static HTML.

    Each product gets a page, a page with its charter and a model card; all products together get
    the portfolio. The pages need no server and no network: open them, mail them, print them.

    \b
    Examples:
      aipo report
      aipo report customer_churn --out /srv/www/aipo
    """
    known = catalogue(products)
    chosen = [find(known, name)] if name else [known[product] for product in sorted(known)]
    if not chosen and not known.unusable:
        raise UsageError(
            f"no charter.yaml in or below {products}, so there is nothing to report; expected a "
            "folder per product with its charter; correct --products or AIPO_PRODUCTS"
        )
    folder = out.resolve() if out else _own_folder()
    pages = _write(folder, known, chosen, as_of=as_of, portfolio=not name)
    if as_json:
        print_json({"open": str(pages[-1]), "pages": [str(page) for page in pages]})
        return
    # Only the path goes to stdout, so that a script can open it.
    talk().print(f"{len(pages)} pages written; open this page in a browser:")
    result().print(str(pages[-1]), markup=False)


def _write(
    folder: Path,
    known: Chartered,
    chosen: list[Product],
    *,
    as_of: datetime | None,
    portfolio: bool,
) -> list[Path]:
    """Writes the pages; the page to open is the last."""
    from aipo_pipelines.reports.collect import collect
    from aipo_pipelines.reports.publishing import publish_portfolio, publish_product
    from aipo_pipelines.resources.clock import is_simulated
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        now = as_of or services.clock.now()
        simulated = is_simulated(services.clock)
        pages: list[Path] = []
        answers: list[Answer] = []
        # Product by product, because the histories of all products may be too large for the memory.
        for product in _progress(chosen):
            state = services.ledger.state(product.name, known_at=as_of)
            agreed = services.in_force(product, state)
            content = collect(services.ledger, agreed, now, as_of=as_of, simulated=simulated)
            pages += publish_product(folder, content, portfolio=portfolio)
            answers.append(content.answer)
        if portfolio:
            unchartered = services.ledger.states().keys() - known.keys() - known.unusable.keys()
            page = publish_portfolio(
                folder,
                answers,
                now,
                unchartered=sorted(unchartered),
                unusable={product: str(error) for product, error in known.unusable.items()},
                simulated=simulated,
            )
            pages.append(page)
    return pages


def _own_folder() -> Path:
    home = resolve_home(os.environ).create()
    make_folder(home.reports, PRIVATE)
    return home.reports.resolve()


def _progress(products: list[Product]) -> Iterator[Product]:
    console = talk()
    quiet = len(products) < BAR_FROM or not console.is_terminal
    yield from track(products, "reading", console=console, disable=quiet, transient=True)
