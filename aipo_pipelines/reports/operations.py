"""How a product is run: decisions, incidents, retraining calendar, sources, batches, people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.ledger.model.state import BatchStatus, Incident
from aipo_pipelines.policy.answer.pending_releases import Waiting
from aipo_pipelines.policy.answer.sections import SourceNote
from aipo_pipelines.policy.answer.withdrawn_batches import withdrawal_sentence, withdrawn_batches
from aipo_pipelines.policy.facts.retraining_limits import agreed_rest
from aipo_pipelines.policy.text import by_whom, listed, moment, span, told_trigger
from aipo_pipelines.reports.markup import Child, Html, element, mailbox
from aipo_pipelines.reports.page import (
    badge,
    facts,
    folded,
    listing,
    paragraph,
    section,
    table,
)
from aipo_pipelines.reports.values import ROWS, Decided, ProductReport
from aipo_pipelines.reports.wording import NOTHING, age, place_of, rights_told, when, worded


def pending(report: ProductReport) -> Html | None:
    """Releases that wait for people, with what they need to decide; nothing where none does."""
    waits = report.answer.decisions
    if not waits:
        return None
    return section("pending", "Waits for a decision", [_waiting(one) for one in waits])


def decisions(report: ProductReport) -> Html | None:
    """Decisions about versions with their evidence, newest first; nothing without a model."""
    found = report.history.decisions
    if not found and report.charter.model is None:
        return None
    if not found:
        words = paragraph("Nothing was decided yet.", class_="muted")
        return section("decisions", "Decisions", words)
    columns = ("version", "decision", "when", "by", "why", "gates", "entries")
    rows = [_decision_row(one) for one in found]
    return section(
        "decisions",
        "Decisions",
        table("Releases, newest first", columns, rows, quiet=True),
        _rest(len(found), f"aipo decisions {report.name} --all"),
        brief=f"the last: {found[0].word} for version {found[0].version}",
    )


def incidents(report: ProductReport) -> Html:
    """Incidents, open ones first."""
    every = sorted(report.state.incidents.values(), key=lambda one: (not one.is_open, -one.entry))
    if not every:
        words = paragraph("None so far.", class_="muted")
        return section("incidents", "Incidents", words)
    opened = sum(one.is_open for one in every)
    columns = ("incident", "status", "severity", "since", "batches", "answers for it", "what")
    return section(
        "incidents",
        "Incidents",
        paragraph(f"{opened or 'None'} open, {len(every) - opened} resolved."),
        table(
            "Newest and open first",
            columns,
            [_incident_row(one) for one in every[:ROWS]],
            quiet=True,
        ),
        _rest(len(every), f"aipo incidents {report.name} --all"),
        brief=badge(f"{opened} open", "fail") if opened else "none is open",
    )


def calendar(report: ProductReport) -> Html | None:
    """The retraining calendar: last, next, cap, and every training with its outcome."""
    if report.charter.model is None:
        return None
    plan, last, agreed = (
        report.answer.retraining,
        report.answer.trainings,
        report.charter.retraining,
    )
    tried = f", last tried {when(plan.tried_at)}: {last.outcome}" if plan.tried_at else ""
    overdue = f"since {when(plan.overdue_since)}" if plan.overdue else f"no{tried}"
    pairs: list[tuple[str, Child]] = [
        ("last", when(plan.last)),
        ("next by cadence", f"{when(plan.next)}" + (f" ({agreed.cadence})" if plan.next else "")),
        ("overdue", badge(overdue, "fail") if plan.overdue else overdue),
        ("used", f"{last.in_period} of {last.cap} retrainings in {span(last.period)}"),
        ("made due by", ", ".join(one.value for one in agreed.triggers) or "people only"),
        ("rest between two", age(agreed_rest(report.charter, report.state))),
    ]
    if last.first_refused:
        tried = f"gates refused {last.first_refused}; rules try at most {last.cap}"
        pairs.append(("first models", tried))
    if plan.held_back:
        pairs.append(("due, and rests", plan.held_back.sentence))
    every = sorted(report.state.trainings.values(), key=lambda one: -one.entry)
    columns = ("asked for", "trigger", "reason", "what became of it", "entry")
    rows = [
        (
            moment(one.asked_at),
            told_trigger(one.trigger),
            one.reason or NOTHING,
            _became(report, one.version) if one.version else worded(one.status.value),
            one.entry,
        )
        for one in every[:ROWS]
    ]
    shown = table("Trainings, newest first", columns, rows) if rows else None
    rest = _rest(len(every), f"aipo history {report.name} --kind training_due")
    brief: Child = badge("overdue", "fail") if plan.overdue else f"next: {when(plan.next)}"
    if plan.held_back and not plan.overdue:
        brief = badge("due, and rests", "insufficient")
    return section("calendar", "Retraining calendar", facts(pairs), shown, rest, brief=brief)


def sources(report: ProductReport) -> Html:
    """Data sources with their approvals, and where the batches stand."""
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
    """Who answers for what, and who may decide what."""
    charter = report.charter
    rows = [
        (worded(role.value), one.name, mailbox(one.email)) for role, one in charter.people.items()
    ]
    return section(
        "people",
        "Accountable people",
        table("People", ("role", "name", "address"), rows, quiet=True),
        element("h3", "Who decides"),
        facts(rights_told(charter)),
        brief=f"{charter.owner.name} answers for the product",
    )


def unmeasured(report: ProductReport) -> Html:
    """What nobody measures: stated, so that silence is not read as safety."""
    names = report.answer.not_measured
    words = listing(names) or paragraph("The charter names nothing that is not measured.")
    return section("unmeasured", "Not measured", words)


def _waiting(one: Waiting) -> Html:
    rows = [(gate.gate, badge(gate.verdict), gate.summary) for gate in one.gates]
    who = ", ".join(
        f"{each.name}{' (said yes)' if each.approved else ''}" for each in one.may_decide
    )
    pairs: list[tuple[str, Child]] = [
        ("since", f"{moment(one.since)} ({span(one.age)})"),
        ("approvals", f"{one.missing} of {one.quorum} missing; may decide: {who or 'nobody'}"),
        *(("does not count", said.sentence) for said in one.approvals if not said.counts),
        ("trained because", one.trigger_reason or told_trigger(one.trigger) or NOTHING),
        ("compared with", _compared(one)),
        ("to decide", listing([element("code", command) for command in one.commands])),
    ]
    return element(
        "div",
        element("h3", f"Version {one.version}"),
        paragraph(one.caution) if one.caution else None,
        facts(pairs),
        folded(
            "What the gates say",
            table("Gates", ("gate", "verdict", "what it says"), rows),
            printed=True,
        ),
        folded("Risk in plain words", listing(one.risk.splitlines()), printed=True)
        if one.risk
        else None,
        class_="panel unknown",
    )


def _compared(one: Waiting) -> str:
    if one.not_compared:
        return f"not with version {one.against}, which cannot answer: {one.not_compared}"
    return f"version {one.against}" if one.against else "nothing, no version is in charge"


def _decision_row(one: Decided) -> tuple[Child, ...]:
    passed = sum(verdict == "pass" for verdict in one.gates.values())
    closed = [f"{gate}: {verdict}" for gate, verdict in one.gates.items() if verdict != "pass"]
    gates = f"{passed} of {len(one.gates)} passed" if one.gates else NOTHING
    said = [f"{each.person} ({worded(each.role)}, {each.signature})" for each in one.approvals]
    evidence = f", evidence {one.evidence}" if one.evidence is not None else ""
    return (
        one.version,
        badge(one.word, "pass" if one.go else "fail"),
        moment(one.at),
        "; ".join([by_whom(one.by), *said]),
        one.reason,
        "; ".join([gates, *closed]),
        f"{one.entry}{evidence}",
    )


def _incident_row(one: Incident) -> tuple[Child, ...]:
    ended = f": {one.resolution}" if one.resolution else ""
    status = badge(one.status.value, "fail" if one.is_open else "pass")
    return (
        f"#{one.entry}",
        (status, f" {when(one.resolved_at)}{ended}" if one.resolved_at else None),
        one.severity.value,
        moment(one.opened_at),
        listed(one.partitions) or NOTHING,
        one.owner,
        (element("strong", one.title), f" {one.summary}", _about(one)),
    )


def _about(one: Incident) -> str | None:
    return f" About: {', '.join(one.subjects)}." if one.subjects else None


def _became(report: ProductReport, version: str) -> str:
    if report.state.champion and report.state.champion.version == version:
        return f"version {version}, in charge"
    decision = report.state.decisions.get(version)
    if decision is None:
        return f"version {version}, not decided yet"
    return f"version {version}, {'allowed to go live' if decision.go else 'turned down'}"


def _approval(source: Source, notes: Sequence[SourceNote]) -> tuple[Child, ...]:
    told = [one.problem for one in notes]
    if source.approval is None or not _counts(notes):
        return (badge("open", "fail"), f" {'; '.join(told)}")
    given = source.approval
    period = f" by {given.names}, {given.on} to {given.until}"
    return (badge("approved", "pass"), "; ".join([period, *told]))


def _counts(notes: Sequence[SourceNote]) -> bool:
    """Whether what was given about a source counts, whatever is to be said about it."""
    return all(one.counts for one in notes)


def _batches(report: ProductReport) -> Html:
    every = sorted(report.state.batches.values(), key=lambda one: one.position)
    if not every:
        return paragraph("No batch has arrived yet.")
    counts = Counter(one.status for one in every)
    told = ", ".join(f"{counts[status]} {status.value}" for status in BatchStatus if counts[status])
    held = [one.partition for one in every if one.status is BatchStatus.QUARANTINED]
    words = f"{len(every)} batches, {every[0].partition} to {every[-1].partition}: {told}."
    gone = [withdrawal_sentence(*one) for one in withdrawn_batches(report.state)]
    return paragraph(
        words,
        f" In quarantine, unused: {listed(held)}." if held else None,
        *(f" {one}" for one in gone),
    )


def _rest(count: int, command: str) -> Html | None:
    if count < ROWS:
        return None
    return paragraph(f"The newest {ROWS} are shown; all: ", element("code", command))
