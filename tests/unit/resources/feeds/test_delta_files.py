"""The files of one version of a Delta table, and the features that refuse a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake  # noqa: TID253 - makes the tables

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.delta_files import (
    DataFile,
    files_of,
    refuse_unread,
    stored_name,
    unreadable,
)
from tests.unit.resources.feeds.deletion_vectors import delete_by_vector
from tests.unit.resources.feeds.delta_tables import asking_for, mapping_of, orders, rewrite

NOT_SUPPORTED = (
    "orders uses a feature of Delta Lake that is not supported here: {}. Remove it (ALTER TABLE … "
    "DROP FEATURE), or export the current version of the table to a folder of Parquet files."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "orders"
    write_deltalake(place, orders("a", "b", "c"))
    return place


def files(folder: Path) -> list[DataFile]:
    return list(files_of(DeltaTable(folder), "orders"))


def refused(folder: Path) -> str:
    with pytest.raises(SourceUnreadableError) as error:
        refuse_unread(DeltaTable(folder), "orders")
    return str(error.value)


def test_a_file_has_its_path_its_size_and_its_rows(folder: Path) -> None:
    (file,) = files(folder)
    (path,) = folder.glob("*.parquet")
    assert (file.path, file.size, file.rows) == (path.name, path.stat().st_size, 3)


def test_the_number_of_rows_may_be_unknown(folder: Path) -> None:
    rewrite(folder, lambda action: action.get("add", {}).update(stats=None))
    (file,) = files(folder)
    assert file.rows is None


def test_each_file_has_the_typed_values_of_its_partition(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "day": pa.array([date(2026, 3, 1), None, date(2026, 3, 1)], pa.date32()),
            "shop": pa.array([7, 8, 7], pa.int32()),
        }
    )
    write_deltalake(tmp_path, table, partition_by=["day", "shop"])
    values = {
        (file.partition["day"].as_py(), file.partition["shop"].as_py(), file.rows)
        for file in files(tmp_path)
    }
    assert values == {(date(2026, 3, 1), 7, 2), (None, 8, 1)}


def test_a_path_is_decoded_as_writers_encode_it(tmp_path: Path) -> None:
    write_deltalake(
        tmp_path, pa.table({"id": ["a"], "shop": ["Köln Süd %"]}), partition_by=["shop"]
    )
    (file,) = files(tmp_path)
    assert (tmp_path / file.path).is_file()


@pytest.mark.parametrize(
    "path",
    [
        "/etc/a.parquet",
        "../a.parquet",
        "x/../../a.parquet",
        "x/%2e%2e/%2e%2e/a.parquet",
        "s3://other/a.parquet",
        "file:/etc/a.parquet",
    ],
)
def test_a_file_in_another_folder_is_refused(folder: Path, path: str) -> None:
    rewrite(folder, lambda action: action.get("add", {}).update(path=path))
    with pytest.raises(SourceUnreadableError) as error:
        files(folder)
    assert str(error.value) == (
        "orders has files of rows in other folders, as a shallow clone has; expected all files in "
        "its own folder. Make a deep clone, and name the clone."
    )


@pytest.mark.parametrize("in_file", [False, True])
def test_a_deletion_vector_selects_the_rows_that_still_count(
    folder: Path, *, in_file: bool
) -> None:
    delete_by_vector(folder, [1], in_file=in_file)
    (file,) = files(folder)
    assert file.selection is not None
    assert file.selection.to_pylist() == [True, False, True]
    assert file.rows == 3


def test_vectors_that_cannot_be_read_refuse_the_table(folder: Path) -> None:
    delete_by_vector(folder, [1], in_file=True)
    (vector,) = folder.glob("ab/*.bin")
    vector.unlink()
    with pytest.raises(SourceUnreadableError) as error:
        files(folder)
    assert str(error.value) == (
        "Deletion vectors of orders cannot be read, so its deleted rows are not known; expected "
        "complete vectors beside its files. Copy the table as a whole, or remove the vectors with "
        "REORG TABLE … APPLY (PURGE)."
    )


def test_a_table_without_features_is_read(folder: Path) -> None:
    refuse_unread(DeltaTable(folder), "orders")


@pytest.mark.parametrize("feature", ["timestampNtz", "v2Checkpoint", "deletionVectors"])
def test_a_feature_that_is_supported_refuses_nothing(folder: Path, feature: str) -> None:
    rewrite(folder, asking_for(feature))
    refuse_unread(DeltaTable(folder), "orders")


def test_a_feature_that_is_not_supported_is_named_with_the_next_step(folder: Path) -> None:
    rewrite(folder, asking_for("vacuumProtocolCheck"))
    assert refused(folder) == NOT_SUPPORTED.format("vacuumProtocolCheck")


def test_columns_mapped_by_name_are_read_and_found_by_their_stored_name(folder: Path) -> None:
    rewrite(folder, mapping_of({"amount": "sum in euro"}, "name"))
    table = DeltaTable(folder)
    refuse_unread(table, "orders")
    names = {column.name: stored_name(column) for column in pa.schema(table.schema())}
    assert names == {"id": "id", "sum in euro": "amount", "day": "day"}


def test_a_column_without_a_mapping_is_stored_under_its_own_name() -> None:
    assert stored_name(pa.field("amount", pa.int64())) == "amount"
    assert stored_name(pa.field("amount", pa.int64(), metadata={"comment": "x"})) == "amount"


def test_columns_mapped_by_number_are_refused(folder: Path) -> None:
    rewrite(folder, mapping_of({}, "id"))
    assert refused(folder) == NOT_SUPPORTED.format("columnMapping by id")


@pytest.mark.parametrize(
    ("column", "is_refused"),
    [({"x": 1}, True), (["x"], True), (1, False), ("x", False)],
)
def test_a_mapping_is_refused_if_a_column_has_fields_inside(
    tmp_path: Path, column: object, *, is_refused: bool
) -> None:
    write_deltalake(tmp_path, pa.table({"id": ["a"], "more": [column]}))
    rewrite(tmp_path, mapping_of({}, "name"))
    if is_refused:
        assert refused(tmp_path) == NOT_SUPPORTED.format("columnMapping inside nested columns")
    else:
        refuse_unread(DeltaTable(tmp_path), "orders")


def test_nested_columns_without_a_mapping_are_read(tmp_path: Path) -> None:
    write_deltalake(tmp_path, pa.table({"id": ["a"], "more": [{"x": 1}]}))
    refuse_unread(DeltaTable(tmp_path), "orders")


REPLAY = (
    "The log of orders cannot be replayed ({}); expected the complete log of a Delta table. "
    "Restore it, or name another table."
)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("Feature 'shinyNew' is not known"), NOT_SUPPORTED.format("shinyNew")),
        (OSError("a catalog-managed table"), NOT_SUPPORTED.format("catalogManaged")),
        (ValueError("cell 4111 1111"), REPLAY.format("ValueError")),
        (KeyError("metaData"), REPLAY.format("KeyError")),
    ],
)
def test_the_error_for_a_log_names_the_feature_or_the_kind_of_error_and_no_content(
    error: Exception, message: str
) -> None:
    assert str(unreadable(error, "orders")) == message
