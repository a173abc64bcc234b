"""A list that may have been cut says which command shows all of it."""

from __future__ import annotations

import pytest

from aipo_pipelines.reports.shortened import rest
from aipo_pipelines.reports.values import ROWS
from tests.unit.reports.telling import HOSTILE, words_of


@pytest.mark.parametrize("count", [0, 1, ROWS - 1])
def test_a_list_that_the_page_shows_in_full_needs_no_command(count: int) -> None:
    assert rest(count, "aipo incidents churn --all") is None


@pytest.mark.parametrize("count", [ROWS, ROWS + 1])
def test_a_list_of_the_largest_length_names_the_command_that_shows_all(count: int) -> None:
    words = words_of(rest(count, "aipo incidents churn --all"))
    assert words == f"The newest {ROWS} are shown; all: aipo incidents churn --all"


def test_a_command_is_never_markup() -> None:
    part = rest(ROWS, HOSTILE)
    assert "<script>" not in str(part)
    assert "<script>" in words_of(part)
