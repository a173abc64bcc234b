from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.policy.text import visible
from aipo_pipelines.reports.markup import (
    LONGEST,
    Html,
    element,
    join,
    link,
    mailbox,
    shown,
    style_sheet,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=80)


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.words += data


@given(ANY_TEXT)
def test_no_text_ever_becomes_markup(text: str) -> None:
    seen = Seen(element("p", text).text)
    assert seen.tags == [("p", [])]
    assert seen.words == visible(text.encode("utf-8", "replace").decode())


@given(ANY_TEXT)
def test_no_value_ever_leaves_its_attribute(text: str) -> None:
    seen = Seen(element("p", title=text, class_="x").text)
    ((tag, attributes),) = seen.tags
    assert tag == "p"
    assert [name for name, _ in attributes] == ["title", "class"]


def test_markup_made_here_is_not_escaped_again() -> None:
    assert element("p", element("b", "a & b")).text == "<p><b>a &amp; b</b></p>"


def test_nothing_and_nested_children_are_put_in_a_row() -> None:
    made = join("a", None, ["b", ("c", [Html("<br>")])], 4)
    assert made.text == "abc<br>4"


def test_attributes_are_written_as_markup_names_them() -> None:
    made = element("td", class_="number", data_label="n", hidden=True, lang=None, dir=False)
    assert made.text == '<td class="number" data-label="n" hidden></td>'


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "file:///x"]
)
def test_an_address_that_runs_or_reads_something_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected an address of a page or mailbox"):
        link(address, "here")


@pytest.mark.parametrize("address", ["x.html#part", "https://example.org/?a=1&b", "mailto:a@b.c"])
def test_addresses_of_pages_and_mailboxes_are_kept(address: str) -> None:
    assert Seen(link(address, "here").text).tags == [("a", [("href", address)])]


def test_a_mailbox_carries_no_subject_of_its_own() -> None:
    made = mailbox("ada?subject=hi&cc=x@example.org")
    assert made.text.startswith('<a href="mailto:ada%3Fsubject%3Dhi%26cc%3Dx@example.org">')


def test_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a name of markup"):
        element("b><i", "x")


def test_a_style_sheet_cannot_end_its_own_element() -> None:
    with pytest.raises(ValueError, match="expected a style sheet"):
        style_sheet("a{}</style><script>")


def test_a_text_without_end_is_cut() -> None:
    assert shown("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
