"""`aipo approve` and `aipo reject`: the word of people about a release."""

from __future__ import annotations

from pathlib import Path

import click

from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.record_decision import (
    acts,
    by_option,
    hear,
    json_option,
    reason_option,
    tell,
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

    The yes is recorded under your name, unsigned. Once enough people have said it, the version
    may go live; `aipo up` then releases it within seconds, `aipo run NAME` at once.

    \b
    Example:
      aipo approve customer_churn 3 --by "Ada Okafor" --reason "Better on every gate."
    """
    product = find(catalogue(products), name)
    heard = hear(product, approval.approve, version=version, person=person, reason=reason)
    left = heard.left(version)
    if left is None:
        told, then = f"Version {version} may go live.", acts(name, "releases it")
    else:
        told = f"Approved. {left.missing} of {left.quorum} approvals are still needed."
        then = (f"aipo decisions {name}",)
    tell(heard, told, then, as_json=as_json, version=version)


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
    heard = hear(product, approval.reject, version=version, person=person, reason=reason)
    told = f"Version {version} is rejected and will not go live."
    then = (f'aipo retrain {name} --by "YOUR NAME" --reason "WHY"',)
    tell(heard, told, then, as_json=as_json, version=version)
