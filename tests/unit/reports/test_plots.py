from __future__ import annotations

import base64
import re

import pytest

from aipo_pipelines.reports import plots
from aipo_pipelines.reports.plots import Bar, Point, curve_picture, drift_picture

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "](javascript:alert(1))",
    "$\\frac{1}{0}$",
    "$",
    "a\nb\x00c\x1b[31m",
    "😀" * 40,
    "x" * 500,
    "",
]


def png(markdown: str) -> bytes:
    found = re.fullmatch(r"!\[([^\]\n]*)\]\(data:image/png;base64,([A-Za-z0-9+/=]+)\)", markdown)
    assert found is not None
    return base64.b64decode(found[2])


@pytest.mark.filterwarnings("ignore:Glyph")  # not every font has every letter
@pytest.mark.parametrize("name", HOSTILE)
def test_a_column_of_any_name_is_drawn_and_opens_no_markup(name: str) -> None:
    picture = drift_picture([Bar(name=name, value=0.4, drifted=True)], 0.2)
    assert png(picture).startswith(PNG)


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_batch_of_any_name_is_drawn(name: str) -> None:
    picture = curve_picture("roc_auc", [Point(batch=name, value=0.8)], limit=None, baseline=None)
    assert png(picture).startswith(PNG)


def test_the_picture_bears_a_title_for_those_who_cannot_see_it() -> None:
    assert drift_picture([], 0.2).startswith("![drift by feature](")
    points = [Point(batch="w1", value=0.8, low=0.7, high=0.9, failed=True)]
    picture = curve_picture("recall", points, limit=0.7, baseline=0.75)
    assert picture.startswith("![recall over batches](")


def test_only_the_thirty_strongest_features_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def short(name: str) -> str:
        drawn.append(name)
        return name

    monkeypatch.setattr(plots, "_short", short)
    drift_picture([Bar(name=str(n), value=n / 100, drifted=False) for n in range(50)], 0.2)
    assert drawn == [str(number) for number in range(49, 19, -1)]


def test_many_batches_have_room_for_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []

    def short(name: str) -> str:
        named.append(name)
        return name

    monkeypatch.setattr(plots, "_short", short)
    points = [Point(batch=f"w{number}", value=0.8) for number in range(60)]
    curve_picture("roc_auc", points, limit=None, baseline=None)
    assert len(named) <= 13


def test_equal_figures_make_equal_pictures() -> None:
    bars = [Bar(name="x1", value=0.3, drifted=True)]
    assert drift_picture(bars, 0.2) == drift_picture(bars, 0.2)
    assert drift_picture(bars, 0.2) != drift_picture(bars, 0.3)
