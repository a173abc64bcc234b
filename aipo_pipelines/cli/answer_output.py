"""Writes the answers of `aipo status` for people: one in full, or a line for each product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from aipo_pipelines.cli.output import result
from aipo_pipelines.cli.tables import (
    add_row,
    make_table,
    show_interval,
    show_limit,
    show_number,
    wrong_cells_table,
)
from aipo_pipelines.cli.times import show_age, show_time
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.text import actor_text, listed, span, trigger_text
from aipo_pipelines.policy.wording.approvals import pending_text
from aipo_pipelines.policy.wording.original import drift_text, original_line
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.targets import cost_text, target_sentence
from aipo_pipelines.policy.wording.trainings import result_text, untrained_text
from aipo_pipelines.policy.wording.verdict import question_text
from aipo_pipelines.policy.wording.wrong_cells import wrong_cells_title

_STYLES = {Performing.YES: "bold green", Performing.NO: "bold red", Performing.UNKNOWN: "yellow"}


def show_answer(answer: Answer) -> None:
    """Writes one answer in full."""
    out = result()
    out.print(f"{answer.title} ({answer.product})", style="bold", markup=False)
    out.print(
        f"{answer.lifecycle}, risk tier {answer.risk_tier}; as of {show_time(answer.as_of)}"
        + (" (simulated)" if answer.simulated else ""),
        markup=False,
    )
    out.print(
        f"\n{question_text(has_model=answer.has_model)}  {answer.verdict}",
        style=_STYLES[answer.verdict],
        markup=False,
    )
    for reason in sentences(answer.reasons):
        out.print(f"  - {reason}", markup=False)
    if answer.kpis:
        out.print("\nKey figures", style="bold")
        out.print(kpi_table(answer.kpis))
    if answer.wrong_cells:
        out.print(f"\n{wrong_cells_title(answer.wrong_cells)}", style="bold", markup=False)
        out.print(wrong_cells_table(answer.wrong_cells))
    for line in _lines(answer):
        out.print(line, markup=False)


def show_portfolio(answers: Sequence[Answer], *, with_reason: bool = True) -> None:
    """Writes a line for every product, with or without the first reason."""
    columns = ("product", "answer", "evidence", "incidents", "waiting", "accountable")
    table = make_table((*columns, "why") if with_reason else columns)
    for answer in answers:
        cells = (
            answer.product,
            str(answer.verdict),
            show_age(answer.evidence_age),
            str(len(answer.incidents)),
            ", ".join(map(pending_text, answer.waiting)) or "-",
            answer.accountable.name,
        )
        reason = next(iter(sentences(answer.reasons)), "")
        add_row(table, *((*cells, reason) if with_reason else cells))
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


def _lines(answer: Answer) -> Iterator[str]:
    yield f"\nChampion: {_champion(answer)}"
    yield from (
        f"Business outcome: {target_sentence(outcome.result).removesuffix('.')}"
        + (f"; {cost}" if cost else "")
        for outcome in answer.outcomes
        for cost in (cost_text(outcome.cost, outcome.cost_at_release, outcome.partition),)
    )
    yield from _decision_lines(answer)
    if answer.drift:
        yield f"Drift: {drift_text(answer.drift.summary)}"
    if answer.original:
        yield original_line(answer.original)
    # A product that trains no model has no retraining to report.
    if not answer.untrained:
        yield from _training_lines(answer)
    yield f"Open incidents: {len(answer.incidents) or 'none'}"
    for incident in answer.incidents:
        yield (
            f"  - #{incident.entry} {incident.title}; since {show_time(incident.opened_at)}; "
            f"{incident.owner} answers for it"
            + (f"; about {listed(incident.subjects)}" if incident.subjects else "")
        )
    for caveat in sentences(answer.caveats):
        yield f"Note: {caveat}"
    if answer.not_measured:
        yield f"Not measured: {'; '.join(answer.not_measured)}"
    yield f"Accountable: {answer.accountable.name} <{answer.accountable.email}>"


def _champion(answer: Answer) -> str:
    champion = answer.champion
    if champion is None:
        return f"none: {untrained_text(answer.untrained)}" if answer.untrained else "none"
    releaser = actor_text(champion.released_by, champion.approved_by)
    return (
        f"version {champion.version}, released {show_time(champion.released_at)} "
        f"by {releaser}, trained on {', '.join(champion.window)}"
    )


def _decision_lines(answer: Answer) -> Iterator[str]:
    if answer.predecessor:
        yield f"Predecessor: version {answer.predecessor.version}, to which a rollback returns"
    for release in answer.decisions:
        people = ", ".join(decider.name for decider in release.may_decide) or "nobody"
        yield (
            f"Waits for people: version {release.version}, since {show_time(release.since)} "
            f"({show_age(release.age)}); {release.missing} of {release.quorum} approvals needed "
            f"from {people}; type: {release.commands[0]}"
        )


def _training_lines(answer: Answer) -> Iterator[str]:
    plan, last = answer.retraining, answer.trainings
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
        requested = show_time(last.asked_at)
        yield (
            f"Last training: requested {requested} ({trigger_text(last.trigger)}); "
            f"{result_text(last.outcome)}"
        )
