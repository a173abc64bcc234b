"""Dagster's stores with our engine; the databases behind them are in the integration tests."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, create_engine, event, text

from aipo_pipelines.dagster_internals.storage import PooledEvents, PooledRuns, PooledSchedules

URL = "postgresql://aipo@127.0.0.1:1/aipo_dagster"
STORES = [PooledRuns, PooledEvents, PooledSchedules]
Store = PooledRuns | PooledEvents | PooledSchedules


class Engines:
    """Makes engines, and remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int, int]] = []
        self.engines: list[Engine] = []

    def __call__(self, url: str, timeout: int, recycle: int, overflow: int) -> Engine:
        self.calls.append((url, timeout, recycle, overflow))
        self.engines.append(create_engine("sqlite://"))
        return self.engines[-1]


@pytest.mark.parametrize("store_class", STORES)
def test_a_store_is_made_without_a_connection_and_without_tables(store_class: type[Store]) -> None:
    engines = Engines()
    store = store_class(URL, engines)
    assert store.postgres_url == URL
    assert engines.calls == []


@pytest.mark.parametrize("store_class", STORES)
def test_the_webserver_gets_an_engine_of_our_kind(store_class: type[Store]) -> None:
    engines = Engines()
    store = store_class(URL, engines)
    store.optimize_for_webserver(statement_timeout=5000, pool_recycle=60, max_overflow=20)
    assert engines.calls == [(URL, 5000, 60, 20)]
    with store._engine.connect() as connection:  # noqa: SLF001 - Dagster's name
        assert connection.dialect.name == "sqlite"


def test_another_engine_closes_the_connections_of_the_former() -> None:
    engines = Engines()
    store = PooledRuns(URL, engines)
    store.optimize_for_webserver(5000, 60, 20)
    disposed: list[Engine] = []
    event.listen(engines.engines[0], "engine_disposed", disposed.append)
    store.optimize_for_webserver(5000, 60, 20)
    assert disposed == engines.engines[:1]


def test_a_table_or_column_that_was_found_is_not_looked_for_again() -> None:
    engines = Engines()
    store = PooledEvents(URL, engines)
    store.optimize_for_webserver(5000, 60, 20)
    with engines.engines[-1].begin() as connection:
        connection.execute(text("CREATE TABLE asset_keys (asset_key text)"))
    assert store.has_table("asset_keys")
    assert store.has_asset_key_col("asset_key")
    # This database has no table at all.
    store.optimize_for_webserver(5000, 60, 20)
    assert store.has_table("asset_keys")
    assert store.has_asset_key_col("asset_key")


def test_a_table_or_column_that_was_not_found_is_looked_for_again() -> None:
    engines = Engines()
    store = PooledEvents(URL, engines)
    store.optimize_for_webserver(5000, 60, 20)
    with engines.engines[-1].begin() as connection:
        connection.execute(text("CREATE TABLE asset_keys (id int)"))
        assert not store.has_table("later")
    assert not store.has_asset_key_col("asset_key")
    with engines.engines[-1].begin() as connection:
        connection.execute(text("CREATE TABLE later (id int)"))
        connection.execute(text("ALTER TABLE asset_keys ADD COLUMN asset_key text"))
    assert store.has_table("later")
    assert store.has_asset_key_col("asset_key")
