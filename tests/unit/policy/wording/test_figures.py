"""Figures in words: a line for people, an amount of money."""

from __future__ import annotations

import math
from dataclasses import replace

from aipo_pipelines.evidence.outcome import Direction, Figure, Interval
from aipo_pipelines.policy.wording.figures import amount, sentence

COST = Figure(
    metric="expected_cost",
    value=7200.4,
    n=400,
    interval=Interval(low=5400.0, high=9000.0, level=0.9, method="bootstrap"),
    unit="EUR per 1,000 records",
)


def test_money_has_no_decimals_that_say_nothing() -> None:
    assert amount(COST) == "7,200 (5,400 to 9,000) EUR per 1,000 records"


def test_money_without_two_bounds_is_shown_without_an_interval() -> None:
    one_sided = Interval(low=-math.inf, high=9000.0, level=0.95, method="bootstrap")
    assert amount(replace(COST, interval=one_sided)) == "7,200 EUR per 1,000 records"
    assert amount(replace(COST, interval=None)) == "7,200 EUR per 1,000 records"


def test_a_figure_is_said_with_interval_limit_and_number_of_records() -> None:
    held = Figure(
        metric="ks_distance",
        value=0.25,
        n=400,
        interval=Interval(low=0.2, high=0.3, level=0.95, method="asymptotic"),
        limit=0.1,
        direction=Direction.AT_MOST,
        subject="age",
    )
    assert sentence(held) == "ks_distance of age 0.25 [0.2, 0.3], at most 0.1 (n = 400)"
    above = replace(held, direction=Direction.AT_LEAST)
    assert sentence(above) == "ks_distance of age 0.25 [0.2, 0.3], at least 0.1 (n = 400)"


def test_a_figure_without_interval_and_limit_is_said_without_them() -> None:
    assert sentence(Figure(metric="rows", value=None, n=0)) == "rows none (n = 0)"


def test_an_open_end_of_an_interval_is_shown_as_none() -> None:
    one_sided = Interval(low=-math.inf, high=2.0, level=0.95, method="Wilson")
    assert sentence(Figure(metric="mae", value=1.0, n=3, interval=one_sided)) == (
        "mae 1 [none, 2] (n = 3)"
    )
