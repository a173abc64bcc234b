from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import pytest

import aipo_pipelines
from aipo_pipelines.resources.databases import setup


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, which the version is computed from."""
    copy = tmp_path / "aipo_pipelines"
    original = Path(aipo_pipelines.__file__).parent
    shutil.copytree(original, copy, ignore=shutil.ignore_patterns("__pycache__", "reports"))
    monkeypatch.setattr(resources, "files", lambda _: copy)
    return copy


def version() -> str:
    return setup.ledger_version.__wrapped__()


@pytest.mark.parametrize(
    "name",
    [
        "ledger/fold/fold.py",
        "evidence/details/__init__.py",
        "ledger/postgres/functions.sql",
        "ledger/postgres/rights.sql",
        "ledger/postgres/migrations/versions/v0001_tables.sql",
    ],
)
def test_the_version_of_the_ledger_changes_with_the_code_of_its_facts_and_with_its_sql(
    package: Path, name: str
) -> None:
    before = version()
    file = package / name
    file.write_text(file.read_text() + "\n")
    assert version() != before


def test_the_version_of_the_ledger_does_not_change_with_other_code(package: Path) -> None:
    before = version()
    (package / "cli" / "status.py").write_text("")
    assert version() == before
