"""How figures, limits and times are put on a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aipo_pipelines.evidence.outcome import Direction, Figure, Interval
from aipo_pipelines.reports.wording import (
    age,
    interval,
    limit,
    lower_is_better,
    value_of,
    when,
    worded,
)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, "none"),
        (None, 0.5, "up to 0.5"),
        (0.25, None, "from 0.25"),
        (0.25, 0.5, "0.25 to 0.5"),
    ],
)
def test_an_interval_is_said_with_the_bounds_it_has(
    low: float | None, high: float | None, words: str
) -> None:
    assert interval(low, high) == words


def test_a_limit_is_said_with_its_side() -> None:
    assert limit(Direction.AT_MOST, 0.1) == "at most 0.1"
    assert limit(Direction.AT_LEAST, 0.7) == "at least 0.7"
    assert limit(Direction.AT_LEAST, None) == "none"


def test_a_figure_is_shown_with_unit_and_interval() -> None:
    figure = Figure(
        metric="mae",
        value=2.5,
        n=9,
        unit="EUR",
        interval=Interval(low=2.0, high=3.0, level=0.9, method="bootstrap"),
    )
    assert value_of(figure) == "2.5 EUR (2 to 3)"
    assert value_of(Figure(metric="mae", value=2.5, n=9)) == "2.5"


def test_a_figure_without_a_value_was_not_measured() -> None:
    assert value_of(None) == "not measured"
    assert value_of(Figure(metric="mae", value=None, n=0)) == "not measured"


def test_a_missing_value_is_the_word_none() -> None:
    assert (when(None), age(None)) == ("none", "none")
    assert when(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) == "2026-03-02 09:00 UTC"
    assert age(timedelta(days=12)) == "12 days"


def test_large_values_of_an_unknown_metric_are_good() -> None:
    assert lower_is_better("mae")
    assert not lower_is_better("roc_auc")
    assert not lower_is_better("share_of_smiles")


def test_names_of_the_program_are_read_without_underscores() -> None:
    assert worded("data_steward") == "data steward"
