"""Numbers of nines that lie apart from the rest are asked about in the draft."""

from __future__ import annotations

import pandas as pd
import pytest

from aipo_pipelines.drafting.sentinels import find_sentinels
from tests.unit.drafting.test_column_findings import ROWS, Drafted, drafted, standards

__all__ = ["drafted", "standards"]


@pytest.mark.parametrize(
    ("rest", "nines"),
    [
        ([1900, 1950, 2020], [9999]),
        ([0, 1, 2, 3], [-999]),
        ([0.5, 2.25], [-9999, 99999]),
        ([1, 5], [99]),
    ],
)
def test_numbers_of_nines_that_lie_apart_are_found(rest: list[float], nines: list[int]) -> None:
    sentinels = find_sentinels(pd.Series([*rest * 10, *nines * 3]))
    assert sentinels is not None
    assert (sentinels.numbers, sentinels.count) == (tuple(nines), 3 * len(nines))
    assert (sentinels.low, sentinels.high) == (min(rest), max(rest))


@pytest.mark.parametrize(
    "values", [[997, 998, 999, 1000], [-99, -98, 5], [0, 9], [99, 99], [0.5, 3], [60, 80, 99]]
)
def test_numbers_of_nines_among_others_are_numbers(values: list[float]) -> None:
    assert find_sentinels(pd.Series(values * 5)) is None


def test_sentinels_are_said_in_the_contract_and_of_a_person_without_their_value(
    drafted: Drafted,
) -> None:
    odd = ["9999" if n % 7 == 0 else str(1900 + n % 120) for n in range(ROWS)]
    places = ["-999" if n % 7 == 0 else str(n % 4) for n in range(ROWS)]
    pay = ["99999" if n % 7 == 0 else str(2000 + n % 50) for n in range(ROWS)]
    draft = drafted(year_built=odd, garage=places, salary=pay)
    page = " ".join(draft.contract.replace("#", "").split())
    cells = len(range(0, ROWS, 7))
    assert f"`9999` in {cells} cells lies apart from the rest (the rest: 1900 to 2019)" in page
    assert f"`-999` in {cells} cells lies apart from the rest (the rest: 0 to 3)" in page
    assert f"a number of nines only in {cells} cells lies apart from the rest: does it" in page
