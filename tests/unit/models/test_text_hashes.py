"""Hashes of texts: one for each text, in every row and in every type of column."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.models.record_hashes import hashes
from aipo_pipelines.models.text_hashes import text_hashes

LENGTHS = (0, 1, 7, 8, 9, 16, 255, 256, 257, 5_000)
TEXTS = st.text(max_size=12) | st.sampled_from(LENGTHS).map(lambda length: "x" * length)


def of(*texts: str | None) -> list[int]:
    hashed: list[int] = text_hashes(pa.array(texts, pa.large_string())).tolist()
    return hashed


@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_the_hash_of_a_text_does_not_depend_on_its_neighbours(texts: list[str]) -> None:
    assert of(*texts) == [of(text)[0] for text in texts]


@given(st.lists(TEXTS, unique=True, max_size=30))
def test_texts_that_differ_have_hashes_that_differ(texts: list[str]) -> None:
    assert len({*of(*texts)}) == len(texts)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_with_another_nul_or_another_end_has_another_hash(length: int) -> None:
    text = "x" * length
    similar = {text, f"{text}\0", f"{text}\0\0", f"\0{text}", f"{text}x"}
    assert len({*of(*similar)}) == len(similar)


def test_stored_hashes_stay_valid() -> None:
    """Another value is another scheme: all stored hashes are then made again from the snapshots."""
    assert of("", "a", "R0010000001", "Zürich", "x" * 300) == [
        0,
        18119689086777206668,
        7074612392438243330,
        13291871358962507576,
        1533152188014638354,
    ]


def test_a_part_of_an_array_has_the_same_hashes_as_the_whole() -> None:
    texts = pa.array(["a", None, "ä" * 9, "", "b" * 300, "c"], pa.large_string())
    assert text_hashes(texts[2:5]).tolist() == text_hashes(texts).tolist()[2:5]
    pieces = pa.chunked_array([texts[:3], texts[3:]])
    present = [0, 2, 3, 4, 5]
    assert text_hashes(pieces)[present].tolist() == text_hashes(texts)[present].tolist()
    assert text_hashes(texts[:0]).tolist() == []


@pytest.mark.parametrize(
    "kind", [np.dtype(object), pd.CategoricalDtype(), pd.StringDtype("python")]
)
def test_the_type_of_a_column_makes_no_difference(kind: Any) -> None:
    cells = pd.Series(["north", None, "süd", "north"], dtype="str")
    frame = pd.DataFrame({"text": cells.astype(kind)})
    assert (
        hashes(frame, ["text"]).tolist() == hashes(pd.DataFrame({"text": cells}), ["text"]).tolist()
    )


def test_a_column_of_texts_and_numbers_has_hashes_too() -> None:
    frame = pd.DataFrame({"mixed": pd.Series(["a", 1, None, "a"], dtype="object")})
    hashed = hashes(frame, ["mixed"]).tolist()
    assert hashed[0] == hashed[3]
    assert len({*hashed}) == 3


def test_keys_that_count_up_do_not_collide_and_use_all_bits() -> None:
    keys = [
        f"{letter}{number:09d}" for letter in string.ascii_uppercase for number in range(10_000)
    ]
    hashed = text_hashes(pa.array(keys, pa.large_string()))
    assert len(np.unique(hashed)) == len(keys)
    for bit in range(64):
        share = float(((hashed >> np.uint64(bit)) & np.uint64(1)).mean())
        assert share == pytest.approx(0.5, abs=0.01)
    # As many halves repeat as of numbers drawn by chance: n²/2 pairs, each once in 2³².
    for half in (hashed >> np.uint64(32), hashed & np.uint64(0xFFFFFFFF)):
        repeats = len(keys) - len(np.unique(half))
        assert repeats == pytest.approx(len(keys) ** 2 / 2 / 2**32, abs=15)
