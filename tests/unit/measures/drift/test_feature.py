"""One feature beside its reference: values and missing cells are tested separately."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.thresholds import DriftLimits
from aipo_pipelines.evidence.outcome import Direction, Verdict
from aipo_pipelines.measures.drift.feature import (
    FeatureDrift,
    Sides,
    judged_figures,
    measure_feature,
    table_row,
)

LIMITS = DriftLimits(limit=0.1, alpha=0.01)
NUMBERS = np.random.default_rng(0).normal(size=400)


def sides(reference: object, batch: object) -> Sides:
    before, now = pd.DataFrame({"x": reference}), pd.DataFrame({"x": batch})
    return Sides(reference=before, batch=now, reference_sample=before, batch_sample=now)


def measured(
    reference: object, batch: object, minimum: int = 10, *, categorical: bool = False
) -> FeatureDrift:
    return measure_feature(sides(reference, batch), "x", minimum, 0, categorical=categorical)


def missing(of_reference: int, of_batch: int, n: int = 400) -> FeatureDrift:
    """A feature with equal values and a number of missing cells on each side."""
    reference, batch = (
        np.where(np.arange(n) < gaps, np.nan, NUMBERS[:n]) for gaps in (of_reference, of_batch)
    )
    return measured(reference, batch)


def test_a_feature_without_a_gap_has_one_test() -> None:
    result = measured(NUMBERS, NUMBERS)
    assert result.shift is not None
    assert result.p_values == (result.shift.p_value,)
    assert (result.p_missing, result.missing) == (None, ((0, 400), (0, 400)))


def test_the_test_of_the_gaps_follows_the_test_of_the_values() -> None:
    result = missing(0, 40)
    assert result.shift is not None
    assert result.p_values == (result.shift.p_value, result.p_missing)
    assert result.missing == ((0, 400), (40, 400))
    assert result.n == 360


@pytest.mark.parametrize(("present", "compared"), [(9, False), (10, True)])
def test_values_are_compared_if_both_sides_have_the_minimum(present: int, compared: bool) -> None:
    few = [*NUMBERS[:present], np.nan]
    assert (measured(few, NUMBERS).shift is not None) is compared
    assert (measured(NUMBERS, few).shift is not None) is compared


def test_too_few_values_leave_the_test_of_the_gaps() -> None:
    result = measured(NUMBERS, [np.nan] * 400)
    assert result.shift is None
    assert result.p_values == (result.p_missing,)


def test_a_feature_that_one_side_lacks_is_missing_in_all_its_records() -> None:
    only = sides(NUMBERS, NUMBERS)
    without = replace(
        only, batch=only.batch.drop(columns="x"), batch_sample=only.batch_sample.drop(columns="x")
    )
    result = measure_feature(without, "x", 10, 0, categorical=False)
    assert result.missing == ((0, 400), (400, 400))
    assert (result.n, result.shift) == (0, None)


def test_gaps_are_counted_in_all_records_and_values_in_the_sample() -> None:
    frame = pd.DataFrame({"x": np.where(np.arange(400) % 4 == 0, np.nan, NUMBERS)})
    sample = frame.iloc[:200]
    result = measure_feature(
        Sides(reference=frame, batch=frame, reference_sample=sample, batch_sample=sample),
        "x",
        10,
        0,
        categorical=False,
    )
    assert result.missing == ((100, 400), (100, 400))
    assert result.n == 150


def test_numbers_that_are_categories_are_compared_by_level() -> None:
    by_order = measured([1, 2] * 50, [2, 1] * 50).shift
    by_level = measured([1, 2] * 50, [2, 1] * 50, categorical=True).shift
    assert by_order is not None
    assert by_level is not None
    assert (by_order.metric, by_level.metric) == ("ks_distance", "total_variation")


@pytest.mark.parametrize(
    ("moved", "p_value", "verdict"),
    [
        (1.0, 0.01, Verdict.FAIL),
        (1.0, 0.0101, Verdict.PASS),
        (0.0, 0.0, Verdict.PASS),
    ],
)
def test_drift_is_large_and_significant(moved: float, p_value: float, verdict: Verdict) -> None:
    result = measured(NUMBERS, NUMBERS + moved)
    (figure,) = judged_figures(result, (p_value,), LIMITS)
    assert (figure.verdict, figure.p_value) == (verdict, p_value)
    assert (figure.limit, figure.direction) == (0.1, Direction.AT_MOST)


@pytest.mark.parametrize(("before", "now"), [(50, 60), (40, 30), (30, 40), (80, 90)])
def test_an_effect_of_exactly_the_limit_is_drift_however_it_is_rounded(
    before: int, now: int
) -> None:
    reference, batch = (["a"] * share + ["b"] * (100 - share) for share in (before, now))
    result = measured(reference, batch, categorical=True)
    (figure,) = judged_figures(result, (0.0,), LIMITS)
    assert figure.value == pytest.approx(0.1)
    assert figure.verdict is Verdict.FAIL
    looser = LIMITS.model_copy(update={"limit": 0.1001})
    assert judged_figures(result, (0.0,), looser)[0].verdict is Verdict.PASS


def test_each_figure_has_the_adjusted_value_of_its_own_test() -> None:
    values, gaps = judged_figures(missing(0, 40), (0.2, 0.005), LIMITS)
    assert (values.p_value, gaps.p_value) == (0.2, 0.005)
    assert (values.metric, gaps.metric) == ("ks_distance", "missing_share_difference")
    assert (values.n, gaps.n) == (360, 400)


def test_too_few_values_are_no_evidence_and_leave_the_first_value_to_the_gaps() -> None:
    values, gaps = judged_figures(measured(NUMBERS, [np.nan] * 400), (0.001,), LIMITS)
    assert (values.value, values.verdict) == (None, Verdict.INSUFFICIENT)
    assert values.note == "fewer than 100 values on one side"
    assert (gaps.p_value, gaps.verdict) == (0.001, Verdict.FAIL)


@pytest.mark.parametrize(("of_reference", "of_batch"), [(40, 120), (120, 40)])
def test_fewer_gaps_are_as_large_a_change_as_more_gaps(of_reference: int, of_batch: int) -> None:
    gaps = judged_figures(missing(of_reference, of_batch), (1.0, 0.0), LIMITS)[1]
    assert gaps.value == pytest.approx(0.2)
    assert gaps.verdict is Verdict.FAIL
    assert gaps.interval is not None
    assert 0.1 < gaps.interval.low < 0.2 < gaps.interval.high < 0.3


def test_the_interval_of_the_gaps_is_that_of_newcombes_worked_example() -> None:
    # Newcombe (1998, Statistics in Medicine 17, 873-890), table II (a): 56/70 - 48/80, method 10.
    of_batch, of_reference = [np.nan] * 56 + [1.0] * 14, [np.nan] * 48 + [1.0] * 32
    result = measured(of_reference, of_batch)
    gaps = judged_figures(result, (1.0, 0.0), LIMITS)[1]
    assert gaps.interval is not None
    assert (gaps.interval.low, gaps.interval.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert gaps.note == "missing: 60.0% of the reference, 80.0% of the batch"


@settings(max_examples=40)
@given(st.integers(0, 100), st.integers(1, 100))
def test_gaps_have_an_interval_above_zero_that_contains_their_difference(
    of_reference: int, of_batch: int
) -> None:
    result = replace(
        missing(1, 1, 100), missing=((of_reference, 100), (of_batch, 100)), p_missing=0.5
    )
    turned = replace(result, missing=((of_batch, 100), (of_reference, 100)))
    gaps, back = (judged_figures(each, (1.0, 0.5), LIMITS)[1] for each in (result, turned))
    assert gaps.interval is not None
    assert back.interval is not None
    assert gaps.value == pytest.approx(abs(of_reference - of_batch) / 100)
    assert 0 <= gaps.interval.low <= (gaps.value or 0.0) <= gaps.interval.high
    assert gaps.value == pytest.approx(back.value)
    assert gaps.interval.high == pytest.approx(back.interval.high)


def test_levels_that_the_reference_lacks_are_a_note_in_percent() -> None:
    result = measured(["a"] * 100, ["a"] * 75 + ["b"] * 25)
    figure = judged_figures(result, (0.0,), LIMITS)[0]
    assert figure.note == "25.0% of the batch at levels that the reference does not have"


def test_a_row_shows_both_sides_and_that_one_figure_is_enough_for_drift() -> None:
    result = missing(20, 120)
    row = table_row(result, judged_figures(result, (0.9, 0.001), LIMITS))
    assert (row.feature, row.metric, row.drifted) == ("x", "ks_distance", True)
    assert (row.missing_reference, row.missing_batch) == (0.05, 0.3)
    assert (row.n, row.p_value) == (280, 0.9)
    assert row.psi is not None
    assert row.unseen_share == 0.0


def test_a_row_without_a_comparison_has_no_distance_and_no_index() -> None:
    result = measured([np.nan] * 5, [np.nan] * 5)
    row = table_row(result, judged_figures(result, (1.0,), LIMITS))
    assert (row.distance, row.p_value, row.psi, row.psi_by_chance) == (None, None, None, None)
    assert row.drifted is False


def test_an_index_of_a_single_cell_exceeds_nothing_by_chance() -> None:
    result = measured(["a"] * 50, ["a"] * 50)
    row = table_row(result, judged_figures(result, (1.0,), LIMITS))
    assert row.psi == pytest.approx(0.0)
    assert row.psi_by_chance is None
