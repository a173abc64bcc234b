from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import LakeError, SnapshotAlteredError
from aipo_pipelines.resources.lake import lake as lake_module
from aipo_pipelines.resources.lake.lake import Lake
from aipo_pipelines.resources.lake.storage import safe_segment

HOSTILE = [
    "../../etc",
    "a/b",
    "quote'\"",
    "line\nbreak",
    "🙂",
    "",
    ".",
    "..",
    "<b>",
    "x" * 400,
    "a%2Fb",
]


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"id": pd.Series(["a", "b"], dtype="str"), "n": [1.5, 2.5]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def files(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_stored_table_is_read_back_unchanged(lake: Lake, frame: pd.DataFrame) -> None:
    snapshot = lake.store("returns", "0001", frame)
    pd.testing.assert_frame_equal(lake.load("returns", "0001", snapshot.digest), frame)
    assert (snapshot.rows, snapshot.columns) == (2, 2)


def test_only_what_was_stored_exists(lake: Lake, frame: pd.DataFrame) -> None:
    digest = lake.store("returns", "0001", frame).digest
    assert lake.exists("returns", "0001", digest)
    assert not lake.exists("returns", "0002", digest)


def test_the_same_content_is_never_written_twice(lake: Lake, frame: pd.DataFrame) -> None:
    path = Path(lake.store("returns", "0001", frame).path)
    os.utime(path, ns=(1, 1))
    assert lake.store("returns", "0001", frame.copy()).path == str(path)
    assert path.stat().st_mtime_ns == 1


@pytest.mark.parametrize("keep", [0, 10, -4])
def test_a_damaged_snapshot_is_replaced_by_the_same_content(
    lake: Lake, frame: pd.DataFrame, keep: int
) -> None:
    path = Path(lake.store("returns", "0001", frame).path)
    path.write_bytes(path.read_bytes()[:keep])
    again = lake.store("returns", "0001", frame)
    assert again.replaced
    pd.testing.assert_frame_equal(lake.load("returns", "0001", again.digest), frame)


def test_a_changed_cell_is_replaced_by_the_same_content(lake: Lake, frame: pd.DataFrame) -> None:
    path = lake.store("returns", "0001", frame).path
    pq.write_table(pq.read_table(path).slice(0, 1), path)
    assert lake.store("returns", "0001", frame).replaced
    assert not lake.store("returns", "0001", frame).replaced


def test_another_version_leaves_the_first_one_alone(lake: Lake, frame: pd.DataFrame) -> None:
    first = lake.store("returns", "0001", frame)
    second = lake.store("returns", "0001", frame.assign(n=[1.5, 9.0]))
    assert first.digest != second.digest
    assert lake.load("returns", "0001", first.digest)["n"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_lake(
    lake: Lake, frame: pd.DataFrame, tmp_path: Path, name: str
) -> None:
    snapshot = lake.store(name, name, frame)
    lake.load(name, name, snapshot.digest)
    assert [path.parent.parent.parent for path in files(tmp_path)] == [tmp_path / "lake/snapshots"]


@settings(deadline=None, max_examples=40)
@given(st.sets(st.text(max_size=200), min_size=2, max_size=2))
@example({"a/b", "a%2Fb"})
@example({"x" * 300, "x" * 301})
@example({"\ud800", "%ED%A0%80"})
def test_different_names_never_share_a_segment(names: set[str]) -> None:
    left, right = (safe_segment(name) for name in names)
    assert left != right


@settings(deadline=None, max_examples=40)
@given(st.text())
def test_a_segment_is_one_step_of_a_path(name: str) -> None:
    segment = safe_segment(name)
    assert segment.isascii()
    assert segment.isprintable()
    assert not set(segment) & set("/\\:*?'\"<>|")
    assert not segment.startswith(".")
    assert 0 < len(segment) <= 120


def test_a_snapshot_with_one_changed_cell_is_refused(lake: Lake, frame: pd.DataFrame) -> None:
    snapshot = lake.store("returns", "0001", frame)
    pq.write_table(pq.read_table(snapshot.path).slice(0, 1), snapshot.path)
    with pytest.raises(SnapshotAlteredError, match="other content"):
        lake.load("returns", "0001", snapshot.digest)


@pytest.mark.parametrize("keep", [0, 10, -4])
def test_a_damaged_snapshot_is_refused(lake: Lake, frame: pd.DataFrame, keep: int) -> None:
    path = Path(lake.store("returns", "0001", frame).path)
    digest = "sha256:" + path.stem
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(SnapshotAlteredError):
        lake.load("returns", "0001", digest)


def test_every_flipped_byte_is_found_or_harmless(lake: Lake, frame: pd.DataFrame) -> None:
    snapshot = lake.store("returns", "0001", frame)
    whole = Path(snapshot.path).read_bytes()
    for place in range(0, len(whole), 31):
        Path(snapshot.path).write_bytes(
            whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        )
        try:
            loaded = lake.load("returns", "0001", snapshot.digest)
        except SnapshotAlteredError:
            continue
        pd.testing.assert_frame_equal(loaded, frame)


def test_a_snapshot_that_is_not_there_is_named(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"holds nothing at .*0001"):
        lake.load("returns", "0001", "sha256:00")


def test_repeated_column_names_are_refused(lake: Lake, frame: pd.DataFrame) -> None:
    with pytest.raises(LakeError, match="names that repeat"):
        lake.store("returns", "0001", frame.set_axis(["a", "a"], axis="columns"))


def test_a_full_disk_is_an_error_and_leaves_nothing(
    lake: Lake, frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_table: object, sink: Any) -> None:
        sink.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lake_module, "write_parquet", full)
    with pytest.raises(LakeError, match="No space left on device"):
        lake.store("returns", "0001", frame)
    assert files(tmp_path) == []


def test_a_file_of_a_killed_writer_is_not_read_and_is_removed(
    lake: Lake, frame: pd.DataFrame, tmp_path: Path
) -> None:
    folder = Path(lake.path("returns", "0001", "sha256:00")).parent
    folder.mkdir(parents=True)
    (folder / ".dead.part").write_bytes(b"half")
    (folder / ".alive.part").write_bytes(b"half")
    os.utime(folder / ".dead.part", (time.time() - 7200,) * 2)
    lake.store("returns", "0001", frame)
    assert sorted(path.suffix for path in files(tmp_path)) == [".parquet", ".part"]


def test_small_artefacts_are_stored_under_their_key(lake: Lake, tmp_path: Path) -> None:
    lake.store_bytes("returns/../profile", b"one")
    lake.store_bytes("returns/../profile", b"two")
    assert lake.load_bytes("returns/../profile") == b"two"
    assert len(files(tmp_path)) == 1


def test_an_artefact_that_is_not_there_is_an_error(lake: Lake) -> None:
    with pytest.raises(LakeError, match="holds nothing"):
        lake.load_bytes("returns/profile")


def test_a_new_lake_is_private_and_an_existing_lake_keeps_its_permissions(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o750)
    before = os.umask(0)
    try:
        for name in ("new", "shared"):
            Lake(str(tmp_path / name)).store("returns", "0001", frame)
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("new", "shared")]
    assert modes == [0o700, 0o750]


