"""The frame of every page, and the few shapes pages are made of.

A page needs no server and no network, and runs nothing: its policy allows one style sheet, named by
its digest, and nothing else. Texts are escaped by `markup`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from aipo_pipelines.policy.text import moment
from aipo_pipelines.reports.markup import (
    NO_ICON,
    Child,
    Html,
    element,
    join,
    link,
    shown,
    style_sheet,
)

PORTFOLIO = "portfolio.html"
LONG_WORD = 24
"""Letters of a word that may be broken anywhere, lest it push other columns off the page."""
_TAG = re.compile(r"<[^>]*>")
UNBROKEN = 12
"""Letters of a cell that stay in one line: dates, numbers, single words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is written around the content of a page.

    Attributes:
        links: Address and words of the pages beside this one; an empty address is this page.
        as_of: The moment the page tells about, aware UTC.
        simulated: Whether that moment is of a simulated clock.
        source: The command that shows the same.
    """

    title: str
    links: tuple[tuple[str, str], ...]
    as_of: datetime
    simulated: bool
    source: str


def page_of(product: str) -> str:
    """File of the page of a product; names of products hold no hyphen and no upper case."""
    return "portfolio-product.html" if product == "portfolio" else f"{product}.html"


def charter_of(product: str) -> str:
    """File of the charter of a product."""
    return f"{product}-charter.html"


def model_of(product: str) -> str:
    """File of the model card of a product."""
    return f"{product}-model.html"


def document(page: Page, *content: Child) -> str:
    """A whole page as text."""
    body = element(
        "body",
        element("a", "Skip to the content", href="#content", class_="skip"),
        _navigation(page),
        element("main", *content, id="content", tabindex="-1"),
        _footer(page),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(page), body, lang='en')}\n"


def section(key: str, title: str, *content: Child, brief: Child | None = None) -> Html:
    """A part of a page with its heading.

    Args:
        key: Its address on the page.
        title: Its heading.
        *content: What it shows.
        brief: What it says in a few words. The content is then folded behind heading and words, so
            that a page shows its answer first; on paper everything is shown.
    """
    name = f"{key}-heading"
    heading = element("h2", title, id=name)
    if brief is None:
        return element("section", heading, *content, id=key, aria_labelledby=name)
    summary = element("summary", heading, " ", element("span", brief, class_="brief"))
    part = element("details", summary, *content, class_="part")
    return element("section", part, id=key, aria_labelledby=name)


def paragraph(*content: Child, class_: str | None = None) -> Html:
    """A paragraph."""
    return element("p", *content, class_=class_)


def nothing_yet() -> Html:
    """Says that there is no evidence yet."""
    return paragraph("Nothing was measured yet.", class_="muted")


def listing(items: Sequence[Child]) -> Html | None:
    """A list of points; nothing where there are none."""
    return element("ul", [element("li", item) for item in items]) if items else None


def facts(pairs: Sequence[tuple[str, Child]]) -> Html:
    """Names and what they are."""
    return element("dl", [(element("dt", name), element("dd", value)) for name, value in pairs])


def badge(word: str, kind: str = "") -> Html:
    """A verdict as a word on its colour."""
    return element("span", word, class_=f"badge {kind or word.lower()}")


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Child]],
    *,
    right: Collection[str] = (),
    stacked: bool = True,
    quiet: bool = False,
) -> Html:
    """A table whose first column names its rows; on a narrow screen each row becomes a card.

    Args:
        caption: What the table tells.
        columns: Headings.
        rows: Cells of each row, as many as there are headings.
        right: Headings of the columns of numbers.
        stacked: Whether rows become cards; without, a wide table is scrolled sideways.
        quiet: Whether the caption is for screen readers alone, because a heading says the same.
    """
    head = element(
        "tr",
        [
            element("th", name, scope="col", role="columnheader", class_=_number(name, right))
            for name in columns
        ],
        role="row",
    )
    body = [element("tr", _cells(columns, row, right), role="row") for row in rows]
    made = element(
        "table",
        element("caption", caption, class_="quiet" if quiet else None),
        element("thead", head, role="rowgroup"),
        element("tbody", body, role="rowgroup"),
        role="table",
        class_="stack" if stacked else None,
    )
    kind = "wrap" if stacked else "scroll"
    return element("div", made, class_=kind, role="region", tabindex="0", aria_label=caption)


def folded(words: str, *content: Child, printed: bool = False) -> Html:
    """Content that is shown when asked for, and on paper if it is to be printed."""
    kind = "part" if printed else None
    return element("details", element("summary", words), *content, class_=kind)


def figure(title: str, chart: Html, caption: Child, numbers: Html | None = None) -> Html:
    """A chart with its name, what its lines mean, and the same numbers as a table."""
    return element(
        "figure",
        element("h3", title),
        chart,
        element("figcaption", caption),
        folded("The numbers", numbers) if numbers else None,
    )


def _cells(columns: Sequence[str], row: Sequence[Child], right: Collection[str]) -> Iterator[Html]:
    for place, (name, value) in enumerate(zip(columns, row, strict=True)):
        if place == 0:
            yield element("th", value, scope="row", role="rowheader", class_=_breaking(value))
        else:
            kind = _number(name, right) or _breaking(value)
            yield element("td", _whole(value), role="cell", class_=kind, data_label=name)


def _whole(value: Child) -> Child:
    """A cell of several parts in one box, so that they stay together beside their label."""
    return value if isinstance(value, str | int) else element("div", value)


def _breaking(value: Child) -> str | None:
    """How the words of a cell may be broken into lines: never, within words, or between them."""
    if isinstance(value, str) and len(value) <= UNBROKEN:
        return "short"
    words = _TAG.sub(" ", join(value).text).split()
    return "long" if any(len(word) > LONG_WORD for word in words) else None


def _number(name: str, right: Collection[str]) -> str | None:
    return "number" if name in right else None


def _head(page: Page) -> Html:
    css, digest = _style()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("meta", name="color-scheme", content="light dark"),
        NO_ICON,
        element("title", shown(page.title, 120)),
        style_sheet(css),
    )


def _navigation(page: Page) -> Html:
    items = [
        element("li", link(address, words))
        if address
        else element("li", element("strong", words, aria_current="page"))
        for address, words in page.links
    ]
    return element("nav", element("ul", items), aria_label="Pages")


def _footer(page: Page) -> Html:
    simulated = (
        paragraph(f"The clock is simulated and stands at {moment(page.as_of)}.")
        if page.simulated
        else None
    )
    return element(
        "footer",
        paragraph(
            f"Tells what the ledger knew at {moment(page.as_of)}. This page does not change by "
            "itself; the same now: ",
            element("code", page.source),
        ),
        simulated,
    )


@cache
def _style() -> tuple[str, str]:
    css = resources.files("aipo_pipelines.reports").joinpath("dashboard.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii")
    return css, digest
