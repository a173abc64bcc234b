from __future__ import annotations

import os
from pathlib import Path

import pytest

from aipo_pipelines.errors import HomeError
from aipo_pipelines.reports.publishing import publish_portfolio, publish_product, write_pages
from tests.unit.reports.telling import lively, report_of


def test_the_pages_of_a_product_are_three_and_its_own_comes_last(tmp_path: Path) -> None:
    report = report_of(tmp_path / "product", lively(weeks=1))
    written = publish_product(tmp_path / "out", report)
    assert [path.name for path in written] == [
        "churn-charter.html",
        "churn-model.html",
        "churn.html",
    ]
    assert sorted((tmp_path / "out").iterdir()) == sorted(written)


def test_pages_lead_to_the_portfolio_once_it_is_there(tmp_path: Path) -> None:
    report, out = report_of(tmp_path / "product", lively(weeks=1)), tmp_path / "out"
    assert "portfolio.html" not in publish_product(out, report)[-1].read_text("utf-8")
    publish_portfolio(out, [report.answer], report.answer.as_of)
    assert "portfolio.html" in publish_product(out, report)[-1].read_text("utf-8")


def test_a_page_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_pages(tmp_path, {"a.html": "old"})
    held = (tmp_path / "a.html").open(encoding="utf-8")
    write_pages(tmp_path, {"a.html": "new"})
    with held:
        assert held.read() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    assert (tmp_path / "a.html").read_text("utf-8") == "new"


def test_a_folder_that_is_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way", "utf-8")
    with pytest.raises(HomeError, match=r"out cannot be written: .*Name another folder with --out"):
        write_pages(tmp_path / "out", {"a.html": "x"})


def test_a_folder_in_the_place_of_a_page_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.html").mkdir()
    with pytest.raises(HomeError, match=r"a\.html"):
        write_pages(tmp_path, {"a.html": "x"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize(("folder", "page"), [(0o700, 0o600), (0o755, 0o644), (0o2775, 0o664)])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_page_is_as_open_as_its_folder(
    tmp_path: Path, folder: int, page: int, umask: int
) -> None:
    tmp_path.chmod(folder)
    before = os.umask(umask)
    try:
        (written,) = write_pages(tmp_path, {"a.html": "x"})
    finally:
        os.umask(before)
    assert written.stat().st_mode & 0o777 == page
