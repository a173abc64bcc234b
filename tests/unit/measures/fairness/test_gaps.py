"""The gap between groups, with an interval that knows that the pair was chosen."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Direction
from aipo_pipelines.measures.fairness.gaps import comparison_of_groups
from aipo_pipelines.measures.fairness.rates import GroupRate
from aipo_pipelines.measures.statistics.intervals import wilson

DIFFERENCE, RATIO = Metric.SELECTION_RATE_DIFFERENCE, Metric.SELECTION_RATE_RATIO


def rate(name: str, selected: int, n: int) -> GroupRate:
    interval = wilson(selected, n, 0.95)
    return GroupRate(name=name, value=selected / n, n=n, interval=interval, share=True)


def test_the_largest_difference_counts_and_the_smaller_group_is_named_by_its_size() -> None:
    gap = comparison_of_groups(
        [rate("a", 50, 100), rate("b", 30, 200), rate("c", 80, 400)], DIFFERENCE, 0.95
    )
    assert gap.value == pytest.approx(0.35)
    assert (gap.n, gap.direction) == (100, Direction.AT_MOST)
    assert gap.note == "selection_rate: a 0.500, b 0.150"


def test_among_more_groups_the_same_gap_is_shown_with_less_certainty() -> None:
    two = [rate("a", 50, 100), rate("b", 30, 100)]
    alone = comparison_of_groups(two, DIFFERENCE, 0.95)
    among = comparison_of_groups([*two, rate("c", 40, 100)], DIFFERENCE, 0.95)
    assert alone.value == among.value
    assert alone.interval is not None
    assert among.interval is not None
    assert among.interval.low < alone.interval.low
    assert among.interval.method.endswith("Bonferroni over 3 pairs")


def test_the_smallest_ratio_counts() -> None:
    gap = comparison_of_groups([rate("a", 80, 100), rate("b", 40, 100)], RATIO, 0.95)
    assert gap.value == pytest.approx(0.5)
    assert gap.direction is Direction.AT_LEAST
    assert gap.high is not None
    assert gap.high < 0.8


def test_one_group_is_compared_with_nobody() -> None:
    gap = comparison_of_groups([rate("a", 80, 100)], DIFFERENCE, 0.95)
    assert (gap.value, gap.note) == (None, "only 1 group has enough records to compare")


def test_a_ratio_without_anybody_selected_does_not_exist() -> None:
    gap = comparison_of_groups([rate("a", 0, 100), rate("b", 0, 100)], RATIO, 0.95)
    assert (gap.value, gap.note) == (None, "nobody was selected in any group")
