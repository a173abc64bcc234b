"""Feeds behind an address of fsspec: their files, their problems, and the secrets of an address."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds import Feed, discover
from aipo_pipelines.resources.feeds import remote_files as module
from aipo_pipelines.resources.feeds.remote_store import RemoteStore
from aipo_pipelines.resources.feeds.stores import open_store
from tests.unit.resources.feeds.conftest import ALL_ALLOWED, source

Feeds = Callable[..., Feed]
Put = Callable[..., None]
COLUMNS = {"id": "string", "amount": "number"}
CSV = "id,amount\na,1\n"
SECRET = "hunter2"


class Fetching:
    """With a failure, fetching raises it for every file whose name is not good."""

    failure: Exception | None = None


@pytest.fixture
def put() -> Iterator[Put]:
    """Puts a file into the store."""
    memory = fsspec.filesystem("memory")

    def at(path: str, content: str | bytes = CSV) -> None:
        memory.pipe_file(path, content if isinstance(content, bytes) else content.encode())

    yield at
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> Fetching:
    fetching, fetch = Fetching(), MemoryFileSystem.get_file

    def fetched(driver: MemoryFileSystem, name: str, path: str) -> None:
        if fetching.failure is not None and "good" not in name:
            raise fetching.failure
        fetch(driver, name, path)

    monkeypatch.setattr(MemoryFileSystem, "get_file", fetched)
    return fetching


def keys(feed: Feed, now: datetime) -> list[str]:
    return [batch.partition for batch in feed.list_batches(now).batches]


def test_files_of_an_address_are_batches_in_the_order_people_expect(
    put: Put, feed_of: Feeds, now: datetime
) -> None:
    for name in ("batch10.csv", "batch9.csv", ".hidden.csv", "c.csv.part", "other.txt"):
        put(f"/feed/{name}")
    put("/feed/below/d.csv")
    feed = feed_of("memory://feed/*.csv", COLUMNS)
    first, second = feed.list_batches(now).batches
    assert (first.partition, second.partition) == ("batch9", "batch10")
    assert first.location == "memory://feed/batch9.csv"
    assert feed.load("batch9", first.digest)["id"].tolist() == ["a"]


def test_json_lines_and_parquet_lie_there_as_well(put: Put, feed_of: Feeds) -> None:
    put("/feed/a.jsonl", '{"id":"a","amount":1}\n')
    parquet = io.BytesIO()
    pd.DataFrame({"id": ["a"], "amount": [1]}).to_parquet(parquet)
    put("/feed/a.parquet", parquet.getvalue())
    lines, table = (
        feed_of(f"memory://feed/*.{kind}", COLUMNS, format=kind).load("a")
        for kind in ("jsonl", "parquet")
    )
    pd.testing.assert_frame_equal(lines, table)


@pytest.mark.parametrize(
    ("rule", "partitions"),
    [
        ({"by": "folder"}, ["2026-01-05", "2026-01-12"]),
        ({"by": "rows", "rows": 1}, ["0001", "0002", "0003"]),
        ({"by": "time", "column": "day", "every": "7d"}, ["2026-01-05", "2026-01-12"]),
    ],
)
def test_every_rule_for_batches_works_for_an_address(
    put: Put, feed_of: Feeds, now: datetime, rule: dict[str, object], partitions: list[str]
) -> None:
    for part in ("day=2026-01-05/0", "day=2026-01-05/1", "day=2026-01-12/0"):
        put(f"/feed/{part}.csv")
    columns = {**COLUMNS, "day": "date"}
    feed = feed_of("memory://feed/*/*.csv", columns, settings={"batches": rule})
    assert keys(feed, now) == partitions


def test_a_remote_folder_in_which_a_program_writes_is_left_for_the_next_look(
    put: Put, feed_of: Feeds, now: datetime
) -> None:
    put("/feed/1/a.csv")
    put("/feed/2/a.csv")
    put("/feed/2/_temporary/0/b.csv")
    feed = feed_of("memory://feed/*/*.csv", COLUMNS, settings={"batches": {"by": "folder"}})
    listing = feed.list_batches(now)
    assert [batch.location for batch in listing.batches] == ["memory://feed/1"]
    assert listing.unsettled == ("memory://feed/2",)


def test_late_labels_may_come_from_an_address(
    put: Put, tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "orders.csv").write_text("id\na\nb\n")
    put("/truth/1.jsonl", '{"id":"a","returned":true}\n')
    feed = feed_of(
        "orders.csv",
        {"id": "string", "returned": "boolean"},
        sources={"truth": source("memory://truth/*.jsonl", format="jsonl")},
        settings={"identifiers": ["id"], "labels": {"column": "returned", "source": "truth"}},
    )
    assert feed.labels_of(feed.load("orders")).truth.tolist() == [True, pd.NA]
    before = feed.label_stamp()
    put("/truth/2.jsonl", '{"id":"b","returned":false}\n')
    assert feed.label_stamp() != before
    assert feed.labels_of(feed.load("orders")).truth.tolist() == [True, False]
    put("/truth/2.jsonl", "")
    look = discover(feed, {}, now)
    assert [batch.partition for batch in look.discoveries] == ["orders"]
    assert "memory://truth/2.jsonl is empty" in str(look.problems[0])


def test_a_file_is_fetched_again_only_after_a_change(
    put: Put, fetching: Fetching, feed_of: Feeds, now: datetime
) -> None:
    put("/feed/a.csv")
    feed = feed_of("memory://feed/*.csv", COLUMNS)
    before, fingerprint = feed.list_batches(now), feed.fingerprint(now)
    fetching.failure = RuntimeError()
    assert (feed.list_batches(now), feed.fingerprint(now)) == (before, fingerprint)
    fetching.failure = None
    put("/feed/a.csv", "id,amount\na,2\n")
    assert feed.fingerprint(now) != fingerprint
    assert feed.list_batches(now).batches[0].digest != before.batches[0].digest


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (RuntimeError(f"GET https://{SECRET}@host failed"), "did not answer (RuntimeError)"),
        (PermissionError(f"key {SECRET} is not allowed"), "may not be read with the credentials"),
        (OSError(28, f"no space for {SECRET}"), "(OSError, no space left on device)"),
        (FileNotFoundError(SECRET), "memory://feed/a.csv was there a moment ago and is gone"),
    ],
)
def test_a_failure_is_reported_without_the_drivers_message_and_holds_up_no_other_file(
    put: Put,
    fetching: Fetching,
    feed_of: Feeds,
    now: datetime,
    failure: Exception,
    message: str,
) -> None:
    put("/feed/a.csv")
    put("/feed/good.csv")
    feed = feed_of("memory://feed/*.csv", COLUMNS)
    fetching.failure = failure
    listing = feed.list_batches(now)
    assert [batch.partition for batch in listing.batches] == ["good"]
    (problem,) = listing.problems
    assert message in str(problem)
    assert SECRET not in str(problem)
    assert problem.__cause__ is None
    fetching.failure = None
    assert keys(feed, now) == ["a", "good"]


def test_a_file_that_arrives_incomplete_is_read_again_at_the_next_look(
    put: Put, feed_of: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("/feed/a.csv")
    feed = feed_of("memory://feed/*.csv", COLUMNS)
    with monkeypatch.context() as patch:
        patch.setattr(
            MemoryFileSystem, "get_file", lambda _, __, path: Path(path).write_text(CSV[:9])
        )
        (problem,) = feed.list_batches(now).problems
    assert "feed/a.csv arrived incomplete: 9 of 14 bytes" in str(problem)
    assert keys(feed, now) == ["a"]


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_look(
    put: Put, feed_of: Feeds, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("/feed/a.csv")
    feed = feed_of("memory://feed/*.csv", COLUMNS)

    def fetch(_: object, name: str, path: str) -> None:
        put(name, "id,amount\nb,1\nc,2\n")
        Path(path).write_text(CSV)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "get_file", fetch)
        listing = feed.list_batches(now)
    assert (listing.batches, listing.unsettled) == ((), ("memory://feed/a.csv",))
    assert feed.list_batches(now).batches[0].rows == 2


@pytest.mark.parametrize("name", ["a'\"b", "line\nbreak", "<b>&amp;", "🙂", "..a", "%2e%2e", "a b"])
def test_hostile_names_cause_no_harm(put: Put, feed_of: Feeds, now: datetime, name: str) -> None:
    put(f"/feed/{name}.csv")
    feed = feed_of("memory://feed/*.csv", COLUMNS)
    for ref in feed.list_batches(now).batches:
        assert ref.location.isprintable()
        assert len(feed.load(ref.partition, ref.digest)) == 1


@pytest.mark.parametrize(
    ("location", "kind", "message"),
    [
        ("memory://gone/*.csv", SourceMissingError, "nothing at memory://gone/*.csv"),
        ("memory://gone/*/*.csv", SourceMissingError, "nothing at memory://gone/*/*.csv"),
        ("memory://feed/gone.csv", SourceMissingError, "nothing at memory://feed/gone.csv"),
        ("memory://feed", SourceMissingError, "memory://feed is a folder"),
        ("memory://feed/a**b/*", SourceError, "(ValueError)"),
        ("gs://bucket/*.csv", SourceError, "driver of fsspec that is not installed (Please"),
        ("nosuch://bucket/*.csv", SourceError, "of a kind that fsspec does not know"),
    ],
)
def test_a_place_that_cannot_be_listed_is_reported(
    put: Put, feed_of: Feeds, now: datetime, location: str, kind: type[SourceError], message: str
) -> None:
    put("/feed/a.csv")
    listing = feed_of(location, COLUMNS).list_batches(now)
    (problem,) = listing.problems
    assert (type(problem), listing.batches) == (kind, ())
    assert message in str(problem)


def test_a_remote_folder_without_matching_files_is_no_problem(
    put: Put, feed_of: Feeds, now: datetime
) -> None:
    put("/feed/readme.txt")
    listing = feed_of("memory://feed/*.csv", COLUMNS).list_batches(now)
    assert (listing.batches, listing.problems) == ((), ())


@pytest.mark.parametrize(
    ("written", "environ", "shown"),
    [
        ("memory://${ROOT}/*.csv", {"ROOT": SECRET}, "memory://${ROOT}/a.csv"),
        ("${URL}", {"URL": f"memory://{SECRET}/*.csv"}, "${URL}/a.csv"),
        ("${URL}", {"URL": f"memory://{SECRET}/a.csv"}, "${URL}"),
    ],
)
def test_values_of_the_environment_are_not_shown(
    put: Put, feed_of: Feeds, now: datetime, written: str, environ: dict[str, str], shown: str
) -> None:
    put(f"/{SECRET}/a.csv")
    feed = feed_of(written, COLUMNS, opening={"environ": environ})
    (ref,) = feed.list_batches(now).batches
    assert (ref.partition, ref.location) == ("a", shown)
    assert SECRET not in repr(feed._reader.offer().deliveries[0].stamp)  # noqa: SLF001
    put(f"/{SECRET}/a.csv", "id\n\0\n")
    assert SECRET not in str(feed.list_batches(now).problems[0])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("http://${USER}:${PW}@127.0.0.1:1/in/a.csv?sig=${PW}", "http://…@127.0.0.1:1/in/a.csv"),
        ("sftp://${USER}:${PW}@127.0.0.1:1/in/*.csv", "sftp://…@127.0.0.1:1/in/*.csv"),
    ],
)
def test_credentials_are_in_no_refusal(
    feed_of: Feeds, now: datetime, written: str, address: str
) -> None:
    environ = {"USER": "ada", "PW": f"{SECRET}/@:"}
    feed = feed_of(written, COLUMNS, opening={"environ": environ})
    (problem,) = feed.list_batches(now).problems
    assert address in str(problem)
    assert SECRET not in str(problem)


def test_a_file_address_is_a_path_of_this_machine(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (ref,) = feed_of(f"file://{tmp_path}/*.csv", COLUMNS).list_batches(now).batches
    assert (ref.partition, ref.location) == ("a", "a.csv")


@pytest.mark.parametrize(
    ("info", "same"),
    [
        ({"ETag": '"1"', "LastModified": 1}, {"etag": "1", "mtime": 2}),
        ({"mtime": 5.0}, {"mtime": 5.0}),
    ],
)
def test_a_stamp_rests_on_the_version_before_the_time(
    info: dict[str, object], same: dict[str, object]
) -> None:
    assert module.stamp_of("a", info) == module.stamp_of("a", same)


def test_a_file_without_version_and_time_is_read_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = module.stamp_of("a", {"size": 1})
    monkeypatch.setattr(module, "_LOOK_AGAIN_SECONDS", 1e-6)
    assert module.stamp_of("a", {"size": 1}) != first


def test_a_local_path_is_never_read_by_a_driver(tmp_path: Path) -> None:
    places = ("in/*.csv", "/in/*.csv", "file:///in")
    stores = [open_store(tmp_path, place, {}, ALL_ALLOWED) for place in places]
    assert not any(isinstance(store, RemoteStore) for store in stores)
