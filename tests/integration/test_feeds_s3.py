"""Feeds from a bucket: a local server with the interface of S3, through the real driver."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake  # noqa: TID253 - makes the table
from moto.server import ThreadedMotoServer

from aipo_pipelines.errors import SourceMissingError
from aipo_pipelines.resources.feeds import Feed
from tests.unit.resources.feeds.conftest import open_at

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
COLUMNS = {"id": "string", "amount": "number", "day": "date"}
SECRET = "hunter2"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """The driver of a local server, with the bucket `shop`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{address}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "ada")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        driver = fsspec.filesystem("s3")
        driver.mkdir("shop")
        yield driver
        server.stop()


@pytest.fixture
def feed(tmp_path: Path, bucket: Any) -> Callable[..., Feed]:
    assert bucket.exists("shop")
    return partial(open_at, tmp_path, columns=COLUMNS)


def parquet(*rows: tuple[str, int]) -> bytes:
    written = io.BytesIO()
    pd.DataFrame(rows, columns=["id", "amount"]).to_parquet(written)
    return written.getvalue()


def test_a_file_of_a_bucket_is_a_batch_and_a_new_version_when_it_changes(
    bucket: Any, feed: Callable[..., Feed]
) -> None:
    bucket.pipe_file("shop/csv/2026-01.csv", b"id,amount\na,1\n")
    opened = feed("s3://shop/csv/*.csv")
    (first,) = opened.list_batches(NOW).batches
    assert (first.partition, first.location) == ("2026-01", "s3://shop/csv/2026-01.csv")
    assert opened.load("2026-01", first.digest)["id"].tolist() == ["a"]
    before = opened.fingerprint(NOW)
    assert opened.fingerprint(NOW) == before
    bucket.pipe_file("shop/csv/2026-01.csv", b"id,amount\na,2\n")
    assert opened.fingerprint(NOW) != before
    (second,) = opened.list_batches(NOW).batches
    assert second.digest != first.digest


def test_a_hive_folder_of_a_bucket_is_a_batch_with_its_day_as_a_column(
    bucket: Any, feed: Callable[..., Feed]
) -> None:
    bucket.pipe_file("shop/hive/day=2026-01-01/part-0.parquet", parquet(("a", 1)))
    bucket.pipe_file("shop/hive/day=2026-01-01/part-1.parquet", parquet(("b", 2)))
    bucket.pipe_file("shop/hive/day=2026-01-01/_SUCCESS", b"")
    bucket.pipe_file("shop/hive/day=2026-01-02/part-0.parquet", parquet(("c", 3)))
    bucket.pipe_file("shop/hive/day=2026-01-02/_temporary/0/part-1.parquet", b"PAR1")
    opened = feed(
        "s3://shop/hive/*/*.parquet", format="parquet", settings={"batches": {"by": "folder"}}
    )
    listing = opened.list_batches(NOW)
    assert [(batch.partition, batch.rows) for batch in listing.batches] == [("2026-01-01", 2)]
    assert listing.unsettled == ("s3://shop/hive/day=2026-01-02",)
    frame = opened.load("2026-01-01")
    assert frame["id"].tolist() == ["a", "b"]
    assert frame["day"].tolist() == ["2026-01-01"] * 2


def test_a_delta_table_in_a_bucket_is_read_at_one_version(
    tmp_path: Path, bucket: Any, feed: Callable[..., Feed]
) -> None:
    table = pd.DataFrame({"id": ["b", "a"], "amount": [1, 2], "day": ["2026-01-01", "2026-01-02"]})
    write_deltalake(tmp_path / "made", table, partition_by=["day"])
    DeltaTable(tmp_path / "made").delete("id = 'a'")
    bucket.put(f"{tmp_path}/made/", "shop/delta/orders", recursive=True)
    opened = feed("s3://shop/delta/orders", format="delta")
    (ref,) = opened.list_batches(NOW).batches
    assert (ref.location, ref.rows) == ("s3://shop/delta/orders, version 1", 1)
    table = opened.load("orders", ref.digest)
    assert table.to_dict("list") == {"id": ["b"], "amount": [1], "day": ["2026-01-01"]}


def test_one_bad_object_holds_up_no_other(bucket: Any, feed: Callable[..., Feed]) -> None:
    bucket.pipe_file("shop/lines/a.jsonl", b'{"id":"a","amount":1}\n{"id":')
    bucket.pipe_file("shop/lines/b.jsonl", b'{"id":"b","amount":1}\n')
    listing = feed("s3://shop/lines/*.jsonl", format="jsonl").list_batches(NOW)
    assert [batch.partition for batch in listing.batches] == ["b"]
    assert "s3://shop/lines/a.jsonl has in line 2" in str(listing.problems[0])


@pytest.mark.parametrize(
    "location", ["s3://nobucket/*.csv", "s3://nobucket/a/*/*.csv", "s3://nobucket/a.csv"]
)
def test_a_missing_bucket_is_reported(feed: Callable[..., Feed], location: str) -> None:
    (problem,) = feed(location).list_batches(NOW).problems
    assert isinstance(problem, SourceMissingError)
    assert f"nothing at {location} (NoSuchBucket)" in str(problem)


def test_no_message_contains_the_keys_of_the_bucket(bucket: Any, feed: Callable[..., Feed]) -> None:
    bucket.pipe_file("shop/keys/a.csv", b"")
    opened = feed("s3://shop/keys/*.csv")
    assert SECRET not in f"{opened.list_batches(NOW)} {opened._reader.offer()}"  # noqa: SLF001
