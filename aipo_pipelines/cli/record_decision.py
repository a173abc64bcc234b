"""The decision of a person: checked under the ledger's lock, recorded or refused, and shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.output import print_json, result
from aipo_pipelines.cli.release_output import show_waiting
from aipo_pipelines.cli.times import note_simulated
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.people.terms import UNSIGNED

if TYPE_CHECKING:
    from aipo_pipelines.resources.services import Services

by_option = click.option(
    "--by", "person", required=True, help="Who decides: name or e-mail address as in the charter."
)
reason_option = click.option("--reason", required=True, help="Why, in a sentence.")
json_option = click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that comes next.

    Attributes:
        line: The text to type.
        effect: Its effect, for people; empty if its name says it.
    """

    line: str
    effect: str = ""

    def __str__(self) -> str:
        return f"{self.line}     {self.effect}" if self.effect else self.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decision that was recorded.

    Attributes:
        product: The product under the agreement after the decision.
        entry: The entry of the decision itself.
        before: State in which it was checked; the evidence is read from this state.
        after: State after the decision and the reactions of the rules.
        now: The moment of the decision.
    """

    product: Product
    entry: Entry
    before: ProductState
    after: ProductState
    now: datetime

    def evidence(self, version: str) -> Waiting | None:
        """The release of a version before the decision; None if it did not wait."""
        return self._waiting(self.before, version)

    def left(self, version: str) -> Waiting | None:
        """The version if it still waits, otherwise None."""
        return self._waiting(self.after, version)

    def _waiting(self, state: ProductState, version: str) -> Waiting | None:
        releases = waiting(self.product.charter, state, self.now)
        return next((release for release in releases if release.version == version), None)


def record(
    product: Product,
    decision: Callable[..., Sequence[Draft]],
    *,
    look: Callable[[Services, str], Mapping[str, object]] | None = None,
    **arguments: object,
) -> Recorded:
    """Checks a decision and records it.

    Args:
        product: The product of the decision.
        decision: A function of `policy.people`.
        look: Reads further arguments from the services before the decision is checked.
        **arguments: Its arguments besides charter, state and moment.

    Raises:
        DecisionError: The decision was refused; nothing is recorded.
    """
    from aipo_pipelines.resources.opening import open_services
    from aipo_pipelines.sensors.adoption import adopt_charter

    checked: list[tuple[ProductState, datetime]] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """Checks the decision on the state under the lock."""
        checked.append((state, now))
        charter = services.in_force(product, state).charter
        return decision(charter, state, now=now, **arguments)

    with open_services() as services:
        note_simulated(services.clock)
        # First, because the agreement in force names the people who may decide.
        adopt_charter(services, product, time.sleep)
        arguments = {**arguments, **(look(services, product.name) if look else {})}
        # The store checks and appends under one lock, so two people cannot decide at once.
        entries = services.consider(product, ask)
        after = services.ledger.state(product.name)
        product = services.in_force(product, after)
    # A decision makes no entry if it repeats a recorded decision, as a command typed twice does.
    if not entries:
        raise DecisionError(
            f"the same decision about {product.name} was recorded before, so nothing was recorded "
            f"now; see: aipo history {product.name}"
        )
    # After a conflict the store checks the decision again, so the last state is the right state.
    before, now = checked[-1]
    return Recorded(product=product, entry=entries[0], before=before, after=after, now=now)


def show(
    recorded: Recorded,
    outcome: str,
    commands: Sequence[Command],
    *,
    as_json: bool,
    version: str,
    missing: int | None = None,
) -> None:
    """Shows the result of a decision: the evidence, the outcome, and the next commands.

    Args:
        recorded: The decision.
        outcome: The outcome, in a sentence.
        commands: Commands that come next.
        as_json: Whether to write it as one JSON document.
        version: Version of the decision; empty if it is about no version.
        missing: How many approvals are missing; None if the pending release contains this number.
    """
    evidence = recorded.evidence(version)
    if as_json:
        print_json(_document(recorded, outcome, commands, version, missing))
        return
    if evidence is not None:
        show_waiting(result(), evidence)
        result().print("")
    result().print(outcome, style="bold", markup=False)
    signed = f", {UNSIGNED}" if "signature" in recorded.entry.body else ""
    result().print(
        f"Recorded as entry {recorded.entry.index} by {recorded.entry.actor}{signed}. Type next:",
        markup=False,
    )
    for command in commands:
        result().print(f"  {command}", markup=False)


def run_command(name: str, effect: str) -> Command:
    """The command that carries out a decision; a running `aipo up` needs no command."""
    return Command(
        line=f"aipo run {name}",
        effect=f"{effect} now; a running aipo up does so within seconds",
    )


def _document(
    recorded: Recorded,
    outcome: str,
    commands: Sequence[Command],
    version: str,
    missing: int | None,
) -> dict[str, Json]:
    decision, left = recorded.after.decisions.get(version), recorded.left(version)
    if missing is None:
        missing = left.missing if left else 0
    entry = recorded.entry
    return {
        "product": recorded.product.name,
        "version": version,
        "outcome": outcome,
        "entry": entry.index,
        "kind": entry.kind,
        "by": entry.actor,
        "recorded_at": entry.recorded_at.isoformat(),
        "signature": entry.body.get("signature", ""),
        "missing": missing,
        "decision": plain(decision) if decision else None,
        "evidence": plain(recorded.evidence(version)),
        "next": [command.line for command in commands],
    }
