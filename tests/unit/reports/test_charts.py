from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.reports.charts import (
    HEIGHT,
    WIDTH,
    Bar,
    Point,
    Rule,
    bars,
    curve,
    reliability,
)
from aipo_pipelines.reports.drawings import inline
from aipo_pipelines.reports.shapes import Drawing

FINITE = st.floats(allow_nan=False, allow_infinity=False)
POINTS = st.lists(
    st.builds(
        Point,
        batch=st.text(max_size=8),
        value=FINITE,
        low=st.none() | FINITE,
        high=st.none() | FINITE,
        verdict=st.sampled_from(Verdict),
    ),
    min_size=1,
    max_size=6,
)


def read(chart: Drawing) -> ET.Element:
    return ET.fromstring(inline(chart))  # noqa: S314 - made by this package


def places(chart: Drawing) -> list[float]:
    """Every coordinate of a chart."""
    coordinates: list[float] = []
    for part in read(chart).iter():
        for name, value in part.attrib.items():
            if name in {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "points"}:
                coordinates += [float(number) for number in re.split(r"[ ,]", value) if number]
    return coordinates


@given(POINTS, st.lists(st.builds(Rule, style=st.just("limit"), value=FINITE), max_size=2))
def test_every_number_there_is_stays_inside_the_drawing(
    points: list[Point], rules: list[Rule]
) -> None:
    coordinates = places(curve("key", "title", points, rules))
    assert all(math.isfinite(each) for each in coordinates)
    assert min(coordinates) >= -1
    assert max(coordinates) <= max(WIDTH, HEIGHT) + 1


@given(st.lists(st.builds(Bar, label=st.text(max_size=8), value=FINITE, low=FINITE, high=FINITE)))
def test_bars_stay_inside_their_drawing(rows: list[Bar]) -> None:
    coordinates = places(bars("key", "title", rows, 0.1))
    assert all(math.isfinite(each) and each >= -1 for each in coordinates)


def test_a_chart_has_a_title_and_a_description_for_those_who_do_not_see_it() -> None:
    points = [Point(batch="w1", value=0.8), Point(batch="w2", value=0.6, verdict=Verdict.FAIL)]
    element = read(curve("key", "accuracy over batches", points, [Rule(style="limit", value=0.7)]))
    assert element.attrib["role"] == "img"
    assert element.attrib["aria-labelledby"] == "key-title key-desc"
    assert element[0].text == "accuracy over batches"
    assert element[1].text == ("2 batches, w1 to w2; newest value 0.6; 1 failing; agreed limit 0.7")


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [(Verdict.PASS, "circle"), (Verdict.FAIL, "polygon"), (Verdict.INSUFFICIENT, "circle")],
)
def test_shape_says_the_verdict_as_well_as_colour(verdict: Verdict, tag: str) -> None:
    element = read(curve("key", "t", [Point(batch="w1", value=1.0, verdict=verdict)]))
    assert [each.attrib["class"] for each in element.iter(tag)] == [verdict.value]


def test_a_crowded_curve_marks_failures_and_the_newest_batch_alone() -> None:
    points = [
        Point(batch=f"w{n}", value=n, verdict=Verdict.FAIL if n == 5 else Verdict.PASS)
        for n in range(100)
    ]
    element = read(curve("key", "t", points))
    assert (len(list(element.iter("polygon"))), len(list(element.iter("circle")))) == (1, 1)


def test_a_new_version_is_marked_at_its_first_batch() -> None:
    points = [Point(batch=f"w{n}", value=n, version="1" if n < 2 else "2") for n in range(4)]
    words = [each.text for each in read(curve("key", "t", points)).iter("text")]
    assert words.count("version 2") == 1
    assert "version 1" not in words


def test_larger_values_are_higher() -> None:
    points = [Point(batch="a", value=1.0), Point(batch="b", value=2.0)]
    low, high = read(curve("key", "t", points)).iter("circle")
    assert float(high.attrib["cy"]) < float(low.attrib["cy"])


def test_a_bar_is_as_long_as_its_value() -> None:
    half, whole = read(bars("k", "t", [Bar(label="a", value=1), Bar(label="b", value=2)])).iter(
        "rect"
    )
    assert float(whole.attrib["width"]) == pytest.approx(2 * float(half.attrib["width"]), abs=0.2)


def test_perfect_calibration_lies_on_the_diagonal() -> None:
    element = read(reliability("key", "t", [(0.0, 0.0), (1.0, 1.0)]))
    (line,) = element.iter("line")
    first, last = element.iter("circle")
    assert float(line.attrib["x1"]) == float(first.attrib["cx"])
    assert float(line.attrib["y2"]) == float(last.attrib["cy"])


def test_a_hostile_name_stays_text() -> None:
    name = '</text><script>x</script>"'
    element = read(curve("key", name, [Point(batch=name, value=1.0)]))
    assert not list(element.iter("script"))
    assert element[0].text == name
