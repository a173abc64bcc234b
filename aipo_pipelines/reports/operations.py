"""How a product is run: incidents, sources, batches, people, and what is not measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.ledger.model.state import BatchStatus, Incident
from aipo_pipelines.policy.answer.sources import SourceNote
from aipo_pipelines.policy.answer.withdrawn_batches import withdrawn_batches
from aipo_pipelines.policy.text import listed, moment
from aipo_pipelines.policy.wording.batches import withdrawal_sentence
from aipo_pipelines.policy.wording.sources import source_problem_text
from aipo_pipelines.reports.parts import (
    badge,
    facts,
    listing,
    mailbox,
    paragraph,
    section,
    strong,
    subsection,
    table,
)
from aipo_pipelines.reports.shortened import rest
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import ROWS, ProductReport
from aipo_pipelines.reports.wording import NOTHING, decision_rights, place_of, when, worded


def incidents(report: ProductReport) -> Html:
    """Incidents, open incidents first."""
    every = sorted(
        report.state.incidents.values(),
        key=lambda incident: (not incident.is_open, -incident.entry),
    )
    if not every:
        return section("incidents", "Incidents", paragraph("None so far.", kind="muted"))
    # Open incidents come first, even if they are older: they need a person.
    opened = sum(incident.is_open for incident in every)
    columns = ("incident", "status", "severity", "since", "batches", "answers for it", "what")
    rows = [_incident(incident) for incident in every[:ROWS]]
    return section(
        "incidents",
        "Incidents",
        paragraph(f"{opened or 'None'} open, {len(every) - opened} resolved."),
        table("Newest and open first", columns, rows, quiet=True),
        rest(len(every), f"aipo incidents {report.name} --all"),
        brief=badge(f"{opened} open", "fail") if opened else "none is open",
    )


def sources(report: ProductReport) -> Html:
    """Data sources with their approvals, and the status of the batches."""
    notes: dict[str, list[SourceNote]] = {}
    for note in report.answer.sources:
        notes.setdefault(note.source, []).append(note)
    columns = ("source", "delivered by", "where", "regions", "basis", "categories", "approval")
    rows = [
        (
            name,
            source.owner,
            f"{source.format}: {place_of(source)}",
            ", ".join(source.regions),
            worded(source.lawful_basis.value),
            ", ".join(sorted(set(source.categories.values()))) or "none declared",
            _approval(source, notes.get(name, [])),
        )
        for name, source in report.charter.sources.items()
    ]
    return section(
        "sources",
        "Data sources and approvals",
        table("Sources", columns, rows, quiet=True),
        _batches(report),
        brief="approved" if all(map(_counts, notes.values())) else badge("open", "fail"),
    )


def people(report: ProductReport) -> Html:
    """The people of a product, and the decisions that each of them may make."""
    charter = report.charter
    rows = [
        (worded(role.value), person.name, mailbox(person.email))
        for role, person in charter.people.items()
    ]
    return section(
        "people",
        "Accountable people",
        table("People", ("role", "name", "address"), rows, quiet=True),
        subsection("Who decides", facts(decision_rights(charter))),
        brief=f"{charter.owner.name} answers for the product",
    )


def unmeasured(report: ProductReport) -> Html:
    """What nobody measures: said, so that no reader takes silence for safety."""
    names = report.answer.not_measured
    words = listing(names) or paragraph("The charter names nothing that is not measured.")
    return section("unmeasured", "Not measured", words)


def _incident(incident: Incident) -> tuple[Child, ...]:
    ended = f": {incident.resolution}" if incident.resolution else ""
    status = badge(incident.status.value, "fail" if incident.is_open else "pass")
    about = f" About: {', '.join(incident.subjects)}." if incident.subjects else None
    return (
        f"#{incident.entry}",
        (status, f" {when(incident.resolved_at)}{ended}" if incident.resolved_at else None),
        incident.severity.value,
        moment(incident.opened_at),
        listed(incident.partitions) or NOTHING,
        incident.owner,
        (strong(incident.title), f" {incident.summary}", about),
    )


def _approval(source: Source, notes: Sequence[SourceNote]) -> tuple[Child, ...]:
    # An approval may count and still have a problem, such as an end that is near.
    problems = [source_problem_text(note.problem) for note in notes]
    if source.approval is None or not _counts(notes):
        return (badge("open", "fail"), f" {'; '.join(problems)}")
    given = source.approval
    period = f" by {given.names}, {given.on} to {given.until}"
    return (badge("approved", "pass"), "; ".join([period, *problems]))


def _counts(notes: Sequence[SourceNote]) -> bool:
    """Whether the approval of a source counts, even if there is something to say about it."""
    return all(note.counts for note in notes)


def _batches(report: ProductReport) -> Html:
    batches = sorted(report.state.batches.values(), key=lambda batch: batch.position)
    if not batches:
        return paragraph("No batch has arrived yet.")
    counts = Counter(batch.status for batch in batches)
    by_status = ", ".join(
        f"{counts[status]} {status.value}" for status in BatchStatus if counts[status]
    )
    # Only these are named: the numbers of the other batches are enough.
    held = [batch.partition for batch in batches if batch.status is BatchStatus.QUARANTINED]
    reach = f"{batches[0].partition} to {batches[-1].partition}"
    withdrawals = map(withdrawal_sentence, withdrawn_batches(report.state))
    return paragraph(
        f"{len(batches)} batches, {reach}: {by_status}.",
        f" In quarantine, unused: {listed(held)}." if held else None,
        *(f" {sentence}" for sentence in withdrawals),
    )
