"""Keys that MLflow accepts, for every name of a subject."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.resources.tracker.connection import prompt_address
from aipo_pipelines.resources.tracker.entities import LONGEST_KEY, safe_key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accuracy.low", "accuracy.low"),
        ("recall/region=north", "recall/region_north"),
        ("recall/<b>'\"\n🎉", "recall/_b_____"),
        ("../../etc", "_/_/etc"),
        ("/top/", "top"),
    ],
)
def test_strange_characters_of_a_key_are_replaced(text: str, expected: str) -> None:
    assert safe_key(text) == expected


@given(st.text(max_size=400))
def test_a_key_is_short_and_is_never_a_path_upwards(text: str) -> None:
    key = safe_key(text)
    assert len(key) <= LONGEST_KEY
    assert re.fullmatch(r"[\w\-. /:]*", key, re.ASCII)
    assert ".." not in key
    assert not key.startswith("/")


def test_a_postgres_address_gives_up_after_three_seconds() -> None:
    address = prompt_address("postgresql://aipo:p%40w@localhost/mlflow?host=%2Frun%2Faipo")
    assert "connect_timeout=3" in address
    assert "aipo:p%40w@localhost/mlflow" in address


def test_a_chosen_timeout_stays() -> None:
    assert prompt_address("postgresql://h/d?connect_timeout=9").endswith("connect_timeout=9")
