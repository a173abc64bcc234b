"""JSON lines: types and digits are kept, bad lines are reported by number and never quoted."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds import json_lines as module
from aipo_pipelines.resources.feeds.json_lines import json_records, read_json_lines, records_frame
from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.lake import Lake

Feeds = Callable[..., Feed]
Read = Callable[..., pd.DataFrame]
COLUMNS = {"id": "string", "amount": "number"}
SECRET = "jane@example.org"


@pytest.fixture
def of(tmp_path: Path) -> Read:
    """Reads lines of text, or bytes."""

    def read(data: bytes | str, encoding: str = "utf-8") -> pd.DataFrame:
        path = tmp_path / "orders.jsonl"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_json_lines(path, "orders.jsonl", encoding)

    return read


def test_values_keep_the_types_that_json_gives_them(of: Read) -> None:
    frame = of('{"a":"007","b":7,"c":1.5,"d":true}\n{"a":"x","b":null,"c":2,"d":false}\n')
    assert [str(kind) for kind in frame.dtypes] == ["str", "Int64", "float64", "boolean"]
    assert frame["a"].tolist() == ["007", "x"]
    assert frame["b"].isna().tolist() == [False, True]


def test_a_key_that_a_record_lacks_is_missing_there(of: Read) -> None:
    frame = of('{"a":1}\n{"b":"x","a":2}\n{}\n')
    assert list(frame.columns) == ["a", "b"]
    assert frame.isna().to_numpy().tolist() == [[False, True], [False, False], [True, True]]


@pytest.mark.parametrize(
    ("numbers", "cells"),
    [
        (["9007199254740993", "1"], [9007199254740993, 1]),
        (["123456789012345678901"], [123456789012345678901]),
        (["0.12345678901234567890"], [Decimal("0.12345678901234567890")]),
        (["1e400"], [Decimal("1e400")]),
        (["9007199254740993", "0.5"], [9007199254740993, 0.5]),
        (["1.10", "1E2"], [1.1, 100.0]),
    ],
)
def test_no_number_loses_a_digit(of: Read, numbers: list[str], cells: list[object]) -> None:
    assert of("".join(f'{{"a":{number}}}\n' for number in numbers))["a"].tolist() == cells


@pytest.mark.parametrize("at_once", [1, 2])
def test_types_that_change_in_later_rows_are_kept_cell_by_cell(
    of: Read, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(module, "_RECORDS_AT_ONCE", at_once)
    frame = of('{"a":9007199254740993}\n{"b":1}\n{"a":0.5}\n{"a":"x"}\n')
    assert frame["a"].dropna().tolist() == [9007199254740993, 0.5, "x"]
    assert frame["b"].isna().tolist() == [True, False, True, True]


def test_lists_and_objects_are_kept_as_canonical_json(of: Read) -> None:
    frame = of('{"a":{"y":[1,2],"x":"é"}}\n{"a":null}\n')
    assert frame["a"].tolist()[0] == '{"x": "é", "y": [1, 2]}'
    assert frame["a"].isna().tolist() == [False, True]


def test_order_of_keys_and_blank_lines_do_not_matter(of: Read) -> None:
    first = of('{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n')
    second = of('\r\n{"a":1, "b":"x"}\r\n  \n{"b":"y","a":2}')
    assert content_digest(first) == content_digest(second)


def test_gzip_and_a_byte_order_mark_do_not_matter(of: Read) -> None:
    plain = b'{"a":"\xc3\xa9"}\n'
    read = [of(plain), of(gzip.compress(plain)), of(b"\xef\xbb\xbf" + plain)]
    assert [frame["a"].tolist() for frame in read] == [["é"]] * 3


def test_another_encoding_is_read_if_it_was_agreed(of: Read) -> None:
    assert of('{"a":"é"}\n'.encode("latin-1"), "latin-1")["a"].tolist() == ["é"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b'{"a":1}\n{"a":', "line 2 a text that is no JSON from character 6"),
        (b'{"a":1}\n\n{"a":1} {"a":2}\n', "line 3 a text that is no JSON from character 9"),
        (b"[1, 2]\n", "line 1 a list"),
        (b'{"a":1}\n7\n', "line 2 a single value"),
        (b'{"a":1,"a":2}\n', "line 1 an object with the same key twice"),
        (b'{"a":NaN}\n', "line 1 NaN or Infinity"),
        (b'{"a":-Infinity}\n', "line 1 NaN or Infinity"),
        (b'{"a":"\\ud800"}\n', "line 1 half of a surrogate pair"),
        (b'{"\\udfff":1}\n', "line 1 half of a surrogate pair"),
        (b'{"a":' + b"[" * 100_000, "line 1 values nested too deeply"),
        (b'{"a":' + b"1" * 5_000 + b"}", "line 1 a number with too many digits"),
        ('{"a":"é"}\n'.encode("latin-1"), "not written in utf-8"),
        ('{"a":1}\n'.encode("utf-16-le"), "NUL byte at position 1"),
        (gzip.compress(b'{"a":1}\n' * 100, mtime=0)[:-12], "gzip file that ends too early"),
    ],
)
def test_a_file_that_is_no_json_lines_is_refused(of: Read, data: bytes, message: str) -> None:
    with pytest.raises(SourceUnreadableError, match=message) as refused:
        of(data)
    assert "orders.jsonl" in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        f'{{"a":"{SECRET}"',
        f'{{"a":"{SECRET}" "b":1}}',
        f'{{"{SECRET}":1,"{SECRET}":2}}',
        f'"{SECRET}"',
        f'{{"a":"{SECRET}\\ud800"}}',
    ],
)
def test_no_refusal_quotes_a_line(of: Read, line: str) -> None:
    with pytest.raises(SourceUnreadableError) as refused:
        of(line)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_keys_that_are_values_are_reported(of: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KEYS", 3)
    with pytest.raises(SourceUnreadableError, match="more than 3 different keys"):
        of("".join(f'{{"day {number}":1}}\n' for number in range(4)))


def test_a_very_long_line_is_read(of: Read) -> None:
    assert of(json.dumps({"a": "x" * 5_000_000}))["a"].str.len().tolist() == [5_000_000]


def test_records_without_keys_are_records() -> None:
    assert records_frame(json_records(["{}\n", "{}\n"], "a"), "a").shape == (2, 0)


VALUE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.dictionaries(st.text(), VALUE, max_size=3), max_size=8))
def test_all_json_objects_become_a_table_that_can_be_stored(records: list[dict[str, Any]]) -> None:
    finite = [
        {key: value for key, value in record.items() if value not in {float("inf"), -float("inf")}}
        for record in records
    ]
    lines = [json.dumps(record) + "\n" for record in finite]
    try:
        frame = records_frame(json_records(lines, "a"), "a")
    except SourceUnreadableError as refused:
        assert "surrogate" in str(refused)  # noqa: PT017 - the only thing that may be refused
        return
    assert len(frame) == len(records)
    assert content_digest(frame).startswith("sha256:")


def test_a_feed_of_json_lines_is_read_by_its_contract_and_kept(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/2026-01.jsonl").write_text('{"amount":1.5,"id":"007"}\n{"id":8}\n')
    with gzip.open(tmp_path / "in/2026-02.jsonl.gz", "wt") as file:
        file.write('{"id":"b","amount":"2.5"}\n')
    feed = feed_of("in/*.jsonl*", COLUMNS, format="jsonl")
    refs = feed.list_batches(now).batches
    assert [ref.partition for ref in refs] == ["2026-01", "2026-02"]
    frames = [feed.load(ref.partition, ref.digest) for ref in refs]
    lake = Lake(str(tmp_path / "lake"))
    stored = [lake.store("p", "1", frame).digest for frame in frames]
    assert stored == [ref.digest for ref in refs]
    assert [content_digest(lake.load("p", "1", digest)) for digest in stored] == stored
    conformed = conform(frames[1], feed.product.contract).frame
    assert conformed["amount"].tolist() == [2.5]


def test_a_number_delivered_for_a_text_is_a_misfit(of: Read, feed_of: Feeds) -> None:
    contract = feed_of("a.jsonl", COLUMNS, format="jsonl").product.contract
    assert conform(of('{"id":501}\n'), contract).misfits == {"id": 1}


def test_the_encoding_of_a_contract_is_used_for_json_too(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.jsonl").write_bytes('{"id":"é"}\n'.encode("cp1252"))
    layout = FileLayout(encoding="cp1252")
    feed = feed_of("*.jsonl", COLUMNS, format="jsonl", layout=layout)
    assert feed.load("a")["id"].tolist() == ["é"]
    assert not feed.list_batches(now).problems
