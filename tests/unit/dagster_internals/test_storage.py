"""Dagster's stores with our engine; the databases behind them are in the integration tests."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, create_engine, event

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
