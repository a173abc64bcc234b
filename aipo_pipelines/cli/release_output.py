"""Writes a release that waits for people, with its evidence."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from aipo_pipelines.cli.tables import add_row, make_table, show_interval, show_limit, show_number
from aipo_pipelines.cli.times import show_age, show_time
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.policy.answer.pending_releases import Decider, Waiting
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict
from aipo_pipelines.policy.text import listed, trigger_text
from aipo_pipelines.policy.wording.approvals import why_not_text
from aipo_pipelines.policy.wording.decisions import caution_sentence

_COLUMNS = ("gate", "verdict", "figure", "value", "interval", "n", "limit")


def show_waiting(out: Console, release: Waiting) -> None:
    """Writes the evidence for the decision about a release, on one screen."""
    head = f"{release.title} ({release.product}): version {release.version}"
    out.print(head, style="bold", markup=False)
    for line in _before_gates(release):
        out.print(line, markup=False)
    out.print(_gate_table(release.gates))
    for line in _after_gates(release):
        out.print(line, markup=False)


def show_commands(out: Console, release: Waiting) -> None:
    """Writes the commands that decide about a release."""
    out.print("  Type one of:")
    # The first command only shows the release again.
    for command in release.commands[1:]:
        out.print(f"    {command}", markup=False)
    out.print("")


def _before_gates(release: Waiting) -> Iterator[str]:
    yield f"  waits for people since {show_time(release.since)} ({show_age(release.age)})"
    reason = f": {release.trigger_reason}" if release.trigger_reason else ""
    yield f"  Trained because: {trigger_text(release.trigger) or 'unknown'}{reason}"
    yield f"  Trained on: {release.choice or 'the window'}: {listed(release.window)}"
    # The entry of the evaluation may name no held-out records.
    if release.held_out.partition:
        rows = release.held_out.rows
        yield f"  Evaluated on: {rows} records of {_held_out_of(release)} that were held out"
    nothing = "nothing, no version is in charge"
    against = f"version {release.against}, in charge now" if release.against else nothing
    if release.not_compared:
        yield f"  NOT compared with {against}, which cannot answer: {release.not_compared}"
    else:
        yield f"  Compared with: {against}"


def _held_out_of(release: Waiting) -> str:
    """The batches with held-out records; with their numbers if there are several batches."""
    held = {name: count for name, count in release.held_out.batches.items() if count}
    if len(held) > 1:
        return listed([f"{name} ({count})" for name, count in held.items()])
    return next(iter(held), release.held_out.partition)


def _after_gates(release: Waiting) -> Iterator[str]:
    if release.risk:
        yield "  Risk:"
        yield from (f"    - {sentence}" for sentence in release.risk.splitlines())
    if caution := caution_sentence(risk_is_older=release.risk_is_older):
        yield f"  Note: {caution}"
    deciders = ", ".join(map(_decider, release.may_decide)) or "nobody in the charter"
    yield f"  Who decides: {release.quorum} of {deciders}"
    for approval in release.approvals:
        yield (
            f"  Approved by {approval.person} ({approval.role}) on {show_time(approval.at)}, "
            f"{approval.signature}: {approval.reason}"
        )
        if not approval.counts:
            yield f"    does not count: {why_not_text(approval.why_not)}"
    if release.closed:
        yield f"  Closed by the charter in force: {', '.join(release.closed)}"
    yield f"  Still needed: {release.missing} of {release.quorum} approvals"


def _decider(decider: Decider) -> str:
    approved = "; said yes" if decider.approved else ""
    return f"{decider.name} ({', '.join(decider.roles)}{approved})"


def _gate_table(gates: tuple[GateVerdict, ...]) -> Table:
    table = make_table(_COLUMNS, right={"value", "n"})
    for gate in gates:
        for position, figure in enumerate(gate.figures or (None,)):
            # A gate with several figures is named once, so that its figures stay together.
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
