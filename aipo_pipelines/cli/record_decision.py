"""How a person's word is heard: judged under the ledger's lock, recorded or refused, told back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.decisions import show_waiting
from aipo_pipelines.cli.output import print_json, result
from aipo_pipelines.cli.times import tell_simulated
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.people.approval import UNSIGNED

if TYPE_CHECKING:
    from aipo_pipelines.resources.services import Services

by_option = click.option(
    "--by", "person", required=True, help="Who decides: name or e-mail address as in the charter."
)
reason_option = click.option("--reason", required=True, help="Why, in a sentence.")
json_option = click.option("--json", "as_json", is_flag=True, help="Write the outcome as JSON.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A word that was recorded.

    Attributes:
        entry: The entry of the word itself.
        before: State it was judged on; what was shown as evidence is read from it.
        after: State with everything the rules made of it.
        now: When it was said.
    """

    product: Product
    entry: Entry
    before: ProductState
    after: ProductState
    now: datetime

    def evidence(self, version: str) -> Waiting | None:
        """What was known of a version when it was decided on."""
        return self._waiting(self.before, version)

    def left(self, version: str) -> Waiting | None:
        """The version where it still waits; None where it does not."""
        return self._waiting(self.after, version)

    def _waiting(self, state: ProductState, version: str) -> Waiting | None:
        held = waiting(self.product.charter, state, self.now)
        return next((one for one in held if one.version == version), None)


def hear(
    product: Product,
    word: Callable[..., Sequence[Draft]],
    *,
    look: Callable[[Services, str], Mapping[str, object]] | None = None,
    **said: object,
) -> Heard:
    """Has a word judged and recorded.

    The files are looked at first, and what may be adopted is: what somebody may decide rests on
    the agreement in force.

    Args:
        product: The product it is about.
        word: A function of `policy.approval` or `policy.by_hand`.
        look: Further arguments, read from the services before the word is judged.
        said: Its arguments besides charter, state and moment.

    Raises:
        DecisionError: The word was refused; nothing is recorded.
    """
    from aipo_pipelines.resources.opening import open_services
    from aipo_pipelines.sensors.adoption import adopt_charter

    judged: list[tuple[ProductState, datetime]] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        judged.append((state, now))
        return word(services.in_force(product, state).charter, state, now=now, **said)

    with open_services() as services:
        tell_simulated(services.clock)
        adopt_charter(services, product, time.sleep)
        said = {**said, **(look(services, product.name) if look else {})}
        entries = services.consider(product, ask)
        after = services.ledger.state(product.name)
        product = services.in_force(product, after)
    if not entries:
        raise DecisionError(
            f"the same word about {product.name} was recorded before, so nothing was recorded now; "
            f"see: aipo history {product.name}"
        )
    before, now = judged[-1]
    return Heard(product=product, entry=entries[0], before=before, after=after, now=now)


def tell(
    heard: Heard,
    outcome: str,
    then: Sequence[str],
    *,
    as_json: bool,
    version: str,
    missing: int | None = None,
) -> None:
    """Tells what became of a word: the evidence, the outcome, and what to type next.

    Args:
        heard: The word.
        outcome: What it led to, in a sentence.
        then: Commands that come next, each with what it does.
        as_json: Whether to write it as one JSON document.
        version: Version it is about; empty if none.
        missing: How many more words it takes; None when the release that waits says so.
    """
    evidence = heard.evidence(version)
    if as_json:
        print_json(_document(heard, outcome, then, version, missing))
        return
    if evidence is not None:
        show_waiting(result(), evidence)
        result().print("")
    result().print(outcome, style="bold", markup=False)
    signed = f", {UNSIGNED}" if "signature" in heard.entry.body else ""
    result().print(
        f"Recorded as entry {heard.entry.index} by {heard.entry.actor}{signed}. Type next:",
        markup=False,
    )
    for command in then:
        result().print(f"  {command}", markup=False)


def acts(name: str, does: str) -> tuple[str, ...]:
    """What to type so that a decision is carried out; a running `aipo up` needs nothing."""
    return (f"aipo run {name}     {does} now; a running aipo up does so within seconds",)


def _document(
    heard: Heard, outcome: str, then: Sequence[str], version: str, missing: int | None
) -> dict[str, Json]:
    decision, left = heard.after.decisions.get(version), heard.left(version)
    if missing is None:
        missing = left.missing if left else 0
    return {
        "product": heard.product.name,
        "version": version,
        "outcome": outcome,
        "entry": heard.entry.index,
        "kind": heard.entry.kind,
        "by": heard.entry.actor,
        "recorded_at": heard.entry.recorded_at.isoformat(),
        "signature": heard.entry.body.get("signature", ""),
        "missing": missing,
        "decision": plain(decision) if decision else None,
        "evidence": plain(heard.evidence(version)),
        "next": [command.partition("     ")[0] for command in then],
    }
