"""Features that give the answer away are named; honest ones are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.modelling import Task
from aipo_pipelines.measures.leakage import find_leaks
from aipo_pipelines.measures.outcome import Severity, Verdict

RNG = np.random.default_rng(2)
N = 600


@pytest.fixture
def frame() -> pd.DataFrame:
    honest = RNG.normal(size=N)
    label = np.where(honest + RNG.normal(size=N) > 0, "yes", "no")
    return pd.DataFrame({"honest": honest, "label": label})


def test_honest_features_pass(frame: pd.DataFrame) -> None:
    outcome = find_leaks(frame, "label", ["honest"], Task.BINARY, 0)
    assert (outcome.verdict, outcome.severity) == (Verdict.PASS, Severity.WARNING)
    assert outcome.figures[0].value == pytest.approx(0.75, abs=0.12)


def test_a_feature_known_only_afterwards_is_named(frame: pd.DataFrame) -> None:
    closed = np.where(frame["label"] == "yes", 1.0, 0.0) + RNG.normal(0, 0.01, N)
    outcome = find_leaks(frame.assign(closed=closed), "label", ["honest", "closed"], Task.BINARY, 0)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.details["leaking"] == ["closed"]


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_a_category_that_stands_for_the_class_is_named(frame: pd.DataFrame, task: Task) -> None:
    code = frame["label"].map({"yes": "C17", "no": "C18"})
    outcome = find_leaks(frame.assign(code=code), "label", ["code"], task, 0)
    assert outcome.details["leaking"] == ["code"]


def test_a_copy_of_the_target_is_named_as_one() -> None:
    target = RNG.normal(size=N)
    copied = pd.DataFrame({"copy": target, "y": target})
    outcome = find_leaks(copied, "y", ["copy"], Task.REGRESSION, 0)
    assert outcome.verdict is Verdict.FAIL
    assert "equals the target" in outcome.figures[0].note


def test_an_identifier_gives_nothing_away(frame: pd.DataFrame) -> None:
    named = frame.assign(id=[f"c{i}" for i in range(N)])
    assert find_leaks(named, "label", ["id"], Task.BINARY, 0).details["leaking"] == []


def test_bicycle_rentals_are_the_sum_of_casual_and_registered(bikes: pd.DataFrame) -> None:
    features = ["temp", "hum", "windspeed", "hr", "casual", "registered"]
    outcome = find_leaks(bikes, "cnt", features, Task.REGRESSION, 0)
    assert outcome.details["sums"] == [["casual", "registered"]]
    assert outcome.verdict is Verdict.FAIL
    assert "casual and registered sum to the target" in outcome.summary


def test_an_all_missing_feature_is_not_tested(frame: pd.DataFrame) -> None:
    outcome = find_leaks(frame.assign(gone=np.nan), "label", ["gone"], Task.BINARY, 0)
    assert outcome.figures[0].value is None
    assert outcome.verdict is Verdict.PASS


def test_infinities_and_gaps_do_no_harm(frame: pd.DataFrame) -> None:
    rough = frame.assign(honest=np.where(np.arange(N) % 9 == 0, np.inf, frame["honest"]))
    rough.loc[rough.index[::7], "honest"] = np.nan
    assert find_leaks(rough, "label", ["honest"], Task.BINARY, 0).verdict is Verdict.PASS


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_a_target_that_never_varies_is_not_predicted(task: Task) -> None:
    flat = pd.DataFrame({"x": RNG.normal(size=N), "y": np.ones(N)})
    assert find_leaks(flat, "y", ["x"], task, 0).figures[0].value is None


def test_too_few_labels_are_insufficient(frame: pd.DataFrame) -> None:
    outcome = find_leaks(frame.head(99), "label", ["honest"], Task.BINARY, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT
