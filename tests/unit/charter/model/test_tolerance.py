"""Limits are held against counts as whole numbers, at every tenth of a percent."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.tolerance import Tolerance, as_written, tolerance_of

ROWS = 1_000


def test_every_tenth_of_a_percent_holds_just_below_at_and_above_it() -> None:
    for tenths in range(1, ROWS):
        written = float(f"{tenths // 10}.{tenths % 10}")
        reached = Tolerance(percent=as_written(written))
        below = Tolerance(percent=as_written(written), below=True)
        mostly = tolerance_of(float(f"0.{ROWS - tenths:03}"))
        for failing in (tenths - 1, tenths, tenths + 1):
            assert (failing <= reached.most(ROWS)) == (failing <= tenths), written
            assert (failing <= below.most(ROWS)) == (failing < tenths), written
            assert (failing <= mostly.most(ROWS)) == (failing <= tenths), written


@given(st.integers(0, 10**6), st.integers(0, 10**9), st.integers(0, 100_000))
def test_a_count_holds_if_a_hundred_of_it_is_within_the_limit_times_the_rows(
    failing: int, rows: int, thousandths: int
) -> None:
    limit = Fraction(thousandths, 1000)
    assert (failing <= Tolerance(percent=limit).most(rows)) == (failing * 100 <= limit * rows)
    below = Tolerance(percent=limit, below=True)
    assert (failing <= below.most(rows)) == (failing * 100 < limit * rows)
