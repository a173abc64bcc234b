"""Delta tables that are refused: for unsupported features, missing files, or their size."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake  # noqa: TID253 - makes the tables

from aipo_pipelines.charter.reading.allowed import OPERATOR, Allowed
from aipo_pipelines.errors import SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds.delta import DeltaReader, stores_of
from tests.unit.resources.feeds.conftest import open_at
from tests.unit.resources.feeds.deletion_vectors import delete_by_vector
from tests.unit.resources.feeds.delta_tables import (
    COLUMNS,
    asking_for,
    mapping_of,
    orders,
    problem_of,
    rewrite,
)

Feeds = Callable[..., Feed]


def reader_of(folder: Path) -> DeltaReader:
    stores = stores_of(folder, str(folder), {}, OPERATOR)
    return DeltaReader(name="orders", location=str(folder), stores=stores)


@pytest.mark.parametrize(
    "feature", ["typeWidening", "variantType", "vacuumProtocolCheck", "catalogManaged", "shinyNew"]
)
def test_a_feature_that_is_not_read_is_named(
    tmp_path: Path, delta_of: Feeds, now: datetime, feature: str
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    rewrite(tmp_path / "orders", asking_for(feature))
    problem = problem_of(delta_of(), now)
    assert isinstance(problem, SourceUnreadableError)
    assert f"a feature of Delta Lake that is not supported here: {feature}." in str(problem)


@pytest.mark.parametrize(
    ("mode", "more", "feature"),
    [
        ("id", {}, "columnMapping by id"),
        ("name", {"size": [{"x": 1}]}, "columnMapping inside nested columns"),
    ],
)
def test_a_mapping_of_columns_that_is_not_read_is_refused(
    tmp_path: Path, delta_of: Feeds, now: datetime, *, mode: str, more: Any, feature: str
) -> None:
    table = pa.table({"id": ["a"]} | more)
    write_deltalake(tmp_path / "orders", table)
    names = {name: f"the {name}" for name in table.column_names}
    rewrite(tmp_path / "orders", mapping_of(names, mode))
    assert f"not supported here: {feature}." in str(problem_of(delta_of(), now))


@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_deletion_vectors_that_cannot_be_read_are_refused(
    tmp_path: Path, delta_of: Feeds, now: datetime, damage: str
) -> None:
    folder = tmp_path / "orders"
    write_deltalake(folder, orders("a", "b"))
    delete_by_vector(folder, [0], in_file=True)
    (vector,) = folder.glob("ab/*.bin")
    vector.write_bytes(vector.read_bytes()[:9])
    if damage == "gone":
        vector.unlink()
    problem = problem_of(delta_of(), now)
    assert isinstance(problem, SourceUnreadableError)
    assert "Deletion vectors of orders cannot be read" in str(problem)


@pytest.mark.parametrize("path", ["../secret.parquet", "/etc/secret.parquet", "file:///secret"])
def test_files_outside_of_the_table_are_never_read(
    tmp_path: Path, delta_of: Feeds, now: datetime, path: str
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    pa.parquet.write_table(orders("secret"), tmp_path / "secret.parquet")
    rewrite(tmp_path / "orders", lambda action: action.get("add", {}).update(path=path))
    assert "as a shallow clone has" in str(problem_of(delta_of(), now))


def test_a_missing_file_is_a_problem_of_the_delivery(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    for path in (tmp_path / "orders").glob("*.parquet"):
        path.unlink()
    problem = problem_of(delta_of(), now)
    assert isinstance(problem, SourceMissingError)
    assert "is gone, and version 0 of its table needs it" in str(problem)


@pytest.mark.parametrize("folder", ["nothing", "plain"])
def test_a_folder_without_a_log_is_no_table(
    tmp_path: Path, delta_of: Feeds, now: datetime, folder: str
) -> None:
    (tmp_path / "plain/_delta_log").mkdir(parents=True)
    problem = problem_of(delta_of(folder), now)
    assert isinstance(problem, SourceMissingError)
    assert f"There is no Delta table at {folder}" in str(problem)


def test_a_file_that_is_no_log_is_refused_without_its_content(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    path = tmp_path / "orders/_delta_log" / f"{0:020d}.json"
    path.write_text('{"add": {"path": "ada@example.com", ')
    problem = problem_of(delta_of(), now)
    assert "The log of orders cannot be replayed" in str(problem)
    assert "ada@" not in str(problem)


@pytest.mark.parametrize(
    ("bound", "value", "message"),
    [
        ("rows", "1", "has more than 1 rows"),
        ("columns", "2", "has more than 2 columns"),
        ("bytes", "100", "has more than 100 bytes"),
    ],
)
def test_a_table_beyond_a_bound_is_refused(
    tmp_path: Path, delta_of: Feeds, now: datetime, bound: str, value: str, message: str
) -> None:
    write_deltalake(tmp_path / "orders", orders("a", "b"))
    environ = {f"AIPO_MAX_DELIVERY_{bound.upper()}": value}
    assert message in str(problem_of(delta_of(opening={"environ": environ}), now))


def test_rows_are_counted_if_the_log_does_not_contain_their_number(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a", "b"))
    rewrite(tmp_path / "orders", lambda action: action.get("add", {}).pop("stats", None))
    opening = {"environ": {"AIPO_MAX_DELIVERY_ROWS": "1"}}
    assert "has more than 1 rows" in str(problem_of(delta_of(opening=opening), now))


def test_without_the_library_its_extra_is_named(
    tmp_path: Path, delta_of: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    monkeypatch.setitem(sys.modules, "deltalake", None)
    assert "aipo-pipelines[delta]" in str(problem_of(delta_of(), now))


def test_a_link_out_of_the_products_folder_is_not_followed(tmp_path: Path, now: datetime) -> None:
    product, folder = tmp_path / "product", tmp_path / "product/orders"
    write_deltalake(folder, orders("a"))
    (path,) = folder.glob("*.parquet")
    path.rename(tmp_path / "secret.parquet")
    path.symlink_to(tmp_path / "secret.parquet")
    feed = open_at(product, "orders", COLUMNS, format="delta", opening={"allowed": Allowed()})
    assert "a link that leads out of the product's folder" in str(problem_of(feed, now))


def test_a_panic_of_the_library_is_a_problem_of_its_source_alone(
    tmp_path: Path, delta_of: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panic of Rust is no `Exception`; after a fork, the library can only panic."""
    panic = type("PanicException", (BaseException,), {})

    def panics(*_: object, **__: object) -> None:
        raise panic("Forked process detected")

    write_deltalake(tmp_path / "orders", orders("a"))
    monkeypatch.setattr("deltalake.DeltaTable", panics)
    assert "cannot be replayed (PanicException)" in str(problem_of(delta_of(), now))


