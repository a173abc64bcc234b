from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.ledger.in_memory import InMemoryLedger
from tests.samples import write_product
from tests.unit.cli.conftest import Command


def test_the_dashboard_is_written_and_the_page_to_open_is_named(
    lived: Command, tmp_path: Path
) -> None:
    outcome = lived("report", "--out", str(tmp_path / "pages"))
    assert (outcome.code, outcome.out) == (0, f"{tmp_path}/pages/portfolio.html\n")
    assert "4 pages written" in outcome.err
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == [
        "portfolio.html",
        "sample-charter.html",
        "sample-model.html",
        "sample.html",
    ]


def test_one_product_is_written_alone(lived: Command, tmp_path: Path) -> None:
    outcome = lived("report", "sample", "--out", str(tmp_path), "--json")
    assert outcome.json["open"] == str(tmp_path / "sample.html")
    assert len(outcome.json["pages"]) == 3
    assert not (tmp_path / "portfolio.html").exists()


def test_a_hostile_name_of_a_batch_is_text(lived: Command, tmp_path: Path) -> None:
    lived("report", "--out", str(tmp_path))
    text = (tmp_path / "sample.html").read_text("utf-8")
    assert "<i>" not in text
    assert "[red]&lt;i&gt;" in text


def test_without_a_folder_pages_go_into_the_home(
    aipo: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPO_HOME", str(tmp_path / "home"))
    outcome = aipo("report")
    assert outcome.out == f"{tmp_path}/home/reports/portfolio.html\n"


def test_what_was_known_then_is_written_as_of_then(lived: Command, tmp_path: Path) -> None:
    outcome = lived("report", "--out", str(tmp_path), "--as-of", "2020-01-01")
    assert outcome.code == 0
    text = (tmp_path / "sample.html").read_text("utf-8")
    assert "2020-01-01 00:00 UTC" in text
    assert "No model is in charge yet" in text


def test_a_folder_that_cannot_be_written_is_reported(aipo: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    outcome = aipo("report", "--out", str(tmp_path / "file"))
    assert outcome.code == 1
    assert "cannot be written" in outcome.err


def test_a_folder_without_charters_is_wrong_usage_if_no_agreement_was_adopted(
    aipo: Command, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    aipo.world.services = aipo.world.speaking_to(ledger=InMemoryLedger())
    outcome = aipo("report", "--products", str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
    assert outcome.code == 2
    assert "no charter.yaml in or below" in outcome.err


def test_a_product_that_was_never_adopted_is_unknown_on_the_portfolio(
    aipo: Command, tmp_path: Path
) -> None:
    write_product(tmp_path / "products" / "new", product="new")
    write_product(tmp_path / "products" / "broken", product="broken", lifecycle="pilott")
    aipo.world.services = aipo.world.speaking_to(ledger=InMemoryLedger())
    place = ["--products", str(tmp_path / "products"), "--out", str(tmp_path / "out")]
    outcome = aipo("report", *place)
    assert outcome.code == 0
    text = (tmp_path / "out" / "portfolio.html").read_text("utf-8")
    # One in each row, one beside their number.
    assert text.count('class="badge unknown"') == 3
    assert "pilott" in text
    assert not (tmp_path / "out" / "broken.html").exists()
