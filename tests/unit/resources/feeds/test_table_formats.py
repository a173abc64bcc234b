"""Files of a table with a log are refused: only the log shows which files count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path, PurePath

import fsspec
import pandas as pd
import pytest

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds.table_formats import refuse_listed, refuse_logged

Feeds = Callable[..., Feed]
COLUMNS = {"id": "string", "amount": "number"}


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


@pytest.mark.parametrize(
    ("location", "file"),
    [
        ("orders/*.parquet", "part-0.parquet"),
        ("orders/**/*.parquet", "day=2026-01-05/part-0.parquet"),
        ("*/*.parquet", "part-0.parquet"),
        ("orders/part-0.parquet", "part-0.parquet"),
    ],
)
@pytest.mark.parametrize(
    ("log", "name", "instead"),
    [
        (
            "_delta_log",
            "Delta Lake",
            "the folder of the table itself as the location, with `format: delta`",
        ),
        (".hoodie", "Hudi", "Export the table's current version"),
    ],
)
def test_a_table_with_a_log_is_refused_with_advice(  # noqa: PLR0913 - a table of cases
    tmp_path: Path,
    feed_of: Feeds,
    now: datetime,
    *,
    location: str,
    file: str,
    log: str,
    name: str,
    instead: str,
) -> None:
    part = tmp_path / "orders" / file
    part.parent.mkdir(parents=True)
    pd.DataFrame({"id": ["a"], "amount": [1.0]}).to_parquet(part)
    (tmp_path / "orders" / log).mkdir()
    listing = feed_of(location, COLUMNS, format="parquet").list_batches(now)
    assert listing.batches == ()
    (problem,) = listing.problems
    assert isinstance(problem, SourceUnreadableError)
    assert name in str(problem)
    assert instead in str(problem)


@pytest.mark.parametrize("location", ["memory://orders/*.parquet", "memory://orders/**/*.parquet"])
def test_the_same_in_a_bucket(
    memory: fsspec.AbstractFileSystem, feed_of: Feeds, now: datetime, location: str
) -> None:
    memory.pipe_file("/orders/part-0.parquet", b"PAR1")
    memory.pipe_file("/orders/_delta_log/00000.json", b"{}")
    listing = feed_of(location, COLUMNS, format="parquet").list_batches(now)
    assert listing.batches == ()
    assert "belong to a table of Delta Lake" in str(listing.problems[0])


def test_a_log_beside_the_folder_of_the_feed_does_not_matter(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "other/_delta_log").mkdir(parents=True)
    pd.DataFrame({"id": ["a"], "amount": [1.0]}).to_parquet(tmp_path / "orders/a.parquet")
    listing = feed_of("orders/*.parquet", COLUMNS, format="parquet").list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["a"]


MESSAGE = (
    "The files of orders/*.parquet belong to a table of {name} ({log} lies beside them): some "
    "files hold rows that were deleted or replaced since; expected files whose rows all count. "
)


@pytest.mark.parametrize(
    ("log", "name", "step"),
    [
        (
            "_delta_log",
            "Delta Lake",
            "Name the folder of the table itself as the location, with `format: delta`.",
        ),
        (
            ".hoodie",
            "Apache Hudi",
            (
                "Export the table's current version to a folder of its own, or name a database "
                "that reads it (format: sql)."
            ),
        ),
    ],
)
def test_the_refusal_names_the_table_its_log_and_the_next_step(
    tmp_path: Path, log: str, name: str, step: str
) -> None:
    (tmp_path / "day=1" / log).mkdir(parents=True)
    message = MESSAGE.format(name=name, log=log) + step
    with pytest.raises(SourceUnreadableError) as refused:
        refuse_logged(tmp_path, [PurePath("day=1/a.parquet")], "orders/*.parquet")
    assert str(refused.value) == message
    with pytest.raises(SourceUnreadableError) as refused:
        refuse_listed(["day=1/a.parquet", f"day=1/{log}/0.json"], "orders/*.parquet")
    assert str(refused.value) == message


@pytest.mark.parametrize("path", ["a.parquet", "x/a.parquet", "x/y/a.parquet"])
def test_a_log_in_any_folder_above_a_file_refuses_it(tmp_path: Path, path: str) -> None:
    (tmp_path / "_delta_log").mkdir()
    with pytest.raises(SourceUnreadableError):
        refuse_logged(tmp_path, [PurePath("b/b.parquet"), PurePath(path)], "orders")


def test_files_without_a_log_in_their_folders_are_no_table(tmp_path: Path) -> None:
    (tmp_path / "other/_delta_log").mkdir(parents=True)
    (tmp_path / "x").mkdir()
    (tmp_path / "x/_delta_log").write_text("a file is no log")
    refuse_logged(tmp_path, [PurePath("x/a.parquet")], "orders")
    refuse_logged(tmp_path, [], "orders")
    refuse_listed(["x/my_delta_log/a.parquet", "_delta_log.parquet", "x/a.hoodie"], "orders")
    refuse_listed([], "orders")
