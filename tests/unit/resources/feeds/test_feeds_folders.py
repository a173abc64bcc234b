"""Folders of partitions: one folder is one batch, and a Hive name can be a column."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePath

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.errors import SourceMissingError
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds.partitions import folder_key

Feeds = Callable[..., Feed]
COLUMNS = {"id": "string", "amount": "number"}
BY_FOLDER = {"batches": {"by": "folder"}}


def drop(path: Path, text: str = "id,amount\na,1\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def feed(feed_of: Feeds) -> Feeds:
    def of(location: str = "in/*/*.csv", columns: dict[str, str] = COLUMNS, **more: object) -> Feed:
        return feed_of(location, columns, settings=BY_FOLDER, **more)

    return of


def test_a_folder_is_one_batch_of_all_its_files_in_order(
    tmp_path: Path, feed: Feeds, now: datetime
) -> None:
    for day, part, name in (("02", 10, "c"), ("02", 9, "b"), ("01", 0, "a")):
        drop(tmp_path / f"in/day=2026-01-{day}/part-{part}.csv", f"id,amount\n{name},1\n")
    opened = feed()
    first, second = opened.list_batches(now).batches
    assert (first.partition, first.location, first.rows) == ("2026-01-01", "in/day=2026-01-01", 1)
    assert (second.partition, second.rows) == ("2026-01-02", 2)
    assert opened.load(second.partition, second.digest)["id"].tolist() == ["b", "c"]


@pytest.mark.parametrize(
    ("folder", "key"),
    [
        ("2026-01-01", "2026-01-01"),
        ("day=2026-01-01", "2026-01-01"),
        ("year=2026/month=01", "2026/01"),
        ("north/day=2026-01-01", "north/2026-01-01"),
        ("day=", "day="),
        ("a=b=c", "b=c"),
        ("day=2026%2F01", "2026%252F01"),
        ("<b>'\"🙂=a\nb", "a%0Ab"),
        (".", "."),
    ],
)
def test_a_batch_is_named_after_its_folder(folder: str, key: str) -> None:
    assert folder_key(PurePath(folder)) == key


def test_two_folders_of_one_value_are_both_refused(
    tmp_path: Path, feed: Feeds, now: datetime
) -> None:
    for folder in ("day=1", "tag=1", "day=2"):
        drop(tmp_path / f"in/{folder}/a.csv")
    listing = feed().list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["2"]
    assert "'in/day=1', 'in/tag=1' are all named batch '1'" in str(listing.problems[0])


def test_the_name_of_a_folder_becomes_a_column_that_the_contract_declares(
    tmp_path: Path, feed: Feeds
) -> None:
    drop(tmp_path / "in/day=2026-01-01/region=a%20b/zone=7/part.csv")
    columns = {**COLUMNS, "day": "date", "region": "string"}
    frame = feed("in/*/*/*/*.csv", columns).load("2026-01-01/a%2520b/7")
    assert list(frame.columns) == ["id", "amount", "day", "region"]
    assert frame.iloc[0].tolist() == ["a", "1", "2026-01-01", "a b"]


def test_a_column_of_the_records_is_not_replaced(tmp_path: Path, feed: Feeds) -> None:
    drop(tmp_path / "in/amount=5/part.csv")
    assert feed().load("5")["amount"].tolist() == ["1"]


def test_a_partition_without_a_value_is_missing(tmp_path: Path, feed: Feeds) -> None:
    drop(tmp_path / "in/day=__HIVE_DEFAULT_PARTITION__/part.csv")
    frame = feed(columns={**COLUMNS, "day": "date"}).load("__HIVE_DEFAULT_PARTITION__")
    assert frame["day"].isna().tolist() == [True]


def test_columns_that_count_by_position_stay_unchanged(tmp_path: Path, feed: Feeds) -> None:
    drop(tmp_path / "in/day=1/part.csv", "a,1\n")
    opened = feed(columns={**COLUMNS, "day": "string"}, layout=FileLayout(header="none"))
    assert opened.load("1").shape == (1, 2)


def test_a_name_of_a_folder_can_be_the_time_of_its_records(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    for day in ("2026-01-05", "2026-01-06", "2026-01-12"):
        drop(tmp_path / f"in/day={day}/part.csv")
    rule = {"by": "time", "column": "day", "every": "7d"}
    opened = feed_of("in/*/*.csv", {**COLUMNS, "day": "date"}, settings={"batches": rule})
    listing = opened.list_batches(now)
    assert [(batch.partition, batch.rows) for batch in listing.batches] == [
        ("2026-01-05", 2),
        ("2026-01-12", 1),
    ]


def test_a_folder_with_a_young_file_is_left_for_the_next_look(
    tmp_path: Path, feed: Feeds, now: datetime
) -> None:
    for folder in ("1", "2"):
        for part in ("a", "b"):
            drop(tmp_path / f"in/{folder}/{part}.csv")
            os.utime(tmp_path / f"in/{folder}/{part}.csv", (0, 0))
    drop(tmp_path / "in/2/b.csv")
    listing = feed(opening={"settle_seconds": 60}).list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["1"]
    assert listing.unsettled == ("in/2",)


@pytest.mark.parametrize("sign", ["_temporary/0/part.csv", "b.csv.part", ".c.csv.tmp"])
def test_a_folder_in_which_a_program_writes_is_left_for_the_next_look(
    tmp_path: Path, feed: Feeds, now: datetime, sign: str
) -> None:
    drop(tmp_path / "in/1/a.csv")
    drop(tmp_path / "in/1" / sign)
    opened = feed()
    assert opened.list_batches(now).unsettled == ("in/1",)
    (tmp_path / "in/1" / sign).unlink()
    for folder in PurePath(sign).parents[:-1]:
        (tmp_path / "in/1" / folder).rmdir()
    assert [batch.rows for batch in opened.list_batches(now).batches] == [1]


def test_markers_and_hidden_files_are_no_data(tmp_path: Path, feed: Feeds, now: datetime) -> None:
    for name in ("part.csv", "_SUCCESS", "_committed_1", ".part.csv.crc", ".DS_Store"):
        drop(tmp_path / "in/1" / name)
    drop(tmp_path / "in/_temporary/0.json")
    listing = feed("in/*/*").list_batches(now)
    assert [(batch.partition, batch.rows) for batch in listing.batches] == [("1", 1)]
    assert (listing.problems, listing.unsettled) == ((), ())


def test_another_file_in_a_folder_is_a_new_version_of_its_batch(
    tmp_path: Path, feed: Feeds, now: datetime
) -> None:
    drop(tmp_path / "in/1/a.csv")
    opened = feed()
    (before,) = opened.list_batches(now).batches
    fingerprint = opened.fingerprint(now)
    drop(tmp_path / "in/1/b.csv")
    (after,) = opened.list_batches(now).batches
    assert (before.partition, before.rows) == (after.partition, 1)
    assert (after.rows, opened.fingerprint(now) != fingerprint) == (2, True)
    assert before.digest != after.digest


def test_a_bad_file_is_named_and_holds_up_no_other_folder(
    tmp_path: Path, feed: Feeds, now: datetime
) -> None:
    drop(tmp_path / "in/1/a.csv")
    drop(tmp_path / "in/1/b.csv", "id,amount\na\n")
    drop(tmp_path / "in/2/a.csv")
    listing = feed().list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["2"]
    assert "in/1/b.csv has 1 cells in line 2" in str(listing.problems[0])


def test_a_file_that_disappears_before_it_is_read_is_named(
    tmp_path: Path, feed: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path / "in/1/a.csv")
    drop(tmp_path / "in/2/a.csv")
    opened = feed()
    offer = opened._reader.offer()  # noqa: SLF001 - what was found before the file went
    (tmp_path / "in/1/a.csv").unlink()
    monkeypatch.setattr(type(opened._reader), "offer", lambda _: offer)  # noqa: SLF001
    listing = opened.list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["2"]
    assert isinstance(listing.problems[0], SourceMissingError)
    assert "in/1/a.csv was there a moment ago" in str(listing.problems[0])


def test_parts_of_other_columns_become_one_table(tmp_path: Path, feed: Feeds) -> None:
    (tmp_path / "in/1").mkdir(parents=True)
    pd.DataFrame({"id": ["a"], "amount": [1]}).to_parquet(tmp_path / "in/1/0.parquet")
    pd.DataFrame({"amount": [2.5], "note": ["x"]}).to_parquet(tmp_path / "in/1/1.parquet")
    frame = feed("in/*/*.parquet", format="parquet").load("1")
    assert list(frame.columns) == ["id", "amount", "note"]
    assert frame["amount"].tolist() == [1.0, 2.5]
