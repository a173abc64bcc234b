"""Adjusted p-values agree with worked examples and keep their promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.measures.multiplicity import benjamini_hochberg, bonferroni, holm

stats = pytest.importorskip("scipy.stats")

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(P_VALUES)
def test_benjamini_hochberg_agrees_with_scipy(p_values: list[float]) -> None:
    expected = stats.false_discovery_control(np.array(p_values), method="bh")
    np.testing.assert_allclose(benjamini_hochberg(p_values), expected, atol=1e-12)


def test_holm_agrees_with_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(P_VALUES)
def test_holm_is_never_less_strict_than_benjamini_hochberg(p_values: list[float]) -> None:
    strict, lenient = np.array(holm(p_values)), np.array(benjamini_hochberg(p_values))
    assert (strict >= lenient - 1e-12).all()
    assert (lenient >= np.array(p_values) - 1e-12).all()


def test_no_test_needs_no_adjustment() -> None:
    assert benjamini_hochberg([]) == ()
    assert holm([]) == ()


def test_bonferroni_shares_the_doubt_among_the_bounds() -> None:
    assert bonferroni(0.95, 5) == pytest.approx(0.99)
    assert bonferroni(0.95, 0) == bonferroni(0.95, 1) == pytest.approx(0.95)
