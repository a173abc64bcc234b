"""`aipo check`: every problem of every charter at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import click

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.load import check_products, find_products
from aipo_pipelines.charter.problem import Fault
from aipo_pipelines.cli.output import EXIT_USAGE, print_json, result, talk
from aipo_pipelines.cli.products import products_option
from aipo_pipelines.errors import UsageError
from aipo_pipelines.policy.wording import counted
from aipo_pipelines.resources.catalogue import existing


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@products_option
@click.option("--json", "as_json", is_flag=True, help="Write the problems as JSON.")
def check(folder: Path | None, products: Path, as_json: bool) -> None:
    """List every problem of every charter, contract and standard.

    A warning is shown and stops nothing: with warnings alone the exit code is 0.

    The estimator that a charter names is made, and the module of a factory imported, so that
    nobody learns only from the first training that a name is misspelt.

    \b
    Example:
      aipo check products/
    """
    root = existing(folder or products)
    count = len(find_products(root))
    if not count:
        raise UsageError(
            f"no charter.yaml in or below {root}; expected a folder per product with its charter"
        )
    # What a team's module prints is no part of the result.
    with redirect_stdout(sys.stderr):
        problems = check_products(root, further=_named, warnings=True)
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
    talk().print(
        f"{counted(count, 'charter')} below {root}, no problem found{besides}", markup=False
    )


def _named(charter: Charter) -> Iterator[Fault]:
    if charter.model is not None:
        from aipo_pipelines.models.named import named_faults

        yield from named_faults(charter.model)