def test_a_lake_can_lie_on_another_file_system(frame: pd.DataFrame) -> None:
    lake = Lake("memory://bucket/lake")
    snapshot = lake.store("a/b", "..", frame)
    pd.testing.assert_frame_equal(lake.load("a/b", "..", snapshot.digest), frame)


def test_an_address_that_cannot_be_opened_is_refused() -> None:
    with pytest.raises(LakeError, match="kind that cannot be opened"):
        Lake("nowhere://bucket")


def test_a_table_without_rows_or_columns_is_stored_too(lake: Lake) -> None:
    for table in (pd.DataFrame(), pd.DataFrame({"a": pd.Series(dtype="str")})):
        loaded = lake.load("p", "1", lake.store("p", "1", table).digest)
        assert loaded.shape == table.shape


def test_infinities_and_missing_numbers_survive(lake: Lake) -> None:
    frame = pd.DataFrame({"a": [np.inf, -np.inf, np.nan]})
    loaded = lake.load("p", "1", lake.store("p", "1", frame).digest)
    pd.testing.assert_frame_equal(loaded, frame)


def test_only_text_that_repeats_is_written_as_a_dictionary(lake: Lake) -> None:
    columns = {"plan": ["a", "b"] * 50, "amount": [f"{n}.5" for n in range(100)]}
    path = lake.store("p", "1", pd.DataFrame(columns, dtype="str")).path
    group = pq.ParquetFile(path).metadata.row_group(0)
    used = {group.column(n).path_in_schema: group.column(n).encodings for n in range(2)}
    assert "RLE_DICTIONARY" in used["plan"]
    assert "RLE_DICTIONARY" not in used["amount"]
