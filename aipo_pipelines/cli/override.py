"""`aipo rollback`, `aipo stop`, `aipo restore`: the word of people against what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.record_decision import (
    Heard,
    acts,
    by_option,
    hear,
    json_option,
    reason_option,
    tell,
)
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.policy.answer.returning_version import failed_before
from aipo_pipelines.policy.people import overrides
from aipo_pipelines.policy.people.overrides import Override

if TYPE_CHECKING:
    from aipo_pipelines.resources.services import Services


@click.command()
@click.argument("name")
@products_option
@by_option
@reason_option
@json_option
def rollback(name: str, products: Path, *, person: str, reason: str, as_json: bool) -> None:
    """Put the predecessor of the champion of NAME back in charge.

    Takes as many people as the charter's decision_rights.override asks for: each types it once.

    \b
    Example:
      aipo rollback customer_churn --by "Ada Okafor" --reason "Complaints since the release."
    """
    product = find(catalogue(products), name)
    heard = hear(product, overrides.rollback, person=person, reason=reason)
    champion, former = heard.before.champion, heard.before.predecessor
    version = former.version if former else ""
    instead = f", instead of version {champion.version}" if champion else ""
    told = f"Version {version} is to be in charge again{instead}."
    _tell(heard, OverrideAct.ROLLBACK, told, "puts it in charge", version, as_json=as_json)


@click.command()
@click.argument("name")
@click.option("--confirm", is_flag=True, help="Confirm the stop that somebody else made.")
@products_option
@by_option
@reason_option
@json_option
def stop(
    name: str, products: Path, *, confirm: bool, person: str, reason: str, as_json: bool
) -> None:
    """Take the champion of NAME out of charge at once.

    One person with the right to override is enough. Its alias is taken away first; then its
    predecessor takes over, or nothing when there is none. As many people as the charter asks for
    must confirm it within decision_rights.override.confirm_within; otherwise an incident says so,
    and the stop stays.

    \b
    Examples:
      aipo stop customer_churn --by "Ada Okafor" --reason "It refuses everybody over 60."
      aipo stop customer_churn --confirm --by "Elin Berg" --reason "Seen in the log."
    """
    product = find(catalogue(products), name)
    word = overrides.confirm_stop if confirm else overrides.stop
    heard = hear(product, word, person=person, reason=reason)
    stopped = heard.after.stop
    version, back_to = (stopped.version, stopped.back_to) if stopped else ("", "")
    takes_over = f"version {back_to} takes over" if back_to else "nothing is in charge"
    told = f"Version {version} is out of charge; {takes_over}."
    also = f" and puts version {back_to} in charge" if back_to else ""
    does = f"takes its alias away{also}"
    _tell(heard, OverrideAct.STOP, told, does, version, as_json=as_json)


@click.command()
@click.argument("name")
@products_option
@by_option
@reason_option
@json_option
def restore(name: str, products: Path, *, person: str, reason: str, as_json: bool) -> None:
    """Give the champion of NAME its alias in MLflow back, after somebody moved it by hand.

    Takes as many people as the charter's decision_rights.override asks for: each types it once.

    \b
    Example:
      aipo restore customer_churn --by "Ada Okafor" --reason "The alias was moved by mistake."
    """
    product = find(catalogue(products), name)
    heard = hear(product, overrides.restore, look=_alias, person=person, reason=reason)
    champion = heard.before.champion
    version = champion.version if champion else ""
    told = f"Version {version} is to have the alias champion again."
    _tell(heard, OverrideAct.RESTORE, told, "moves the alias", version, as_json=as_json)


def _alias(services: Services, name: str) -> dict[str, object]:
    """Where the alias is now: only what was moved can be put back."""
    return {"alias": services.tracker.champion_version(name) or ""}


def _mind(heard: Heard) -> str:
    """What speaks against the version that comes back; empty where nothing does."""
    returning = heard.before.predecessor
    if returning is None:
        return ""
    against = failed_before(heard.product.charter, heard.before, returning)
    return "".join(f"\nMind: {sentence}" for sentence in against)


def _tell(
    heard: Heard, act: OverrideAct, told: str, does: str, version: str, *, as_json: bool
) -> None:
    """Reports what became of the word: decided, or how many more it takes."""
    name = heard.product.name
    left, mind = _left(heard, act), "" if act is OverrideAct.RESTORE else _mind(heard)
    if left is None:
        tell(heard, f"{told}{mind}", acts(name, does), as_json=as_json, version=version)
        return
    outcome = f"{told} {left.sentence}" if act is OverrideAct.STOP else left.sentence
    outcome += mind
    then = (left.command, *(acts(name, does) if act is OverrideAct.STOP else ()))
    tell(heard, outcome, then, as_json=as_json, version=version, missing=left.missing)


def _left(heard: Heard, act: OverrideAct) -> Override | None:
    held = overrides.overrides(heard.product.charter, heard.after, heard.now)
    return next((one for one in held if one.act is act), None)
