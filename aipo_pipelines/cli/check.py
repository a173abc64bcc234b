"""`aipo check`: every problem of every charter at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import click

from aipo_pipelines.charter.load import check_products, find_products, load_products
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.problem import Fault
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.cli.output import EXIT_USAGE, print_json, result, talk
from aipo_pipelines.cli.products import products_option
from aipo_pipelines.errors import UsageError
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.incidents.routes import routes as routes_of
from aipo_pipelines.policy.incidents.routes import warnings as deaf_levels
from aipo_pipelines.policy.text import counted
from aipo_pipelines.resources.installation import allowed_in
from aipo_pipelines.resources.products_root import existing
from aipo_pipelines.resources.stored_clock import today_here


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@products_option
@click.option("--routes", is_flag=True, help="Show whom the notices of each level reach.")
@click.option("--json", "as_json", is_flag=True, help="Write the problems, or routes, as JSON.")
def check(folder: Path | None, products: Path, *, routes: bool, as_json: bool) -> None:
    """List every problem of every charter, contract and standard.

    A warning is shown and stops nothing: with warnings alone the exit code is 0. Notices that
    would reach nobody but a log are among them.

    The estimator that a charter names is made, and the module of a factory imported, so that
    nobody learns only from the first training that a name is misspelt. Modules, variables and
    places that the installation does not list are refused; none of these modules is imported.

    \b
    Examples:
      aipo check products/
      aipo check products/ --routes
    """
    root, governed = _below(existing(folder or products), products)
    count = len(find_products(root))
    if not count:
        raise UsageError(
            f"no charter.yaml in or below {root}; expected a folder per product with its charter"
        )
    allowed = allowed_in(os.environ)
    # What a team's module prints is no part of the result.
    with redirect_stdout(sys.stderr):
        problems = check_products(
            root,
            further=partial(_named, allowed=allowed),
            allowed=allowed,
            today=today_here(os.environ),
            warnings=True,
            products=governed,
        )
    if routes and not any(not one.is_warning for one in problems):
        _show_routes(load_products(root, allowed=allowed, products=governed), as_json=as_json)
        return
    if as_json:
        print_json([dict(problem.to_json()) for problem in problems])
    else:
        for problem in problems:
            result().print(problem.to_text(), markup=False)
    warnings = sum(one.is_warning for one in problems)
    errors = len(problems) - warnings
    besides = f", {counted(warnings, 'warning')}" if warnings else ""
    if errors:
        talk().print(f"{counted(errors, 'problem')} found below {root}{besides}", markup=False)
        sys.exit(EXIT_USAGE)
    for product in load_products(root, allowed=allowed, products=governed):
        for warning in deaf_levels(product.charter):
            talk().print(f"warning: {warning}", markup=False)
    talk().print(
        f"{counted(count, 'charter')} below {root}, no problem found{besides}", markup=False
    )


def _below(folder: Path, products: Path) -> tuple[Path, Path]:
    """What is checked, and the folder of all products, whose standards hold there, too."""
    # As they are typed: a folder that is a link lies where the link is.
    inside, place = (Path(os.path.normpath(one.absolute())) for one in (folder, products))
    if not inside.is_relative_to(place):
        return folder, folder
    return products / inside.relative_to(place), products


def _show_routes(products: Iterable[Product], *, as_json: bool) -> None:
    """Whom the notices of each product reach, without any address."""
    found = [one for product in products for one in routes_of(product.charter)]
    if as_json:
        print_json(plain(found))
        return
    for route in found:
        result().print(f"{route.product}  {route.sentence}", markup=False)


def _named(charter: Charter, _: Path, *, allowed: Allowed) -> Iterator[Fault]:
    """Yields what is wrong with the code that a charter names."""
    if charter.model is not None:
        from aipo_pipelines.models.named_estimators import named_faults

        yield from named_faults(charter.model, allowed)
