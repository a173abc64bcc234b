"""The page of one product: the answer first, then everything behind it."""

from __future__ import annotations

from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.text import by_whom, moment, span
from aipo_pipelines.reports import figures as measured
from aipo_pipelines.reports import operations
from aipo_pipelines.reports.drift import drift
from aipo_pipelines.reports.markup import Child, Html, element, mailbox
from aipo_pipelines.reports.page import (
    PORTFOLIO,
    Page,
    badge,
    charter_of,
    document,
    facts,
    listing,
    model_of,
    page_of,
    paragraph,
    section,
)
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import NOTHING
from aipo_pipelines.reports.wrong_cells import wrong_cells


def product_page(report: ProductReport, *, portfolio: bool = True) -> str:
    """The page of one product.

    Args:
        report: What is known.
        portfolio: Whether the page of all products lies beside it.
    """
    return document(
        frame(report, report.charter.title, page_of(report.name), portfolio=portfolio),
        _title(report),
        _answer(report),
        operations.pending(report),
        measured.key_figures(report),
        measured.outcomes(report),
        drift(report),
        measured.fairness(report),
        measured.calibration(report),
        operations.decisions(report),
        operations.incidents(report),
        wrong_cells(report),
        operations.calendar(report),
        operations.sources(report),
        operations.unmeasured(report),
        operations.people(report),
    )


def frame(report: ProductReport, title: str, here: str, *, portfolio: bool) -> Page:
    """What is written around the content of a page of a product; `here` is its file."""
    beside = [
        *([(PORTFOLIO, "Portfolio")] if portfolio else []),
        (page_of(report.name), report.charter.title),
        (charter_of(report.name), "Charter"),
        *([(model_of(report.name), "Model card")] if report.charter.model else []),
    ]
    return Page(
        title=title,
        links=tuple(("" if address == here else address, words) for address, words in beside),
        as_of=report.answer.as_of,
        simulated=report.answer.simulated,
        source=f"aipo status {report.name}",
    )


def subtitle(report: ProductReport, *more: str) -> Html:
    """Name, stage and risk tier in a line, and whether the clock is simulated."""
    words = (
        report.name,
        report.charter.lifecycle.value,
        f"risk tier {report.charter.risk_tier.value}",
        *more,
    )
    simulated = badge("simulated clock", "unknown") if report.answer.simulated else None
    return paragraph(", ".join(words), " ", simulated, class_="muted")


def _title(report: ProductReport) -> Child:
    return (
        element("h1", report.charter.title),
        subtitle(report),
        paragraph(report.charter.purpose),
    )


def _answer(report: ProductReport) -> Html:
    told = report.answer
    evidence = f"{moment(told.evidence_at)}" if told.evidence_at else NOTHING
    oldest = f"{evidence} ({span(told.evidence_age)} old)" if told.evidence_age else evidence
    pairs: list[tuple[str, Child]] = [
        ("as of", moment(told.as_of)),
        ("oldest evidence", oldest),
        *([("model in charge", _in_charge(told))] if told.has_model else []),
        *([("original baseline", told.original.brief)] if told.original else []),
        (
            "accountable",
            (f"{told.accountable.name}, ", mailbox(told.accountable.email)),
        ),
    ]
    if report.counts_until:
        lapse = f"{moment(report.counts_until)}; without newer evidence it is UNKNOWN then"
        pairs.insert(1, ("holds until", lapse))
    caveats = (element("h3", "Worth knowing"), listing(told.caveats)) if told.caveats else None
    return element(
        "div",
        section(
            "answer",
            told.question,
            paragraph(badge(told.verdict)),
            listing(told.reasons),
            facts(pairs),
            caveats,
        ),
        class_=f"panel {told.verdict.lower()}",
    )


def _in_charge(told: Answer) -> str:
    champion = told.champion
    if champion is None:
        return f"none: {told.untrained}" if told.untrained else NOTHING
    whom = by_whom(champion.released_by, champion.approved_by)
    released = f"released {moment(champion.released_at)} by {whom}"
    return f"version {champion.version}, {released}"
