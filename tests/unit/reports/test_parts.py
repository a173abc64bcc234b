"""The shapes that pages are made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.reports.parts import (
    LONG_WORD,
    UNBROKEN,
    badge,
    code,
    facts,
    figure,
    folded,
    link,
    listing,
    mailbox,
    nothing_yet,
    panel,
    paragraph,
    section,
    span,
    strong,
    subsection,
    table,
)
from aipo_pipelines.reports.templating import Html
from tests.unit.reports.telling import HOSTILE, Reading, rows_of, words_of


def classes(part: object) -> list[str]:
    return [value for name, value in Reading(str(part)).attributes if name == "class"]


def test_a_section_has_its_address_and_its_heading() -> None:
    part = section("drift", "Drift", paragraph("Nothing moved."))
    assert words_of(part) == "Drift Nothing moved."
    assert Reading(str(part)).ids == ["drift", "drift-heading"]


def test_a_section_with_a_brief_is_folded_behind_it() -> None:
    part = section("drift", "Drift", paragraph("Nothing moved."), brief=badge("pass"))
    assert words_of(part) == "Drift pass Nothing moved."
    assert Reading(str(part)).tags[:2] == ["section", "details"]
    assert "details" not in Reading(str(section("drift", "Drift"))).tags


def test_parts_without_content_say_nothing() -> None:
    assert words_of(section("a", "Title", None, [], "")) == "Title"
    assert listing([]) is None


def test_a_missing_measurement_is_said() -> None:
    assert words_of(nothing_yet()) == "Nothing was measured yet."


@pytest.mark.parametrize(("numbered", "tag"), [(False, "ul"), (True, "ol")])
def test_a_list_has_a_point_per_item(numbered: bool, tag: str) -> None:
    part = listing(["a", strong("b")], numbered=numbered)
    assert str(part).replace("\n", "") == f"<{tag}><li>a</li><li><strong>b</strong></li></{tag}>"


def test_facts_are_names_with_values_in_order() -> None:
    part = facts([("a", "1"), ("b", code("x"))])
    assert str(part) == "<dl><dt>a</dt><dd>1</dd><dt>b</dt><dd><code>x</code></dd></dl>"


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (badge("PASS"), "badge pass"),
        (badge("2 open", "fail"), "badge fail"),
        (panel("yes", "x"), "panel yes"),
        (paragraph("x", kind="muted"), "muted"),
        (span("x", "meaning"), "meaning"),
    ],
)
def test_a_shape_has_the_class_of_its_kind(part: Html, kind: str) -> None:
    assert classes(part) == [kind]


def test_a_shape_without_a_kind_has_no_class() -> None:
    assert classes(paragraph("x")) == classes(span("x")) == []


def test_content_that_is_printed_is_marked() -> None:
    assert classes(folded("More", "x", printed=True)) == ["part"]
    assert classes(folded("More", "x")) == []


def test_a_chart_has_its_numbers_folded_below_it() -> None:
    numbers = table("T", ("a",), [("1",)])
    part = figure("Title", paragraph("chart"), "Caption", numbers)
    assert words_of(part).startswith("Title chart Caption The numbers T a 1")
    assert "The numbers" not in words_of(figure("Title", paragraph("chart"), "Caption"))


def test_a_table_names_its_rows_and_labels_its_cells() -> None:
    part = table("Numbers", ("name", "value"), [("a", 1), ("b", None)], right={"value"})
    assert rows_of(part) == [["a", "1"], ["b", ""]]
    reading = Reading(str(part))
    assert ("aria-label", "Numbers") in reading.attributes
    assert [value for name, value in reading.attributes if name == "data-label"] == ["value"] * 2
    assert reading.tags.count("th") == 4


def test_numbers_are_aligned_to_the_right_and_names_of_rows_never() -> None:
    part = str(table("T", ("name", "value"), [("a", 1)], right={"name", "value"}))
    assert 'role="rowheader" class="short">a' in part
    assert 'role="cell" class="number" data-label="value">1' in part


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("x" * UNBROKEN, "short"),
        ("x" * (UNBROKEN + 1), None),
        ("x" * LONG_WORD, None),
        ("x" * (LONG_WORD + 1), "long"),
        ("a sentence of many short words that may be broken", None),
    ],
)
def test_words_of_a_cell_are_broken_by_their_length(words: str, kind: str | None) -> None:
    part = str(table("T", ("name", "what"), [("a", words)]))
    expected = f' class="{kind}"' if kind else ""
    assert f'<td role="cell"{expected} data-label="what">{words}</td>' in part


def test_points_of_a_list_are_words_of_their_own() -> None:
    cell = listing(["x" * LONG_WORD, "y" * LONG_WORD])
    assert 'class="long"' not in str(table("T", ("a", "b"), [("r", cell)]))


def test_a_row_with_another_number_of_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table("T", ("a", "b"), [("only one",)])


def test_a_wide_table_is_scrolled_and_a_narrow_table_becomes_cards() -> None:
    assert classes(table("T", ("a",), [], stacked=False)) == ["scroll"]
    assert classes(table("T", ("a",), [])) == ["wrap", "stack"]
    assert "quiet" in classes(table("T", ("a",), [], quiet=True))


@pytest.mark.parametrize("address", ["page.html#a", "https://example.org", "mailto:a@example.org"])
def test_a_link_leads_to_a_page_or_a_mailbox(address: str) -> None:
    assert Reading(str(link(address, "words"))).links == [address]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,"]
)
def test_a_link_that_a_browser_would_run_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected an address of a page or mailbox"):
        link(address, "words")


def test_a_mailbox_has_no_subject_and_no_copy() -> None:
    (address,) = Reading(str(mailbox("ada@example.org?cc=x@example.org&subject=y"))).links
    assert address == "mailto:ada@example.org%3Fcc%3Dx@example.org%26subject%3Dy"


@settings(max_examples=30)
@given(st.sampled_from([paragraph, strong, code, badge, span]), st.text(max_size=30))
def test_no_text_becomes_markup_in_any_shape(shape: object, text: str) -> None:
    assert callable(shape)
    reading = Reading(str(shape(text)))
    assert len(reading.tags) == 1
    assert reading.problems == []


def test_hostile_names_are_only_text() -> None:
    parts = (
        section("key", HOSTILE, HOSTILE, brief=HOSTILE),
        subsection(HOSTILE, HOSTILE),
        table(HOSTILE, (HOSTILE,), [(HOSTILE,)]),
        facts([(HOSTILE, HOSTILE)]),
    )
    for part in parts:
        assert "<script>" not in str(part)
        assert Reading(str(part)).problems == []
