from __future__ import annotations

import math
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.integrity.canonical import canonical_body, read_body
from aipo_pipelines.sensors.metadata import DEEPEST, numbers, plain_metadata, storable

texts = st.text(st.characters(codec=None))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_the_ledger_can_carry_every_attached_value(value: object) -> None:
    assert read_body(canonical_body({"value": storable(value)}))["value"] == storable(value)


@pytest.mark.parametrize("value", [None, True, 3, -0.5, "text", ["a", 1], {"a": {"b": [None]}}])
def test_what_the_ledger_can_carry_stays_as_it_is(value: object) -> None:
    assert storable(value) == value


@pytest.mark.parametrize(
    ("value", "storable_value"),
    [
        (math.nan, None),
        (-math.inf, None),
        (2**53, "9007199254740992"),
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
        (("a", "b"), ["a", "b"]),
    ],
)
def test_what_it_cannot_carry_is_replaced(value: object, storable_value: object) -> None:
    assert storable(value) == storable_value


def test_nesting_without_end_is_cut() -> None:
    value: list[object] = []
    value.append(value)
    assert repr(storable(value)) == "[" * (DEEPEST + 1) + "None" + "]" * (DEEPEST + 1)


def test_only_numbers_are_figures() -> None:
    assert numbers({"a": 1, "b": 0.5, "c": True, "d": "1", "e": None}) == {"a": 1, "b": 0.5}


def test_plain_values_are_read_out_of_dagsters() -> None:
    metadata = {
        "a": dg.MetadataValue.float(math.nan),
        "b": dg.MetadataValue.int(7),
        "c": dg.MetadataValue.json({"d": [1]}),
        "e": dg.MetadataValue.md("# no"),
    }
    assert plain_metadata(metadata) == {"a": None, "b": 7, "c": {"d": [1]}}
