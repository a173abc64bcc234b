"""`aipo adopt`: a changed charter, contract or standard, and the word of people about it."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.agreement import agreement_json, show_agreement
from aipo_pipelines.cli.output import EXIT_USAGE, print_json, result
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.record_decision import json_option
from aipo_pipelines.cli.times import tell_simulated
from aipo_pipelines.errors import UsageError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import approve_agreement, reject_agreement


@click.command()
@click.argument("name")
@products_option
@click.option("--by", "person", help="Who decides: name or e-mail address as in the charter.")
@click.option("--reason", help="Why, in a sentence.")
@click.option("--reject", is_flag=True, help="Say no instead of yes: what is in force stays.")
@click.option("--seen", type=int, help="Entry of the change you looked at: refuse any other.")
@json_option
def adopt(
    name: str,
    products: Path,
    *,
    person: str | None,
    reason: str | None,
    reject: bool,
    seen: int | None,
    as_json: bool,
) -> None:
    """Show what the files of NAME would change of its agreement, and say yes or no to it.

    The files are looked at first. What only informs or tightens is adopted at once; what loosens
    waits for the people who decide about releases by the agreement in force, and for those whose
    right it touches: they give approvals and authorisations, look again when other data is to be
    used under them, and hand a right over. With --by and --reason you are one of them and say yes,
    or no with --reject; --seen names the change that you looked at. Files that cannot be adopted
    have exit code 2.

    \b
    Examples:
      aipo adopt customer_churn
      aipo adopt customer_churn --by "Ada Okafor" --reason "Agreed in the review of May."
    """
    if (person is None) != (reason is None) or (person is None and (reject or seen is not None)):
        raise UsageError(
            "a word about an agreement needs a person and a reason; expected both --by and "
            "--reason, or none of them to see what waits"
        )
    product = find(catalogue(products), name)
    from aipo_pipelines.resources.opening import open_services
    from aipo_pipelines.sensors.adoption import adopt_charter, hear_about

    word = reject_agreement if reject else approve_agreement
    with open_services() as services:
        tell_simulated(services.clock)
        with services.ledger.product_lock(name):
            # Nobody has seen what this very look finds instead of a change that waited already.
            former = services.ledger.state(name)
            known = former.proposal
            if seen is None and known is not None and known.waits:
                seen = known.entry
            adopted = adopt_charter(services, product, time.sleep)
            if person is not None and reason is not None:
                said = partial(word, person=person, reason=reason, seen=seen)
                hear_about(services, product, said)
                adopted = adopt_charter(services, product, time.sleep) or adopted
        state = services.ledger.state(name)
        agreed = services.in_force(product, state)
    if as_json:
        print_json(_document(agreed, state, adopted=adopted))
    else:
        show_agreement(result(), agreed, state, former=former.charter if adopted else state.charter)
    if state.proposal is not None and state.proposal.problems:
        sys.exit(EXIT_USAGE)


def _document(agreed: Product, state: ProductState, *, adopted: bool) -> dict[str, Json]:
    return {**agreement_json(agreed, state), "adopted": adopted}
