"""`aipo decisions`: what waits for people, with the evidence, and the earlier decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.agreement import agreement_json, show_agreement
from aipo_pipelines.cli.output import print_json, result, talk
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.release_output import show_commands, show_waiting
from aipo_pipelines.cli.times import note_simulated, show_time
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.protocol import PAGE, LedgerReader
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.answer.past_decisions import KINDS, PastDecision, past_decisions
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.people.pending_overrides import overrides
from aipo_pipelines.policy.statements.approvals import Override
from aipo_pipelines.policy.text import actor_text, counted, listed
from aipo_pipelines.policy.wording.approvals import override_sentence, why_not_text
from aipo_pipelines.policy.wording.decisions import decision_reason, subject_text
from aipo_pipelines.resources.governed_products import Chartered


@dataclass(frozen=True, kw_only=True)
class _Decisions:
    """What waits for people, and the earlier decisions.

    Attributes:
        agreements: Each agreement in force with the state that contains its change.
    """

    releases: Sequence[Waiting]
    agreements: Sequence[tuple[Product, ProductState]]
    overrides: Sequence[Override]
    past: Sequence[PastDecision]


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--all", "with_past", is_flag=True, help="Show the earlier decisions, too.")
@click.option("--json", "as_json", is_flag=True, help="Write the decisions as JSON.")
def decisions(name: str | None, products: Path, *, with_past: bool, as_json: bool) -> None:
    """Show the releases, changed agreements and overrides that wait, of all products or of NAME.

    A release is shown with the results of its gates, the version it was compared with and its risk
    in words. Then follow the people who may decide, the approvals so far, and the commands to type.

    \b
    Examples:
      aipo decisions
      aipo decisions customer_churn --all
    """
    known = catalogue(products)
    pending = _read(known, name, with_past=with_past)
    if as_json:
        print_json(
            {
                "waiting": plain(pending.releases),
                "agreements": [
                    agreement_json(agreed, state) for agreed, state in pending.agreements
                ],
                "overrides": plain(pending.overrides),
                "decided": plain(pending.past),
            }
        )
    else:
        _show(pending)


def _read(known: Chartered, name: str | None, *, with_past: bool) -> _Decisions:
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        note_simulated(services.clock)
        now = services.clock.now()
        states = services.ledger.states()
        names = sorted(states) if name is None else [name]
        recorded = [product for product in names if product in states]
        past = [
            decision
            for product in (recorded if with_past else ())
            for decision in _past(services.ledger, product)
        ]
    # A product without a charter keeps its past decisions, so the name may be unknown here.
    if name and name not in states:
        find(known, name)
    chosen = [(known[product], states[product]) for product in recorded if product in known]
    return _pending(chosen, now, past)


def _pending(
    chosen: Sequence[tuple[Product, ProductState]], now: datetime, past: list[PastDecision]
) -> _Decisions:
    return _Decisions(
        releases=[
            release for agreed, state in chosen for release in waiting(agreed.charter, state, now)
        ],
        agreements=[
            (agreed, state)
            for agreed, state in chosen
            if state.proposal is not None and state.proposal.waits
        ],
        overrides=[
            override
            for agreed, state in chosen
            for override in overrides(agreed.charter, state, now)
        ],
        past=past,
    )


def _past(ledger: LedgerReader, product: str) -> Iterator[PastDecision]:
    """Every decision about a product, oldest first; the state does not contain them all."""

    def entries() -> Iterator[Entry]:
        """The entries page by page, because a ledger may be too large for one answer."""
        after: int | None = None
        while page := ledger.entries(product, KINDS, after=after, limit=PAGE):
            yield from page
            after = page[-1].index

    return past_decisions(entries())


def _show(pending: _Decisions) -> None:
    out = result()
    for release in pending.releases:
        show_waiting(out, release)
        show_commands(out, release)
    for agreed, state in pending.agreements:
        show_agreement(out, agreed, state, former=state.charter)
    for override in pending.overrides:
        out.print(f"{override.product}: {override_sentence(override)}", style="bold", markup=False)
        for line in _override_lines(override):
            out.print(line, markup=False)
    for decision in pending.past:
        out.print("\n".join(_past_lines(decision)), markup=False)
    talk().print(_summary(pending))


def _summary(pending: _Decisions) -> str:
    """How many things wait, kind by kind, without the kinds with none."""
    counts = (
        (len(pending.releases), "release"),
        (len(pending.agreements), "changed agreement"),
        (len(pending.overrides), "override"),
    )
    parts = [counted(count, kind) for count, kind in counts if count]
    verb = "wait" if sum(count for count, _ in counts) > 1 else "waits"
    return f"{listed(parts) or 'nothing'} {verb} for people"


def _override_lines(override: Override) -> Iterator[str]:
    for approval in override.words:
        yield (
            f"  Approved by {approval.person} ({approval.role}) on {show_time(approval.at)}: "
            f"{approval.reason}"
        )
        if not approval.counts:
            yield f"    does not count: {why_not_text(approval.why_not)}"
    yield f"  Type: {override.command}"


def _past_lines(decision: PastDecision) -> list[str]:
    rule = f" ({decision.rule})" if decision.rule else ""
    about, reason = subject_text(decision.about), decision_reason(decision.reason)
    return [
        f"{decision.product}  {about}  {decision.ruling}{rule}  #{decision.entry}",
        f"  by {actor_text(decision.by)} on {show_time(decision.at)}: {reason}",
    ]
