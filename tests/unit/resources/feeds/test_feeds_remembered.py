"""The next process knows the batches of a feed that an earlier process read."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.errors import SourceChangedError
from aipo_pipelines.resources.feeds import Feed, discover
from aipo_pipelines.resources.feeds import files as files_module
from aipo_pipelines.resources.feeds import sql as sql_module
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delimited import read_delimited
from aipo_pipelines.resources.feeds.listing import Listing
from aipo_pipelines.resources.feeds.remembered import Remembered
from aipo_pipelines.resources.product_feeds import Feeds
from tests.samples import write_product

Open = Callable[..., Feed]
Reads = list[str]
COLUMNS = {"id": "string", "amount": "number"}
SQL = {"format": "sql", "table": "t"}
LATE = {
    "sources": {
        "truth": {
            "location": "truth.csv",
            "format": "csv",
            "owner": "sales",
            "regions": ["DE"],
            "lawful_basis": "none_needed",
        }
    },
    "settings": {"identifiers": ["id"], "labels": {"column": "sold", "source": "truth"}},
}


@pytest.fixture
def remembered_file(tmp_path: Path) -> Path:
    return tmp_path / "kept.json"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """Names of the files read, in order."""
    names: Reads = []

    def counted(path: Path, location: str, agreed: Contract, bounds: Bounds) -> pd.DataFrame:
        names.append(location)
        return read_delimited(path, location, agreed, bounds)

    monkeypatch.setattr(files_module, "read_delimited", counted)
    return names


@pytest.fixture
def process(feed_of: Open, remembered_file: Path, now: datetime) -> Callable[..., Listing]:
    """Looks at the feed as a process of its own does."""

    def look(identity: str = "v1") -> Listing:
        opening = {"remembered": Remembered.at(remembered_file, identity)}
        feed = feed_of("in/*.csv", COLUMNS, opening=opening)
        listing = feed.list_batches(now)
        feed.end_look()
        return listing

    return look


Process = Callable[..., Listing]


@pytest.fixture(autouse=True)
def two_files(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.csv").write_text(f"id,amount\na,{number}\n")
    return folder


def test_the_next_process_reads_nothing_again(process: Process, reads: Reads) -> None:
    first = process()
    assert len(first.batches) == len(reads) == 2
    assert process() == first
    assert len(reads) == 2


def test_only_what_is_new_or_changed_is_read(
    process: Process, reads: Reads, two_files: Path
) -> None:
    process()
    (two_files / "1.csv").write_text("id,amount\na,9\n")
    (two_files / "3.csv").write_text("id,amount\na,3\n")
    assert [batch.partition for batch in process().batches] == ["1", "2", "3"]
    assert reads[2:] == ["in/1.csv", "in/3.csv"]


def test_other_content_of_the_same_size_and_time_is_found(
    process: Process, reads: Reads, two_files: Path
) -> None:
    before = process()
    file = two_files / "1.csv"
    times = file.stat()
    file.write_text("id,amount\na,7\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert process().batches[0].digest != before.batches[0].digest
    assert reads[2:] == ["in/1.csv"]


def test_a_missing_file_is_forgotten(
    process: Process, remembered_file: Path, two_files: Path
) -> None:
    process()
    (two_files / "1.csv").unlink()
    process()
    assert [
        batch["partition"] for batch in json.loads(remembered_file.read_text())["batches"].values()
    ] == ["2"]


def test_another_charter_contract_or_version_reads_everything_again(
    process: Process, reads: Reads
) -> None:
    process("v1")
    process("v2")
    assert len(reads) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda _: "",
        lambda _: "[]",
        lambda _: "null",
        lambda _: '{"identity": "v1"}',
        lambda text: text.replace("digest", "other"),
        lambda text: text.replace('"batches":{', '"batches":{"x":1,'),
        lambda text: text.replace('"rows":1', '"rows":"1"'),
        lambda text: text.replace('"partition":"1"', '"partition":null'),
        lambda text: text.replace('"batch_date":null', '"batch_date":"2024-01-01T00:00:00"'),
        lambda text: text.replace('"labels_digests":{}', '"labels_digests":{"d":5}'),
        lambda _: "[" * 200_000,
    ],
)
def test_a_broken_file_is_ignored_and_replaced(
    process: Process, remembered_file: Path, reads: Reads, change: Callable[[str], str]
) -> None:
    first = process()
    broken = change(remembered_file.read_text())
    assert broken != remembered_file.read_text()
    remembered_file.write_text(broken)
    assert process() == first
    assert process() == first
    assert len(reads) == 4


def test_a_file_that_cannot_be_written_costs_only_time(
    process: Process, remembered_file: Path, reads: Reads, two_files: Path
) -> None:
    remembered_file.mkdir()
    first = process()
    assert process() == first
    assert len(reads) == 4
    assert sorted(path.name for path in two_files.parent.iterdir()) == ["in", "kept.json"]


def test_no_address_is_stored_as_plain_text(
    process: Process, remembered_file: Path, tmp_path: Path
) -> None:
    process()
    assert str(tmp_path) not in remembered_file.read_text()


def test_late_labels_are_joined_again_only_after_they_changed(
    feed_of: Open, remembered_file: Path, now: datetime, reads: Reads, tmp_path: Path
) -> None:
    def look() -> list[str]:
        opening = {"remembered": Remembered.at(remembered_file, "v1")}
        feed = feed_of("in/*.csv", {"id": "string"}, opening=opening, **LATE)
        look = discover(feed, {}, now)
        feed.end_look()
        assert not look.problems
        return [discovery.labels_digest for discovery in look.discoveries]

    truth = tmp_path / "truth.csv"
    truth.write_text("id,sold\na,1\n")
    first = look()
    assert all(first)
    assert set(reads) == {"truth.csv", "in/1.csv", "in/2.csv"}
    reads.clear()
    assert look() == first
    assert reads == ["truth.csv"]
    truth.write_text("id,sold\na,0\nb,1\n")
    assert look() != first


def test_a_batch_that_differs_from_the_stored_result_is_read_again(
    feed_of: Open, remembered_file: Path, now: datetime, process: Process
) -> None:
    honest = process()
    remembered_file.write_text(
        remembered_file.read_text().replace(honest.batches[0].digest, "sha256:00")
    )
    feed = feed_of(
        "in/*.csv", COLUMNS, opening={"remembered": Remembered.at(remembered_file, "v1")}
    )
    (listed, _) = feed.list_batches(now).batches
    with pytest.raises(SourceChangedError):
        feed.load(listed.partition, listed.digest)
    feed.forget(listed.partition)
    again = feed.list_batches(now)
    assert again.batches == honest.batches
    assert again.redelivered == {listed.partition}


def test_a_change_that_keeps_the_number_of_rows_is_seen_by_the_next_process(
    feed_of: Open,
    remembered_file: Path,
    now: datetime,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look() -> str:
        opening = {"remembered": Remembered.at(remembered_file, "v1")}
        feed = feed_of(f"sqlite:///{tmp_path}/t.db", COLUMNS, opening=opening, **SQL)
        (batch,) = feed.list_batches(now).batches
        feed.end_look()
        return batch.digest

    with closing(sqlite3.connect(tmp_path / "t.db")) as database:
        database.executescript("create table t (id text, amount real); insert into t values (1, 2)")
        before = look()
        database.execute("update t set amount = 3")
        database.commit()
        assert look() == before
        monkeypatch.setattr(sql_module, "THIS_PROCESS", "another")
        assert look() != before


def test_a_source_that_moved_is_read_again(tmp_path: Path) -> None:
    write_product(tmp_path / "product", sources={"records": {"location": "${ROOT}/**/*.csv"}})
    product = load_product(tmp_path / "product")
    stem = tmp_path / "a"
    for place, text in (("a/b/c.csv", "x1\n1\n"), ("b/c.csv", "x1\n2\n")):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)

    def keys(root: Path) -> list[str]:
        environ = {"ROOT": str(root), "AIPO_VARIABLES": "ROOT", "AIPO_DATA": str(stem)}
        feeds = Feeds(environ=environ, folder=tmp_path, settle_seconds=0.0)
        feed = feeds.of(product)
        partitions = [batch.partition for batch in feed.list_batches(datetime.now(UTC)).batches]
        feed.end_look()
        return partitions

    assert keys(stem) == ["b/c"]
    assert keys(stem / "b") == ["c"]
    assert keys(stem) == ["b/c"]
