"""Deliveries beyond their bounds are refused before they take the memory, and no other delivery."""

from __future__ import annotations

import gzip
import sqlite3
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aipo_pipelines.errors import SourceError, SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.parquet import read_parquet
from aipo_pipelines.resources.feeds.text import read_text
from tests.world import World

MIB = 1 << 20


def bounded(world: World, **bounds: str) -> World:
    """The same world with bounds in the environment."""
    environ = {f"AIPO_MAX_DELIVERY_{name.upper()}": value for name, value in bounds.items()}
    world.services = world.speaking_to(
        feeds=type(world.services.feeds)(environ=environ, settle_seconds=0.0)
    )
    return world


def problems(world: World) -> list[str]:
    return [str(problem) for problem in world.take_in().problems]


def test_without_settings_the_bounds_are_those_of_the_page() -> None:
    assert Bounds.of({}) == Bounds(bytes=4 << 30, rows=50_000_000, columns=5_000, seconds=900)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "4 GB", "\u0664"])
def test_a_bound_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="expected a whole number above zero"):
        Bounds.of({"AIPO_MAX_DELIVERY_ROWS": text})


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"rows": "100"}, "more than 100 rows"),
        ({"columns": "3"}, "more than 3 columns"),
        ({"bytes": "1000"}, "more than 1,000 bytes"),
    ],
)
def test_a_delivery_beyond_a_bound_is_a_problem_of_the_source(
    tmp_path: Path, bounds: dict[str, str], message: str
) -> None:
    world = bounded(World(tmp_path), **bounds).deliver("w1")
    (problem,) = problems(world)
    assert message in problem
    assert f"AIPO_MAX_DELIVERY_{next(iter(bounds)).upper()}" in problem
    assert [str(incident.cause) for incident in world.state.incidents.values()] == ["feed"]


def test_other_deliveries_are_still_read(tmp_path: Path) -> None:
    world = bounded(World(tmp_path), rows="400").deliver("w1").deliver("w2", rows=401)
    look = world.take_in()
    assert [batch.partition for batch in look.discoveries] == ["w1"]
    assert len(look.problems) == 1


def test_a_gzip_file_is_not_unpacked_beyond_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        for _ in range(256):
            packed.write(b"0" * MIB)
    tracemalloc.start()
    try:
        with pytest.raises(SourceUnreadableError, match="more than 16,777,216 bytes"):
            read_text(path, "utf-8", "bomb.csv.gz", Bounds(bytes=16 * MIB))
        assert tracemalloc.get_traced_memory()[1] < 4 * 16 * MIB
    finally:
        tracemalloc.stop()


def test_a_text_that_is_once_in_a_dictionary_is_not_decoded_beyond_the_bound(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bomb.parquet"
    places = pa.array(np.zeros(1_000_000, dtype=np.int32))
    column = pa.DictionaryArray.from_arrays(places, ["x" * 10_000])
    pq.write_table(pa.table({"v": column}), path, store_schema=False)
    assert path.stat().st_size < MIB
    before = pa.total_allocated_bytes()
    with pytest.raises(SourceUnreadableError, match="more than 67,108,864 bytes"):
        read_parquet(path, "bomb.parquet", Bounds(bytes=64 * MIB))
    assert pa.total_allocated_bytes() == before


def test_a_file_decoded_in_pieces_is_the_same_as_decoded_at_once(tmp_path: Path) -> None:
    path = tmp_path / "fine.parquet"
    words = pa.array(["a", "bb", None, "ccc"] * 5_000).dictionary_encode()
    table = pa.table({"v": words, "n": pa.array(range(20_000), pa.int64())})
    pq.write_table(table, path, row_group_size=7_000)
    whole = read_parquet(path, "fine.parquet")
    pieces = read_parquet(path, "fine.parquet", Bounds(bytes=MIB))
    assert pieces.equals(whole)


@pytest.mark.parametrize(
    ("bounds", "message"), [({"rows": "10"}, "more than 10 rows"), ({"columns": "1"}, "1 columns")]
)
def test_a_table_beyond_a_bound_is_refused(
    tmp_path: Path, bounds: dict[str, str], message: str
) -> None:
    source: dict[str, Any] = {
        "records": {"location": "sqlite:///feed.db", "format": "sql", "table": "records"}
    }
    world = bounded(World(tmp_path, sources=source), **bounds)
    with sqlite3.connect(world.folder / "feed.db") as database:
        database.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, x1 REAL, x2 REAL, y INT)")
        rows = [(number, 0.5, 0.5, 1) for number in range(11)]
        database.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", rows)
    database.close()
    (problem,) = problems(world)
    assert message in problem
