"""A sample of a Parquet file: even, in order, and in the types that the feed reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.parquet import read_parquet
from aipo_pipelines.resources.sampling.parquet import sample_parquet
from aipo_pipelines.resources.sampling.thinning import even_places


def write(path: Path, rows: int, **writing: Any) -> Path:
    table = pa.table({"row": pa.array(range(rows), pa.int64()), "x": ["a"] * rows})
    pq.write_table(table, path, **writing)
    return path


def test_a_small_file_is_sampled_as_a_whole_and_as_the_feed_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": [2**60 + 1, None], "x": [[1], None]}), path)
    table = sample_parquet(path, 10)
    assert (table.rows, table.is_whole, table.is_text) == (2, True, False)
    assert table.frame.equals(read_parquet(path, "a.parquet"))


def test_documents_of_json_are_texts_as_in_the_feed(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = ['{"x": 1}', "1", '"a"']
    documents = pa.array(texts, pa.json_(pa.large_string()))
    pq.write_table(pa.table({"id": [1, 2, 3], "document": documents}), path)
    assert sample_parquet(path, 10).frame["document"].tolist() == texts


@pytest.mark.parametrize("group", [1, 3, 7, 1000])
@pytest.mark.parametrize("most", [1, 5, 59, 60, 61])
def test_the_sampled_rows_are_those_of_even_places(tmp_path: Path, group: int, most: int) -> None:
    path = write(tmp_path / "a.parquet", 60, row_group_size=group)
    table = sample_parquet(path, most)
    assert table.frame["row"].tolist() == even_places(60, most)
    assert (table.rows, table.is_whole) == (60, most >= 60)


@pytest.mark.parametrize("most", [100, 45_001])
def test_a_file_of_more_rows_than_are_read_at_once_is_sampled_over_its_whole_length(
    tmp_path: Path, most: int
) -> None:
    rows = 45_001
    table = sample_parquet(write(tmp_path / "a.parquet", rows), most)
    assert table.frame["row"].tolist() == even_places(rows, most)
    assert table.rows == rows


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,amount\na,1\n", b"PAR1" + b"\0" * 90])
def test_a_file_that_is_no_parquet_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(DraftError) as refused:
        sample_parquet(tmp_path / "a.parquet", 10)
    assert str(refused.value) == "a.parquet is no readable Parquet file; expected a complete file"


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", 60)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DraftError, match=r"a\.parquet is no readable Parquet file"):
        sample_parquet(path, 10)


def test_a_file_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DraftError) as refused:
        sample_parquet(write(tmp_path / "a.parquet", 0), 10)
    assert str(refused.value) == "a.parquet has no record; expected records"


@settings(max_examples=25)
@given(st.integers(1, 120), st.integers(1, 50), st.integers(1, 40))
def test_no_row_is_sampled_twice_in_any_row_groups(
    tmp_path_factory: pytest.TempPathFactory, rows: int, most: int, group: int
) -> None:
    path = write(tmp_path_factory.mktemp("parquet") / "a.parquet", rows, row_group_size=group)
    sampled = sample_parquet(path, most).frame["row"].tolist()
    assert len(sampled) == min(rows, most)
    assert sampled == sorted(set(sampled))
