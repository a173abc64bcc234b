"""The page of one product: the answer first, then everything behind it."""

from __future__ import annotations

from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.text import actor_text, moment, span
from aipo_pipelines.policy.wording.original import original_brief
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.trainings import untrained_text
from aipo_pipelines.policy.wording.verdict import question_text
from aipo_pipelines.reports import decisions, figures, operations
from aipo_pipelines.reports.drift import drift
from aipo_pipelines.reports.page import (
    PORTFOLIO,
    Page,
    charter_of,
    document,
    model_of,
    page_of,
)
from aipo_pipelines.reports.parts import badge, mailbox, paragraph
from aipo_pipelines.reports.retraining_calendar import calendar
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.values import ProductReport
from aipo_pipelines.reports.wording import NOTHING
from aipo_pipelines.reports.wrong_cells import wrong_cells


def product_page(report: ProductReport, *, portfolio: bool = True) -> str:
    """The page of one product.

    Args:
        report: What is known.
        portfolio: Whether the page of all products lies beside it.
    """
    answer = report.answer
    return document(
        "product.html.j2",
        frame(report, report.charter.title, page_of(report.name), portfolio=portfolio),
        subtitle=subtitle(report),
        purpose=report.charter.purpose,
        verdict=answer.verdict,
        question=question_text(has_model=answer.has_model),
        reasons=sentences(answer.reasons),
        about_answer=_about_answer(report),
        caveats=sentences(answer.caveats),
        pending=decisions.pending(report),
        key_figures=figures.key_figures(report),
        outcomes=figures.outcomes(report),
        drift=drift(report),
        fairness=figures.fairness(report),
        calibration=figures.calibration(report),
        decisions=decisions.decided(report),
        incidents=operations.incidents(report),
        wrong_cells=wrong_cells(report),
        calendar=calendar(report),
        sources=operations.sources(report),
        unmeasured=operations.unmeasured(report),
        people=operations.people(report),
    )


def frame(report: ProductReport, title: str, here: str, *, portfolio: bool) -> Page:
    """The frame around the content of a page of a product; `here` is its file."""
    beside = [
        *([(PORTFOLIO, "Portfolio")] if portfolio else []),
        (page_of(report.name), report.charter.title),
        (charter_of(report.name), "Charter"),
        *([(model_of(report.name), "Model card")] if report.charter.model else []),
    ]
    return Page(
        title=title,
        # The page itself is no link: a screen reader would offer a way to nowhere.
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
    return paragraph(", ".join(words), " ", simulated, kind="muted")


def _about_answer(report: ProductReport) -> list[tuple[str, Child]]:
    """When the answer was given, what it rests on and who answers for the product."""
    answer = report.answer
    evidence = moment(answer.evidence_at) if answer.evidence_at else NOTHING
    oldest = f"{evidence} ({span(answer.evidence_age)} old)" if answer.evidence_age else evidence
    pairs: list[tuple[str, Child]] = [("as of", moment(answer.as_of))]
    if report.counts_until:
        # Only a YES expires: NO and UNKNOWN need no new evidence to stay.
        lapse = f"{moment(report.counts_until)}; without newer evidence it is UNKNOWN then"
        pairs.append(("holds until", lapse))
    pairs.append(("oldest evidence", oldest))
    if answer.has_model:
        pairs.append(("model in charge", _in_charge(answer)))
    if answer.original:
        pairs.append(("original baseline", original_brief(answer.original)))
    accountable = (f"{answer.accountable.name}, ", mailbox(answer.accountable.email))
    return [*pairs, ("accountable", accountable)]


def _in_charge(answer: Answer) -> str:
    champion = answer.champion
    if champion is None:
        return f"none: {untrained_text(answer.untrained)}" if answer.untrained else NOTHING
    person = actor_text(champion.released_by, champion.approved_by)
    released = f"released {moment(champion.released_at)} by {person}"
    return f"version {champion.version}, {released}"
