"""Labels that come later in a table or a query, here of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from aipo_pipelines.resources.feeds import Feed, discover
from aipo_pipelines.resources.feeds import sql as sql_module
from tests.unit.resources.feeds.conftest import source

Feeds = Callable[..., Feed]
Feeding = Callable[..., Feed]
COLUMNS = {"shop": "string", "order": "integer", "returned": "boolean"}
TABLE = 'CREATE TABLE truth (entry INTEGER PRIMARY KEY, shop TEXT, "order" INT, returned INT)'
INSERT = 'INSERT INTO truth (shop, "order", returned) VALUES '
LATEST = (
    'SELECT shop, "order", returned FROM truth AS one WHERE entry = (SELECT max(entry) FROM truth '
    'WHERE shop = one.shop AND "order" = one."order") ORDER BY shop, "order"'
)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., None]:
    """Runs statements on the database of labels."""

    def statements(*texts: str) -> None:
        with closing(sqlite3.connect(tmp_path / "truth.db")) as connection:
            for text in texts:
                connection.execute(text)
            connection.commit()

    return statements


@pytest.fixture
def feed(tmp_path: Path, feed_of: Feeds) -> Feeding:
    """A feed of the orders a/1, a/2, b/1 with labels from SQL."""
    (tmp_path / "orders.csv").write_text("shop,order\na,1\na,2\nb,1\n")

    def of(**truth: object) -> Feed:
        return feed_of(
            "orders.csv",
            COLUMNS,
            sources={"truth": source("sqlite:///truth.db", format="sql", **truth)},
            settings={
                "identifiers": ["shop", "order"],
                "labels": {"column": "returned", "source": "truth"},
            },
        )

    return of


def truths(feed: Feed) -> list[object]:
    truth = feed.labels_of(feed.load("orders")).truth
    return truth.astype(object).where(truth.notna(), None).tolist()


@pytest.mark.parametrize("truth", [{"table": "truth"}, {"query": LATEST}])
def test_labels_of_a_table_or_a_query_find_their_records(
    run: Callable[..., None], feed: Feeding, truth: dict[str, str]
) -> None:
    run(TABLE, INSERT + "('b', 1, 1), ('a', 1, 0), ('z', 1, 1)")
    assert truths(feed(**truth)) == [False, None, True]


@pytest.mark.parametrize("truth", [{"table": "truth"}, {"query": LATEST}])
def test_the_newest_entry_corrects_an_earlier_entry(
    run: Callable[..., None], feed: Feeding, truth: dict[str, str]
) -> None:
    run(TABLE, INSERT + "('a', 1, 1), ('b', 1, 0), ('a', 1, 0)")
    assert truths(feed(**truth)) == [False, None, False]


def test_new_rows_are_new_labels(run: Callable[..., None], feed: Feeding) -> None:
    run(TABLE)
    opened = feed(table="truth")
    before = opened.label_stamp()
    assert truths(opened) == [None, None, None]
    run(INSERT + "('a', 1, 1)")
    assert opened.label_stamp() != before
    assert truths(opened) == [True, None, None]


def test_a_row_that_is_corrected_in_its_place_is_seen_at_a_later_look(
    run: Callable[..., None], feed: Feeding, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(TABLE, INSERT + "('a', 1, 1)")
    opened = feed(table="truth")
    before = discover(opened, {}, now).discoveries[0].labels_digest
    run("UPDATE truth SET returned = 0")
    monkeypatch.setattr(sql_module, "_LOOK_AGAIN_SECONDS", 1e-6)
    assert discover(opened, {}, now).discoveries[0].labels_digest != before
    assert truths(opened) == [False, None, None]


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ({"table": "truht"}, "no table or view 'truht'"),
        ({"query": "SELECT * FROM truht"}, "refused or did not answer"),
        ({"query": "SELECT shop FROM truth"}, "lack the columns 'order', 'returned'"),
    ],
)
def test_labels_that_cannot_be_read_are_reported_and_the_batch_still_arrives(
    run: Callable[..., None], feed: Feeding, now: datetime, truth: dict[str, str], message: str
) -> None:
    run(TABLE)
    look = discover(feed(**truth), {}, now)
    assert [batch.partition for batch in look.discoveries] == ["orders"]
    (problem,) = look.problems
    assert message in str(problem)


def test_a_database_that_is_not_there_yet_brings_no_labels(feed: Feeding, now: datetime) -> None:
    opened = feed(table="truth")
    assert opened.load_labels().empty
    assert "does not exist" in str(discover(opened, {}, now).problems[0])


def test_numbers_of_a_table_are_the_texts_of_these_numbers(
    tmp_path: Path, run: Callable[..., None], feed_of: Feeds
) -> None:
    run("CREATE TABLE truth (id INTEGER PRIMARY KEY, late REAL)", "INSERT INTO truth VALUES (2, 1)")
    (tmp_path / "orders.csv").write_text("id\n1\n2\n")
    feed = feed_of(
        "orders.csv",
        {"id": "string"},
        sources={"truth": source("sqlite:///truth.db", format="sql", table="truth")},
        settings={"identifiers": ["id"], "labels": {"column": "late", "source": "truth"}},
    )
    assert truths(feed) == [None, "1"]
