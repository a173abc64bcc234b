"""The style sheet of the pages: contrast in light and dark, and nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from aipo_pipelines.reports.page import packaged

CSS = packaged("chart.css") + packaged("dashboard.css")
TEXT, GRAPHIC = 4.5, 3.0


def palette(place: int) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[place]))


def light_of(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour: str, other: str) -> float:
    dark, bright = sorted((light_of(colour), light_of(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(place: int) -> None:
    colours = palette(place)
    for ground in ("paper", "panel"):
        for name in ("ink", "muted", "accent", "good", "bad", "unsure"):
            assert contrast(colours[name], colours[ground]) >= TEXT, (name, ground)
    for badge in ("good", "bad", "unsure", "muted"):
        assert contrast(colours["on-badge"], colours[badge]) >= TEXT, badge


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_every_mark_of_a_chart_stands_out(place: int) -> None:
    colours = palette(place)
    for name in ("accent", "bad", "band", "ink", "muted"):
        assert contrast(colours[name], colours["paper"]) >= GRAPHIC, name


def test_the_style_sheet_fetches_nothing() -> None:
    assert not re.search(r"url\(|@import|@font-face", CSS)


def test_no_name_is_broken_within_a_word_that_fits_into_its_line() -> None:
    breaking = re.findall(r"([^{}]+)\{[^}]*overflow-wrap: anywhere", CSS)
    assert [line.strip() for line in breaking] == [".long"]


def test_what_is_folded_on_a_screen_is_printed() -> None:
    paper = CSS.partition("@media print")[2]
    assert "details:not(.part) { display: none; }" in paper
    assert ".part::details-content { content-visibility: visible;" in paper


def test_there_is_a_style_for_dark_for_narrow_screens_and_for_paper() -> None:
    for part in ("prefers-color-scheme: dark", "max-width: 44rem", "@media print", "@page"):
        assert part in CSS
