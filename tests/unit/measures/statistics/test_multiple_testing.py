"""Adjusted p-values agree with worked examples and keep their promises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.measures.statistics.multiple_testing import (
    benjamini_hochberg,
    bonferroni,
    step_down,
)

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def from_the_definition(p_values: list[float]) -> list[float]:
    """Adjusted p-values: the smallest p times n by its rank, of all that are at least as large."""
    n, ranked = len(p_values), sorted(p_values)
    stepped = [min(ranked[later] * n / (later + 1) for later in range(at, n)) for at in range(n)]
    return [min(1.0, stepped[ranked.index(p)]) for p in p_values]


@given(P_VALUES)
def test_benjamini_hochberg_agrees_with_its_definition(p_values: list[float]) -> None:
    expected = from_the_definition(p_values)
    np.testing.assert_allclose(benjamini_hochberg(p_values), expected, atol=1e-12)


def test_benjamini_hochberg_agrees_with_a_worked_example() -> None:
    adjusted = benjamini_hochberg([0.01, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx((0.02, 0.04, 0.04, 0.02))


def holm(p_values: list[float]) -> list[float]:
    """Adjusted p-values, from the definition."""
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(np.array(p_values)[order] * np.arange(len(order), 0, -1))
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def test_holm_agrees_with_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_no_test_needs_no_adjustment() -> None:
    assert benjamini_hochberg([]) == ()
    assert step_down([], 0.9) == ()


def test_bonferroni_shares_the_doubt_among_the_bounds() -> None:
    assert bonferroni(0.95, 5) == pytest.approx(0.99)
    assert bonferroni(0.95, 0) == bonferroni(0.95, 1) == pytest.approx(0.95)


def judge_of(p_value: float) -> Callable[[float], Figure]:
    """A figure whose bound passes at every confidence up to 1 - p."""

    def judge(confidence: float) -> Figure:
        verdict = Verdict.PASS if p_value <= 1 - confidence else Verdict.FAIL
        return Figure(metric="gain", value=p_value, n=100, verdict=verdict)

    return judge


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_bounds_judged_step_by_step_decide_as_the_p_values_of_holm(p_values: list[float]) -> None:
    margin = 1e-9
    assume(all(abs(adjusted - 0.1) > margin for adjusted in holm(p_values)))
    figures = step_down([judge_of(each) for each in p_values], confidence=0.9)
    passed = [each.verdict is Verdict.PASS for each in figures]
    assert passed == [adjusted <= 0.1 for adjusted in holm(p_values)]
    assert [each.value for each in figures] == p_values
