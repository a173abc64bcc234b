"""A feed over Postgres: types, order, read-only transactions, refusals without values."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.feeds import discover
from aipo_pipelines.resources.feeds.sql import SqlReader
from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.lake import Lake
from tests.unit.resources.feeds.conftest import open_at, source

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECRET = "jane@example.org"
Readers = Callable[..., SqlReader]


@pytest.fixture
def reader(fresh_ledger: Databases, tmp_path: Path) -> Readers:
    url = str(fresh_ledger.admin_url)
    with psycopg.connect(url) as connection:
        connection.execute(
            'CREATE TABLE "or""ders" (id bigint PRIMARY KEY, note text, price numeric(9,2),'
            " big numeric(30,0), paid boolean, at timestamptz, day date, tags jsonb, key uuid)"
        )
        connection.execute(
            'INSERT INTO "or""ders" VALUES (9007199254740993, %s, 1.25, 123456789012345678901,'
            " true, '2026-03-01 12:00+02', '2026-03-01', %s, gen_random_uuid()),"
            " (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            (SECRET, '{"b": [1], "a": {}}'),
        )

    def of(**source: object) -> SqlReader:
        declared = Source.model_validate(
            {
                "location": "${URL}",
                "format": "sql",
                "owner": "o",
                "regions": ["DE"],
                "lawful_basis": "contract",
            }
            | source
        )
        return SqlReader(
            name="orders",
            source=declared,
            folder=tmp_path,
            environ={"URL": url},
            allowed=Allowed(variables=("URL",)),
        )

    return of


def test_types_can_be_read_by_the_contract(reader: Readers) -> None:
    orders = reader(table='or"ders')
    frame = orders.read(orders.offer().deliveries[0]).iloc[[1]]
    assert frame["id"].tolist() == [9007199254740993]
    assert frame["price"].tolist() == [1.25]
    assert frame["big"].tolist() == ["123456789012345678901"]
    assert frame["paid"].tolist() == [True]
    assert frame["at"].dt.tz_convert("UTC").dt.hour.tolist() == [10]
    assert frame["tags"].tolist() == ['{"a": {}, "b": [1]}']
    assert frame["day"].dt.day.tolist() == [1]


def test_a_batch_is_the_same_after_the_lake(reader: Readers, tmp_path: Path) -> None:
    orders = reader(table='or"ders')
    frame = orders.read(orders.offer().deliveries[0])
    lake = Lake(str(tmp_path / "lake"))
    stored = lake.store("p", "1", frame)
    assert content_digest(lake.load("p", "1", stored.digest)) == content_digest(frame)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "-02:30", "UTC"])
def test_instants_are_the_same_in_every_time_zone_of_the_server(
    reader: Readers, fresh_ledger: Databases, tmp_path: Path, zone: str
) -> None:
    with psycopg.connect(str(fresh_ledger.admin_url), autocommit=True) as connection:
        connection.execute("CREATE TABLE visits (at timestamptz, key uuid, opens time)")
        connection.execute(
            "INSERT INTO visits VALUES ('2026-07-01 12:00Z', gen_random_uuid(), '08:30'),"
            " ('2026-01-01 12:00Z', gen_random_uuid(), '09:00:00.5'), (NULL, NULL, NULL)"
        )
        connection.execute(f"ALTER ROLE CURRENT_USER SET timezone = '{zone}'")
    visits = reader(table="visits")
    frame = visits.read(visits.offer().deliveries[0])
    lake = Lake(str(tmp_path / "lake"))
    stored = lake.store("p", "1", frame)
    table = lake.load("p", "1", stored.digest)
    columns = {"at": "timestamp", "key": "string", "opens": "string"}
    contract = open_at(tmp_path, "visits.csv", columns).product.contract
    read = conform(table, contract)
    assert set(read.misfits.values()) == {0}
    assert read.frame["at"].dropna().map(str).tolist() == [
        "2026-01-01 12:00:00",
        "2026-07-01 12:00:00",
    ]
    assert sorted(read.frame["opens"].dropna()) == ["08:30:00", "09:00:00.5"]


@pytest.mark.parametrize(
    ("query", "state"),
    [
        # A query is a part of a larger query: there, a deletion is an error of syntax.
        ('DELETE FROM "or""ders" RETURNING id', 42601),
        # The transaction is read-only.
        ("SELECT setval('s', 9)", 25006),
    ],
)
def test_a_query_cannot_write(
    reader: Readers, fresh_ledger: Databases, query: str, state: int
) -> None:
    orders = reader(table='or"ders')
    (delivery,) = orders.offer().deliveries
    with psycopg.connect(str(fresh_ledger.admin_url)) as connection:
        connection.execute("CREATE SEQUENCE s")
    with pytest.raises(SourceError, match=f"SQLSTATE {state}"):
        reader(query=query).read(delivery)
    assert len(orders.read(delivery)) == 2


def test_a_value_in_the_databases_own_message_is_not_repeated(reader: Readers) -> None:
    casting = reader(query='SELECT note::int FROM "or""ders" WHERE note LIKE \'%\'')
    with pytest.raises(SourceError, match=re.escape("InvalidTextRepresentation")) as refused:
        casting.read(reader(table='or"ders').offer().deliveries[0])
    assert SECRET not in str(refused.value)


def test_a_table_that_is_not_there_is_named(reader: Readers) -> None:
    with pytest.raises(SourceMissingError, match="'orders'"):
        reader(table="orders").offer()


def test_the_count_of_a_query_is_its_stamp(reader: Readers) -> None:
    query = 'SELECT id::text AS ":id" FROM "or""ders" WHERE id <> 1 ORDER BY id;'
    (delivery,) = reader(query=query).offer().deliveries
    assert "|1|" in delivery.stamp
    assert list(reader(query=query).read(delivery).columns) == [":id"]


def test_labels_come_from_a_table_and_its_new_rows_are_seen(
    fresh_ledger: Databases, tmp_path: Path
) -> None:
    url = str(fresh_ledger.admin_url)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE truth (id bigint, returned boolean, at timestamptz)")
        connection.execute("INSERT INTO truth VALUES (9007199254740993, true, now())")
    (tmp_path / "orders.csv").write_text("id,amount\n9007199254740993,1\n2,5\n")
    feed = open_at(
        tmp_path,
        "orders.csv",
        {"id": "integer", "amount": "number", "returned": "boolean"},
        sources={"truth": source("${URL}", format="sql", table="truth")},
        settings={"identifiers": ["id"], "labels": {"column": "returned", "source": "truth"}},
        opening={"environ": {"URL": url}},
    )
    (first,) = discover(feed, {}, NOW).discoveries
    assert feed.labels_of(feed.load("orders")).truth.tolist() == [True, pd.NA]
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO truth VALUES (2, false, now())")
    (second,) = discover(feed, {}, NOW).discoveries
    assert second.digest == first.digest
    assert second.labels_digest != first.labels_digest
    assert feed.labels_of(feed.load("orders")).truth.tolist() == [True, False]
