"""`aipo rollback`, `aipo stop`, `aipo restore`: people override a version in charge."""

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
from aipo_pipelines.policy.people import overrides, pending_overrides, stopped_champion
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.wording.approvals import override_sentence
from aipo_pipelines.policy.wording.evidence_gaps import failed_before_sentence

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

    It takes effect when as many people have typed it as the charter's decision_rights.override
    demands.

    \b
    Example:
      aipo rollback customer_churn --by "Ada Okafor" --reason "Complaints since the release."
    """
    product = find(catalogue(products), name)
    recorded = record(product, overrides.rollback, person=person, reason=reason)
    champion, former = recorded.before.champion, recorded.before.predecessor
    version = former.version if former else ""
    instead = f", instead of version {champion.version}" if champion else ""
    outcome = f"Version {version} will be in charge again{instead}."
    _show(recorded, OverrideAct.ROLLBACK, outcome, "puts it in charge", version, as_json=as_json)


@click.command()
@click.argument("name")
@click.option("--confirm", is_flag=True, help="Confirm the stop of another person.")
@products_option
@by_option
@reason_option
@json_option
def stop(
    name: str, products: Path, *, confirm: bool, person: str, reason: str, as_json: bool
) -> None:
    """Take the champion of NAME out of charge at once.

    One person with the right to override is enough. First the champion loses its alias. Then its
    predecessor takes over, if there is a predecessor. As many people as the charter demands must
    confirm the stop within decision_rights.override.confirm_within. Otherwise an incident opens,
    and the stop stays.

    \b
    Examples:
      aipo stop customer_churn --by "Ada Okafor" --reason "It refuses everybody over 60."
      aipo stop customer_churn --confirm --by "Elin Berg" --reason "Seen in the log."
    """
    product = find(catalogue(products), name)
    decision = stopped_champion.confirm_stop if confirm else stopped_champion.stop
    recorded = record(product, decision, person=person, reason=reason)
    stopped = recorded.after.stop
    version, back_to = (stopped.version, stopped.back_to) if stopped else ("", "")
    takes_over = f"version {back_to} takes over" if back_to else "nothing is in charge"
    outcome = f"Version {version} is out of charge; {takes_over}."
    also = f" and puts version {back_to} in charge" if back_to else ""
    effect = f"takes its alias away{also}"
    _show(recorded, OverrideAct.STOP, outcome, effect, version, as_json=as_json)


@click.command()
@click.argument("name")
@products_option
@by_option
@reason_option
@json_option
def restore(name: str, products: Path, *, person: str, reason: str, as_json: bool) -> None:
    """Give the champion of NAME its alias in MLflow back, after a person moved it by hand.

    It takes effect when as many people have typed it as the charter's decision_rights.override
    demands.

    \b
    Example:
      aipo restore customer_churn --by "Ada Okafor" --reason "The alias was moved by mistake."
    """
    product = find(catalogue(products), name)
    recorded = record(product, overrides.restore, look=_alias, person=person, reason=reason)
    champion = recorded.before.champion
    version = champion.version if champion else ""
    outcome = f"Version {version} will have the alias champion again."
    _show(recorded, OverrideAct.RESTORE, outcome, "moves the alias", version, as_json=as_json)


def _alias(services: Services, name: str) -> dict[str, object]:
    """The version with the alias now, because only a moved alias can be restored."""
    return {"alias": services.tracker.champion_version(name) or ""}


def _warnings(recorded: Recorded) -> str:
    """The failures of the version that returns; empty without failures."""
    returning = recorded.before.predecessor
    if returning is None:
        return ""
    failures = failed_before(recorded.product.charter, recorded.before, returning)
    return "".join(f"\nNote: {failed_before_sentence(failure)}" for failure in failures)


def _show(
    recorded: Recorded, act: OverrideAct, outcome: str, effect: str, version: str, *, as_json: bool
) -> None:
    """Shows the result: the override is decided, or needs more approvals."""
    name = recorded.product.name
    left = _left(recorded, act)
    # A restored version was in charge all the time, so no other version returns.
    warnings = "" if act is OverrideAct.RESTORE else _warnings(recorded)
    if left is None:
        commands = [run_command(name, effect)]
        show(recorded, f"{outcome}{warnings}", commands, as_json=as_json, version=version)
        return
    waits = override_sentence(left)
    outcome = f"{outcome} {waits}" if act is OverrideAct.STOP else waits
    outcome += warnings
    commands = [Command(line=left.command)]
    # A stop takes effect at once, before it is confirmed.
    if act is OverrideAct.STOP:
        commands.append(run_command(name, effect))
    show(recorded, outcome, commands, as_json=as_json, version=version, missing=left.missing)


def _left(recorded: Recorded, act: OverrideAct) -> Override | None:
    pending = pending_overrides.overrides(recorded.product.charter, recorded.after, recorded.now)
    return next((override for override in pending if override.act is act), None)
