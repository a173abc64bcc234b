"""Counts of wrong cells on the command line, in notices and on the page of a product."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.reports.collect import collect
from aipo_pipelines.reports.publishing import product_pages
from aipo_pipelines.sensors.escalation import escalate
from tests.unit.cli.conftest import Command
from tests.unit.reports.telling import Reading
from tests.world import ROWS, World

WRONG = ("x1", "required", "critical")


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


@pytest.fixture(scope="module")
def broken_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two batches that break their contract in one incident, the second one worse."""
    world = World(tmp_path_factory.mktemp("broken") / "products").deliver("w1").play()
    world.later(days=7).deliver("w2", x1=None).play()
    world.later(days=7).deliver("w3", x1=None, x2="word").play()
    return world


@pytest.fixture
def broken(
    broken_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    return Command(broken_world, monkeypatch, capsys)


def test_an_incident_shows_the_counts_of_each_of_its_batches(broken: Command) -> None:
    outcome = broken("incidents", "sample").out
    second, third = outcome.index("in batch w2 ("), outcome.index("in batch w3 (")
    assert second < third
    of_w2, of_w3 = rows(outcome[second:third]), rows(outcome[third:])
    assert [str(ROWS), *WRONG] in [row[:4] for row in of_w2]
    assert [str(ROWS), "x2", "type", "critical"] in [row[:4] for row in of_w3]
    assert [str(ROWS), "x2", "type", "critical"] not in [row[:4] for row in of_w2]


def test_json_has_the_same_counts(broken: Command) -> None:
    (incident,) = broken("incidents", "--json").json
    batches = incident["wrong_cells"]
    assert [batch["partition"] for batch in batches] == ["w2", "w3"]
    assert [(cell["column"], cell["rule"], cell["failing"]) for cell in batches[0]["cells"]] == [
        ("x1", "required", ROWS)
    ]


def test_status_shows_the_counts_of_the_newest_batch(broken: Command) -> None:
    outcome = broken("status", "sample")
    assert f"Wrong cells in batch w3 ({ROWS:,} rows)" in outcome.out
    assert [str(ROWS), *WRONG] in [row[:4] for row in rows(outcome.out)]
    document = broken("status", "sample", "--json").json
    assert document["wrong_cells"]["partition"] == "w3"


def test_status_of_a_product_whose_contract_holds_counts_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "products").deliver("w1").play()
    report = collect(world.ledger, world.product, world.clock.now())
    assert report.answer.wrong_cells is None
    assert "Wrong cells" not in "".join(product_pages(report).values())


def test_a_notice_holds_the_counts(tmp_path: Path) -> None:
    world = World(tmp_path / "products").deliver("w1").play()
    world.later(days=7).deliver("w2", x1=None).play()
    escalate(world.services, world.product, world.state)
    (notice,) = world.notifier.sent
    assert f"Wrong cells in batch w2 ({ROWS:,} rows), by column and rule:" in notice.body
    assert [str(ROWS), *WRONG] in [row[:4] for row in rows(notice.body)]


def test_the_page_of_a_product_has_a_table_of_each_batch(broken_world: World) -> None:
    report = collect(broken_world.ledger, broken_world.product, broken_world.clock.now())
    page = Reading(product_pages(report)["sample.html"])
    assert page.problems == []
    words = " ".join(page.words.split())
    for batch in ("w2", "w3"):
        assert f"Wrong cells in batch {batch} ({ROWS:,} rows), by column and rule" in words
