"""Names of derived metrics: built and read in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.derived_metric import (
    Derivation,
    DerivedMetric,
    derived,
    is_about_original,
    is_derived,
)

NAMES = {
    Derivation.DROP: "mae_drop",
    Derivation.ORIGINAL_DROP: "mae_drop_original",
    Derivation.ORIGINAL_DISTANCE: "original_mae",
    Derivation.NAIVE: "naive_mae",
    Derivation.ADVANTAGE: "mae_advantage",
    Derivation.BY_CHANCE: "mae_null",
}


@pytest.mark.parametrize(("derivation", "name"), NAMES.items())
def test_the_name_of_a_derived_metric_is_stored_as_before(
    derivation: Derivation, name: str
) -> None:
    assert derived("mae", derivation) == name


def test_every_derivation_has_a_name() -> None:
    assert set(NAMES) == set(Derivation)


@given(st.sampled_from(Derivation), st.from_regex(r"[a-z]+(_[a-z]+)?", fullmatch=True))
def test_a_name_is_read_back_as_it_was_built(derivation: Derivation, metric: str) -> None:
    # A metric that is derived itself has two derivations, and only the outer derivation is read.
    plain = metric if DerivedMetric.parse(metric) is None else "mae"
    assert DerivedMetric.parse(derived(plain, derivation)) == DerivedMetric(plain, derivation)


@pytest.mark.parametrize("metric", ["roc_auc", "naive_", "_drop", "ks_distance", "drop_rate", ""])
def test_a_metric_of_its_own_is_not_derived(metric: str) -> None:
    assert DerivedMetric.parse(metric) is None


def test_a_drop_from_the_release_figure_is_no_drop_from_the_original() -> None:
    assert is_derived("mae_drop", Derivation.DROP)
    assert not is_derived("mae_drop", Derivation.ORIGINAL_DROP)


def test_a_metric_of_its_own_is_derived_in_no_way() -> None:
    assert not any(is_derived("roc_auc", derivation) for derivation in Derivation)


@pytest.mark.parametrize(
    ("metric", "is_about"),
    [
        ("original_ks_distance", True),
        ("mae_drop_original", True),
        ("mae_drop", False),
        ("naive_mae", False),
        ("ks_distance", False),
    ],
)
def test_only_comparisons_with_the_original_baseline_are_about_it(
    metric: str, *, is_about: bool
) -> None:
    assert is_about_original(metric) is is_about
