"""The frame of every page: names of files, and a policy that allows one style sheet."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest

from aipo_pipelines.reports.page import (
    PORTFOLIO,
    Page,
    charter_of,
    document,
    model_of,
    packaged,
    page_of,
)
from aipo_pipelines.reports.parts import paragraph
from tests.unit.reports.telling import HOSTILE, Reading, words_of

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def page(**changes: object) -> str:
    frame = Page(
        title=str(changes.get("title", "Churn")),
        links=(("portfolio.html", "Portfolio"), ("", "Churn")),
        as_of=MOMENT,
        simulated=bool(changes.get("simulated")),
        source=str(changes.get("source", "aipo status churn")),
    )
    sections = dict.fromkeys(("identity", "use", "unmeasured"), paragraph("x"))
    return document("model.html.j2", frame, subtitle="a model", in_charge=False, **sections)


def test_each_page_of_a_product_has_a_file_of_its_own() -> None:
    names = [
        of(product) for product in ("churn", "stock") for of in (page_of, charter_of, model_of)
    ]
    assert names[:3] == ["churn.html", "churn-charter.html", "churn-model.html"]
    assert len({*names, PORTFOLIO}) == 7


def test_a_product_with_the_name_of_the_portfolio_does_not_replace_it() -> None:
    names = [of("portfolio") for of in (page_of, charter_of, model_of)]
    assert PORTFOLIO not in names
    assert len(set(names)) == 3


def test_the_policy_names_the_digest_of_the_style_sheet_that_is_there() -> None:
    text = page()
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in text
    (policy,) = re.findall(r'Policy" content="([^"]*)"', text)
    assert "default-src &#39;none&#39;" in policy
    assert "form-action &#39;none&#39;" in policy


def test_a_page_says_its_moment_and_how_to_see_the_same_now() -> None:
    words = words_of(page())
    assert "2026-03-02 09:00 UTC" in words
    assert "aipo status churn" in words


def test_a_simulated_moment_is_said_to_be_simulated() -> None:
    assert "simulated" not in words_of(page())
    assert "simulated" in words_of(page(simulated=True))


def test_the_page_itself_is_named_and_not_linked() -> None:
    links = Reading(page()).links
    assert "portfolio.html" in links
    assert "churn.html" not in links


def test_titles_and_commands_are_never_markup() -> None:
    text = page(title=HOSTILE, source=HOSTILE)
    assert "<script>" not in text
    assert Reading(text).problems == []


@pytest.mark.parametrize("name", ["chart.css", "dashboard.css"])
def test_the_style_sheets_of_the_room_are_in_every_page(name: str) -> None:
    assert packaged(name).strip() in page()
