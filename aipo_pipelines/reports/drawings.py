"""Charts as SVG: a part of a page, or a picture of its own for Dagster's Markdown.

Neither holds a script or a picture file. Inside a page the colours come from the page; a picture of
its own carries the same style sheet, because nothing outside reaches into a picture.
"""

from __future__ import annotations

import base64
from functools import cache

from aipo_pipelines.reports.page import packaged
from aipo_pipelines.reports.shapes import Drawing
from aipo_pipelines.reports.templating import Html, part, style_sheet

_TEMPLATE = "chart.svg.j2"


def inline(drawing: Drawing) -> Html:
    """A chart as a part of a page."""
    return part(_TEMPLATE, "chart", drawing)


def picture(drawing: Drawing) -> str:
    """A chart as an SVG file."""
    return str(part(_TEMPLATE, "picture", drawing, _style()))


def markdown(drawing: Drawing, name: str, caption: str) -> str:
    """A chart as Markdown that holds the picture itself.

    Dagster's pages show it: their Markdown allows `data:` as the source of a picture.

    Args:
        drawing: The chart.
        name: A plain name for those who do not see it; chosen by the program.
        caption: What its lines mean.
    """
    # Inside the text, because Dagster's pages load no file from this folder.
    encoded = base64.b64encode(picture(drawing).encode()).decode("ascii")
    return f"![{name}](data:image/svg+xml;base64,{encoded})\n\n{caption}"


@cache
def _style() -> Html:
    # Nothing outside reaches into a picture, so it names its own font.
    font = ".chart { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }\n"
    return style_sheet(packaged("chart.css") + font)
