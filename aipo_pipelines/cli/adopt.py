"""`aipo adopt`: a changed charter, contract or standard, and the decision of people about it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.agreement import agreement_json, show_agreement
from aipo_pipelines.cli.output import EXIT_USAGE, print_json, result
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.record_decision import json_option
from aipo_pipelines.cli.times import note_simulated
from aipo_pipelines.errors import UsageError
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import approve_agreement, reject_agreement

_Decide = Callable[..., Sequence[Draft]]


@click.command()
@click.argument("name")
@products_option
@click.option("--by", "person", help="Who decides: name or e-mail address as in the charter.")
@click.option("--reason", help="Why, in a sentence.")
@click.option("--reject", is_flag=True, help="Say no instead of yes: the agreement in force stays.")
@click.option("--seen", type=int, help="Entry of the change you looked at: any other is refused.")
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
    """Show how the files of NAME would change its agreement, and say yes or no to the change.

    First the files are read. A change that only informs or tightens is adopted at once. A change
    that loosens waits for the people who decide about releases by the agreement in force. It also
    waits for the people whose right it touches. They give approvals and authorisations, hand over
    a right, and look again if other data are used under an approval.

    With --by and --reason you are one of these people and say yes, or no with --reject. --seen
    names the change that you looked at. If files cannot be adopted, the exit code is 2.

    \b
    Examples:
      aipo adopt customer_churn
      aipo adopt customer_churn --by "Ada Okafor" --reason "Agreed in the review of May."
    """
    decide = _decision(person, reason, reject=reject, seen=seen)
    product = find(catalogue(products), name)
    outcome = _adopt(product, decide, seen)
    state = outcome.state
    if as_json:
        print_json({**agreement_json(outcome.agreed, state), "adopted": outcome.adopted})
    else:
        # Without an adoption nothing is new, so nothing is compared with the former agreement.
        former = outcome.former.charter if outcome.adopted else state.charter
        show_agreement(result(), outcome.agreed, state, former=former)
    # The exit code comes after the output, because the problems must be printed first.
    if state.proposal is not None and state.proposal.problems:
        sys.exit(EXIT_USAGE)


def _decision(
    person: str | None, reason: str | None, *, reject: bool, seen: int | None
) -> _Decide | None:
    """The decision of a person; None if the command only shows the change."""
    if person is not None and reason is not None:
        return partial(
            reject_agreement if reject else approve_agreement, person=person, reason=reason
        )
    if person is not None or reason is not None or reject or seen is not None:
        raise UsageError(
            "a decision about an agreement needs a person and a reason; expected both --by and "
            "--reason, or neither of them to see what waits"
        )
    return None


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """The agreement after the command.

    Attributes:
        agreed: The agreement in force.
        former: The state before the command.
        adopted: Whether the command adopted a change.
    """

    agreed: Product
    former: ProductState
    state: ProductState
    adopted: bool


def _adopt(product: Product, decide: _Decide | None, seen: int | None) -> _Outcome:
    """Adopts the allowed changes, and records a decision about the other changes."""
    from aipo_pipelines.resources.opening import open_services
    from aipo_pipelines.sensors.adoption import adopt_charter, hear_about

    with open_services() as services:
        note_simulated(services.clock)
        with services.ledger.product_lock(product.name):
            former = services.ledger.state(product.name)
            proposal = former.proposal
            # A person can only have seen the change that waited before this command. If reading
            # the files now finds another change, the decision must not apply to it.
            if seen is None and proposal is not None and proposal.waits:
                seen = proposal.entry
            adopted = adopt_charter(services, product, time.sleep)
            if decide is not None:
                hear_about(services, product, partial(decide, seen=seen))
                # The decision may be the last approval that the change needs.
                adopted = adopt_charter(services, product, time.sleep) or adopted
        state = services.ledger.state(product.name)
        agreed = services.in_force(product, state)
    return _Outcome(agreed=agreed, former=former, state=state, adopted=adopted)
