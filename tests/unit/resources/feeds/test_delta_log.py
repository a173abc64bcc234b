"""The log of a Delta table: its newest version, and the files of the version that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest
from deltalake import DeltaTable, write_deltalake  # noqa: TID253 - makes the tables

from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.errors import SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delta import stores_of
from aipo_pipelines.resources.feeds.delta_files import Version
from aipo_pipelines.resources.feeds.delta_log import (
    LOG,
    Stores,
    missing_log,
    newest_version,
    version_of,
)
from aipo_pipelines.resources.feeds.store import StoredFile
from tests.unit.resources.feeds.delta_tables import asking_for, orders, rewrite


def listed(*names: str) -> list[StoredFile]:
    return [
        StoredFile(
            path=name, below=PurePosixPath(name), shown=name, stamp=name, modified=None, size=1
        )
        for name in names
    ]


def commit(version: int, ending: str = "json") -> str:
    return f"{version:020d}.{ending}"


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        ([commit(0)], (0, commit(0))),
        ([commit(0), commit(2), commit(1)], (2, commit(2))),
        ([commit(9), commit(10)], (10, commit(10))),
        ([commit(1), commit(2, "checkpoint.parquet")], (2, commit(2, "checkpoint.parquet"))),
        ([commit(2), commit(2, "checkpoint.parquet")], (2, commit(2))),
        ([commit(2, "checkpoint.parquet"), commit(2)], (2, commit(2))),
        ([commit(3), commit(4, "checkpoint.7.json")], (4, commit(4, "checkpoint.7.json"))),
        (
            [commit(3), commit(4, "checkpoint.1.2.parquet")],
            (4, commit(4, "checkpoint.1.2.parquet")),
        ),
    ],
)
def test_the_newest_version_is_that_of_its_commit_and_otherwise_of_its_checkpoint(
    names: Sequence[str], newest: tuple[int, str]
) -> None:
    version = newest_version(listed(*names))
    assert version is not None
    assert (version[0], version[1].path) == newest


@pytest.mark.parametrize(
    "name",
    [
        "_last_checkpoint",
        "7.json",
        commit(7, "json.bak"),
        commit(7, "json\n"),
        commit(7, "checkpoint.parquet.crc"),
        commit(7, "checkpoint"),
        commit(7, "crc"),
        f"sub/{commit(7)}",
        f"x{commit(7)}",
        f"{10**20}.json",
    ],
)
def test_other_files_of_a_log_are_no_version(name: str) -> None:
    assert newest_version(listed(name)) is None
    assert newest_version(listed(commit(1), name)) == (1, *listed(commit(1)))


def test_a_log_without_files_has_no_version() -> None:
    assert newest_version([]) is None


def test_a_folder_that_is_no_table_is_named_with_the_next_step() -> None:
    error = missing_log("s3://shop/orders")
    assert isinstance(error, SourceMissingError)
    assert str(error) == (
        "There is no Delta table at s3://shop/orders; expected a folder that holds _delta_log with "
        "at least one version. Deliver it, or correct the location or the format in the charter."
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of three versions, each with one more file."""
    folder = tmp_path / "orders"
    for name in ("a", "b", "c"):
        write_deltalake(folder, orders(name), mode="append")
    return folder


def stores(folder: Path) -> Stores:
    return stores_of(folder.parent, folder.name, {}, OPERATOR)


def replayed(folder: Path, number: int, bounds: Bounds | None = None) -> Version:
    place = stores(folder)
    return version_of(place, place.log.find(), number, "orders", bounds or Bounds())


def rows(version: Version) -> list[int | None]:
    return [file.rows for file in version.files]


def test_each_version_has_the_files_that_it_had_when_it_was_written(table: Path) -> None:
    assert [len(replayed(table, number).files) for number in range(3)] == [1, 2, 3]
    assert rows(replayed(table, 2)) == [1, 1, 1]
    assert replayed(table, 0).schema.names == ["id", "amount", "day"]


def test_files_have_their_own_size_and_path_below_the_table(table: Path) -> None:
    for file in replayed(table, 2).files:
        assert (table / file.path).stat().st_size == file.size
        assert (file.partition, file.selection) == ({}, None)


def test_a_checkpoint_of_a_later_version_is_not_used_for_an_earlier_version(table: Path) -> None:
    DeltaTable(table).create_checkpoint()
    assert [len(replayed(table, number).files) for number in range(3)] == [1, 2, 3]


def test_commits_before_the_last_checkpoint_are_not_needed(table: Path) -> None:
    DeltaTable(table).create_checkpoint()
    before = replayed(table, 2)
    for number in (0, 1):
        (table / LOG / commit(number)).unlink()
    assert {file.path for file in replayed(table, 2).files} == {file.path for file in before.files}


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"version": "soon"}', "{}", "[" * 5000])
def test_a_last_checkpoint_that_cannot_be_read_only_costs_time(table: Path, content: str) -> None:
    DeltaTable(table).create_checkpoint()
    (table / LOG / "_last_checkpoint").write_text(content)
    assert len(replayed(table, 2).files) == 3


def test_a_log_with_a_gap_is_refused_and_not_read_in_part(table: Path) -> None:
    (table / LOG / commit(1)).unlink()
    with pytest.raises(SourceUnreadableError) as refused:
        replayed(table, 2)
    assert str(refused.value).startswith("The log of orders cannot be replayed (")
    assert str(refused.value).endswith(
        "expected the complete log of a Delta table. Restore it, or name another table."
    )


def test_a_file_of_the_log_that_disappeared_is_the_callers_to_report(table: Path) -> None:
    place = stores(table)
    log = place.log.find()
    (table / LOG / commit(1)).unlink()
    with pytest.raises(FileNotFoundError):
        version_of(place, log, 2, "orders", Bounds())


def test_a_log_beyond_its_bound_is_refused_before_it_is_copied(table: Path) -> None:
    size = sum(file.size or 0 for file in stores(table).log.find())
    assert len(replayed(table, 2, Bounds(bytes=size)).files) == 3
    with pytest.raises(SourceUnreadableError, match=f"orders has more than {size - 1:,} bytes"):
        replayed(table, 2, Bounds(bytes=size - 1))


def test_a_feature_that_is_not_supported_is_named(table: Path) -> None:
    rewrite(table, asking_for("typeWidening"))
    with pytest.raises(SourceUnreadableError, match="is not supported here: typeWidening"):
        replayed(table, 2)


def test_the_temporary_copy_of_the_log_is_removed(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    replayed(table, 2)
    (table / LOG / commit(1)).unlink()
    with pytest.raises(SourceUnreadableError):
        replayed(table, 2)
    assert list(place.iterdir()) == []
