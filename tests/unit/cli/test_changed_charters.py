"""The news about agreements that `aipo up` prints while it runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aipo_pipelines.cli.changed_charters import CharterNews
from aipo_pipelines.sensors.adoption import adopt_charter
from tests.samples import write_product
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "products")


@pytest.fixture
def charters(world: World) -> CharterNews:
    return CharterNews(world.folder.parent, world.services)


def look(world: World) -> None:
    adopt_charter(world.services, world.product)


def test_unchanged_charters_are_no_news(charters: CharterNews) -> None:
    assert charters.news() == ""


def test_a_charter_that_is_adopted_after_a_change_is_no_news(
    world: World, charters: CharterNews
) -> None:
    write_product(world.folder, title="Another")
    look(world)
    assert charters.news() == ""


def test_a_product_that_still_runs_under_its_last_agreement_is_reported_once(
    world: World, charters: CharterNews
) -> None:
    write_product(world.folder, lifecycle="pilott")
    look(world)
    news = charters.news()
    assert "sample: Since 2026-03-02 09:00 UTC its files cannot be adopted" in news
    assert "lifecycle: found 'pilott'" in news
    assert "Version 1, adopted on 2026-03-02 09:00 UTC, stays in force." in news
    assert charters.news() == ""


def test_a_change_that_waits_for_people_is_reported(world: World, charters: CharterNews) -> None:
    write_product(world.folder, version="2", monitoring={"cadence": "59d"})
    look(world)
    assert "waits for people (charter.monitoring.cadence)" in charters.news()


def test_a_new_product_that_cannot_be_used_is_reported(world: World, charters: CharterNews) -> None:
    write_product(world.folder.parent / "another", product="another", lifecycle="pilott")
    news = charters.news()
    assert news.startswith("another: cannot be measured, no agreement about it is in force")


def test_a_repaired_charter_is_reported(world: World, charters: CharterNews) -> None:
    write_product(world.folder, lifecycle="pilott")
    look(world)
    charters.news()
    write_product(world.folder)
    look(world)
    assert charters.news() == "sample: its files match its agreement again"


def test_a_missing_folder_is_reported(world: World, charters: CharterNews) -> None:
    shutil.rmtree(world.folder)
    look(world)
    assert "Its charter file sample/charter.yaml is gone" in charters.news()
