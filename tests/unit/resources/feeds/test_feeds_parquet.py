"""Parquet files keep their native types; an incomplete Parquet file is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds import Feed

Feeds = Callable[..., Feed]
COLUMNS = {"id": "string", "amount": "number"}


def test_parquet_keeps_its_own_types(tmp_path: Path, feed_of: Feeds) -> None:
    frame = pd.DataFrame(
        {
            "id": pd.Series([2**60 + 1, None], dtype="Int64"),
            "flag": pd.Series([True, None], dtype="boolean"),
            "amount": [1.5, 2.5],
        }
    )
    frame.set_index(pd.Index([4, 7])).to_parquet(tmp_path / "a.parquet")
    loaded = feed_of("a.parquet", COLUMNS, format="parquet").load("a")
    assert [str(kind) for kind in loaded.dtypes] == ["Int64", "boolean", "float64"]
    assert loaded["id"].tolist()[0] == 2**60 + 1


@pytest.mark.parametrize("data", [b"", b"PAR1", b"id,amount\na,1\n"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, feed_of: Feeds, data: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(SourceUnreadableError, match=r"a\.parquet"):
        feed_of("a.parquet", COLUMNS, format="parquet").load("a")


def test_a_truncated_parquet_file_is_refused(tmp_path: Path, feed_of: Feeds) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": range(1000)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceUnreadableError, match="may be truncated"):
        feed_of("a.parquet", COLUMNS, format="parquet").load("a")


def test_lists_and_exact_decimals_of_parquet_become_plain(tmp_path: Path, feed_of: Feeds) -> None:
    table = pa.table(
        {
            "tags": pa.array([["a"], None], pa.list_(pa.string())),
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "big": pa.array([Decimal(10**20), None], pa.decimal128(30, 0)),
            "kind": pa.array(["x", None]).dictionary_encode(),
            "day": pa.array([date(2026, 3, 1), None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    first = feed_of("a.parquet", COLUMNS, format="parquet").load("a").iloc[0].tolist()
    assert first == ['["a"]', 1.5, str(10**20), "x", pd.Timestamp("2026-03-01")]


def test_documents_of_json_are_the_texts_they_are(tmp_path: Path, feed_of: Feeds) -> None:
    texts = pa.array(['{"a": 1}', "2", None])
    tags = pa.ExtensionArray.from_storage(pa.json_(pa.string()), texts)
    pq.write_table(pa.table({"tags": tags}), tmp_path / "a.parquet")
    loaded = feed_of("a.parquet", {"tags": "string"}, format="parquet").load("a")
    assert loaded["tags"].dropna().tolist() == ['{"a": 1}', "2"]
