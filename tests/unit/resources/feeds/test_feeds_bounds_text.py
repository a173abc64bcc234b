"""Files of text are counted before they become a table, so none takes far more than its bound."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delimited import read_delimited
from aipo_pipelines.resources.feeds.feed import Feed
from aipo_pipelines.resources.feeds.json_lines import read_json_lines
from tests.unit.resources.feeds.conftest import contract

MIB = 1 << 20
BOUND = 8 * MIB
THOUSAND_KEYS = json.dumps(dict.fromkeys((f"key{number}" for number in range(1000)), 1))


class Memory:
    """The largest memory in use, by Arrow and by Python."""

    most = 0


@contextmanager
def watched() -> Iterator[Memory]:
    memory = Memory()
    pool = pa.default_memory_pool()
    proxy = pa.proxy_memory_pool(pool)
    pa.set_memory_pool(proxy)
    tracemalloc.start()
    try:
        yield memory
    finally:
        memory.most = proxy.max_memory() + tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        pa.set_memory_pool(pool)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


def read_csv(path: Path, bounds: Bounds, layout: FileLayout | None = None) -> int:
    agreed = contract({"id": "string"}, layout or FileLayout())
    return len(read_delimited(path, path.name, agreed, bounds))


def filled(head: str, record: str) -> bytes:
    """A file with nearly as many bytes as the bound allows."""
    return head.encode() + record.encode() * (BOUND // len(record.encode()) - len(head) - 2)


@pytest.mark.parametrize(
    "data",
    [
        filled("a,b,c\n", "1,2,3\n"),
        filled("a,b,c\n", ",,\n"),
        filled("a\nx\n", "\n"),
        filled("a,b,c\n", '"1","2",3\n'),
        filled("a,b,c\n", '"","""",\n'),
        filled("a,b\n", f'1,"{"," * 20}"\n'),
    ],
    ids=["short", "empty", "blank lines", "quoted", "quotes", "delimiters in quotes"],
)
def test_a_delimited_file_takes_no_more_than_four_times_the_bound(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with watched() as memory, pytest.raises(SourceUnreadableError, match="more than 8,388,608 b"):
        read_csv(path, Bounds(bytes=BOUND))
    assert memory.most < 4 * BOUND


@pytest.mark.parametrize(
    "data",
    [
        filled(THOUSAND_KEYS + "\n", "{}\n"),
        filled("", json.dumps({"a": "x" * 900}) + "\n") + (THOUSAND_KEYS + "\n").encode(),
    ],
    ids=["absent", "late keys"],
)
def test_a_file_of_json_lines_takes_no_more_than_four_times_the_bound(
    path: Path, data: bytes
) -> None:
    path.write_bytes(data)
    with watched() as memory, pytest.raises(SourceUnreadableError, match="more than 8,388,608 b"):
        read_json_lines(path, path.name, "utf-8", Bounds(bytes=BOUND))
    assert memory.most < 4 * BOUND


def test_text_of_another_encoding_takes_no_more_than_four_times_the_bound(path: Path) -> None:
    path.write_bytes(b"id\n" + b"\x80" * (BOUND - 4))
    with watched() as memory, pytest.raises(SourceUnreadableError, match="more than 8,388,608 b"):
        read_csv(path, Bounds(bytes=BOUND), FileLayout(encoding="cp1252"))
    assert memory.most < 4 * BOUND


def test_no_record_is_parsed_if_there_are_too_many(path: Path) -> None:
    path.write_bytes(b"id,amount\n" + b"1,2\n" * 500_000)
    with watched() as memory, pytest.raises(SourceUnreadableError, match="more than 1,000 rows"):
        read_csv(path, Bounds(rows=1_000))
    assert memory.most < 2 * path.stat().st_size


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize(
    ("head", "record"),
    [("id", "a"), ("id,n", "a,1"), ("id,n", 'a,"1"'), ("id,n", '"a,,,\n\n\n",1'), ("id", '"a,\n"')],
)
def test_as_many_rows_as_are_allowed_are_read_and_no_more(
    path: Path, head: str, record: str, ending: str, *, last: bool
) -> None:
    text = ending.join([head, *[record] * 40]) + ending * last
    path.write_bytes(text.encode())
    assert read_csv(path, Bounds(rows=40)) == 40
    with pytest.raises(SourceUnreadableError, match="more than 39 rows"):
        read_csv(path, Bounds(rows=39))


def test_blank_lines_do_not_count_as_rows(path: Path) -> None:
    path.write_bytes(b"id,amount\n" + b"a,1\n\n\r\n" * 40)
    assert read_csv(path, Bounds(rows=40)) == 40


def test_as_many_objects_as_are_allowed_are_read_and_no_more(path: Path) -> None:
    path.write_text('{"id": 1}\n\n' * 40)
    assert len(read_json_lines(path, path.name, "utf-8", Bounds(rows=40))) == 40
    with pytest.raises(SourceUnreadableError, match="more than 39 rows"):
        read_json_lines(path, path.name, "utf-8", Bounds(rows=39))


def test_lines_are_numbered_through_the_whole_file_of_json_lines(path: Path) -> None:
    path.write_text('{"id": "' + "x" * 200 + '"}\n')
    path.write_bytes(path.read_bytes() * 60_000 + b"[]\n")
    with pytest.raises(SourceUnreadableError, match="in line 60001 a list"):
        read_json_lines(path, path.name, "utf-8")


def test_files_of_one_delivery_are_bounded_together(
    tmp_path: Path, feed_of: Callable[..., Feed]
) -> None:
    for number in range(5):
        file = tmp_path / f"in/1/{number}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("id,amount\n" + "a,1\n" * 1_000)
    feed = feed_of(
        "in/*/*.csv",
        {"id": "string", "amount": "number"},
        settings={"batches": {"by": "folder"}},
        opening={"environ": {"AIPO_MAX_DELIVERY_BYTES": "50000"}},
    )
    with pytest.raises(SourceUnreadableError, match="more than 50,000 bytes"):
        feed.load("1")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("x" * 2 * MIB, "1,048,576 characters or more in line 3"),
        ("x" * 200_000 + ",1", "a cell of more than 131,072 characters in or before line 3"),
    ],
)
def test_a_long_cell_without_a_quote_is_no_open_quote(path: Path, cell: str, message: str) -> None:
    path.write_text(f"id,amount\na,1\n{cell},1\n")
    with pytest.raises(SourceUnreadableError, match=message) as refused:
        read_csv(path, Bounds())
    assert "quote" not in str(refused.value)


def test_a_long_cell_in_quotes_may_be_an_open_quote(path: Path) -> None:
    path.write_text('id,amount\na,"' + "b,1\n" * 50_000)
    with pytest.raises(SourceUnreadableError, match="If a quote opens it, the quote may never be"):
        read_csv(path, Bounds())


def test_an_object_on_one_endless_line_is_refused(path: Path) -> None:
    path.write_text('{"id": 1}\n[' + '{"id": 1},' * 1_700_000)
    with pytest.raises(SourceUnreadableError, match="16,777,216 characters or more in line 2"):
        read_json_lines(path, path.name, "utf-8")
