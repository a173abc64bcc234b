"""`aipo status`: is this model performing as intended?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from aipo_pipelines.cli.output import (
    EXIT_NO,
    EXIT_UNKNOWN,
    EXIT_YES,
    print_json,
    result,
    talk,
)
from aipo_pipelines.cli.products import catalogue, find, products_option
from aipo_pipelines.cli.tables import (
    add_row,
    make_table,
    show_interval,
    show_limit,
    show_number,
    wrong_cells_table,
)
from aipo_pipelines.cli.times import MOMENT, show_age, show_time, tell_simulated
from aipo_pipelines.cli.unusable_products import (
    file_problems,
    show_unusable,
    unusable_json,
    with_files,
)
from aipo_pipelines.errors import UsageError
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.answer import Answer, answer, to_json
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.text import actor_text, listed, span, trigger_text
from aipo_pipelines.resources.governed_products import Chartered

if TYPE_CHECKING:
    from aipo_pipelines.resources.services import LedgerServices

EXITS = {Performing.YES: EXIT_YES, Performing.NO: EXIT_NO, Performing.UNKNOWN: EXIT_UNKNOWN}
_STYLES = {Performing.YES: "bold green", Performing.NO: "bold red", Performing.UNKNOWN: "yellow"}


@click.command()
@click.argument("name", required=False)
@products_option
@click.option("--as-of", type=MOMENT, help="What was known at that moment (ISO 8601, UTC).")
@click.option("--json", "as_json", is_flag=True, help="Write the answer as JSON.")
def status(name: str | None, products: Path, *, as_of: datetime | None, as_json: bool) -> None:
    """Answer for NAME, or in a line each for all products: performing as intended?

    The exit code is 0 for YES, 3 for NO, 4 for UNKNOWN; for all products the worst of theirs.

    \b
    Examples:
      aipo status customer_churn
      aipo status customer_churn --as-of 2026-10-01 --json
    """
    known = catalogue(products)
    broken = known.unusable
    names = [] if name in broken else [find(known, name).name] if name else sorted(known)
    if not names and not broken:
        raise UsageError(
            f"no charter.yaml in or below {products}, so nothing can be answered; expected a "
            "folder per product with its charter; correct --products or AIPO_PRODUCTS"
        )
    from aipo_pipelines.resources.dagster.schedules import standing_still
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        tell_simulated(services.clock)
        now = as_of or services.clock.now()
        # The ledger remembers what it read, so that each of many products need not be read alone.
        states = {one: services.ledger.state(one, known_at=as_of) for one in names}
        strangers = services.ledger.states().keys() - known.keys() - broken.keys()
        orphans = [] if name else sorted(strangers)
        answers = [
            answer(
                # What is asked of the past is judged by the agreement of that time.
                services.in_force(known[one], state).charter,
                state,
                now,
                simulated=services.clock.simulated,
            )
            for one, state in states.items()
        ]
        looks = as_of is None and services.dagster_url
        if as_of is None:
            answers = [_with_files(services, known, one, states[one.product]) for one in answers]
        still = standing_still(services.dagster_url) if looks else ()
    answers = [replace(one, caveats=(*one.caveats, *still)) for one in answers]
    if still and not name:
        talk().print("\n".join(still), markup=False)
    if orphans:
        talk().print(
            f"not answered: {', '.join(orphans)}: in the ledger, but without a charter below "
            f"{products}; nobody measures them; see: aipo history {orphans[0]}",
            markup=False,
        )
    told = {one: error for one, error in broken.items() if name in (None, one)}
    if as_json:
        documents = [to_json(one) for one in answers]
        documents += [unusable_json(one, error) for one, error in told.items()]
        print_json(documents[0] if name else list(documents))
    elif name and answers:
        show(answers[0])
    elif answers:
        show_portfolio(answers)
    if not as_json:
        for one, error in told.items():
            show_unusable(one, error)
    sys.exit(max([EXITS[one.verdict] for one in answers] + [EXIT_UNKNOWN for _ in told]))


def _with_files(
    services: LedgerServices, known: Chartered, told: Answer, state: ProductState
) -> Answer:
    product = known[told.product]
    astray = told.product in known.astray
    problems = file_problems(product, services.agreements) if astray else ()
    return with_files(told, services.in_force(product, state), state, problems)


def show(value: Answer) -> None:
    """Writes one answer in full."""
    out = result()
    out.print(f"{value.title} ({value.product})", style="bold", markup=False)
    out.print(
        f"{value.lifecycle}, risk tier {value.risk_tier}; as of {show_time(value.as_of)}"
        + (" (simulated)" if value.simulated else ""),
        markup=False,
    )
    out.print(
        f"\n{value.question}  {value.verdict}",
        style=_STYLES[value.verdict],
        markup=False,
    )
    for reason in value.reasons:
        out.print(f"  - {reason}", markup=False)
    if value.kpis:
        out.print("\nKey figures", style="bold")
        out.print(kpi_table(value.kpis))
    if value.wrong_cells:
        out.print(f"\n{value.wrong_cells.title}", style="bold", markup=False)
        out.print(wrong_cells_table(value.wrong_cells))
    for line in _lines(value):
        out.print(line, markup=False)


def show_portfolio(answers: list[Answer], *, with_reason: bool = True) -> None:
    """Writes a line for every product, with or without the first reason."""
    columns = ("product", "answer", "evidence", "incidents", "waiting", "accountable")
    table = make_table((*columns, "why") if with_reason else columns)
    for one in answers:
        cells = (
            one.product,
            str(one.verdict),
            show_age(one.evidence_age),
            str(len(one.incidents)),
            ", ".join(one.waiting) or "-",
            one.accountable.name,
        )
        reason = one.reasons[0] if one.reasons else ""
        add_row(table, *(cells if not with_reason else (*cells, reason)))
    result().print(table)


def kpi_table(kpis: tuple[Kpi, ...]) -> Table:
    """The key figures with interval, sample, limit, verdict, batch and age."""
    columns = ("metric", "value", "interval", "n", "limit", "verdict", "batch", "age")
    table = make_table(columns, right={"value", "n"})
    for kpi in kpis:
        add_row(
            table,
            kpi.figure.name,
            show_number(kpi.figure.value),
            show_interval(kpi.figure.low, kpi.figure.high),
            str(kpi.figure.n),
            show_limit(kpi.figure.direction, kpi.figure.limit),
            str(kpi.figure.verdict),
            kpi.partition or "-",
            show_age(kpi.age),
        )
    return table


def _lines(value: Answer) -> Iterator[str]:
    yield f"\nChampion: {_champion(value)}"
    yield from (
        f"Business outcome: {one.sentence.removesuffix('.')}"
        + (f"; {one.money}" if one.money else "")
        for one in value.outcomes
    )
    yield from _decision_lines(value)
    if value.drift:
        yield f"Drift: {value.drift.summary}"
    if value.original:
        yield value.original.sentence
    if not value.untrained:
        yield from _training_lines(value)
    yield f"Open incidents: {len(value.incidents) or 'none'}"
    for incident in value.incidents:
        yield (
            f"  - #{incident.entry} {incident.title}; since {show_time(incident.opened_at)}; "
            f"{incident.owner} answers for it"
            + (f"; about {listed(incident.subjects)}" if incident.subjects else "")
        )
    for caveat in value.caveats:
        yield f"Note: {caveat}"
    if value.not_measured:
        yield f"Not measured: {'; '.join(value.not_measured)}"
    yield f"Accountable: {value.accountable.name} <{value.accountable.email}>"


def _champion(value: Answer) -> str:
    champion = value.champion
    if champion is None:
        return f"none: {value.untrained}" if value.untrained else "none"
    whom = actor_text(champion.released_by, champion.approved_by)
    return (
        f"version {champion.version}, released {show_time(champion.released_at)} "
        f"by {whom}, trained on {', '.join(champion.window)}"
    )


def _decision_lines(value: Answer) -> Iterator[str]:
    if value.predecessor:
        yield f"Predecessor: version {value.predecessor.version}, to which a rollback returns"
    for one in value.decisions:
        who = ", ".join(decider.name for decider in one.may_decide) or "nobody"
        yield (
            f"Waits for people: version {one.version}, since {show_time(one.since)} "
            f"({show_age(one.age)}); {one.missing} of {one.quorum} approvals needed from {who}; "
            f"type: {one.commands[0]}"
        )


def _training_lines(value: Answer) -> Iterator[str]:
    plan, last = value.retraining, value.trainings
    yield (
        f"Retraining: last {show_time(plan.last)}, next {show_time(plan.next)}"
        + (", OVERDUE" if plan.overdue else "")
        + (", DUE, AND RESTS" if plan.held_back else "")
        + (f", last tried {show_time(plan.tried_at)}" if plan.tried_at else "")
        + f"; {last.in_period} of {last.cap} used in the last {span(last.period)}"
    )
    if last.first_refused:
        yield f"First models: gates refused {last.first_refused}; rules try at most {last.cap}"
    if last.asked_at:
        when = show_time(last.asked_at)
        yield f"Last training: asked for {when} ({trigger_text(last.trigger)}); {last.outcome}"
