"""`aipo approve` and `aipo reject`: the decision of people about a release."""

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
from aipo_pipelines.policy.people import approval


@click.command()
@click.argument("name")
@click.argument("version")
@products_option
@by_option
@reason_option
@json_option
def approve(
    name: str, version: str, products: Path, *, person: str, reason: str, as_json: bool
) -> None:
    """Say yes to the release of VERSION of NAME, with its evidence on the screen.

    The approval is recorded under your name, unsigned. With enough approvals the version may go
    live: `aipo up` then releases it within seconds, `aipo run NAME` at once.

    \b
    Example:
      aipo approve customer_churn 3 --by "Ada Okafor" --reason "Better on every gate."
    """
    product = find(catalogue(products), name)
    recorded = record(product, approval.approve, version=version, person=person, reason=reason)
    left = recorded.left(version)
    # A release with enough approvals does not wait any more.
    if left is None:
        outcome, commands = f"Version {version} may go live.", [run_command(name, "releases it")]
    else:
        outcome = f"Approved. {left.missing} of {left.quorum} approvals are still needed."
        commands = [Command(line=f"aipo decisions {name}")]
    show(recorded, outcome, commands, as_json=as_json, version=version)


@click.command()
@click.argument("name")
@click.argument("version")
@products_option
@by_option
@reason_option
@json_option
def reject(
    name: str, version: str, products: Path, *, person: str, reason: str, as_json: bool
) -> None:
    """Say no to the release of VERSION of NAME: one person is enough, and it is final.

    \b
    Example:
      aipo reject customer_churn 3 --by "Ada Okafor" --reason "The offer ends in March."
    """
    product = find(catalogue(products), name)
    recorded = record(product, approval.reject, version=version, person=person, reason=reason)
    outcome = f"Version {version} is rejected and will not go live."
    commands = [Command(line=f'aipo retrain {name} --by "YOUR NAME" --reason "WHY"')]
    show(recorded, outcome, commands, as_json=as_json, version=version)
