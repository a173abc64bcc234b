"""`aipo status`: is this model performing as intended?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from aipo_pipelines.cli.answer_output import show_answer, show_portfolio
from aipo_pipelines.cli.answers import Answers, read_answers
from aipo_pipelines.cli.output import (
    EXIT_NO,
    EXIT_UNKNOWN,
    EXIT_YES,
    print_json,
    talk,
)
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.times import MOMENT
from aipo_pipelines.cli.unusable_products import show_unusable, unusable_json
from aipo_pipelines.errors import CharterError, UsageError
from aipo_pipelines.policy.answer.answer import Answer, to_json
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.resources.governed_products import Chartered

EXITS = {Performing.YES: EXIT_YES, Performing.NO: EXIT_NO, Performing.UNKNOWN: EXIT_UNKNOWN}


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--as-of", type=MOMENT, help="Answer as of this moment (ISO 8601, UTC).")
@click.option("--json", "as_json", is_flag=True, help="Write the answer as JSON.")
def status(name: str | None, products: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Answer for NAME, or in one line for each product: is it performing as intended?

    The exit code is 0 for YES, 3 for NO, 4 for UNKNOWN. For all products it is the highest code.

    \b
    Examples:
      aipo status customer_churn
      aipo status customer_churn --as-of 2026-10-01 --json
    """
    known = catalogue(products)
    names = _chosen(known, name, products)
    reading = read_answers(known, names, as_of)
    unusable = {
        product: error for product, error in known.unusable.items() if name in {None, product}
    }
    if not name:
        _show_notes(reading, products)
    if as_json:
        _print(reading.answers, unusable, single=name is not None)
    else:
        _show(reading.answers, unusable, single=name is not None)
    codes = [EXITS[answer.verdict] for answer in reading.answers]
    # A higher code needs a person more, so the highest code is reported.
    sys.exit(max([*codes, *(EXIT_UNKNOWN for _ in unusable)]))


def _chosen(known: Chartered, name: str | None, products: Path) -> list[str]:
    """The products to answer for that have an agreement in force."""
    if name in known.unusable:
        return []
    if name:
        return [find(known, name).name]
    if not known and not known.unusable:
        raise UsageError(
            f"no charter.yaml in or below {products}, so there is no product to answer for; "
            "expected a folder per product with its charter; correct --products or AIPO_PRODUCTS"
        )
    return sorted(known)


def _show_notes(reading: Answers, products: Path) -> None:
    if reading.standstill:
        talk().print("\n".join(reading.standstill), markup=False)
    if reading.unchartered:
        talk().print(
            f"not answered: {', '.join(reading.unchartered)}: in the ledger, but without a charter "
            f"below {products}; nobody measures them; see: aipo history {reading.unchartered[0]}",
            markup=False,
        )


def _print(
    answers: Sequence[Answer], unusable: Mapping[str, CharterError], *, single: bool
) -> None:
    documents = [to_json(answer) for answer in answers]
    documents += [unusable_json(product, error) for product, error in unusable.items()]
    print_json(documents[0] if single else list(documents))


def _show(answers: Sequence[Answer], unusable: Mapping[str, CharterError], *, single: bool) -> None:
    if single and answers:
        show_answer(answers[0])
    elif answers:
        show_portfolio(answers)
    for product, error in unusable.items():
        show_unusable(product, error)
