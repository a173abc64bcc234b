"""`aipo rollback`, `aipo stop`, `aipo restore`: the word of people against what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.record_decision import (
    Command,
    Recorded,
    by_option,
    json_option,
    reason_option,
    record,
    run_command,
    show,
)
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.policy.answer.returning_version import failed_before
from aipo_pipelines.policy.people import overrides, stopped_champion
from aipo_pipelines.policy.people.pending_overrides import Override

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
    recorded = record(product, overrides.rollback, person=person, reason=reason)
    champion, former = recorded.before.champion, recorded.before.predecessor
    version = former.version if former else ""
    instead = f", instead of version {champion.version}" if champion else ""
    outcome = f"Version {version} is to be in charge again{instead}."
    _show(recorded, OverrideAct.ROLLBACK, outcome, "puts it in charge", version, as_json=as_json)


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
    word = stopped_champion.confirm_stop if confirm else stopped_champion.stop
    recorded = record(product, word, person=person, reason=reason)
    stopped = recorded.after.stop
    version, back_to = (stopped.version, stopped.back_to) if stopped else ("", "")
    takes_over = f"version {back_to} takes over" if back_to else "nothing is in charge"
    outcome = f"Version {version} is out of charge; {takes_over}."
    also = f" and puts version {back_to} in charge" if back_to else ""
    does = f"takes its alias away{also}"
    _show(recorded, OverrideAct.STOP, outcome, does, version, as_json=as_json)


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
    recorded = record(product, overrides.restore, look=_alias, person=person, reason=reason)
    champion = recorded.before.champion
    version = champion.version if champion else ""
    outcome = f"Version {version} is to have the alias champion again."
    _show(recorded, OverrideAct.RESTORE, outcome, "moves the alias", version, as_json=as_json)


def _alias(services: Services, name: str) -> dict[str, object]:
    """Where the alias is now: only what was moved can be put back."""
    return {"alias": services.tracker.champion_version(name) or ""}


def _mind(recorded: Recorded) -> str:
    """What speaks against the version that comes back; empty where nothing does."""
    returning = recorded.before.predecessor
    if returning is None:
        return ""
    against = failed_before(recorded.product.charter, recorded.before, returning)
    return "".join(f"\nMind: {sentence}" for sentence in against)


def _show(
    recorded: Recorded, act: OverrideAct, outcome: str, does: str, version: str, *, as_json: bool
) -> None:
    """Reports what became of the word: decided, or how many more it takes."""
    name = recorded.product.name
    left, mind = _left(recorded, act), "" if act is OverrideAct.RESTORE else _mind(recorded)
    if left is None:
        commands = [run_command(name, does)]
        show(recorded, f"{outcome}{mind}", commands, as_json=as_json, version=version)
        return
    outcome = f"{outcome} {left.sentence}" if act is OverrideAct.STOP else left.sentence
    outcome += mind
    commands = [Command(line=left.command)]
    if act is OverrideAct.STOP:
        commands.append(run_command(name, does))
    show(recorded, outcome, commands, as_json=as_json, version=version, missing=left.missing)


def _left(recorded: Recorded, act: OverrideAct) -> Override | None:
    held = overrides.overrides(recorded.product.charter, recorded.after, recorded.now)
    return next((one for one in held if one.act is act), None)
