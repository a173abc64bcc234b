"""The frame of every page, and the names of their files.

A page needs no server and no network, and runs nothing: its policy allows one style sheet, named by
its digest, and nothing more.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from aipo_pipelines.reports.templating import Html, render, style_sheet

PORTFOLIO = "portfolio.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The frame around the content of a page.

    Attributes:
        title: Its title.
        links: Address and words of the pages of the product; the page itself has an empty address.
        as_of: The moment that the page is about, aware UTC.
        simulated: Whether that moment is of a simulated clock.
        source: The command that shows the same.
    """

    title: str
    links: tuple[tuple[str, str], ...]
    as_of: datetime
    simulated: bool
    source: str


def page_of(product: str) -> str:
    """File of the page of a product; names of products hold no hyphen and no upper case."""
    # A product may have the name of the page of all products.
    return "portfolio-product.html" if product == "portfolio" else f"{product}.html"


def charter_of(product: str) -> str:
    """File of the charter of a product."""
    return f"{product}-charter.html"


def model_of(product: str) -> str:
    """File of the model card of a product."""
    return f"{product}-model.html"


def document(template: str, page: Page, **content: Any) -> str:
    """A whole page as text.

    Args:
        template: The template of the page.
        page: Its frame.
        **content: The values that the template shows.
    """
    css, digest = _style()
    # By its digest the browser accepts this style sheet and no other, and nothing that runs.
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return str(render(template, page=page, policy=policy, style=css, **content))


def packaged(name: str) -> str:
    """The text of a style sheet of this room."""
    return resources.files("aipo_pipelines.reports").joinpath(name).read_text("utf-8")


@cache
def _style() -> tuple[Html, str]:
    # One style sheet for all pages: the policy of a page names exactly one digest.
    css = packaged("chart.css") + packaged("dashboard.css")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii")
    return style_sheet(css), digest
