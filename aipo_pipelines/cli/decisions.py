"""`aipo decisions`: what waits for people, with the evidence, and what was decided before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from aipo_pipelines.cli.agreement import agreement_json, show_agreement
from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.tables import add_row, make_table, show_interval, show_limit, show_number
from aipo_pipelines.cli.times import show_age, show_time, tell_simulated
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.protocol import PAGE, LedgerReader
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.past_decisions import KINDS, PastDecision, past_decisions
from aipo_pipelines.policy.answer.pending_releases import Decider, Waiting, waiting
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict
from aipo_pipelines.policy.people.overrides import Override, overrides
from aipo_pipelines.policy.text import by_whom, counted, listed, told_trigger

_COLUMNS = ("gate", "verdict", "figure", "value", "interval", "n", "limit")


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--all", "with_past", is_flag=True, help="Show what was decided before, too.")
@click.option("--json", "as_json", is_flag=True, help="Write the decisions as JSON.")
def decisions(name: str | None, products: Path, *, with_past: bool, as_json: bool) -> None:
    """Show the releases, changed agreements and overrides that wait, of all products or of NAME.

    A release with what its gates found, what it was compared with, its risk in words, who may
    decide, who said yes already, and what to type.

    \b
    Examples:
      aipo decisions
      aipo decisions customer_churn --all
    """
    known = catalogue(products)
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        tell_simulated(services.clock)
        now = services.clock.now()
        states = services.ledger.states()
        chosen = {one: state for one, state in sorted(states.items()) if name in (None, one)}
        past = [made for one in chosen if with_past for made in _past(services.ledger, one)]
    # What was decided about a product outlives its charter.
    if name and name not in states:
        find(known, name)
    held = [
        release
        for one, state in chosen.items()
        if one in known
        for release in waiting(known[one].charter, state, now)
    ]
    agreements = [
        (known[one], state)
        for one, state in chosen.items()
        if one in known and state.proposal is not None and state.proposal.waits
    ]
    words = [
        override
        for one, state in chosen.items()
        if one in known
        for override in overrides(known[one].charter, state, now)
    ]
    if as_json:
        print_json(
            {
                "waiting": plain(held),
                "agreements": [agreement_json(*each) for each in agreements],
                "overrides": plain(words),
                "decided": plain(past),
            }
        )
        return
    for release in held:
        show_waiting(result(), release)
        _show_commands(result(), release)
    for agreed, state in agreements:
        show_agreement(result(), agreed, state, former=state.charter)
    for override in words:
        result().print(f"{override.product}: {override.sentence}", style="bold", markup=False)
        for line in _override_lines(override):
            result().print(line, markup=False)
    for made in past:
        result().print("\n".join(_past_lines(made)), markup=False)
    talk().print(_waits(len(held), len(agreements), len(words)))


def _past(ledger: LedgerReader, product: str) -> Iterator[PastDecision]:
    """Every decision about a product, oldest first; it is on record, not in its state."""

    def entries() -> Iterator[Entry]:
        after: int | None = None
        while page := ledger.entries(product, KINDS, after=after, limit=PAGE):
            yield from page
            after = page[-1].index

    return past_decisions(entries())


def _waits(releases: int, agreements: int, overrides: int) -> str:
    """How much waits, kind by kind; kinds of which nothing waits are left out."""
    counts = ((releases, "release"), (agreements, "changed agreement"), (overrides, "override"))
    waits = [counted(count, what) for count, what in counts if count]
    single = releases + agreements + overrides == 1
    return f"{listed(waits) or 'nothing'} {'waits' if single or not waits else 'wait'} for people"


def show_waiting(out: Console, value: Waiting) -> None:
    """Writes the evidence for one decision on one screen."""
    head = f"{value.title} ({value.product}): version {value.version}"
    out.print(head, style="bold", markup=False)
    for line in _before_gates(value):
        out.print(line, markup=False)
    out.print(_gate_table(value.gates))
    for line in _after_gates(value):
        out.print(line, markup=False)


def _show_commands(out: Console, value: Waiting) -> None:
    out.print("  Type one of:")
    for command in value.commands[1:]:
        out.print(f"    {command}", markup=False)
    out.print("")


def _before_gates(value: Waiting) -> Iterator[str]:
    yield f"  waits for people since {show_time(value.since)} ({show_age(value.age)})"
    why = f": {value.trigger_reason}" if value.trigger_reason else ""
    yield f"  Trained because: {told_trigger(value.trigger) or 'unknown'}{why}"
    yield f"  Trained on: {value.choice or 'the window'}: {listed(value.window)}"
    rows, partition = value.held_out.get("rows"), value.held_out.get("partition")
    if partition:
        yield f"  Judged on: {rows} records of {_held_out_of(value)} that were held out"
    nothing = "nothing, no version is in charge"
    against = f"version {value.against}, in charge now" if value.against else nothing
    if value.not_compared:
        yield f"  NOT compared with {against}, which cannot answer: {value.not_compared}"
    else:
        yield f"  Compared with: {against}"


def _held_out_of(value: Waiting) -> str:
    """The batches that records were held out of; how many of each if they are several."""
    batches = value.held_out.get("batches")
    counts = batches if isinstance(batches, dict) else {}
    held = {name: count for name, count in counts.items() if count}
    if len(held) > 1:
        return listed([f"{name} ({count})" for name, count in held.items()])
    return next(iter(held), str(value.held_out.get("partition")))


def _after_gates(value: Waiting) -> Iterator[str]:
    if value.risk:
        yield "  Risk:"
        yield from (f"    - {sentence}" for sentence in value.risk.splitlines())
    if value.caution:
        yield f"  Mind: {value.caution}"
    who = ", ".join(map(_decider, value.may_decide)) or "nobody the charter names"
    yield f"  Who decides: {value.quorum} of {who}"
    for said in value.approvals:
        yield (
            f"  Approved by {said.person} ({said.role}) on {show_time(said.at)}, "
            f"{said.signature}: {said.reason}"
        )
        if not said.counts:
            yield f"    does not count: {said.why_not}"
    if value.closed:
        yield f"  Closed by the charter in force: {', '.join(value.closed)}"
    yield f"  Still needed: {value.missing} of {value.quorum} approvals"


def _override_lines(value: Override) -> Iterator[str]:
    for said in value.words:
        yield f"  Said by {said.person} ({said.role}) on {show_time(said.at)}: {said.reason}"
        if not said.counts:
            yield f"    does not count: {said.why_not}"
    yield f"  Type: {value.command}"


def _decider(one: Decider) -> str:
    return f"{one.name} ({', '.join(one.roles)}{'; said yes' if one.approved else ''})"


def _gate_table(gates: tuple[GateVerdict, ...]) -> Table:
    table = make_table(_COLUMNS, right={"value", "n"})
    for gate in gates:
        for position, figure in enumerate(gate.figures or (None,)):
            lead = (gate.gate, gate.verdict) if position == 0 else ("", "")
            rest = (gate.summary, "-", "-", "-", "-") if figure is None else _figure_cells(figure)
            add_row(table, *lead, *rest)
    return table


def _figure_cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        show_number(figure.value),
        show_interval(figure.low, figure.high),
        str(figure.n),
        show_limit(figure.direction, figure.limit),
    )


def _past_lines(made: PastDecision) -> list[str]:
    rule = f" ({made.rule})" if made.rule else ""
    return [
        f"{made.product}  {made.about}  {made.ruling}{rule}  #{made.entry}",
        f"  by {by_whom(made.by)} on {show_time(made.at)}: {made.reason}",
    ]
