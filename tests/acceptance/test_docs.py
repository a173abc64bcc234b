"""The commands of README and the how-to pages are typed exactly as shown."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import resolve_databases
from aipo_pipelines.resources.databases.embedded import hold_server, release_server, stop_server
from aipo_pipelines.resources.home import Home
from tests.acceptance.command import NO, REPOSITORY, UNKNOWN, YES
from tests.acceptance.typist import Typed, Typist
from tests.integration.ledger.samples import T0, arrival, nothing
from tests.pages import blocks, commands_of

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("docs")]


@pytest.fixture(scope="module")
def type_in(home_template: Path, module_folder: Path) -> Iterator[Typist]:
    """Types commands on a home that the pages share."""
    home = Home(module_folder / "docs")
    subprocess.run(["cp", "-a", home_template, home.path], check=True)
    hold_server(home)
    yield Typist(home.path)
    release_server(home)
    stop_server(home)


@pytest.fixture(scope="module")
def product_page(type_in: Typist, tmp_path_factory: pytest.TempPathFactory) -> list[Typed]:
    """How to add a product: its files written, its commands typed, in the page's order."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "products").mkdir()
    shutil.copy(REPOSITORY / "products" / "standards.yaml", folder / "products")
    return type_in.follow("docs/how-to/add-a-product.md", folder)


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
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tutorial."""
    return tmp_path_factory.mktemp("newcomer")


@pytest.fixture(scope="module")
def tutorial(type_in: Typist, orders: Path) -> list[Typed]:
    """The tutorial: its files written, its commands typed, in the page's order."""
    return type_in.follow("docs/tutorial/your-own-csv-in-ten-minutes.md", orders)


def test_the_draft_of_the_tutorial_runs_and_is_unknown(tutorial: list[Typed]) -> None:
    codes = [(outcome.command.split()[1], outcome.code) for outcome in tutorial[1:5]]
    assert codes == [("init", 0), ("check", 0), ("run", 0), ("status", UNKNOWN)], tutorial[4].output


def test_the_tutorial_prints_the_output_of_its_page(tutorial: list[Typed]) -> None:
    draft = tutorial[1].output
    leak = "suspected leak, left out: refund (alone it has an AUC of "
    for words in ("delivered (dd.MM.yyyy)", "suspected personal data: customer_no", leak):
        assert words in draft
    assert "fields are still undecided" in tutorial[4].output


def test_decided_and_released_by_a_person_the_answer_of_the_tutorial_is_yes(
    tutorial: list[Typed],
) -> None:
    codes = [(outcome.command.split()[1], outcome.code) for outcome in tutorial[5:]]
    assert codes == [
        ("check", 0),
        ("run", 0),
        ("decisions", 0),
        ("approve", 0),
        ("run", 0),
        ("status", YES),
    ], tutorial[-1].output


@pytest.fixture(scope="module")
def own_code(type_in: Typist, orders: Path, tutorial: list[Typed]) -> list[Typed]:
    """The page on training code of one's own, which goes on from the tutorial."""
    assert tutorial
    page = "docs/how-to/use-your-own-training-code.md"
    model = next(block.text for block in blocks(page) if block.language == "yaml")
    charter = orders / "products" / "orders" / "charter.yaml"
    text, count = re.subn(
        r"^model:\n(?:  .*\n)+", model, charter.read_text("utf-8"), flags=re.MULTILINE
    )
    assert count == 1
    text, count = re.subn(r"^version: .*$", 'version: "99"', text, flags=re.MULTILINE)
    assert count == 1
    charter.write_text(text, "utf-8")
    return type_in.follow(page, orders)


def test_a_model_of_a_factory_is_trained_judged_and_waits_for_its_release(
    own_code: list[Typed],
) -> None:
    assert [outcome.code for outcome in own_code] == [0, 0, 0, 0, 0], own_code
    assert "version 99 is adopted now" in own_code[1].output
    assert "orders): version 2" in own_code[-1].output


@pytest.mark.parametrize("command", commands_of("README.md", "sh"))
def test_every_command_of_the_readme_works(command: str, type_in: Typist) -> None:
    # Without a demonstration before it, the status of the example is UNKNOWN.
    expected = UNKNOWN if command.startswith("aipo status") else 0
    typed = type_in(REPOSITORY, command)
    assert typed.code == expected, typed.output


def test_a_check_of_the_team_joins_the_monitor_job(type_in: Typist, tmp_path: Path) -> None:
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
    type_in: Typist, tmp_path: Path
) -> None:
    typed = type_in.follow("docs/how-to/publish-the-dashboard.md", tmp_path)
    assert [outcome.code for outcome in typed] == [0, 0, 0], typed
    promised = {"customer_churn-charter.html", "customer_churn-model.html", "customer_churn.html"}
    assert {"portfolio.html", *promised} <= {path.name for path in (tmp_path / "pages").iterdir()}


def test_a_copy_of_the_home_is_restored_with_the_same_ledger(
    fresh_home: Home, tmp_path: Path
) -> None:
    page = "docs/how-to/back-up-and-restore.md"
    (script,) = [block for block in blocks(page) if block.file]
    (tmp_path / script.file).write_text(script.text, encoding="utf-8")
    type_in = Typist(fresh_home.path)
    with closing(PostgresLedger(resolve_databases({}, fresh_home).ledger_url)) as ledger:
        ledger.append("churn", [arrival("1")], now=T0, decide=nothing, fold=apply)
    release_server(fresh_home)
    before = type_in(tmp_path, f"python {script.file}")
    typed = type_in.follow(page, tmp_path)
    assert [outcome.code for outcome in typed] == [0] * len(typed), typed
    assert "1 entries, root" in before.output
    assert typed[-1].output == before.output
