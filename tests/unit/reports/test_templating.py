"""No value ever becomes markup in any place of a template."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from aipo_pipelines.policy.text import visible
from aipo_pipelines.reports import parts
from aipo_pipelines.reports.templating import (
    LONGEST,
    Html,
    join,
    render,
    shown,
    style_sheet,
    text,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=80)

PLACES: dict[str, Callable[[str], Html]] = {
    "paragraph": parts.paragraph,
    "heading of a section": lambda words: parts.section("key", words),
    "content of a section": lambda words: parts.section("key", "title", words),
    "words of a folded section": lambda words: parts.section("key", "title", brief=words),
    "subsection": lambda words: parts.subsection(words, words),
    "panel": lambda words: parts.panel("yes", words),
    "point of a list": lambda words: join(parts.listing([words])),
    "step of a list": lambda words: join(parts.listing([words], numbered=True)),
    "name and value": lambda words: parts.facts([(words, words)]),
    "badge": parts.badge,
    "span": parts.span,
    "strong": parts.strong,
    "code": parts.code,
    "words of a link": lambda words: parts.link("x.html", words),
    "mailbox": parts.mailbox,
    "folded": lambda words: parts.folded(words, words),
    "figure": lambda words: parts.figure(words, Html("<svg></svg>"), words, Html("<p></p>")),
    "table": lambda words: parts.table(words, [words, words], [[words, words]], right={words}),
    "cell of several parts": lambda words: parts.table("c", ["a", "b"], [[words, (words, words)]]),
    "nested": lambda words: parts.charts([words, (words, [words])]),
}
"""Every place of a page that shows a value."""


class Seen(HTMLParser):
    """The elements, attributes and words of a piece of markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


def clean(text: str) -> str:
    return visible(text.encode("utf-8", "replace").decode())


@given(ANY_TEXT)
def test_no_text_ever_becomes_markup(text: str) -> None:
    seen = Seen(parts.paragraph(text))
    assert seen.tags == ["p"]
    assert seen.attributes == []
    assert seen.words == clean(text)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=25)
@given(text=ANY_TEXT)
def test_no_text_adds_an_element_or_an_attribute_in_any_place(place: str, text: str) -> None:
    harmless, hostile = (Seen(PLACES[place](words)) for words in ("x", text))
    assert hostile.tags == harmless.tags
    # A long word gives its cell a class. Everything more must be equal.
    assert {name for _, name, _ in hostile.attributes} <= {
        *(name for _, name, _ in harmless.attributes),
        "class",
    }


@given(ANY_TEXT)
def test_no_value_ever_leaves_its_attribute(text: str) -> None:
    seen = Seen(parts.table(text, ["a"], []))
    assert ("div", "aria-label", clean(text)) in seen.attributes
    assert [name for tag, name, _ in seen.attributes if tag == "div"] == [
        "class",
        "role",
        "tabindex",
        "aria-label",
    ]


def test_markup_made_here_is_not_escaped_again() -> None:
    assert parts.paragraph(parts.strong("a & b")) == "<p><strong>a &amp; b</strong></p>"


def test_nothing_and_nested_children_are_put_in_a_row() -> None:
    assert join("a", None, ["b", ("c", [Html("<br>")])], 4) == "abc<br>4"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///x"]
)
def test_an_address_that_runs_or_reads_something_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected an address of a page or mailbox"):
        parts.link(address, "here")


@pytest.mark.parametrize("address", ["x.html#part", "https://example.org/?a=1&b", "mailto:a@b.c"])
def test_addresses_of_pages_and_mailboxes_are_kept(address: str) -> None:
    assert Seen(parts.link(address, "here")).attributes == [("a", "href", address)]


def test_a_mailbox_carries_no_subject_of_its_own() -> None:
    link = parts.mailbox("ada?subject=hi&cc=x@example.org")
    assert link.startswith('<a href="mailto:ada%3Fsubject%3Dhi%26cc%3Dx@example.org">')


def test_a_style_sheet_cannot_end_its_own_element() -> None:
    with pytest.raises(ValueError, match="expected a style sheet"):
        style_sheet("a{}</style><script>")


def test_a_text_without_end_is_cut() -> None:
    assert shown("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
    assert len(Seen(parts.paragraph("x" * (LONGEST + 1))).words) == LONGEST


def test_a_template_that_lacks_a_value_is_refused() -> None:
    with pytest.raises(UndefinedError, match="'policy' is undefined"):
        render("page.html.j2")


def test_a_template_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TemplateNotFound):
        render("other.html.j2")


def test_no_template_lets_a_value_through_without_escaping() -> None:
    folder = resources.files("aipo_pipelines.reports").joinpath("templates")
    written = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert "page.html.j2" in written
    assert [
        name
        for name, template in written.items()
        if re.search(r"\|\s*safe|autoescape|Markup", template)
    ] == []


def test_plain_text_is_not_escaped_and_steers_no_terminal() -> None:
    assert text("notice_unknown_incident.txt.j2", product="a & <b>\x1b[31m").startswith(
        "To see more: aipo status a & <b>\ufffd[31m\n"
    )
