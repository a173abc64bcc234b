"""What `aipo up` tells of charters that are changed while it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aipo_pipelines.cli.charter_news import CharterNews
from tests.samples import write_product


@pytest.fixture
def charter(tmp_path: Path) -> Path:
    return write_product(tmp_path / "products" / "sample") / "charter.yaml"


@pytest.fixture
def charters(charter: Path) -> CharterNews:
    return CharterNews(charter.parents[1])


def put(charter: Path, old: str, new: str) -> None:
    text = charter.read_text("utf-8")
    assert old in text
    charter.write_text(text.replace(old, new), "utf-8")


def test_unchanged_charters_are_no_news(charters: CharterNews) -> None:
    assert charters.news() == ""


def test_a_charter_that_can_be_used_after_a_change_is_no_news(
    charter: Path, charters: CharterNews
) -> None:
    put(charter, '"title": "Sample"', '"title": "Another"')
    assert charters.news() == ""


def test_a_charter_that_breaks_is_told_once_with_its_problem(
    charter: Path, charters: CharterNews
) -> None:
    put(charter, '"lifecycle": "pilot"', '"lifecycle": "pilott"')
    assert "lifecycle: found 'pilott'" in (told := charters.news())
    assert "nothing is measured until this is mended" in told
    assert charters.news() == ""


def test_a_new_product_that_cannot_be_used_is_told(charter: Path, charters: CharterNews) -> None:
    write_product(charter.parents[1] / "another", product="another", lifecycle="pilott")
    assert "another" in charters.news()


def test_a_charter_that_was_mended_is_told(charter: Path, charters: CharterNews) -> None:
    put(charter, '"lifecycle": "pilot"', '"lifecycle": "pilott"')
    charters.news()
    put(charter, '"lifecycle": "pilott"', '"lifecycle": "pilot"')
    assert charters.news() == "the charters can be used again"


def test_a_folder_that_was_emptied_is_told(charter: Path, charters: CharterNews) -> None:
    shutil.rmtree(charter.parents[1])
    assert "no charter is left" in charters.news()
