"""The database of a charter: which URLs are opened, and that it is only read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from aipo_pipelines.charter.reading.allowed import NOTHING, OPERATOR, Allowed
from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds.sql_connection import connected, database_url

SECRET = "hunter2"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database file with one table of two orders."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?)", [("a",), ("b",)])
        connection.commit()
    return path


def url_of(folder: Path, location: str, allowed: Allowed = OPERATOR, **environ: str) -> sa.URL:
    return database_url("orders", location, folder, environ, allowed)


def statement(text: str, url: sa.URL) -> object:
    with connected(url, "orders", 10) as connection:
        return connection.exec_driver_sql(text).scalar()


def test_a_file_is_found_below_the_folder_of_the_product(shop: Path) -> None:
    url = url_of(shop.parent, "sqlite:///shop.db", NOTHING)
    assert url.database == str(shop)
    assert statement("SELECT count(*) FROM orders", url) == 2


def test_an_absolute_file_is_taken_as_it_is(shop: Path) -> None:
    url = url_of(shop.parent / "elsewhere", f"sqlite:///{shop}")
    assert url.database == str(shop)


def test_options_of_the_url_stay(shop: Path) -> None:
    url = url_of(shop.parent, "sqlite:///shop.db?timeout=3")
    assert url.query == {"timeout": "3"}
    assert statement("SELECT count(*) FROM orders", url) == 2


def test_a_missing_file_is_named_and_not_created(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError) as missing:
        url_of(tmp_path, "sqlite:///gone.db")
    assert str(missing.value) == (
        "The database file 'gone.db' of source 'orders' does not exist; expected it. Deliver it, "
        "or correct the location in the charter."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("location", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_has_no_file(tmp_path: Path, location: str) -> None:
    assert statement("SELECT 1", url_of(tmp_path, location)) == 1


@pytest.mark.parametrize("location", ["data/orders.csv", "shop.db", "", "postgresql://h:port/db"])
def test_a_location_that_is_no_url_of_a_database_is_refused(tmp_path: Path, location: str) -> None:
    with pytest.raises(SourceError) as refused:
        url_of(tmp_path, location)
    assert str(refused.value) == (
        "The location of source 'orders' is no database URL; expected for example "
        "postgresql://${USER}:${PASSWORD}@host/database. Correct the charter."
    )


@pytest.mark.parametrize("location", ["sqlite:///../other.db", "sqlite:////etc/other.db"])
def test_a_file_that_no_charter_may_read_is_refused_before_it_is_looked_for(
    tmp_path: Path, location: str
) -> None:
    with pytest.raises(SourceError) as refused:
        url_of(tmp_path, location, NOTHING)
    assert "is a place outside the product's folder; expected one below it" in str(refused.value)


@pytest.mark.parametrize(
    ("location", "value"),
    [("sqlite:///${PLACE}", "../other.db"), ("${PLACE}", "sqlite:///../other.db")],
)
def test_a_variable_may_not_lead_out_of_the_folder(
    tmp_path: Path, location: str, value: str
) -> None:
    allowed = Allowed(variables=("PLACE",))
    with pytest.raises(SourceError, match="is a place outside the product's folder"):
        url_of(tmp_path, location, allowed, PLACE=value)


def test_user_and_password_come_from_the_environment(tmp_path: Path) -> None:
    url = url_of(
        tmp_path, "postgresql+psycopg://${USER}:${WORD}@db/shop", USER="ada", WORD="p@ss/word"
    )
    assert (url.username, url.password, url.host) == ("ada", "p@ss/word", "db")


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="needs the environment variable 'WORD'"):
        url_of(tmp_path, "postgresql://ada:${WORD}@db/shop")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO orders VALUES ('c')",
        "DELETE FROM orders",
        "DROP TABLE orders",
        "CREATE TABLE more (id TEXT)",
    ],
)
def test_the_database_itself_refuses_to_write(shop: Path, text: str) -> None:
    url = url_of(shop.parent, "sqlite:///shop.db")
    before = shop.read_bytes()
    with pytest.raises(SourceError) as refused, connected(url, "orders", 10) as connection:
        connection.exec_driver_sql(text)
    assert str(refused.value) == (
        "The database of source 'orders' refused or did not answer (OperationalError). Check that "
        "it runs, that the pipeline's user may read it, and the table or query in the charter."
    )
    assert shop.read_bytes() == before


def test_a_refusal_of_the_database_quotes_no_value(shop: Path) -> None:
    url = url_of(shop.parent, "sqlite:///shop.db")
    with pytest.raises(SourceError) as refused, connected(url, "orders", 10) as connection:
        connection.execute(sa.text("SELECT hunter2_4111 FROM orders"))
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"id,amount\na,1\n" * 100)
    with pytest.raises(SourceError, match=r"refused or did not answer \(DatabaseError\)"):
        statement("SELECT 1 FROM orders", url_of(tmp_path, "sqlite:///shop.db"))


def test_what_was_read_is_rolled_back_and_the_connection_closed(shop: Path) -> None:
    url = url_of(shop.parent, "sqlite:///shop.db")
    with connected(url, "orders", 10) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM orders").scalar() == 2
        assert connection.in_transaction()
    assert connection.closed


def test_an_error_of_this_package_passes_and_closes_the_connection(shop: Path) -> None:
    url = url_of(shop.parent, "sqlite:///shop.db")
    error = SourceMissingError("as it was raised")
    with pytest.raises(SourceMissingError) as passed, connected(url, "orders", 10) as connection:
        raise error
    assert passed.value is error
    assert connection.closed


@pytest.mark.parametrize("location", ["oracle://ada@db/shop", "duckdb+nothing://db/shop"])
def test_a_database_without_a_driver_is_named_with_the_next_step(location: str) -> None:
    kind = location.partition("://")[0].partition("+")[0]
    url = sa.make_url(location)
    with pytest.raises(SourceError) as refused, connected(url, "orders", 10):
        pass
    assert str(refused.value) == (
        f"Source 'orders' is a {kind} database, and no driver for it is installed; expected a "
        "driver. Install it on the machine that runs the pipeline, or name an installed driver in "
        "the location, as in postgresql+psycopg://."
    )


def test_a_server_that_does_not_answer_is_an_error_without_its_address(tmp_path: Path) -> None:
    url = url_of(tmp_path, "postgresql+psycopg://ada:hunter2@127.0.0.1:1/shop")
    with pytest.raises(SourceError) as refused, connected(url, "orders", 10):
        pass
    assert str(refused.value).startswith(
        "The database of source 'orders' refused or did not answer (OperationalError"
    )
    assert "127.0.0.1" not in str(refused.value)
    assert SECRET not in str(refused.value)
