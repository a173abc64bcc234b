"""`aipo check`: every problem of every charter at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import click

from aipo_pipelines.charter.load import check_products, find_products, load_products
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.problem import Fault, Problem
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.cli.output import EXIT_USAGE, print_json, result, talk
from aipo_pipelines.cli.products import products_option
from aipo_pipelines.errors import UsageError
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.incidents.routes import routes as routes_of
from aipo_pipelines.policy.incidents.routes import warnings as unheard_levels
from aipo_pipelines.policy.text import counted
from aipo_pipelines.resources.installation import allowed_in
from aipo_pipelines.resources.products_root import existing
from aipo_pipelines.resources.stored_clock import today_here


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@products_option
@click.option("--routes", is_flag=True, help="Show the people and channels of each level.")
@click.option("--json", "as_json", is_flag=True, help="Write the problems, or routes, as JSON.")
def check(folder: Path | None, products: Path, *, routes: bool, as_json: bool) -> None:
    """List every problem of every charter, contract and standard.

    A warning stops nothing: with warnings alone the exit code is 0. One warning is about notices
    that would reach only a log.

    The check makes the estimator that a charter names, and imports the module of a factory. So a
    misspelt name is found before the first training. Modules, variables and places that the
    installation does not list are refused; none of these modules is imported.

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
    problems = _problems(root, governed, allowed)
    errors = sum(not problem.is_warning for problem in problems)
    # A charter with problems cannot be loaded, so its routes are unknown.
    if routes and not errors:
        _show_routes(load_products(root, allowed=allowed, products=governed), as_json=as_json)
        return
    _show_problems(problems, as_json=as_json)
    warnings = len(problems) - errors
    besides = f", {counted(warnings, 'warning')}" if warnings else ""
    if errors:
        talk().print(f"{counted(errors, 'problem')} found below {root}{besides}", markup=False)
        sys.exit(EXIT_USAGE)
    # Only charters without problems can be loaded, and only a loaded charter has ladders.
    _warn_of_silence(load_products(root, allowed=allowed, products=governed))
    talk().print(
        f"{counted(count, 'charter')} below {root}, no problem found{besides}", markup=False
    )


def _show_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        print_json([dict(problem.to_json()) for problem in problems])
        return
    for problem in problems:
        result().print(problem.to_text(), markup=False)


def _warn_of_silence(products: Iterable[Product]) -> None:
    """Writes a warning for each level of a ladder whose notices would reach only a log."""
    for product in products:
        for warning in unheard_levels(product.charter):
            talk().print(f"warning: {warning}", markup=False)


def _problems(root: Path, governed: Path, allowed: Allowed) -> Sequence[Problem]:
    # The output of a team's module is not part of the result.
    with redirect_stdout(sys.stderr):
        return check_products(
            root,
            further=partial(_named, allowed=allowed),
            allowed=allowed,
            today=today_here(os.environ),
            warnings=True,
            products=governed,
        )


def _below(folder: Path, products: Path) -> tuple[Path, Path]:
    """The folder to check, and the folder of all products, whose standards apply to it, too."""
    # Links are not resolved: a linked folder belongs to the products that contain the link.
    inside, place = (Path(os.path.normpath(path.absolute())) for path in (folder, products))
    if not inside.is_relative_to(place):
        # A folder outside of the products is checked with its own standards.
        return folder, folder
    return products / inside.relative_to(place), products


def _show_routes(products: Iterable[Product], *, as_json: bool) -> None:
    """Writes the people and channels of each product, without addresses."""
    routes = [route for product in products for route in routes_of(product.charter)]
    if as_json:
        print_json(plain(routes))
        return
    for route in routes:
        result().print(f"{route.product}  {route.sentence}", markup=False)


def _named(charter: Charter, _: Path, *, allowed: Allowed) -> Iterator[Fault]:
    """The problems of the code that a charter names."""
    if charter.model is not None:
        # The import loads scikit-learn, which products of data only do not need.
        from aipo_pipelines.models.named_estimators import named_faults

        yield from named_faults(charter.model, allowed)
