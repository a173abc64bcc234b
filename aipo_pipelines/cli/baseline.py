"""`aipo baseline`: a person names the version that drift is measured against permanently."""

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
    show,
)
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.policy.people.original_baseline import name_original


@click.command()
@click.argument("name")
@click.argument("version")
@products_option
@by_option
@reason_option
@json_option
def baseline(
    name: str, version: str, products: Path, *, person: str, reason: str, as_json: bool
) -> None:
    """Name VERSION the original baseline of NAME, instead of its first champion.

    Drift and performance are measured against it, and also against the champion's own reference.
    The people who may decide about releases can name the version in charge, its predecessor, or a
    former original baseline.

    \b
    Example:
      aipo baseline customer_churn 4 --by "Ada Okafor" --reason "The tariffs of May are new."
    """
    product = find(catalogue(products), name)
    recorded = record(product, name_original, version=version, person=person, reason=reason)
    # Without a named version, the first champion is the original baseline.
    before = original_of(recorded.before)
    instead = f", instead of version {before.version}" if before else ""
    outcome = f"Version {version} is the original baseline{instead}; the next batch is compared."
    show(recorded, outcome, [Command(line=f"aipo status {name}")], as_json=as_json, version="")
