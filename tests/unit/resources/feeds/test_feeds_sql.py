"""Feeds from SQL tables and queries, on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds import sql as sql_module

Feeds = Callable[..., Feed]
Fill = Callable[..., None]
COLUMNS = {"id": "string", "amount": "number"}
SECRET = "hunter2 and 4111"


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Runs statements on the database of the product's folder."""

    def run(*statements: str) -> None:
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return run


@pytest.fixture
def sql_feed(feed_of: Feeds) -> Feeds:
    def make(**source: object) -> Feed:
        settings = source.pop("settings", None)
        return feed_of("sqlite:///shop.db", COLUMNS, settings=settings, format="sql", **source)

    return make


def insert(table: str, row: str) -> str:
    return f"INSERT INTO {table} VALUES ({row})"  # noqa: S608 - quoted by its caller


def orders(*rows: str) -> tuple[str, ...]:
    values = (insert("orders", row) for row in rows)
    return ("CREATE TABLE orders (id TEXT PRIMARY KEY, amount REAL)", *values)


def test_a_table_is_one_batch_named_after_its_source(
    fill: Fill, sql_feed: Feeds, now: datetime
) -> None:
    fill(*orders("'a', 1.5", "'b', NULL"))
    feed = sql_feed(table="orders")
    (ref,) = feed.list_batches(now).batches
    assert (ref.partition, ref.rows, ref.location) == ("orders", 2, "orders: orders")
    assert feed.load("orders", ref.digest)["id"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "name",
    [
        'a"; DROP TABLE orders; --',
        "sales.orders",
        "select",
        "a'b",
        "per cent %s",
        "🙂",
        "a:b",
        "A b",
    ],
)
def test_hostile_table_names_are_only_names(fill: Fill, sql_feed: Feeds, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    fill(*orders("'a', 1"), f"CREATE TABLE {quoted} (id TEXT)", insert(quoted, "'x'"))
    assert sql_feed(table=name).load("orders")["id"].tolist() == ["x"]
    assert sql_feed(table="orders").load("orders")["id"].tolist() == ["a"]


def test_a_dot_divides_schema_and_table(fill: Fill, sql_feed: Feeds) -> None:
    fill(*orders("'a', 1"))
    assert len(sql_feed(table="main.orders").load("orders")) == 1


def test_hostile_column_names_are_only_names(fill: Fill, sql_feed: Feeds) -> None:
    fill('CREATE TABLE orders ("a""b" TEXT, "%(x)s" TEXT, ":y" TEXT)')
    assert list(sql_feed(table="orders").load("orders").columns) == ['a"b', "%(x)s", ":y"]


def test_a_query_is_run_unchanged(fill: Fill, sql_feed: Feeds, now: datetime) -> None:
    fill(*orders("'10:30', 1", "'b%', 2"))
    query = "SELECT id, ':x' AS note FROM orders WHERE id LIKE 'b%' OR id = '10:30' ORDER BY id;"
    feed = sql_feed(query=query)
    assert feed.list_batches(now).batches[0].rows == 2
    assert feed.load("orders").to_numpy().tolist() == [["10:30", ":x"], ["b%", ":x"]]


@pytest.mark.parametrize(
    "query", ["DELETE FROM orders", "DELETE FROM orders RETURNING id", "DROP TABLE orders"]
)
def test_a_query_that_writes_is_refused_and_changes_nothing(
    fill: Fill, sql_feed: Feeds, query: str
) -> None:
    fill(*orders("'a', 1"))
    with pytest.raises(SourceError):
        sql_feed(query=query).load("orders")
    assert len(sql_feed(table="orders").load("orders")) == 1


def test_the_content_does_not_depend_on_the_order_of_storage(
    fill: Fill, sql_feed: Feeds, now: datetime
) -> None:
    fill(*orders("'b', 2", "'a', 1"))
    feed = sql_feed(table="orders")
    before = feed.list_batches(now).batches[0].digest
    fill("DELETE FROM orders WHERE id = 'b'", "INSERT INTO orders VALUES ('b', 2)")
    assert sql_feed(table="orders").list_batches(now).batches[0].digest == before


def test_more_rows_are_seen_at_the_next_look(fill: Fill, sql_feed: Feeds, now: datetime) -> None:
    fill(*orders("'a', 1"))
    feed = sql_feed(table="orders")
    before = feed.fingerprint(now)
    fill("INSERT INTO orders VALUES ('b', 2)")
    assert feed.fingerprint(now) != before


def test_a_change_in_place_is_seen_within_minutes(
    fill: Fill, sql_feed: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(*orders("'a', 1"))
    feed = sql_feed(table="orders")
    before = feed.list_batches(now).batches[0].digest
    fill("UPDATE orders SET amount = 2")
    monkeypatch.setattr(sql_module, "_LOOK_AGAIN_SECONDS", 1e-6)
    assert feed.list_batches(now).batches[0].digest != before


def test_rows_are_cut_in_the_order_of_the_charters_columns(
    fill: Fill, sql_feed: Feeds, now: datetime
) -> None:
    fill(*orders("'c', 3", "'a', 1", "'b', 2", "'d', 0"))
    settings = {"batches": {"by": "rows", "rows": 2}, "identifiers": ["amount"]}
    feed = sql_feed(table="orders", settings=settings)
    assert [ref.partition for ref in feed.list_batches(now).batches] == ["0001", "0002"]
    assert feed.load("0001")["id"].tolist() == ["d", "a"]


def test_rows_without_an_order_are_not_cut(fill: Fill, sql_feed: Feeds, now: datetime) -> None:
    fill("CREATE TABLE orders (id TEXT)", "INSERT INTO orders VALUES ('a')")
    feed = sql_feed(table="orders", settings={"batches": {"by": "rows", "rows": 1}})
    (problem,) = feed.list_batches(now).problems
    assert "query with ORDER BY" in str(problem)


def test_numbers_and_words_in_one_column_are_kept(fill: Fill, sql_feed: Feeds) -> None:
    fill(*orders("'a', 1", "'b', 'many'", "'c', NULL"))
    amounts = sql_feed(table="orders").load("orders")["amount"]
    assert amounts.dropna().tolist() == [1.0, "many"]


def test_a_type_that_changes_in_late_rows_is_kept(
    fill: Fill, sql_feed: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_module, "_ROWS_AT_ONCE", 1)
    fill("CREATE TABLE orders (id INTEGER PRIMARY KEY, a, b, c)")
    fill("INSERT INTO orders VALUES (1, 1, NULL, NULL), (2, 2.5, 7, NULL), (3, 3, 'x', NULL)")
    frame = sql_feed(table="orders").load("orders")
    assert frame["a"].tolist() == [1.0, 2.5, 3.0]
    assert frame["b"].dropna().tolist() == [7, "x"]
    assert frame["c"].isna().all()


def test_a_table_without_rows_is_a_batch_without_rows(fill: Fill, sql_feed: Feeds) -> None:
    fill(*orders())
    assert sql_feed(table="orders").load("orders").shape == (0, 2)


@pytest.mark.parametrize("source", [{"table": "none"}, {"table": "a.b.c"}])
def test_a_table_that_does_not_exist_is_named(
    fill: Fill, sql_feed: Feeds, now: datetime, source: dict[str, str]
) -> None:
    fill(*orders())
    (problem,) = sql_feed(**source).list_batches(now).problems
    assert isinstance(problem, SourceMissingError)
    assert repr(source["table"]) in str(problem)


def test_a_database_that_does_not_exist_is_not_created(
    tmp_path: Path, sql_feed: Feeds, now: datetime
) -> None:
    (problem,) = sql_feed(table="orders").list_batches(now).problems
    assert isinstance(problem, SourceMissingError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "location",
    [
        f"postgresql://ada:{SECRET}@localhost:1/shop?connect_timeout=1",
        "postgresql://ada:${PASSWORD}@localhost:1/shop?connect_timeout=1",
        f"nosuch://ada:{SECRET}@localhost/shop",
        f"ada {SECRET}",
        f"postgresql://ada:{SECRET}@host:port/shop",
    ],
)
def test_no_refusal_shows_the_password(feed_of: Feeds, now: datetime, location: str) -> None:
    opening = {"environ": {"PASSWORD": SECRET}}
    feed = feed_of(location, COLUMNS, opening=opening, format="sql", table="orders")
    (problem,) = feed.list_batches(now).problems
    assert SECRET not in str(problem)
    assert problem.__cause__ is None


@pytest.mark.parametrize("dialect", ["nosuch", "oracle"])
def test_a_missing_driver_and_a_database_that_does_not_answer_have_different_messages(
    feed_of: Feeds, now: datetime, dialect: str
) -> None:
    feed = feed_of(f"{dialect}://ada@localhost/shop", COLUMNS, format="sql", table="orders")
    (problem,) = feed.list_batches(now).problems
    assert f"a {dialect} database, and no driver" in str(problem)


def test_a_driver_that_quotes_a_value_is_not_repeated(fill: Fill, sql_feed: Feeds) -> None:
    fill(*orders(), insert("orders", f"CAST(X'FF' AS TEXT) || '{SECRET}', 1"))
    with pytest.raises(SourceError) as refused:
        sql_feed(table="orders").load("orders")
    assert SECRET not in str(refused.value)
    assert "OperationalError" in str(refused.value)


def test_a_variable_of_the_password_may_hold_any_character(
    monkeypatch: pytest.MonkeyPatch, feed_of: Feeds, now: datetime
) -> None:
    seen: list[URL] = []

    def engine(url: URL, **_: object) -> object:
        seen.append(url)
        raise ImportError

    monkeypatch.setattr("sqlalchemy.create_engine", engine)
    location = "postgresql://ada:${PASSWORD}@${HOST}/shop"
    opening = {"environ": {"PASSWORD": "p@ss:/?#", "HOST": "db.local:5433"}}
    feed_of(location, COLUMNS, opening=opening, format="sql", table="t").list_batches(now)
    assert (seen[0].password, seen[0].host, seen[0].port) == ("p@ss:/?#", "db.local", 5433)
