"""The wheel, installed outside the checkout: everything it needs is in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aipo_pipelines.resources.databases.embedded import release_server, stop_server
from aipo_pipelines.resources.home import Home
from tests.acceptance.command import REPOSITORY, SECONDS, YES

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("package")]

PRODUCTS = 3


def run(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIPO_", "DAGSTER_", "MLFLOW_", "PYTEST_"))
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=inherited | more,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = run([*command, str(REPOSITORY)], folder)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked outside of the checkout; its dependencies are those of this Python."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    done = run([*pip, "--target", str(folder), str(wheel)], folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def demo(installed: Path, module_folder: Path) -> Iterator[subprocess.CompletedProcess[str]]:
    """Two weeks of the demonstration, by the installed wheel, in a folder without products."""
    home = Home(module_folder / "home")
    elsewhere = module_folder / "elsewhere"
    elsewhere.mkdir()
    words = [str(installed / "bin" / "aipo"), "demo", "--weeks", "2"]
    yield run(words, elsewhere, PYTHONPATH=str(installed), AIPO_HOME=str(home.path))
    release_server(home)
    stop_server(home)


@pytest.mark.parametrize(
    "name",
    [
        "aipo_pipelines/bundle/products/standards.yaml",
        "aipo_pipelines/bundle/products/customer_churn/charter.yaml",
        "aipo_pipelines/bundle/products/customer_churn/contract.yaml",
        "aipo_pipelines/bundle/products/fraud_prevention/charter.yaml",
        "aipo_pipelines/bundle/products/supply_chain_forecasting/contract.yaml",
        "aipo_pipelines/bundle/dagster.yaml",
        "aipo_pipelines/bundle/workspace.yaml",
        "aipo_pipelines/ledger/postgres/functions.sql",
        "aipo_pipelines/ledger/postgres/migrations/env.py",
        "aipo_pipelines/ledger/postgres/migrations/versions/v0001_tables.py",
        "aipo_pipelines/ledger/postgres/migrations/versions/v0001_tables.sql",
        "aipo_pipelines/ledger/postgres/queries.sql",
        "aipo_pipelines/ledger/postgres/rights.sql",
        "aipo_pipelines/reports/chart.css",
        "aipo_pipelines/reports/dashboard.css",
        "aipo_pipelines/reports/templates/chart.svg.j2",
        "aipo_pipelines/reports/templates/door_home.html.j2",
        "aipo_pipelines/reports/templates/notice_incident.txt.j2",
        "aipo_pipelines/reports/templates/page.html.j2",
        "aipo_pipelines/reports/templates/parts.html.j2",
        "aipo_pipelines/reports/templates/product.html.j2",
        "aipo_pipelines/py.typed",
    ],
)
def test_the_wheel_carries_what_a_checkout_has(names: list[str], name: str) -> None:
    assert name in names


def test_the_wheel_carries_the_licence(names: list[str]) -> None:
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_the_wheel_carries_nothing_beside_the_package(names: list[str]) -> None:
    folders = {name.split("/")[0] for name in names}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == {"aipo_pipelines"}


def test_the_installed_package_is_not_the_checkout(installed: Path) -> None:
    question = "import aipo_pipelines; print(aipo_pipelines.__file__)"
    done = run([sys.executable, "-c", question], installed, PYTHONPATH=str(installed))
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_the_bundled_charters_have_no_problem(installed: Path, tmp_path: Path) -> None:
    words = [str(installed / "bin" / "aipo"), "check"]
    checked = run(words, tmp_path, PYTHONPATH=str(installed))
    assert checked.returncode == 0, checked.stdout
    assert f"{PRODUCTS} charters" in checked.stderr
    assert "bundle" in checked.stderr


def test_the_demonstration_plays_outside_the_checkout(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert demo.returncode == 0, demo.stderr
    assert demo.stdout.count("Version 1 is in charge now.") == PRODUCTS
    assert "The story continues: aipo demo" in demo.stdout


def test_the_demonstration_can_be_asked_about_afterwards(
    demo: subprocess.CompletedProcess[str], installed: Path, module_folder: Path
) -> None:
    assert demo.returncode == 0
    words = [str(installed / "bin" / "aipo"), "status", "customer_churn"]
    home = str(module_folder / "home")
    done = run(words, module_folder, PYTHONPATH=str(installed), AIPO_HOME=home)
    assert done.returncode == YES, done.stderr
    assert "simulated, the time is 2026-07-20 06:00Z" in done.stderr
