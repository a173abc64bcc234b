"""Features that give the answer away are named, and no other features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.details.training import LeakageDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.gates.leakage import Labelled, find_leaks

RNG = np.random.default_rng(2)
N = 600


def leaks(
    frame: pd.DataFrame,
    label: str,
    features: list[str],
    task: Task = Task.BINARY,
    batches: pd.Series | None = None,
    series: str | None = None,
) -> CheckOutcome[LeakageDetails]:
    records = Labelled(frame=frame, label=label, task=task, batches=batches, series=series)
    return find_leaks(records, features, 0)


@pytest.fixture
def frame() -> pd.DataFrame:
    honest = RNG.normal(size=N)
    label = np.where(honest + RNG.normal(size=N) > 0, "yes", "no")
    return pd.DataFrame({"honest": honest, "label": label})


def test_honest_features_pass(frame: pd.DataFrame) -> None:
    outcome = leaks(frame, "label", ["honest"], Task.BINARY)
    assert (outcome.verdict, outcome.severity) == (Verdict.PASS, Severity.WARNING)
    assert outcome.figures[0].value == pytest.approx(0.75, abs=0.12)


def test_a_feature_known_only_afterwards_is_named(frame: pd.DataFrame) -> None:
    closed = np.where(frame["label"] == "yes", 1.0, 0.0) + RNG.normal(0, 0.01, N)
    outcome = leaks(frame.assign(closed=closed), "label", ["honest", "closed"], Task.BINARY)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.details.leaking == ("closed",)


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_a_category_that_stands_for_the_class_is_named(frame: pd.DataFrame, task: Task) -> None:
    code = frame["label"].map({"yes": "C17", "no": "C18"})
    outcome = leaks(frame.assign(code=code), "label", ["code"], task)
    assert outcome.details.leaking == ("code",)


def test_a_feature_that_reveals_a_single_class_of_three_is_named(frame: pd.DataFrame) -> None:
    late = RNG.random(N) < 0.3
    other = np.where(frame["honest"] + RNG.normal(size=N) > 0, "early", "in time")
    records = frame.assign(
        arrival=np.where(late, "late", other),
        minutes=np.where(late, 30.0, 0.0) + RNG.normal(size=N),
    )
    outcome = leaks(records, "arrival", ["honest", "minutes"], Task.MULTICLASS)
    assert outcome.details.leaking == ("minutes",)


def test_a_class_of_few_records_gives_nothing_away(frame: pd.DataFrame) -> None:
    rare = np.arange(N) % 60 == 0
    other = np.where(frame["honest"] + RNG.normal(size=N) > 0, "early", "in time")
    records = frame.assign(
        arrival=np.where(rare, "lost", other), sign=np.where(rare, 5.0, 0.0) + RNG.normal(size=N)
    )
    outcome = leaks(records, "arrival", ["sign"], Task.MULTICLASS)
    assert outcome.details.leaking == ()


def test_a_target_in_two_spellings_is_still_given_away(frame: pd.DataFrame) -> None:
    shouted = frame["label"].where(RNG.random(N) > 0.3, frame["label"].str.upper() + " ")
    code = frame["label"].map({"yes": 17.0, "no": 18.0})
    outcome = leaks(frame.assign(label=shouted, code=code), "label", ["code"], Task.MULTICLASS)
    assert outcome.details.leaking == ("code",)


def test_a_copy_of_the_target_is_named_as_one() -> None:
    target = RNG.normal(size=N)
    copied = pd.DataFrame({"copy": target, "y": target})
    outcome = leaks(copied, "y", ["copy"], Task.REGRESSION)
    assert outcome.verdict is Verdict.FAIL
    assert "equals the target" in outcome.figures[0].note


def test_an_identifier_gives_nothing_away(frame: pd.DataFrame) -> None:
    named = frame.assign(id=[f"c{i}" for i in range(N)])
    assert leaks(named, "label", ["id"], Task.BINARY).details.leaking == ()


def test_bicycle_rentals_are_the_sum_of_casual_and_registered(bikes: pd.DataFrame) -> None:
    features = ["temp", "hum", "windspeed", "hr", "casual", "registered"]
    outcome = leaks(bikes, "cnt", features, Task.REGRESSION)
    assert outcome.details.sums == (("casual", "registered"),)
    assert outcome.verdict is Verdict.FAIL
    assert "casual and registered sum to the target" in outcome.summary


def test_an_all_missing_feature_is_not_tested(frame: pd.DataFrame) -> None:
    outcome = leaks(frame.assign(gone=np.nan), "label", ["gone"], Task.BINARY)
    assert outcome.figures[0].value is None
    assert outcome.verdict is Verdict.PASS


def test_infinities_and_gaps_do_no_harm(frame: pd.DataFrame) -> None:
    rough = frame.assign(honest=np.where(np.arange(N) % 9 == 0, np.inf, frame["honest"]))
    rough.loc[rough.index[::7], "honest"] = np.nan
    assert leaks(rough, "label", ["honest"], Task.BINARY).verdict is Verdict.PASS


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_numbers_beyond_32_bits_do_no_harm(task: Task) -> None:
    huge = pd.DataFrame({"x": np.tile([1e-300, 1e300], N // 2), "y": RNG.integers(0, 2, N)})
    assert leaks(huge, "y", ["x"], task).verdict is Verdict.PASS


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_a_target_that_never_varies_is_not_predicted(task: Task) -> None:
    flat = pd.DataFrame({"x": RNG.normal(size=N), "y": np.ones(N)})
    assert leaks(flat, "y", ["x"], task).figures[0].value is None


def test_too_few_labels_are_insufficient(frame: pd.DataFrame) -> None:
    outcome = leaks(frame.head(99), "label", ["honest"], Task.BINARY)
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_a_feature_with_an_area_above_95_percent_is_named_with_the_figure() -> None:
    event = RNG.random(4000) < 0.3
    table = pd.DataFrame(
        {"x": event + RNG.normal(0, 0.38, 4000), "y": np.where(event, "yes", "no")}
    )
    outcome = leaks(table, "y", ["x"])
    assert outcome.details.leaking == ("x",)
    assert outcome.figures[0].note == f"alone it has an AUC of {outcome.figures[0].value:.3f}"
    value = outcome.figures[0].value
    assert value is not None
    assert 0.95 < value < 0.98


@pytest.mark.parametrize(("noise", "leaking"), [(0.2, ["x"]), (0.6, [])])
def test_a_feature_that_explains_nine_tenths_of_a_number_is_named(
    noise: float, leaking: list[str]
) -> None:
    target = RNG.normal(size=4000)
    table = pd.DataFrame({"x": target + RNG.normal(0, noise, 4000), "y": target})
    assert leaks(table, "y", ["x"], Task.REGRESSION).details.leaking == tuple(leaking)


def test_a_leak_that_only_one_batch_has_is_named_with_the_batch() -> None:
    batches = pd.Series(np.repeat(["2026-01", "2026-02", "2026-03"], 1000))
    event = RNG.random(3000) < 0.5
    known = np.where(batches == "2026-03", event, RNG.random(3000))
    table = pd.DataFrame({"x": known, "y": np.where(event, "yes", "no")})
    (figure, *_) = leaks(table, "y", ["x"], batches=batches).figures
    assert (figure.verdict, "within batch 2026-03" in figure.note) == (Verdict.FAIL, True)
    assert leaks(table, "y", ["x"]).verdict is Verdict.PASS


def test_small_batches_of_chance_are_no_leak() -> None:
    batches = pd.Series(np.repeat(np.arange(30), 200))
    table = pd.DataFrame(RNG.normal(size=(6000, 8)), columns=[*"abcdefgh"])
    table["y"] = np.where(RNG.random(6000) < 0.05, "yes", "no")
    assert leaks(table, "y", [*"abcdefgh"], batches=batches).verdict is Verdict.PASS


def test_a_column_that_is_only_filled_after_the_event_is_named() -> None:
    event = RNG.random(2000) < 0.3
    filled = event & (RNG.random(2000) < 0.4)
    table = pd.DataFrame(
        {
            "refunded": np.where(filled, RNG.normal(size=2000), np.nan),
            "y": np.where(event, "b", "a"),
        }
    )
    outcome = leaks(table, "y", ["refunded"])
    assert outcome.details.leaking == ("refunded",)
    value = outcome.figures[0].value
    assert value is not None
    assert value < 0.8
    assert "filled only if y is b (100.0% of" in outcome.figures[0].note


def test_a_column_that_differs_from_its_usual_value_only_after_the_event_is_named() -> None:
    event = RNG.random(2000) < 0.3
    refund = np.where(event & (RNG.random(2000) < 0.4), RNG.normal(50, 9, 2000), 0)
    table = pd.DataFrame({"refund": refund, "y": np.where(event, "b", "a")})
    assert "differs from its usual value only if y is b" in leaks(table, "y", ["refund"]).summary


def test_an_empty_cell_that_reveals_the_number_is_named() -> None:
    sold = RNG.random(2000) < 0.5
    amount = np.where(sold, 100 + RNG.normal(size=2000), RNG.normal(size=2000))
    table = pd.DataFrame({"till": pd.Series(["a"] * 2000).where(pd.Series(sold)), "y": amount})
    note = leaks(table, "y", ["till"], Task.REGRESSION).figures[0].note
    assert "whether it is filled explains 100.0% of the target" in note


def test_gaps_by_chance_and_gaps_of_nearly_everybody_are_no_leak(frame: pd.DataFrame) -> None:
    filled = frame.assign(gaps=np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)))
    assert leaks(filled, "label", ["gaps"]).verdict is Verdict.PASS
    rare = filled.assign(label=np.where(np.arange(N) < 12, "yes", "no"))
    rare.loc[rare.index[12:200], "gaps"] = np.nan
    assert "only if" not in leaks(rare, "label", ["gaps"]).figures[0].note


def test_the_level_of_a_series_is_no_leak_of_its_forecast() -> None:
    shop = np.tile(np.arange(20), 100)
    table = pd.DataFrame({"shop": shop, "sales": 1000.0 * shop + RNG.normal(size=2000)})
    assert leaks(table, "sales", ["shop"], Task.REGRESSION).details.leaking == ("shop",)
    outcome = leaks(table, "sales", ["shop"], Task.FORECASTING, series="shop")
    assert outcome.verdict is Verdict.PASS


def test_features_that_are_nearly_perfect_together_are_named_though_none_is_alone() -> None:
    first, second = RNG.random(4000) < 0.5, RNG.random(4000) < 0.5
    table = pd.DataFrame({"a": first, "b": second, "y": np.where(first ^ second, "yes", "no")})
    outcome = leaks(table, "y", ["a", "b"])
    assert (outcome.verdict, outcome.details.leaking) == (Verdict.FAIL, ())
    assert "all other features together are nearly perfect (1.000)" in outcome.summary
