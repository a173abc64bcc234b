"""What README and how-to pages show is typed here as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.postgres.server import hold_server, release_server, stop_server
from tests.acceptance.command import NO, REPOSITORY, SECONDS, UNKNOWN, YES

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("docs")]

_FENCE = re.compile(r"^```(\w+) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block of a page: language, name of the file it shows (or empty), text."""

    language: str
    file: str
    text: str


class Typed(NamedTuple):
    """A command of a page and what came of it."""

    command: str
    code: int
    output: str


def blocks(page: str) -> list[Block]:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [Block(*found) for found in _FENCE.findall(text)]


def commands(text: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def type_in(home_template: Path, module_folder: Path) -> Iterator[Callable[[Path, str], Typed]]:
    """Types a command in a folder, on a home that the pages share."""
    home = Home(module_folder / "docs")
    subprocess.run(["cp", "-a", home_template, home.path], check=True)
    hold_server(home)
    scripts = Path(sys.executable).parent
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIPO_", "DAGSTER_", "MLFLOW_", "PYTEST_", "MAKE"))
    }
    environ = kept | {"AIPO_HOME": str(home.path), "PATH": f"{scripts}:{os.environ['PATH']}"}

    def type_in(folder: Path, command: str) -> Typed:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Typed(command, done.returncode, done.stdout + done.stderr)

    yield type_in
    release_server(home)
    stop_server(home)


def follow(page: str, folder: Path, type_in: Callable[[Path, str], Typed]) -> list[Typed]:
    """Writes the files of a page into a folder and types its commands, in the page's order."""
    typed = []
    for block in blocks(page):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            typed += [type_in(folder, command) for command in commands(block.text)]
    return typed


@pytest.fixture(scope="module")
def product_page(
    type_in: Callable[[Path, str], Typed], tmp_path_factory: pytest.TempPathFactory
) -> list[Typed]:
    """How to add a product: its files written, its commands typed, in the page's order."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "products").mkdir()
    shutil.copy(REPOSITORY / "products" / "standards.yaml", folder / "products")
    return follow("docs/how-to/add-a-product.md", folder, type_in)


def test_the_charter_of_the_page_has_no_problem(product_page: list[Typed]) -> None:
    assert product_page[0] == ("aipo check products/", 0, product_page[0].output)
    assert "no problem found" in product_page[0].output


def test_the_first_batch_of_the_page_is_measured_and_the_answer_is_yes(
    product_page: list[Typed],
) -> None:
    assert [typed.code for typed in product_page[1:3]] == [0, YES], product_page[1:3]


def test_the_bad_batch_of_the_page_turns_the_answer_to_no(product_page: list[Typed]) -> None:
    assert [typed.code for typed in product_page[3:5]] == [0, NO], product_page[3:5]


def test_the_incident_of_the_page_names_the_column(product_page: list[Typed]) -> None:
    assert product_page[5].command == "aipo incidents bakery_sales"
    assert "loaves" in product_page[5].output


@pytest.fixture(scope="module")
def tutorial(
    type_in: Callable[[Path, str], Typed], tmp_path_factory: pytest.TempPathFactory
) -> list[Typed]:
    """The tutorial: its files written, its commands typed, in the page's order."""
    folder = tmp_path_factory.mktemp("newcomer")
    return follow("docs/tutorial/your-own-csv-in-ten-minutes.md", folder, type_in)


def test_the_draft_of_the_tutorial_runs_and_is_unknown(tutorial: list[Typed]) -> None:
    told = [(one.command.split()[1], one.code) for one in tutorial[1:5]]
    assert told == [("init", 0), ("check", 0), ("run", 0), ("status", UNKNOWN)], tutorial[4].output


def test_the_tutorial_tells_what_its_page_says(tutorial: list[Typed]) -> None:
    draft = tutorial[1].output
    for words in ("delivered (dd.MM.yyyy)", "suspected personal data: customer_no", "refund alone"):
        assert words in draft
    assert "fields are still undecided" in tutorial[4].output


def test_decided_and_released_by_a_person_the_answer_of_the_tutorial_is_yes(
    tutorial: list[Typed],
) -> None:
    told = [(one.command.split()[1], one.code) for one in tutorial[5:]]
    assert told == [
        ("check", 0),
        ("run", 0),
        ("decisions", 0),
        ("approve", 0),
        ("run", 0),
        ("status", YES),
    ], tutorial[-1].output


def test_every_make_target_that_a_page_names_exists() -> None:
    named = {
        line.split()[1]
        for block in blocks("README.md")
        for line in commands(block.text)
        if line.startswith("make ")
    }
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert {"demo", "up", "test"} <= named <= targets


def readme_commands() -> list[str]:
    told = [
        line
        for block in blocks("README.md")
        if block.language == "sh"
        for line in commands(block.text)
    ]
    return [line for line in told if not line.startswith("make ")]


@pytest.mark.parametrize("command", readme_commands())
def test_every_command_of_the_readme_works(
    command: str, type_in: Callable[[Path, str], Typed]
) -> None:
    # Without a demonstration before it, the status of the example is UNKNOWN.
    expected = 4 if command.startswith("aipo status") else 0
    typed = type_in(REPOSITORY, command)
    assert typed.code == expected, typed.output


def test_a_check_of_the_team_joins_the_monitor_job(
    type_in: Callable[[Path, str], Typed], tmp_path: Path
) -> None:
    for block in blocks("docs/how-to/add-your-own-check.md"):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    question = (
        "import governed; job = governed.defs.resolve_job_def('customer_churn__monitor'); "
        "print(sorted(node for node in job.graph.node_dict))"
    )
    typed = type_in(tmp_path, f'AIPO_PRODUCTS={REPOSITORY / "products"} python -c "{question}"')
    assert typed.code == 0, typed.output
    assert "customer_churn__dataset_warehouse_is_closed" in typed.output


def test_the_pages_of_the_dashboard_are_those_its_page_promises(
    type_in: Callable[[Path, str], Typed], tmp_path: Path
) -> None:
    (shown,) = [
        block for block in blocks("docs/how-to/publish-the-dashboard.md") if block.language == "sh"
    ]
    for command in commands(shown.text):
        typed = type_in(tmp_path, command)
        assert typed.code == 0, typed.output
    promised = {"customer_churn-charter.html", "customer_churn-model.html", "customer_churn.html"}
    assert {"portfolio.html", *promised} <= {one.name for one in (tmp_path / "pages").iterdir()}
