"""The content digest: the changes that it shows, and the changes that it ignores."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.lake import Lake

CELLS = st.one_of(st.none(), st.text(max_size=5))


def one(values: object, dtype: object = None) -> pd.DataFrame:
    return pd.DataFrame({"a": pd.Series(values, dtype=dtype)})  # type: ignore[call-overload]


def test_the_digest_follows_its_written_form() -> None:
    frame = pd.DataFrame(
        {"id": pd.Series(["ab", None], dtype="str"), "n": pd.Series([1, None], dtype="Int64")}
    )
    header = b'{"rows":2,"columns":[["id","text"],["n","int64"]]}'
    text = hashlib.sha256(b"\x40" + struct.pack("<2I", 2, 0) + b"ab").digest()
    numbers = hashlib.sha256(b"\x40" + struct.pack("<2q", 1, 0)).digest()
    expected = hashlib.sha256(b"aipo table content 1\n" + header + text + numbers).hexdigest()
    assert content_digest(frame) == f"sha256:{expected}"
    assert expected.startswith("affb6e0eb44f54257a237e49bcdd84dc")


@pytest.mark.parametrize(
    "other",
    [
        one(["a", "c"], "str"),
        one(["b", "a"], "str"),
        one(["a", "b", None], "str"),
        one(["a", None], "str"),
        one(["ab", ""], "str"),
        one([b"a", b"b"], object),
        one(["a", "b"], "str").rename(columns={"a": "b"}),
        one(["a", "b"], "str").assign(b=1),
    ],
    ids=["value", "order", "row", "missing", "boundary", "bytes", "name", "column"],
)
def test_every_change_of_content_changes_the_digest(other: pd.DataFrame) -> None:
    assert content_digest(other) != content_digest(one(["a", "b"], "str"))


def test_an_empty_text_is_not_a_missing_text() -> None:
    assert content_digest(one(["", "x"], "str")) != content_digest(one([None, "x"], "str"))


def test_zero_is_not_a_missing_number() -> None:
    assert content_digest(one([0, 1], "Int64")) != content_digest(one([None, 1], "Int64"))


def test_which_cell_is_missing_matters() -> None:
    assert content_digest(one([None, 1, 0], "Int64")) != content_digest(one([0, 1, None], "Int64"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (one([1.0, np.nan]), one([1.0, None], "Float64")),
        (one([1, 2], "int64"), one([1, 2], "Int64")),
        (one(["a", "b"], "category"), one(["a", "b"], "str")),
        (one(["a", "b"], object), one(["a", "b"], "str")),
        (one(["2026-01-01"], "datetime64[s]"), one(["2026-01-01"], "datetime64[ns]")),
        (one([True, None], object), one([True, None], "boolean")),
    ],
    ids=["nan", "nullable", "category", "object", "unit", "bool"],
)
def test_how_pandas_holds_a_column_does_not_matter(left: pd.DataFrame, right: pd.DataFrame) -> None:
    assert content_digest(left) == content_digest(right)


def test_nanoseconds_are_content() -> None:
    moment = np.datetime64("2026-01-01T00:00:00.000000001")
    assert content_digest(one([moment])) != content_digest(one([moment.astype("datetime64[us]")]))


def test_a_time_with_a_zone_is_not_a_time_without_a_zone() -> None:
    plain = one(["2026-01-01"], "datetime64[us]")
    zoned = plain.assign(a=plain["a"].dt.tz_localize("UTC"))
    assert content_digest(zoned) != content_digest(plain)


def test_the_index_is_no_content() -> None:
    frame = one(["a", "b"], "str")
    assert content_digest(frame.set_index(pd.Index([7, 8]))) == content_digest(frame)


@settings(deadline=None, max_examples=40)
@given(st.lists(CELLS, min_size=1, max_size=30), st.integers(0, 10), st.integers(0, 20))
def test_a_slice_has_the_digest_of_its_copy(cells: list[str | None], start: int, size: int) -> None:
    whole = pd.DataFrame({"a": pd.array(pa.array(cells, pa.large_string()), dtype="str")})
    whole["n"] = pd.array(range(len(cells)), dtype="Int64")
    part = whole.iloc[start : start + size]
    copied = pd.DataFrame(
        {
            "a": pd.Series(cells[start : start + size], dtype="str"),
            "n": pd.Series(list(range(len(cells)))[start : start + size], dtype="Int64"),
        }
    )
    assert content_digest(part) == content_digest(copied)


@settings(deadline=None, max_examples=40)
@given(cells=st.lists(st.floats(allow_nan=True), max_size=20))
def test_the_digest_survives_parquet(
    tmp_path_factory: pytest.TempPathFactory, cells: list[float]
) -> None:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    stored = lake.store("p", "1", one(cells, "float64"))
    assert content_digest(lake.load("p", "1", stored.digest)) == stored.digest


def test_every_kind_of_column_survives_the_lake(tmp_path_factory: pytest.TempPathFactory) -> None:
    frame = pd.DataFrame(
        {
            "text": pd.Series(["é", None], dtype="str"),
            "whole": pd.Series([2**60 + 1, None], dtype="Int64"),
            "small": pd.Series([1, 2], dtype="int8"),
            "flag": pd.Series([True, None], dtype="boolean"),
            "time": pd.Series(["2026-01-01", None], dtype="datetime64[s]"),
            "zoned": pd.Series(["2026-01-01", None], dtype="datetime64[us, UTC]"),
            "kind": pd.Series(["a", None], dtype="category"),
            "day": pd.Series([dt.date(2026, 1, 1), None], dtype=object),
            "clock": pd.Series([dt.time(12, 30), None], dtype=object),
            "exact": pd.Series([Decimal("1.50"), None], dtype=object),
            "list": pd.Series([["a"], None], dtype=object),
            "object": pd.Series([{}, {"b": 2, "a": np.array([1]).tolist()}], dtype=object),
            "none": pd.Series([None, None], dtype=object),
        }
    )
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    loaded = lake.load("p", "1", lake.store("p", "1", frame).digest)
    assert loaded["list"].tolist()[0] == '["a"]'
    assert loaded["object"].tolist() == ["{}", '{"a": [1], "b": 2}']
    assert loaded["whole"].tolist()[0] == 2**60 + 1
    assert list(loaded.columns) == list(frame.columns)


def test_a_column_of_numbers_and_words_is_kept_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    mixed = one([1, "two", None, 2**70], object)
    loaded = lake.load("p", "1", lake.store("p", "1", mixed).digest)
    assert loaded["a"].dropna().tolist() == [1, "two", 2**70]
    assert content_digest(mixed) == content_digest(loaded)


def test_long_arrays_are_spelled_in_full() -> None:
    long = np.arange(5000)
    other = long.copy()
    other[2500] = -1
    assert content_digest(one([long], object)) != content_digest(one([other], object))
