"""Rates and errors of groups, each with its interval and its number of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.fairness.rates import (
    ERROR,
    FPR,
    MAE,
    SELECTION,
    TPR,
    crossed,
    rates_of_groups,
    rates_of_task,
)
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.statistics.intervals import wilson

Make = Callable[..., Scored]

SEX = pd.Series(["f"] * 40 + ["m"] * 40)


@pytest.fixture
def batch(binary: Make) -> Scored:
    """Of 40 women 10 are events and all are found; of 40 men 20, half of them found.

    Six women and two men are selected wrongly.
    """
    truth = np.concatenate([np.arange(40) < 10, np.arange(40) < 20])
    answers = np.concatenate([np.arange(40) < 16, (np.arange(40) >= 10) & (np.arange(40) < 22)])
    return binary(truth, np.where(answers, 0.9, 0.1))


def rates(scored: Scored, rate: str, column: pd.Series = SEX) -> dict[str, tuple[float, int]]:
    return {
        group.name: (group.value, group.n)
        for group in rates_of_groups(scored, column, rate, 0.95, 0)
    }


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (SELECTION, {"f": (16 / 40, 40), "m": (12 / 40, 40)}),
        (TPR, {"f": (10 / 10, 10), "m": (10 / 20, 20)}),
        (FPR, {"f": (6 / 30, 30), "m": (2 / 20, 20)}),
        (ERROR, {"f": (6 / 40, 40), "m": (12 / 40, 40)}),
    ],
)
def test_each_rate_counts_its_own_records(
    batch: Scored, rate: str, expected: dict[str, tuple[float, int]]
) -> None:
    assert rates(batch, rate) == expected


def test_a_share_has_wilsons_interval(batch: Scored) -> None:
    (women, _) = rates_of_groups(batch, SEX, SELECTION, 0.975, 0)
    assert women.interval == wilson(16, 40, 0.975)
    assert women.share


def test_a_selection_needs_no_truth_and_all_other_rates_do(batch: Scored) -> None:
    unlabelled = replace(batch, truth=None)
    assert rates(unlabelled, SELECTION) == rates(batch, SELECTION)
    assert rates(unlabelled, TPR) == {"f": (0.0, 0), "m": (0.0, 0)}
    assert rates_of_task(unlabelled) == (SELECTION,)
    assert rates_of_task(batch) == (SELECTION, TPR, FPR, ERROR)


def test_a_group_without_a_record_may_have_any_rate(batch: Scored) -> None:
    unlabelled = replace(batch, truth=None)
    group = rates_of_groups(unlabelled, SEX, TPR, 0.95, 0)[0]
    assert (group.interval.low, group.interval.high) == (0.0, 1.0)


def test_records_without_a_usable_answer_count_for_no_group(batch: Scored) -> None:
    predicted = batch.predicted.where(np.arange(80) != 0)
    assert rates(replace(batch, predicted=predicted), SELECTION)["f"] == (15 / 39, 39)


def test_errors_of_numbers_are_means_with_an_interval_of_their_own(numeric: Make) -> None:
    scored = numeric(np.zeros(80), np.where(SEX == "f", 3.0, 1.0))
    assert rates(scored, MAE) == rates(scored, ERROR) == {"f": (3.0, 40), "m": (1.0, 40)}
    women = rates_of_groups(scored, SEX, MAE, 0.95, 0)[0]
    assert (women.interval.low, women.interval.high, women.share) == (3.0, 3.0, False)
    assert rates_of_task(scored) == (MAE,)


def test_numbers_without_a_record_have_no_upper_bound(numeric: Make) -> None:
    scored = replace(numeric(np.zeros(80), np.zeros(80)), truth=None)
    women = rates_of_groups(scored, SEX, MAE, 0.95, 0)[0]
    assert (women.n, women.interval.low, women.interval.high) == (0, 0.0, float("inf"))


@pytest.mark.parametrize("rate", [SELECTION, TPR, FPR])
def test_only_two_classes_have_an_event_to_be_selected(rate: str) -> None:
    animals = pd.Series(["ant", "bee"] * 40)
    scored = Scored(task=Task.MULTICLASS, predicted=animals, truth=animals)
    assert rates_of_groups(scored, SEX, rate, 0.95, 0) == []
    assert rates_of_task(scored) == (ERROR,)
    assert rates(scored, ERROR) == {"f": (0.0, 40), "m": (0.0, 40)}


def test_a_column_with_too_many_values_has_no_rates(batch: Scored) -> None:
    assert rates(batch, SELECTION, pd.Series([f"p{place}" for place in range(80)])) == {}


def test_two_attributes_are_crossed_and_a_missing_one_leaves_no_group() -> None:
    both = crossed(pd.Series(["f", "m", None]), pd.Series(["old", None, "old"]))
    assert both.tolist()[0] == "f / old"
    assert both.isna().tolist() == [False, True, True]
