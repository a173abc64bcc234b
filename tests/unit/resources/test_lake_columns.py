"""Reads some columns of a snapshot, each proved by its own digest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import LakeError, SnapshotAlteredError
from aipo_pipelines.resources.lake.column_digests import Parts, stored_parts, with_parts
from aipo_pipelines.resources.lake.content_digest import content_digest, parts_of, to_arrow
from aipo_pipelines.resources.lake.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def frame() -> pd.DataFrame:
    texts = pd.Series(["x", None, "z"], dtype="str")
    return pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": texts, "a.b": [1, 2, 3]})


def read(lake: Lake, digest: str, names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {column.name: column for column in lake.load_columns("p", "1", digest, names)}
    )


def rewrite(path: str, table: pa.Table, parts: Parts) -> None:
    pq.write_table(with_parts(table, parts), path)


@pytest.mark.parametrize("names", [["a"], ["b"], ["a.b", "a"], ["a", "b", "a.b"]])
def test_the_named_columns_have_the_order_of_the_snapshot(
    lake: Lake, frame: pd.DataFrame, names: list[str]
) -> None:
    digest = lake.store("p", "1", frame).digest
    expected = frame[[name for name in frame if name in names]]
    pd.testing.assert_frame_equal(read(lake, digest, names), expected)


def test_a_column_that_is_not_there_is_left_out(lake: Lake, frame: pd.DataFrame) -> None:
    digest = lake.store("p", "1", frame).digest
    assert list(read(lake, digest, ["b", "nowhere"])) == ["b"]


def test_names_are_read_without_the_cells(lake: Lake, frame: pd.DataFrame) -> None:
    assert lake.columns("p", "1", lake.store("p", "1", frame).digest) == ("a", "b", "a.b")


def test_names_of_a_snapshot_that_is_not_there_are_an_error(lake: Lake) -> None:
    with pytest.raises(LakeError, match="holds nothing"):
        lake.columns("p", "1", "sha256:00")


def test_a_changed_cell_is_found_in_the_column_that_is_read(
    lake: Lake, frame: pd.DataFrame
) -> None:
    snapshot = lake.store("p", "1", frame)
    changed = to_arrow(frame.assign(a=[1.5, 2.5, 9.5]))
    rewrite(snapshot.path, changed, parts_of(to_arrow(frame)))
    with pytest.raises(SnapshotAlteredError, match="other content"):
        read(lake, snapshot.digest, ["a"])


def test_digests_changed_together_with_their_column_are_found(
    lake: Lake, frame: pd.DataFrame
) -> None:
    snapshot = lake.store("p", "1", frame)
    changed = to_arrow(frame.assign(a=[1.5, 2.5, 9.5]))
    rewrite(snapshot.path, changed, parts_of(changed))
    with pytest.raises(SnapshotAlteredError, match="other content"):
        read(lake, snapshot.digest, ["b"])


def test_rows_removed_from_all_columns_are_found(lake: Lake, frame: pd.DataFrame) -> None:
    snapshot = lake.store("p", "1", frame)
    rewrite(snapshot.path, to_arrow(frame.head(2)), parts_of(to_arrow(frame)))
    with pytest.raises(SnapshotAlteredError, match="other content"):
        read(lake, snapshot.digest, ["a"])


def test_a_file_without_digests_of_columns_is_checked_as_a_whole(
    lake: Lake, frame: pd.DataFrame
) -> None:
    snapshot = lake.store("p", "1", frame)
    pq.write_table(to_arrow(frame), snapshot.path)
    assert read(lake, snapshot.digest, ["a"])["a"].tolist() == [1.5, 2.5, 3.5]


@pytest.mark.parametrize(
    "metadata", [b"", b"{}", b"[1]", b'{"rows":1,"columns":[["a","b","no hex"]]}']
)
def test_unreadable_digests_are_ignored(metadata: bytes) -> None:
    assert stored_parts(pa.schema([], metadata={b"aipo.content": metadata})) is None


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_parts_survive_the_file_and_add_up_to_the_digest(
    names: list[str], data: st.DataObject
) -> None:
    names = [name.encode(errors="replace").decode() for name in names]
    frame = pd.DataFrame({name: [data.draw(st.integers(0, 9))] for name in names})
    parts = parts_of(to_arrow(frame))
    assert parts.digest == content_digest(frame)
    assert stored_parts(with_parts(to_arrow(frame), parts).schema) == parts
