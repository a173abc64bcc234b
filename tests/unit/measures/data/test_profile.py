"""A profile describes a batch and shows no value of a person."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.measures.data.profile import profile


def of(values: object) -> dict[str, Json]:
    described = profile(pd.DataFrame({"x": values}))["x"]
    assert isinstance(described, dict)
    return described


def test_numbers_are_described_by_moments_and_quantiles() -> None:
    described = of(np.arange(2001.0))
    assert (described["count"], described["mean"]) == (2001, 1000.0)
    quantiles = described["quantiles"]
    assert isinstance(quantiles, dict)
    assert quantiles["0.25"] == 500.0


def test_no_quantile_rests_on_fewer_than_ten_records() -> None:
    quantiles = of(np.arange(50.0))["quantiles"]
    assert isinstance(quantiles, dict)
    assert set(quantiles) == {"0.25", "0.5", "0.75"}


def test_too_few_numbers_show_only_their_count() -> None:
    described = of([1.5, 2.5, np.nan])
    assert described["quantiles"] == {}
    assert "mean" not in described
    assert (described["count"], described["missing"]) == (2, 1)


def test_infinities_are_counted_and_left_out_of_the_mean() -> None:
    described = of(np.append(np.ones(100), [np.inf, -np.inf]))
    assert (described["infinite"], described["mean"]) == (2, 1.0)


@pytest.mark.parametrize("kind", [object, "str", "category"])
def test_text_is_counted_and_never_shown(kind: Any) -> None:
    names = pd.Series(["Ada Lovelace"] * 30 + ["Alan Turing"] * 12 + ["Grace"] * 3).astype(kind)
    described = of(names)
    assert described["level_counts"] == [30, 12]
    assert described["distinct"] == 3
    assert "Ada" not in json.dumps(described)


def test_counting_of_levels_is_bounded() -> None:
    assert of([f"id{i}" for i in range(1500)])["distinct_at_least"] == 1000


def test_booleans_are_counted() -> None:
    assert of([True, True, False])["true"] == 2


def test_dates_are_described_by_quantiles() -> None:
    quantiles = of(pd.date_range("2025-01-01", periods=101))["quantiles"]
    assert isinstance(quantiles, dict)
    assert quantiles["0.5"] == "2025-02-20T00:00:00"


def test_mixed_objects_are_counted_like_text() -> None:
    assert of([1, "1", None, [2]])["distinct"] == 2


def test_an_empty_batch_has_an_empty_profile() -> None:
    described = of(pd.Series(dtype=float))
    assert (described["count"], described["missing"]) == (0, 0)


def test_a_profile_is_plain_json() -> None:
    frame = pd.DataFrame({"n": [np.inf, 2.0], "i": [1, 2], "t": ["a", None], "b": [True, False]})
    assert json.loads(json.dumps(profile(frame), allow_nan=False)) == profile(frame)
