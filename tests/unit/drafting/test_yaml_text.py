"""Values of a drafted page mean the same to every reader of YAML."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.reading.yaml_document import read_text
from aipo_pipelines.drafting.yaml_text import flow, listed_field, scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(TEXTS)
def test_every_text_is_read_back_by_readers_of_both_versions(text: str) -> None:
    page = f"key: {scalar(text)}\n"
    assert read_text(page) == {"key": text}
    assert yaml.safe_load(page) == {"key": text}


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
def test_every_number_is_read_back_by_the_reader_of_charters(number: float | bool) -> None:
    (value,) = read_text(f"key: {scalar(number)}\n").values()
    assert value == number


def test_a_negative_zero_is_written_as_zero() -> None:
    assert scalar(-0.0) == "0"


@pytest.mark.parametrize("text", ["no", "On", "1e5", "0o7", "1:30", "2026-01-31", "~", "<<", "="])
def test_a_word_that_is_no_text_to_some_reader_is_quoted(text: str) -> None:
    assert scalar(text) == f'"{text}"'


@given(st.lists(st.text("abc -:#'\"", max_size=30), max_size=30), st.integers(0, 4))
def test_a_list_is_read_back_on_as_many_lines_as_it_takes(texts: list[str], indent: int) -> None:
    lines = listed_field("key", texts, indent)
    assert read_text("\n".join(lines)) == read_text(f"key: {flow(texts)}") == {"key": texts}
