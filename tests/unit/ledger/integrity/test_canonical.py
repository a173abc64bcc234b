"""Canonical bytes of bodies and headers."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.integrity.canonical import (
    body_hash,
    canonical_body,
    header,
    read_body,
    timestamp,
)

ENTRY = Entry(
    product="churn",
    kind=BatchArrived.kind,
    subject="batch/0001",
    actor="recorder",
    occurred_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    key="k",
    body={},
    index=7,
    recorded_at=datetime(2026, 1, 2, tzinfo=UTC),
    leaf_hash=b"",
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)
BODIES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aé\n"), inner),
        max_leaves=6,
    ),
    max_size=4,
)


@given(BODIES)
def test_a_body_that_was_read_is_written_with_the_same_bytes(body: dict[str, Any]) -> None:
    written = canonical_body(body)
    assert canonical_body(read_body(written)) == written


@given(BODIES)
def test_a_body_is_read_as_it_was_written(body: dict[str, Any]) -> None:
    assert read_body(canonical_body(body)) == body


def test_a_large_whole_float_stays_a_float() -> None:
    assert isinstance(read_body(canonical_body({"rows": 1e20}))["rows"], float)


def test_names_are_in_the_order_of_their_utf16_units() -> None:
    body = canonical_body({"\ufb33": 1, "\U0001f600": 2, "b": 3, "a": 4})
    assert list(json.loads(body)) == ["a", "b", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_refused_by_place(value: float) -> None:
    with pytest.raises(LedgerError, match=r"body\.figures\[1\]\.value is not a finite number"):
        canonical_body({"figures": [{"value": 1.0}, {"value": value}]})


def test_an_integer_beyond_two_to_the_53_is_refused_without_showing_it() -> None:
    with pytest.raises(LedgerError, match=r"body\.rows is an integer beyond") as refusal:
        canonical_body({"rows": 9007199254740992})
    assert "9007199254740992" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_the_largest_safe_integer_is_stored() -> None:
    assert canonical_body({"rows": 2**53 - 1}) == b'{"rows":9007199254740991}'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, r"body\.at is of type datetime"),
        ({"name": "half \ud800"}, r"body\.name is text with half a character"),
        ({"half \ud800": 1}, "a key of body is text with half a character"),
        ({"table": {1: "x"}}, r"body\.table has a key of type int"),
    ],
)
def test_a_value_that_json_cannot_represent_is_refused_by_place(
    body: dict[str, Any], message: str
) -> None:
    with pytest.raises(LedgerError, match=message):
        canonical_body(body)


def test_a_body_without_end_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(LedgerError, match="nested too deeply"):
        canonical_body(endless)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_header_is_in_rfc_8785_form(text: str) -> None:
    entry = replace(ENTRY, actor=text, subject=text, key=text)
    assert header(entry, b"\xab" * 32) == rfc8785.dumps(
        {
            "subject": text,
            "recorded_at": "2026-01-02T00:00:00.000000Z",
            "product": "churn",
            "occurred_at": "2026-01-02T03:04:05.000678Z",
            "kind": "batch_arrived",
            "key": text,
            "index": 7,
            "clock_set_back": False,
            "body_hash": "ab" * 32,
            "actor": text,
        }
    )


@pytest.mark.parametrize(
    "change",
    [
        {"index": 8},
        {"product": "fraud"},
        {"kind": RunFailed.kind},
        {"subject": "batch/2"},
        {"actor": "unknown"},
        {"occurred_at": ENTRY.occurred_at + timedelta(microseconds=1)},
        {"recorded_at": ENTRY.recorded_at + timedelta(microseconds=1)},
        {"clock_set_back": True},
        {"key": "l"},
    ],
)
def test_every_member_of_an_entry_shows_in_its_header(change: dict[str, Any]) -> None:
    assert header(replace(ENTRY, **change), b"") != header(ENTRY, b"")


def test_the_salt_hides_which_body_was_hashed() -> None:
    assert body_hash(b"a" * 16, b"{}") != body_hash(b"b" * 16, b"{}")


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    moment = datetime(999, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "0998-12-31T23:00:00.000000Z"


def refusal(body: dict[str, Any]) -> str:
    with pytest.raises(LedgerError) as error:
        canonical_body(body)
    return str(error.value)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"a": float("nan")}, "body.a is not a finite number, expected null"),
        ({"a": None, "b": True, "c": float("inf")}, "body.c is not a finite number, expected null"),
        ({"a": [{"b": 2**53}]}, "body.a[0].b is an integer beyond 2^53, expected text or a float"),
        ({"a": -(2**53)}, "body.a is an integer beyond 2^53, expected text or a float"),
        ({"a": "\udfff"}, "body.a is text with half a character (a lone surrogate)"),
        ({"\ud800": 1}, "a key of body is text with half a character (a lone surrogate)"),
        (
            {"a": {"\ud800": 1}},
            "a key of body.a is text with half a character (a lone surrogate)",
        ),
        ({"a": {1: 2}}, "body.a has a key of type int, expected text"),
        ({"a": ({"b"},)}, "body.a[0] is of type set, expected a JSON value"),
        ({"a": 1, "b": b"", "c": {1}}, "body.b is of type bytes, expected a JSON value"),
    ],
)
def test_the_first_fault_of_a_body_is_named_by_its_place(body: dict[str, Any], fault: str) -> None:
    assert refusal(body) == f"the body of an entry cannot be stored: {fault}"


def test_a_body_without_end_is_refused_by_the_place_at_which_it_is_too_deep() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    assert refusal(endless) == (
        f"the body of an entry cannot be stored: body{'.a' * 101} is nested too deeply"
    )


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1])
def test_the_safe_integers_stay_integers(number: int) -> None:
    read = read_body(canonical_body({"n": number}))
    assert type(read["n"]) is int
    assert read["n"] == number


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**20])
def test_a_whole_number_beyond_them_is_read_as_a_float(number: int) -> None:
    read = read_body(f'{{"n":{number}}}'.encode())
    assert type(read["n"]) is float
    assert read["n"] == number


def test_salt_and_body_are_hashed_in_this_order() -> None:
    assert body_hash(b"salt", b"body") == sha256(b"saltbody").digest()
