"""Pictures of names that are not ours."""

from __future__ import annotations

import base64

import pytest

from aipo_pipelines.reports.plots import Bar, Point, curve_picture, drift_picture

HOSTILE = ["🙂", "$\\frac{", "a$b$c", "line\nbreak", "<b>", "x" * 500, "\x1b[31m", "", "\udcff"]


def png_of(markdown: str) -> bytes:
    return base64.b64decode(markdown.partition("base64,")[2].removesuffix(")"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_feature_of_any_name_is_drawn(name: str) -> None:
    drawn = drift_picture([Bar(name=name, value=0.3, drifted=True)], 0.2)
    assert png_of(drawn).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_batch_of_any_name_is_drawn(name: str) -> None:
    drawn = curve_picture("mae", [Point(batch=name, value=1.0)], limit=None, baseline=None)
    assert png_of(drawn).startswith(b"\x89PNG")
