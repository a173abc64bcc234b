"""Drift is found and named if there is drift, and seldom found by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.thresholds import DriftLimits
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Severity, Verdict
from aipo_pipelines.measures.data.comparable import Levels, Ordered, comparable
from aipo_pipelines.measures.drift.check import measure_drift
from aipo_pipelines.measures.drift.distances import (
    homogeneity,
    ks_distance,
    level_distance,
    ordered_distance,
    stability,
)

stats = pytest.importorskip("scipy.stats")

LIMITS = DriftLimits()
RNG = np.random.default_rng(11)
NORMAL = RNG.normal(size=800)
OTHER_NORMAL = RNG.normal(size=800)


def compare(
    reference: dict[str, object],
    batch: dict[str, object],
    limits: DriftLimits = LIMITS,
    categorical: tuple[str, ...] = (),
) -> CheckOutcome[DataDriftDetails]:
    names = list(dict.fromkeys([*reference, *batch]))
    before, after = pd.DataFrame(reference), pd.DataFrame(batch)
    return measure_drift(before, after, names, categorical, limits, seed=0)


def column(reference: object, batch: object, **more: object) -> Figure:
    limits = DriftLimits.model_validate(more)
    return compare({"x": reference}, {"x": batch}, limits).figures[0]


def drifted(outcome: CheckOutcome[DataDriftDetails]) -> list[str]:
    return list(outcome.details.drifted)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=40),
    st.lists(st.integers(-5, 5), min_size=1, max_size=40),
)
def test_the_distance_is_the_largest_gap_at_any_value(
    reference: list[int], batch: list[int]
) -> None:
    shares = [
        [sum(value <= point for value in side) / len(side) for point in reference + batch]
        for side in (reference, batch)
    ]
    expected = max(abs(a - b) for a, b in zip(*shares, strict=True))
    assert ks_distance(np.sort(reference), np.sort(batch)) == pytest.approx(expected, abs=1e-12)


def test_the_p_value_is_scipys_asymptotic_one() -> None:
    shifted = NORMAL[:300] + 0.2
    expected = stats.ks_2samp(OTHER_NORMAL, shifted, method="asymp").pvalue
    sides = Ordered(reference=np.sort(OTHER_NORMAL), batch=np.sort(shifted))
    assert ordered_distance(sides, 0.975).p_value == pytest.approx(expected, rel=1e-9)


def test_homogeneity_is_scipys_chi_squared_test() -> None:
    table = np.array([[30, 50, 20], [45, 35, 40]])
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert homogeneity(table[0], table[1]) == pytest.approx(expected, rel=1e-9)


def test_total_variation_is_half_the_absolute_difference_of_shares() -> None:
    sides = Levels(reference=np.array([50, 50, 0]), batch=np.array([20, 50, 30]))
    measured = level_distance(sides, 0.975, seed=0)
    assert measured.value == pytest.approx(0.3)
    assert measured.unseen == pytest.approx(0.3)
    assert measured.interval.low < 0.3 < measured.interval.high


def test_psi_by_chance_stays_below_its_critical_value() -> None:
    rng = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    above = 0
    for _ in range(200):
        psi, critical = stability(rng.multinomial(200, shares), rng.multinomial(200, shares))
        above += psi > critical
    assert critical > 0.1
    assert above <= 8


def test_a_shift_is_found_and_the_feature_named() -> None:
    outcome = compare({"a": NORMAL, "b": NORMAL}, {"a": OTHER_NORMAL, "b": OTHER_NORMAL + 1})
    assert drifted(outcome) == ["b"]
    assert "b" in outcome.summary


def test_a_large_difference_that_may_be_chance_is_no_drift() -> None:
    rng = np.random.default_rng(3)
    figure = column(rng.normal(size=12), rng.normal(size=12), minimum_sample=10)
    assert figure.value is not None
    assert figure.value > 0.1
    assert figure.verdict is Verdict.PASS


def test_a_significant_but_tiny_difference_is_no_drift() -> None:
    rng = np.random.default_rng(4)
    figure = column(rng.normal(size=50_000), rng.normal(0.05, 1, 50_000))
    assert figure.p_value is not None
    assert figure.p_value < 1e-6
    assert figure.verdict is Verdict.PASS


def test_one_outlier_of_a_billion_hides_no_shift() -> None:
    spoiled = np.append(NORMAL[:-1], 1e9)
    expected = stats.ks_2samp(spoiled, OTHER_NORMAL + 0.5).statistic
    assert column(spoiled, OTHER_NORMAL + 0.5).value == pytest.approx(expected)
    assert expected > 0.15


def test_a_large_offset_costs_no_precision() -> None:
    far, moved = 1e6 + NORMAL, 1e6 + OTHER_NORMAL + 0.5
    expected = stats.ks_2samp(NORMAL, OTHER_NORMAL + 0.5).statistic
    assert column(far, moved).value == pytest.approx(expected, abs=2e-3)


def test_a_constant_that_comes_alive_is_at_distance_one() -> None:
    figure = column(np.zeros(500), RNG.normal(size=500))
    assert figure.value == 1.0
    assert figure.verdict is Verdict.FAIL


def test_a_sensor_that_gets_stuck_is_at_the_distance_of_all_it_no_longer_says() -> None:
    figure = column(RNG.normal(size=500), np.zeros(500))
    assert figure.value == 1.0
    assert figure.verdict is Verdict.FAIL


def test_a_constant_that_stays_is_no_drift() -> None:
    figure = column(np.full(300, 0.1), np.full(300, 0.1))
    assert figure.value == 0.0
    assert figure.p_value == 1.0


def test_infinities_are_values_like_others() -> None:
    spoiled = np.where(np.arange(800) < 200, np.inf, OTHER_NORMAL)
    figure = column(NORMAL, spoiled)
    assert figure.value == pytest.approx(0.25, abs=0.06)
    assert figure.verdict is Verdict.FAIL


def test_a_rise_of_missing_records_is_drift_though_the_values_stay() -> None:
    sparse = np.where(np.arange(800) < 200, np.nan, OTHER_NORMAL)
    values, missing = compare({"x": NORMAL}, {"x": sparse}).figures
    assert values.verdict is Verdict.PASS
    assert (missing.metric, missing.verdict) == ("missing_share_difference", Verdict.FAIL)
    assert missing.value == pytest.approx(0.25)
    assert missing.interval is not None
    assert missing.interval.low < 0.25 < missing.interval.high


def test_a_fall_of_missing_records_is_drift_too() -> None:
    sparse = np.where(np.arange(800) < 200, np.nan, NORMAL)
    missing = compare({"x": sparse}, {"x": OTHER_NORMAL}).figures[1]
    assert missing.value == pytest.approx(0.25)
    assert missing.verdict is Verdict.FAIL
    assert missing.interval is not None
    assert missing.interval.low < 0.25 < missing.interval.high


def test_a_column_that_is_gone_counts_as_all_missing() -> None:
    outcome = compare({"a": NORMAL, "b": NORMAL}, {"a": OTHER_NORMAL})
    assert drifted(outcome) == ["b"]


def test_a_column_all_missing_on_both_sides_is_not_compared() -> None:
    nothing = np.full(800, np.nan)
    outcome = compare({"a": NORMAL, "b": nothing}, {"a": OTHER_NORMAL, "b": nothing})
    assert outcome.details.not_compared == ("b",)
    assert outcome.verdict is Verdict.PASS


def test_unseen_categories_count_in_full() -> None:
    reference = np.repeat(["red", "blue"], [400, 400])
    figure = column(reference, np.repeat(["red", "green"], [400, 400]))
    assert figure.metric == "total_variation"
    assert figure.value == pytest.approx(0.5)
    assert figure.note.startswith("50.0%")


def test_no_category_is_ever_shown() -> None:
    outcome = compare({"x": ["secret-a"] * 200}, {"x": ["secret-b"] * 200})
    assert "secret" not in repr(outcome)


def test_numbers_declared_as_categories_are_compared_by_level() -> None:
    outcome = compare({"x": [1] * 200}, {"x": [1.0] * 150 + [2.0] * 50}, categorical=("x",))
    assert outcome.figures[0].metric == "total_variation"
    assert outcome.figures[0].value == pytest.approx(0.25)


def test_booleans_and_mixed_objects_are_compared_by_level() -> None:
    mixed: list[object] = [1, "a", True, 2.5] * 50
    outcome = compare({"b": [True, False] * 100, "m": mixed}, {"b": [True] * 200, "m": mixed})
    values = {figure.subject: figure.value for figure in outcome.figures}
    assert values == {"b": pytest.approx(0.5), "m": 0.0}


def test_a_number_delivered_as_text_is_compared_as_text() -> None:
    figure = column(list(range(2)) * 100, ["0", "1"] * 100)
    assert (figure.metric, figure.value) == ("total_variation", 0.0)


def test_categories_of_a_dtype_compare_with_plain_text() -> None:
    text = ["red", "blue"] * 100
    assert column(pd.Categorical(text), text).value == 0.0


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_dates_are_compared_in_order(zone: str | None) -> None:
    days = pd.date_range("2025-04-01", periods=200, tz=zone)
    figure = column(days, days + pd.Timedelta(days=50))
    assert figure.metric == "ks_distance"
    assert figure.value == pytest.approx(0.25)


def test_an_identifier_has_no_level_to_compare_by() -> None:
    before, after = [f"id{i}" for i in range(500)], [f"new{i}" for i in range(500)]
    assert column(before, after).verdict is Verdict.PASS


def test_integers_beyond_the_precision_of_floats_stay_exact() -> None:
    large = np.arange(500, dtype=np.int64) + 2**60
    form = comparable(
        pd.DataFrame({"x": large}), pd.DataFrame({"x": large + 1}), "x", categorical=False
    )
    assert isinstance(form, Ordered)
    assert ks_distance(form.reference, form.batch) == pytest.approx(1 / 500)


def test_one_critical_feature_is_enough_to_fail() -> None:
    names = [f"x{i}" for i in range(6)]
    reference = dict.fromkeys(names, NORMAL)
    batch = dict.fromkeys(names, OTHER_NORMAL) | {"x0": OTHER_NORMAL + 2}
    loose = compare(dict(reference), dict(batch))
    strict = compare(dict(reference), dict(batch), DriftLimits(critical=("x0",)))
    assert (loose.verdict, drifted(loose)) == (Verdict.PASS, ["x0"])
    assert (strict.verdict, strict.severity) == (Verdict.FAIL, Severity.CRITICAL)
    assert strict.details.critical_drifted == ("x0",)


@pytest.mark.parametrize(("share", "verdict"), [(0.5, Verdict.FAIL), (0.51, Verdict.PASS)])
def test_the_share_of_drifted_features_decides_from_its_limit_on(
    share: float, verdict: Verdict
) -> None:
    batch = {"a": OTHER_NORMAL, "b": OTHER_NORMAL + 2}
    outcome = compare({"a": NORMAL, "b": NORMAL}, dict(batch), DriftLimits(share=share))
    assert outcome.verdict is verdict


def test_a_critical_feature_that_cannot_be_compared_leaves_the_check_open() -> None:
    nothing = [None] * 800
    outcome = compare(
        {"a": NORMAL, "b": nothing}, {"a": OTHER_NORMAL, "b": nothing}, DriftLimits(critical=("b",))
    )
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "could not be compared: b" in outcome.summary


def test_too_few_records_leave_the_check_open() -> None:
    outcome = compare({"x": NORMAL}, {"x": OTHER_NORMAL[:50] + 9})
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "50" in outcome.summary


def test_ignored_features_are_not_compared() -> None:
    outcome = compare({"x": NORMAL}, {"x": NORMAL + 9}, DriftLimits(ignore=("x",)))
    assert outcome.figures == ()
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_identical_populations_raise_hardly_any_false_alarm() -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(50):
        sides = [{f"x{i}": rng.normal(size=120) for i in range(10)} for _ in range(2)]
        limits = DriftLimits(alpha=0.05, limit=0.01)
        alarms += bool(drifted(compare(dict(sides[0]), dict(sides[1]), limits)))
    assert alarms <= 7


def test_the_order_of_records_changes_nothing() -> None:
    shuffled = np.random.default_rng(1).permutation(OTHER_NORMAL)
    assert column(NORMAL, OTHER_NORMAL) == column(NORMAL, shuffled)


def test_large_batches_are_compared_by_a_stated_sample() -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=150_000)})
    outcome = measure_drift(frame, frame + 0.01, ["x"], (), LIMITS, seed=5)
    assert outcome.figures[0].n == 100_000
    assert drifted(outcome) == []
    assert "sample of 100,000 (seed 5)" in str(outcome.details.method)


def test_elec2_names_the_widened_market_in_batch_14_and_never_before(
    elec2: list[pd.DataFrame],
) -> None:
    features = ["day", "period", "nswdemand", "vicprice", "vicdemand", "transfer"]
    widened = {"vicprice", "vicdemand", "transfer"}
    distances = {}
    for number in [*range(2, 13), 14]:
        outcome = measure_drift(elec2[0], elec2[number - 1], features, (), LIMITS, seed=0)
        names = [figure.subject for figure in outcome.figures if figure.verdict is Verdict.FAIL]
        assert drifted(outcome) == names
        distances[number] = set(names) & widened
    assert distances == {number: set() for number in range(2, 13)} | {14: widened}


def test_dates_that_nanoseconds_do_not_reach_are_the_last_and_not_the_first() -> None:
    soon = pd.Series(pd.date_range("2026-01-01", periods=300)).astype("datetime64[us]")
    never = pd.Series(np.full(75, np.datetime64("9999-12-31", "us")))
    late = pd.concat([never, *[soon[225:]] * 3], ignore_index=True)
    assert column(soon, late).value == pytest.approx(0.75)
