"""Decisions about versions on the page of a product: those that wait, then those made."""

from __future__ import annotations

from aipo_pipelines.policy.answer.pending_releases import Waiting
from aipo_pipelines.policy.text import actor_text, moment, span, trigger_text
from aipo_pipelines.policy.wording.approvals import approval_text
from aipo_pipelines.policy.wording.decisions import caution_sentence
from aipo_pipelines.reports.parts import (
    badge,
    code,
    facts,
    folded,
    listing,
    panel,
    paragraph,
    section,
    subsection,
    table,
)
from aipo_pipelines.reports.shortened import rest
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import Decided, ProductReport
from aipo_pipelines.reports.wording import NOTHING, worded


def pending(report: ProductReport) -> Html | None:
    """Releases that wait for people, with their evidence; None if no release waits."""
    releases = report.answer.decisions
    if not releases:
        return None
    return section("pending", "Waits for a decision", [_pending(release) for release in releases])


def decided(report: ProductReport) -> Html | None:
    """Decisions about versions with their evidence, newest first; None without a model."""
    decisions = report.history.decisions
    if not decisions and report.charter.model is None:
        return None
    if not decisions:
        words = paragraph("Nothing was decided yet.", kind="muted")
        return section("decisions", "Decisions", words)
    columns = ("version", "decision", "when", "by", "why", "gates", "entries")
    rows = [_row(decision) for decision in decisions]
    return section(
        "decisions",
        "Decisions",
        table("Releases, newest first", columns, rows, quiet=True),
        rest(len(decisions), f"aipo decisions {report.name} --all"),
        brief=f"the last: {decisions[0].word} for version {decisions[0].version}",
    )


def _pending(release: Waiting) -> Html:
    rows = [(gate.gate, badge(gate.verdict), gate.summary) for gate in release.gates]
    gates = table("Gates", ("gate", "verdict", "what it says"), rows)
    risk = listing(release.risk.splitlines())
    caution = caution_sentence(risk_is_older=release.risk_is_older)
    return panel(
        "unknown",
        subsection(f"Version {release.version}"),
        paragraph(caution) if caution else None,
        facts(_about(release)),
        # A printed page must hold what the decision rests on.
        folded("What the gates say", gates, printed=True),
        folded("Risk in plain words", risk, printed=True) if release.risk else None,
    )


def _about(release: Waiting) -> list[tuple[str, Child]]:
    deciders = ", ".join(
        f"{decider.name}{' (said yes)' if decider.approved else ''}"
        for decider in release.may_decide
    )
    # The missing number comes first: a reader wants to know if a word is needed.
    missing = f"{release.missing} of {release.quorum} missing"
    return [
        ("since", f"{moment(release.since)} ({span(release.age)})"),
        ("approvals", f"{missing}; may decide: {deciders or 'nobody'}"),
        *(
            ("does not count", approval_text(approval))
            for approval in release.approvals
            if not approval.counts
        ),
        ("trained because", release.trigger_reason or trigger_text(release.trigger) or NOTHING),
        ("compared with", _compared(release)),
        ("to decide", listing([code(command) for command in release.commands])),
    ]


def _compared(release: Waiting) -> str:
    against = release.against
    if release.not_compared:
        return f"not with version {against}, which cannot answer: {release.not_compared}"
    return f"version {against}" if against else "nothing, no version is in charge"


def _row(decision: Decided) -> tuple[Child, ...]:
    approvals = [
        f"{approval.person} ({worded(approval.role)}, {approval.signature})"
        for approval in decision.approvals
    ]
    evidence = f", evidence {decision.evidence}" if decision.evidence is not None else ""
    return (
        decision.version,
        badge(decision.word, "pass" if decision.go else "fail"),
        moment(decision.at),
        "; ".join([actor_text(decision.by), *approvals]),
        decision.reason,
        _gates(decision),
        f"{decision.entry}{evidence}",
    )


def _gates(decision: Decided) -> str:
    if not decision.gates:
        return NOTHING
    # Passed gates are counted and the others are named, so that a row stays short.
    closed = [f"{gate}: {word}" for gate, word in decision.gates.items() if word != "pass"]
    passed = len(decision.gates) - len(closed)
    return "; ".join([f"{passed} of {len(decision.gates)} passed", *closed])
