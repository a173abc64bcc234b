"""Samples are even, in order and bounded, and no secret of an address gets into a charter."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.resources.sampling.delimited import LayoutOptions, sample_delimited
from aipo_pipelines.resources.sampling.locations import without_secret
from aipo_pipelines.resources.sampling.thinning import Thinner, even_places


@given(st.integers(0, 5000), st.integers(1, 200))
def test_a_thinned_stream_is_bounded_in_order_and_even(total: int, most: int) -> None:
    thinner: Thinner[int] = Thinner(most)
    for record in range(total):
        thinner.offer(record)
    sample = list(thinner)
    assert thinner.seen == total
    assert sample == sorted(set(sample))
    assert min(total, most) <= len(sample) <= 2 * most
    if total >= 4 * most > 16:
        gaps = pd.Series(sample).diff().max()
        assert gaps <= 8 * total / len(sample)


@given(st.integers(0, 3000), st.integers(1, 100))
def test_even_places_rise_and_reach_over_everything(total: int, most: int) -> None:
    places = even_places(total, most)
    assert len(places) == min(total, most)
    assert places == sorted(set(places))
    assert all(0 <= place < total for place in places)


def test_a_large_file_is_sampled_and_its_size_is_known(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("a,b\n" + "".join(f"{n},x{n % 7}\n" for n in range(30_000)), encoding="utf-8")
    reports: list[tuple[int, int]] = []
    table = sample_delimited(path, LayoutOptions(), 1000, lambda *at: reports.append(at))
    assert table.rows == 30_000
    assert 1000 <= len(table.frame) <= 2000
    assert not table.is_whole
    assert table.frame["a"].astype(int).is_monotonic_increasing


def test_bytes_that_are_no_utf8_far_below_change_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 300_000 + "2,ü\n".encode("cp1252"))
    table = sample_delimited(path, LayoutOptions(), 400_000, lambda *_: None)
    assert table.layout.encoding == "cp1252"
    assert table.frame["b"].iloc[-1] == "ü"


@pytest.mark.parametrize(
    ("given_url", "written"),
    [
        ("postgresql://ada:s3cret@host/db", "postgresql://ada:${SHOP_PASSWORD}@host/db"),
        ("postgresql://${USER}:${PASSWORD}@host/db", "postgresql://${USER}:${PASSWORD}@host/db"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_password_becomes_a_variable(tmp_path: Path, given_url: str, written: str) -> None:
    assert without_secret(given_url, tmp_path / "products" / "shop") == written
