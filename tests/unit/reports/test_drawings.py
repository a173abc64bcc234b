"""Charts as pictures of their own: what Dagster's Markdown shows."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree as ET

import pytest

from aipo_pipelines.reports.charts import Bar, Point, Rule, bars, curve
from aipo_pipelines.reports.drawings import inline, markdown, picture
from aipo_pipelines.reports.page import packaged

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "](javascript:alert(1))",
    "</style><script>alert(1)</script>",
    "$\\frac{1}{0}$",
    "a\nb\x00c\x1b[31m",
    "😀" * 40,
    "x" * 500,
    "",
]


def drawn(markdown_text: str) -> ET.Element:
    """The picture inside a piece of Markdown."""
    match = re.match(
        r"!\[([^\]\n]*)\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)\n\n", markdown_text
    )
    assert match is not None
    return ET.fromstring(base64.b64decode(match[2]))  # noqa: S314 - made by this package


def words_of(chart: ET.Element) -> list[str]:
    return [text.text or "" for text in chart.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_column_of_any_name_is_drawn_and_opens_no_markup(name: str) -> None:
    drawing = markdown(bars("k", "t", [Bar(label=name, value=0.4, flagged=True)], 0.2), "t", "c")
    assert {part.tag for part in drawn(drawing).iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "rect", "text", "line")
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_a_batch_of_any_name_is_drawn(name: str) -> None:
    drawing = drawn(markdown(curve("k", "t", [Point(batch=name, value=0.8)]), "t", "c"))
    assert len(list(drawing.iter(f"{SVG}circle"))) == 1


def test_a_picture_brings_the_colours_of_the_pages_and_its_own_ground() -> None:
    drawing = ET.fromstring(picture(bars("k", "t", [Bar(label="x1", value=0.3)])))  # noqa: S314
    (style,) = drawing.iter(f"{SVG}style")
    assert (style.text or "").startswith(packaged("chart.css"))
    (ground, _) = drawing.iter(f"{SVG}rect")
    assert ground.attrib == {"width": "100%", "height": "100%", "class": "paper"}


def test_a_picture_and_a_page_show_the_same_chart() -> None:
    points = [Point(batch="w1", value=0.8, low=0.7, high=0.9), Point(batch="w2", value=0.6)]
    drawing = curve("k", "t", points, [Rule(style="limit", value=0.7)])
    inside = inline(drawing).partition("</desc>")[2]
    assert inside.startswith("<line")
    assert picture(drawing).endswith(inside)


def test_a_picture_has_a_name_for_those_who_do_not_see_it_and_a_caption() -> None:
    drawing = markdown(
        curve("k", "t", [Point(batch="w1", value=0.8)]), "recall over batches", "Dashed."
    )
    assert drawing.startswith("![recall over batches](data:image/svg+xml;base64,")
    assert drawing.endswith(")\n\nDashed.")


def test_equal_figures_make_equal_pictures() -> None:
    rows = [Bar(label="x1", value=0.3, flagged=True)]
    assert picture(bars("k", "t", rows, 0.2)) == picture(bars("k", "t", rows, 0.2))
    assert picture(bars("k", "t", rows, 0.2)) != picture(bars("k", "t", rows, 0.3))
