"""`aipo retrain`, `aipo resolve`: people start a training or end an incident by hand."""

from __future__ import annotations

from pathlib import Path

import click

from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.record_decision import (
    Command,
    by_option,
    json_option,
    reason_option,
    record,
    run_command,
    show,
)
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.policy.people import manual_actions


@click.command()
@click.argument("name")
@products_option
@by_option
@reason_option
@json_option
def retrain(name: str, products: Path, *, person: str, reason: str, as_json: bool) -> None:
    """Ask for a training of NAME on its approved batches, regardless of cooldown and cap.

    \b
    Example:
      aipo retrain customer_churn --by "Chiara Rossi" --reason "The tariff changed in May."
    """
    product = find(catalogue(products), name)
    recorded = record(product, manual_actions.retrain, person=person, reason=reason)
    window = recorded.entry.body["window"]
    # The body is JSON, so the type of its value is not known.
    count = len(window) if isinstance(window, list) else 0
    outcome = f"A training is due; approved batches it may use: {count}."
    show(recorded, outcome, [run_command(name, "trains")], as_json=as_json, version="")


@click.command()
@click.argument("incident", type=click.IntRange(min=0))
@products_option
@by_option
@reason_option
@json_option
def resolve(incident: int, products: Path, *, person: str, reason: str, as_json: bool) -> None:
    """End an incident by its number, as `aipo incidents` shows it.

    It opens again if its cause is found again.

    \b
    Example:
      aipo resolve 41 --by "Dev Patel" --reason "The CRM sent the file twice, which it stopped."
    """
    known = catalogue(products)
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        states = services.ledger.states()
    # Numbers of entries are unique in a ledger, so the number alone identifies the product.
    names = [name for name, state in states.items() if str(incident) in state.incidents]
    if not names:
        raise DecisionError(
            f"no incident {incident} is known; expected a number that this lists: "
            "aipo incidents --all"
        )
    product = find(known, names[0])
    recorded = record(
        product, manual_actions.resolve, incident=incident, person=person, reason=reason
    )
    outcome = f"Incident {incident} is resolved: {recorded.before.incidents[str(incident)].title}"
    commands = [Command(line=f"aipo incidents {product.name}")]
    show(recorded, outcome, commands, as_json=as_json, version="")
