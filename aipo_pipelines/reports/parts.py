"""The shapes that pages are made of; `templates/parts.html.j2` writes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from aipo_pipelines.reports.templating import Child, Html, join, part

LONG_WORD = 24
"""A longer word may be broken anywhere: otherwise it would push other columns off the page."""
UNBROKEN = 12
"""Letters of a cell that stay in one line: dates, numbers, single words."""

_part = partial(part, "parts.html.j2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table.

    Attributes:
        content: What it shows.
        kind: Its class in the style sheet, None for none.
        label: The heading of its column, shown beside it on a narrow screen.
        is_text: Whether it is one text; several parts need a box to stay together.
    """

    content: Child
    kind: str | None
    label: str = ""
    is_text: bool = True


def section(key: str, title: str, *content: Child, brief: Child | None = None) -> Html:
    """A part of a page with its heading.

    Args:
        key: Its address on the page.
        title: Its heading.
        *content: What it shows.
        brief: What it says in a few words. The content is then folded behind heading and words, so
            that a page shows its answer first; on paper everything is shown.
    """
    return _part("section", key, title, content, brief)


def subsection(title: str, *content: Child) -> Html:
    """A smaller heading inside a section, with its content."""
    return _part("subsection", title, content)


def panel(kind: str, *content: Child) -> Html:
    """A box with a coloured edge; `kind` is `yes`, `no` or `unknown`."""
    return _part("panel", kind, content)


def paragraph(*content: Child, kind: str | None = None) -> Html:
    """A paragraph."""
    return _part("paragraph", content, kind)


def nothing_yet() -> Html:
    """Says that there is no evidence yet."""
    # Said, because an empty section would look like a pass.
    return paragraph("Nothing was measured yet.", kind="muted")


def listing(items: Sequence[Child], *, numbered: bool = False) -> Html | None:
    """A list of points; None without points."""
    return _part("listing", items, numbered) if items else None


def facts(pairs: Sequence[tuple[str, Child]]) -> Html:
    """Names, each with its value."""
    return _part("facts", pairs)


def badge(word: str, kind: str = "") -> Html:
    """A verdict as a word on its colour."""
    return _part("badge", word, kind or word.lower())


def span(words: Child, kind: str | None = None) -> Html:
    """A few words with a class of the style sheet."""
    return _part("span", words, kind)


def strong(words: Child) -> Html:
    """Words that stand out."""
    return _part("strong", words)


def code(words: str) -> Html:
    """A command, a digest or a name, letter by letter."""
    return _part("code", words)


def link(address: str, words: Child) -> Html:
    """A link to another page of the folder, to a web page, or to a mailbox.

    Raises:
        ValueError: A browser would run the address, or read a file by it.
    """
    return _part("link", address, words)


def mailbox(address: str) -> Html:
    """A link that opens a letter to an address; it holds only the address."""
    return _part("mailbox", address)


def folded(words: str, *content: Child, printed: bool = False) -> Html:
    """Content that opens on a click; on paper it is shown if `printed`."""
    return _part("folded", words, content, "part" if printed else None)


def figure(title: str, chart: Html, caption: Child, numbers: Html | None = None) -> Html:
    """A chart with its name, what its lines mean, and the same numbers as a table."""
    return _part("figure", title, chart, caption, folded("The numbers", numbers) if numbers else "")


def charts(*content: Child) -> Html:
    """Charts beside each other."""
    return _part("charts", content)


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
        caption: What the table shows.
        columns: Headings.
        rows: Cells of each row, as many as there are headings.
        right: Headings of the columns of numbers.
        stacked: Whether rows become cards; a wide table that does not is scrolled sideways.
        quiet: Whether the caption is for screen readers alone, because a heading says the same.
    """
    # Numbers are aligned to the right, so that their digits can be compared.
    headings = [Cell(content=name, kind=_number(name, right)) for name in columns]
    cells = [list(_cells(columns, row, right)) for row in rows]
    return _part("table", caption, headings, cells, stacked, quiet)


def _cells(columns: Sequence[str], row: Sequence[Child], right: Collection[str]) -> Iterator[Cell]:
    for place, (name, value) in enumerate(zip(columns, row, strict=True)):
        # The first column names the row, and a name is never aligned like a number.
        aligned = _number(name, right) if place else None
        yield Cell(
            content=value,
            kind=aligned or _breaking(value),
            label=name,
            is_text=isinstance(value, str | int) and not isinstance(value, Html),
        )


def _breaking(value: Child) -> str | None:
    """How the words of a cell may be broken into lines: never, within words, or between them."""
    if isinstance(value, str) and not isinstance(value, Html) and len(value) <= UNBROKEN:
        return "short"
    # A blank before each tag: without it the points of a list would make one long word.
    words = Markup(str(join(value)).replace("<", " <")).striptags().split()  # noqa: S704 - counted
    return "long" if any(len(word) > LONG_WORD for word in words) else None


def _number(name: str, right: Collection[str]) -> str | None:
    return "number" if name in right else None