def test_a_file_with_other_types_than_in_the_log_is_refused(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    (path,) = (tmp_path / "orders").glob("*.parquet")
    other = orders("a").set_column(1, "amount", pa.array(["a word"]))
    pa.parquet.write_table(other, path)
    size = path.stat().st_size
    rewrite(tmp_path / "orders", lambda action: action.get("add", {}).update(size=size))
    problem = problem_of(delta_of(), now)
    assert "a column of another type than in the log of its table" in str(problem)
    assert "a word" not in str(problem)


def test_a_file_with_another_size_than_in_the_log_is_refused(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a", "b", "c"))
    (path,) = (tmp_path / "orders").glob("*.parquet")
    before = path.stat().st_size
    pa.parquet.write_table(orders("a", "b"), path)
    after = path.stat().st_size
    problem = problem_of(delta_of(), now)
    assert isinstance(problem, SourceUnreadableError)
    assert str(problem).startswith(
        f"orders/{path.name} has {after:,} bytes, and the log of its table says {before:,}: "
        "the file was replaced or shortened after it was written."
    )


def test_a_file_with_fewer_rows_than_in_the_log_is_refused_although_its_size_is_right(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a", "b", "c"))
    (path,) = (tmp_path / "orders").glob("*.parquet")
    pa.parquet.write_table(orders("a", "b"), path)
    size = path.stat().st_size
    rewrite(tmp_path / "orders", lambda action: action.get("add", {}).update(size=size))
    problem = problem_of(delta_of(), now)
    assert isinstance(problem, SourceUnreadableError)
    assert f"{path.name} has 2 rows, and the log of its table says 3" in str(problem)


def test_a_commit_numbered_beyond_64_bits_is_a_problem_of_the_source(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    (tmp_path / "orders/_delta_log" / f"{'9' * 20}.json").write_text("")
    reader = reader_of(tmp_path / "orders")
    (delivery,) = reader.offer().deliveries
    with pytest.raises(SourceUnreadableError, match="cannot be replayed"):
        reader.read(delivery)


@pytest.mark.parametrize(
    "content", ['{"version": 1e999}', "[" * 100_000, "{", "[1]", '{"version": "inf"}', "\ufeff{}"]
)
def test_a_last_checkpoint_without_a_version_is_ignored(tmp_path: Path, content: str) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    (tmp_path / "orders/_delta_log/_last_checkpoint").write_text(content)
    reader = reader_of(tmp_path / "orders")
    (delivery,) = reader.offer().deliveries
    assert reader.read(delivery)["id"].tolist() == ["a"]
