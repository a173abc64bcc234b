"""Pages of the documentation against what they describe."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from aipo_pipelines.charter.expectations import EXPECTATIONS
from aipo_pipelines.charter.thresholds import Metric
from aipo_pipelines.cli import aipo
from aipo_pipelines.reports.charter_reference import render

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_reference_of_the_charter_is_the_one_its_models_give() -> None:
    assert page("reference/charter.md") == render(), "run: make reference"


def test_the_reference_explains_a_field_in_the_words_of_its_model() -> None:
    assert "| `cadence` | duration | **required** | Evidence older than this" in render()


def test_the_reference_names_choices_bounds_and_defaults() -> None:
    assert "| `folds` | whole number, at least 2 and at most 20 | `5` |" in render()


@pytest.mark.parametrize("name", sorted(aipo.commands))
def test_every_command_and_option_stands_in_the_reference(name: str) -> None:
    text = page("reference/command-line.md")
    (row,) = re.findall(rf"^\| `aipo {name}\b.*$", text, re.MULTILINE)
    options = {
        option
        for parameter in aipo.commands[name].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert set(re.findall(r"--[a-z-]+", row)) == options


def test_every_expectation_a_contract_may_use_is_listed() -> None:
    text = page("reference/contract.md")
    listed = set(re.findall(r"`((?:column|compound|multicolumn|select|table)_\w+)`", text))
    assert listed == {name.removeprefix("expect_") for name in EXPECTATIONS}


def test_every_metric_stands_among_the_statistics() -> None:
    text = page("reference/statistics.md")
    gaps = [metric for metric in Metric if metric.value.endswith(("_difference", "_ratio"))]
    assert [one for one in Metric if one not in gaps and f"`{one}`" not in text] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [one for one in targets if not (path.parent / one).exists()] == []


def test_every_decision_is_listed_under_its_title() -> None:
    index = page("decisions/README.md")
    missing = [
        path.name
        for path in (DOCS / "decisions").glob("[0-9]*.md")
        if f"]({path.name}) | {path.read_text(encoding='utf-8').splitlines()[0][2:]} |" not in index
    ]
    assert missing == []


def test_every_decision_says_what_was_asked_decided_and_paid() -> None:
    wanted = ("\nStatus: ", "\n## The question", "\n## What was decided", "\n## What it costs")
    decisions = list((DOCS / "decisions").glob("[0-9]*.md"))
    assert decisions
    short = [
        one.name
        for one in decisions
        if not all(part in one.read_text(encoding="utf-8") for part in wanted)
    ]
    assert short == []


def test_the_readme_fits_on_the_agreed_number_of_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
