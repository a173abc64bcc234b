"""The page of all products: a line each, ordered by answer and then by risk tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from aipo_pipelines.charter.model.charter import RiskTier
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.policy.answer.kpis import Kpi
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.text import number, whole
from aipo_pipelines.policy.wording.approvals import pending_text
from aipo_pipelines.policy.wording.figures import amount
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.page import Page, charter_of, document, model_of, page_of
from aipo_pipelines.reports.parts import badge, link, listing, paragraph, section, span, table
from aipo_pipelines.reports.templating import Child, Html
from aipo_pipelines.reports.wording import NOTHING, age, worded

_ORDER = {Performing.NO: 0, Performing.UNKNOWN: 1, Performing.YES: 2}
_RISK = {RiskTier.HIGH: 0, RiskTier.MEDIUM: 1, RiskTier.LOW: 2}
# Bounds of a cell: the page of the product shows everything.
_KPIS = 6
_REASONS = 3


def portfolio_page(
    answers: Sequence[Answer],
    as_of: datetime,
    *,
    unchartered: Sequence[str] = (),
    unusable: Mapping[str, str] = MappingProxyType({}),
    simulated: bool = False,
) -> str:
    """The page of all products.

    Args:
        answers: The answer of each.
        as_of: The moment that the page is about, aware UTC.
        unchartered: Products the ledger knows and no charter does.
        unusable: Products without an agreement whose files cannot be used, each with its problem.
        simulated: Whether that moment is of a simulated clock.
    """
    page = Page(
        title="Portfolio of AI products",
        links=(("", "Portfolio"),),
        as_of=as_of,
        simulated=simulated,
        source="aipo status",
    )
    ranked = sorted(answers, key=_rank)
    return document(
        "portfolio.html.j2",
        page,
        tiles=_tiles(answers, len(unusable)),
        products=_products(ranked, unusable),
        pending=_pending(ranked),
        incidents=_incidents(ranked),
        unchartered=_unchartered(unchartered),
    )


def _rank(answer: Answer) -> tuple[int, int, str]:
    """Products that need a person come first, and among them those with the higher risk."""
    return _ORDER[answer.verdict], _RISK[RiskTier(answer.risk_tier)], answer.product


def _tiles(answers: Sequence[Answer], unusable: int) -> list[tuple[str, int]]:
    """The counts at the top of the page, each with its name."""
    counts = Counter(answer.verdict for answer in answers)
    # Nothing is measured of a product whose files cannot be used, so its answer is UNKNOWN.
    counts[Performing.UNKNOWN] += unusable
    return [
        *((str(verdict), counts[verdict]) for verdict in _ORDER),
        ("open incidents", sum(len(answer.incidents) for answer in answers)),
        ("pending decisions", sum(len(answer.waiting) for answer in answers)),
    ]


def _products(answers: Sequence[Answer], unusable: Mapping[str, str]) -> Html:
    if not answers and not unusable:
        return section("products", "Products", paragraph("No product is chartered yet."))
    columns = (
        "product", "answer", "why", "key figures", "oldest evidence", "open incidents",
        "pending", "accountable", "pages",
    )  # fmt: skip
    failing = [answer for answer in answers if answer.verdict is Performing.NO]
    # After the products that fail, because these need a person as well.
    rows = [
        *(_row(answer) for answer in failing),
        *(_unusable(name, problem) for name, problem in sorted(unusable.items())),
        *(_row(answer) for answer in answers if answer not in failing),
    ]
    return section("products", "Products", table("All products", columns, rows, quiet=True))


def _row(answer: Answer) -> tuple[Child, ...]:
    return (
        (
            link(page_of(answer.product), answer.title),
            # On a line of its own, below the name.
            span(f"{answer.lifecycle}, {answer.risk_tier} risk", "below muted"),
        ),
        badge(answer.verdict),
        _first(sentences(answer.reasons), _REASONS),
        _kpis(answer),
        age(answer.evidence_age),
        len(answer.incidents),
        len(answer.waiting),
        answer.accountable.name,
        (
            link(charter_of(answer.product), "charter"),
            (" ", link(model_of(answer.product), "model card")) if answer.has_model else None,
        ),
    )


def _unusable(name: str, problem: str) -> tuple[Child, ...]:
    """A product that is not measured: it has no page of its own to link to."""
    reasons = ("no agreement about it is in force, and its files cannot be used", problem)
    return (name, badge(Performing.UNKNOWN), listing(reasons), *(NOTHING,) * 6)


def _first(reasons: Sequence[str], most: int) -> Child:
    more = [f"and {len(reasons) - most} more"] if len(reasons) > most else []
    return listing([*reasons[:most], *more])


def _kpis(answer: Answer) -> Child:
    """Key figures as they are and as they were at release, then what errors cost in service."""
    figures = [f"{worded(kpi.figure.name)} {_value(kpi)}" for kpi in answer.kpis[:_KPIS]]
    costs = [
        _cost(outcome.cost, outcome.cost_at_release)
        for outcome in answer.outcomes
        if outcome.cost is not None
    ]
    return listing([*figures, *costs]) or NOTHING


def _value(kpi: Kpi) -> str:
    if kpi.figure.value is None:
        return "not measured"
    # The value at release shows at once if a model became worse.
    since = f", {number(kpi.at_release)} at release" if kpi.at_release is not None else ""
    return f"{number(kpi.figure.value)} ({kpi.figure.verdict}{since})"


def _cost(live: Figure, released: Figure | None) -> str:
    since = f", {whole(released.value)} at release" if released is not None else ""
    return f"errors cost {amount(live)}{since}"


def _pending(answers: Sequence[Answer]) -> Html | None:
    rows = [
        (
            link(f"{page_of(answer.product)}#pending", answer.title),
            release.version,
            age(release.age),
            f"{release.missing} of {release.quorum}",
            ", ".join(decider.name for decider in release.may_decide) or "nobody",
        )
        for answer in answers
        for release in answer.decisions
    ]
    further = [
        (link(page_of(answer.product), answer.title), pending_text(pending))
        for answer in answers
        for pending in answer.also_waiting
    ]
    if not rows and not further:
        return None
    columns = ("product", "version", "waits for", "approvals missing", "may decide")
    return section(
        "pending",
        "Pending decisions",
        table("Releases that wait", columns, rows, quiet=True) if rows else None,
        table("What also waits", ("product", "what"), further, quiet=True) if further else None,
    )


def _incidents(answers: Sequence[Answer]) -> Html | None:
    rows = [
        (
            link(f"{page_of(answer.product)}#incidents", answer.title),
            f"#{incident.entry}",
            incident.severity.value,
            age(incident.age),
            incident.owner,
            incident.title,
        )
        for answer in answers
        for incident in answer.incidents
    ]
    if not rows:
        return None
    columns = ("product", "incident", "severity", "open for", "answers for it", "what")
    return section(
        "incidents", "Open incidents", table("Incidents by product", columns, rows, quiet=True)
    )


def _unchartered(names: Sequence[str]) -> Html | None:
    if not names:
        return None
    # A deleted charter must not make a product disappear.
    words = "The ledger knows these products, but no charter does: nobody measures them."
    return section("unchartered", "Without a charter", paragraph(words), listing(names))
