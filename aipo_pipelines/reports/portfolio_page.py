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
from aipo_pipelines.policy.facts.figure_words import amount
from aipo_pipelines.policy.text import number, whole
from aipo_pipelines.reports.markup import Child, Html, element, link
from aipo_pipelines.reports.page import (
    Page,
    badge,
    charter_of,
    document,
    listing,
    model_of,
    page_of,
    paragraph,
    section,
    table,
)
from aipo_pipelines.reports.wording import NOTHING, age, worded

_ORDER = {Performing.NO: 0, Performing.UNKNOWN: 1, Performing.YES: 2}
_RISK = {RiskTier.HIGH: 0, RiskTier.MEDIUM: 1, RiskTier.LOW: 2}
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
        as_of: The moment the page tells about, aware UTC.
        unchartered: Products the ledger knows and no charter does.
        unusable: Products without an agreement whose files cannot be used, each with what is wrong.
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
        page,
        element("h1", page.title),
        paragraph("Is each model performing as intended? No recent evidence means UNKNOWN."),
        _tiles(answers, len(unusable)),
        _products(ranked, unusable),
        _waiting(ranked),
        _incidents(ranked),
        _unchartered(unchartered),
    )


def _rank(told: Answer) -> tuple[int, int, str]:
    return _ORDER[told.verdict], _RISK[RiskTier(told.risk_tier)], told.product


def _tiles(answers: Sequence[Answer], unusable: int) -> Html:
    counts = Counter(one.verdict for one in answers)
    counts[Performing.UNKNOWN] += unusable
    opened = sum(len(one.incidents) for one in answers)
    waits = sum(len(one.waiting) for one in answers)
    tiles = [
        *((str(verdict), counts[verdict]) for verdict in _ORDER),
        ("open incidents", opened),
        ("pending decisions", waits),
    ]
    shown = [element("li", element("strong", str(count)), words) for words, count in tiles]
    return element("ul", shown, class_="tiles")


def _products(answers: Sequence[Answer], unusable: Mapping[str, str]) -> Html:
    if not answers and not unusable:
        return section("products", "Products", paragraph("No product is chartered yet."))
    columns = (
        "product", "answer", "why", "key figures", "oldest evidence", "open incidents",
        "pending", "accountable", "pages",
    )  # fmt: skip
    failing = [one for one in answers if one.verdict is Performing.NO]
    rows = [
        *(_row(one) for one in failing),
        *(_unusable(name, why) for name, why in sorted(unusable.items())),
        *(_row(one) for one in answers if one not in failing),
    ]
    return section("products", "Products", table("All products", columns, rows, quiet=True))


def _row(told: Answer) -> tuple[Child, ...]:
    return (
        (
            link(page_of(told.product), told.title),
            element("br"),
            element("span", f"{told.lifecycle}, {told.risk_tier} risk", class_="muted"),
        ),
        badge(told.verdict),
        _points(told.reasons, _REASONS),
        _kpis(told),
        age(told.evidence_age),
        len(told.incidents),
        len(told.waiting),
        told.accountable.name,
        (
            link(charter_of(told.product), "charter"),
            (" ", link(model_of(told.product), "model card")) if told.has_model else None,
        ),
    )


def _unusable(name: str, why: str) -> tuple[Child, ...]:
    """A product of which nothing is measured: no page of its own leads further."""
    told = ("no agreement about it is in force, and its files cannot be used", why)
    return (name, badge(Performing.UNKNOWN), listing(told), *(NOTHING,) * 6)


def _points(reasons: Sequence[str], most: int) -> Child:
    more = f"and {len(reasons) - most} more" if len(reasons) > most else None
    return listing([*reasons[:most], *([more] if more else [])])


def _kpis(told: Answer) -> Child:
    """Key figures as they are and as they were at release, then what errors cost in service."""
    figures = [f"{worded(kpi.figure.name)} {_value(kpi)}" for kpi in told.kpis[:_KPIS]]
    costs = [_cost(one.cost, one.cost_at_release) for one in told.outcomes if one.cost]
    return listing([*figures, *costs]) or NOTHING


def _value(kpi: Kpi) -> str:
    if kpi.figure.value is None:
        return "not measured"
    since = f", {number(kpi.at_release)} at release" if kpi.at_release is not None else ""
    return f"{number(kpi.figure.value)} ({kpi.figure.verdict}{since})"


def _cost(live: Figure, released: Figure | None) -> str:
    since = f", {whole(released.value)} at release" if released is not None else ""
    return f"errors cost {amount(live)}{since}"


def _waiting(answers: Sequence[Answer]) -> Html | None:
    rows = [
        (
            link(f"{page_of(one.product)}#pending", one.title),
            each.version,
            age(each.age),
            f"{each.missing} of {each.quorum}",
            ", ".join(decider.name for decider in each.may_decide) or "nobody",
        )
        for one in answers
        for each in one.decisions
    ]
    others = [
        (link(page_of(one.product), one.title), what)
        for one in answers
        for what in one.also_waiting
    ]
    if not rows and not others:
        return None
    columns = ("product", "version", "waits for", "approvals missing", "may decide")
    return section(
        "pending",
        "Pending decisions",
        table("Releases that wait", columns, rows, quiet=True) if rows else None,
        table("What else waits", ("product", "what"), others, quiet=True) if others else None,
    )


def _incidents(answers: Sequence[Answer]) -> Html | None:
    rows = [
        (
            link(f"{page_of(one.product)}#incidents", one.title),
            f"#{each.entry}",
            each.severity.value,
            age(each.age),
            each.owner,
            each.title,
        )
        for one in answers
        for each in one.incidents
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
    return section(
        "unchartered",
        "Without a charter",
        paragraph("The ledger knows these products, no charter does: nobody measures them."),
        listing(names),
    )
