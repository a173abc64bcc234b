"""Pages of the documentation, compared with the program."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.charter.odcs.expectations import EXPECTATIONS
from aipo_pipelines.cli import aipo
from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.reports import changes_reference
from aipo_pipelines.reports.charter_reference import render
from aipo_pipelines.resources.notifier import AppriseNotifier
from bench.__main__ import main as bench
from tests.pages import PAGES, SHOWN, TYPED, blocks, commands_of
from tests.pages import REPOSITORY as ROOT

DOCS = ROOT / "docs"
COMMAND = re.compile(
    r"^\s*(?:\$ )?(?:aipo|make|pip|python|\.venv/bin/\w+|export|pg_\w+) .*$", re.MULTILINE
)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The headings of a page as a link names them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_reference_of_the_charter_is_the_one_its_models_give() -> None:
    assert page("reference/charter.md") == render(), "run: make reference"


def test_the_reference_of_changes_is_the_one_their_judges_give() -> None:
    assert page("reference/charter-changes.md") == changes_reference.render(), "run: make reference"


def test_the_reference_explains_a_field_in_the_words_of_its_model() -> None:
    assert "| `cadence` | duration | **required** | Evidence older than this" in render()


def test_the_reference_names_choices_bounds_and_defaults() -> None:
    assert "| `folds` | whole number, at least 2 and at most 20 | `5` |" in render()


@pytest.mark.parametrize("name", sorted(aipo.commands))
def test_the_reference_has_every_command_and_option(name: str) -> None:
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


def test_the_page_of_statistics_has_every_metric() -> None:
    text = page("reference/statistics.md")
    gaps = [metric for metric in Metric if metric.value.endswith(("_difference", "_ratio"))]
    assert [metric for metric in Metric if metric not in gaps and f"`{metric}`" not in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    path = ROOT / name
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_a_heading_finds_it(name: str) -> None:
    path = ROOT / name
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", path.read_text(encoding="utf-8"))
    lost = [
        link
        for link in links
        if link[1] not in anchors((path.parent / link[0]) if link[0] else path)
    ]
    assert lost == []


@pytest.mark.parametrize("name", [name for name in PAGES if commands_of(name, "sh")])
def test_every_command_that_a_page_has_typed_is_typed_by_a_test(name: str) -> None:
    assert name in (ROOT / TYPED[name]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_a_page_only_shows_is_run_by_a_test(name: str) -> None:
    shown = commands_of(name, "console")
    untested = [
        command
        for command in shown
        if command not in SHOWN or not (ROOT / SHOWN[command]).is_file()
    ]
    assert untested == []


def test_no_command_is_listed_that_no_page_shows() -> None:
    shown = {command for name in PAGES for command in commands_of(name, "console")}
    assert set(SHOWN) - shown == set()


@pytest.mark.parametrize("name", PAGES)
def test_no_command_hides_in_another_block(name: str) -> None:
    """In blocks without a language, of another language, or made by indentation."""
    rest = (ROOT / name).read_text(encoding="utf-8")
    hidden = []
    for block in blocks(name):
        rest = rest.replace(block.text, "")
        if block.language not in {"sh", "console", "python"}:
            hidden += COMMAND.findall(block.text)
    indented = re.findall(r"^(?: {4}|\t).*$", rest, re.MULTILINE)
    assert hidden + [line for line in indented if COMMAND.match(line)] == []


@pytest.mark.parametrize("name", [*PAGES, "CHANGELOG.md"])
def test_commands_within_a_sentence_have_the_names_and_options_they_are_given(name: str) -> None:
    text = re.sub(
        r"^ *```.*?^ *```",
        "",
        (ROOT / name).read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    wrong = []
    for words in re.findall(r"`aipo ([a-z][^`]*)`", text):
        command, options = words.split()[0], re.findall(r"--[a-z-]+", words)
        known = {opt for parameter in aipo.commands[command].params for opt in parameter.opts}
        wrong += [option for option in options if option not in {*known, "--help"}]
    assert wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_every_model_that_a_page_shows_is_one_a_charter_may_hold(name: str) -> None:
    shown = [
        block.text for block in blocks(name) if block.language == "yaml" and "task:" in block.text
    ]
    for text in shown:
        model = yaml.safe_load(text)["model"]
        assert ModelSpec(**model).task == model["task"]


def test_every_make_target_that_a_page_names_exists() -> None:
    named = {command.split()[1] for command in SHOWN if command.startswith("make ")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"demo", "up", "test"} <= named <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_the_benchmarks_take_the_options_of_their_page() -> None:
    given = [
        command.partition(" -m bench ")[2].split() for command in SHOWN if " -m bench" in command
    ]
    parsed = [bench.make_context("bench", list(words)).params for words in given]
    assert [(options["is_quick"], options["only"], options["as_json"]) for options in parsed] == [
        (True, (), False),
        (False, ("monitor",), True),
    ]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_the_notifier_of_the_page_takes_a_notice(tmp_path: Path) -> None:
    (shown,) = [block for block in blocks("docs/how-to/notify-people.md") if block.file]
    (tmp_path / shown.file).write_text(shown.text, encoding="utf-8")
    notice = Notice(title="Drift", body="Look.", targets=("pager://night-shift",))
    AppriseNotifier.of({"APPRISE_PLUGIN_PATH": str(tmp_path / shown.file)}).send(notice)
    assert (tmp_path / "night-shift.txt").read_text() == "Drift\n\nLook.\n"


def test_every_decision_is_listed_under_its_title() -> None:
    index = page("decisions/README.md")
    missing = [
        path.name
        for path in (DOCS / "decisions").glob("[0-9]*.md")
        if f"]({path.name}) | {path.read_text(encoding='utf-8').splitlines()[0][2:]} |" not in index
    ]
    assert missing == []


def test_every_decision_says_what_was_asked_decided_and_paid() -> None:
    parts = ("\nStatus: ", "\n## The question", "\n## What was decided", "\n## What it costs")
    decisions = list((DOCS / "decisions").glob("[0-9]*.md"))
    assert decisions
    short = [
        path.name
        for path in decisions
        if not all(part in path.read_text(encoding="utf-8") for part in parts)
    ]
    assert short == []


def test_the_readme_fits_on_the_agreed_number_of_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize(
    "name",
    sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if path.name != "README.md"),
)
def test_the_index_leads_to_every_page(name: str) -> None:
    """The index of the decisions leads to the decisions."""
    index = "decisions/README.md" if name.startswith("decisions/") else "README.md"
    assert f"]({name.removeprefix('decisions/')})" in page(index)
