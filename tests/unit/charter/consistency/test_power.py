"""A sample that cannot show what it must show is refused before the first batch."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.consistency.power import power_faults
from aipo_pipelines.charter.model.power import sample_needed
from aipo_pipelines.charter.model.problem import Fault, field_name
from aipo_pipelines.charter.model.thresholds import Metric
from tests.unit.charter.charters import DATA_ONLY, ELSEWHERE, GAP, charter_of, threshold_of


def faults(**changes: Any) -> list[Fault]:
    return [*power_faults(charter_of(**changes))]


def only(found: list[Fault]) -> tuple[str, str, str, str]:
    """The one fault: its field and its words."""
    (fault,) = found
    return field_name(fault.path), fault.found, fault.expected, fault.hint


def with_limit(**changes: Any) -> dict[str, Any]:
    return {"thresholds": [threshold_of(**changes)]}


def test_a_sample_that_shows_a_drop_too_late_is_refused() -> None:
    assert only(faults(**with_limit(maximum_drop=0.05))) == (
        "thresholds[0].minimum_sample",
        "100 records, which show a drop from 0.13 on with 80% power",
        "at least 669 records to see a drop of 0.05 in roc_auc at confidence 0.95",
        "raise `minimum_sample` to 669, or `maximum_drop` to 0.13 or more",
    )


def test_what_the_message_says_to_raise_is_enough_and_one_record_less_is_not() -> None:
    assert faults(**with_limit(maximum_drop=0.05, minimum_sample=669)) == []
    assert faults(**with_limit(maximum_drop=0.05, minimum_sample=668)) != []
    assert sample_needed(Metric.ROC_AUC, 0.7, 0.05, 0.95) == 669


@given(st.floats(0.5, 0.99), st.floats(0.001, 0.2), st.integers(30, 5_000))
def test_a_charter_with_either_number_of_the_hint_is_right(
    limit: float, drop: float, sample: int
) -> None:
    changed = {"limit": limit, "maximum_drop": drop, "minimum_sample": sample}
    for fault in faults(**with_limit(**changed)):
        larger, wider = re.findall(r"to ([\d.]+)", fault.hint)
        assert faults(**with_limit(**{**changed, "minimum_sample": int(larger)})) == []
        assert faults(**with_limit(**{**changed, "maximum_drop": float(wider)})) == []


def test_a_gap_must_show_an_excess_of_its_limit() -> None:
    protected = {"protected": ["x2"]}
    assert only(faults(**protected, thresholds=[{**GAP, "minimum_sample": 100}])) == (
        "thresholds[0].minimum_sample",
        "100 records per group, which show an excess from 0.153 on with 80% power",
        (
            "at least 232 records per group to see an excess of 0.1 in selection_rate_difference "
            "at confidence 0.95"
        ),
        "raise `minimum_sample` to 232, or `limit` to 0.153 or more",
    )
    assert faults(**protected, thresholds=[{**GAP, "minimum_sample": 232}]) == []


def test_a_change_that_no_number_of_records_shows_has_no_sample_to_raise() -> None:
    assert only(faults(protected=["x2"], thresholds=[{**GAP, "limit": 0.0}]))[2:] == (
        (
            "no number of records is enough to see an excess of 0 in selection_rate_difference at "
            "confidence 0.95"
        ),
        "allow a larger `limit`",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metric": "mae", "maximum_drop": 0.001},
        {"metric": "skill_over_baseline", "maximum_drop": 0.001},
        {"limit": 1.5, "maximum_drop": 0.001},
    ],
)
def test_a_limit_without_a_change_to_see_is_not_checked(changes: dict[str, Any]) -> None:
    assert faults(**with_limit(**changes)) == []


def test_a_lower_confidence_shows_a_change_earlier() -> None:
    assert faults(**with_limit(maximum_drop=0.1)) != []
    assert faults(**with_limit(maximum_drop=0.1, confidence=0.5, minimum_sample=60)) == []


def test_each_limit_is_checked_at_its_place() -> None:
    limits = [threshold_of(), threshold_of(metric="accuracy", maximum_drop=0.01)]
    assert only(faults(thresholds=limits))[0] == "thresholds[1].minimum_sample"


RECENT = {"retraining": {"window": {"choices": ["recent"], "recent": 2, "held_out": 0.3}}}


def by_rows(rows: int) -> dict[str, Any]:
    return {"batches": {"by": "rows", "rows": rows}, **RECENT}


def test_records_that_a_window_never_holds_out_are_refused_for_a_limit() -> None:
    found = faults(**by_rows(200), **with_limit(minimum_sample=121))
    assert only(found) == (
        "thresholds[0].minimum_sample",
        "121",
        "at most 120 before a release, what 30% of 400 rows hold out",
        "lower it, or raise `recent` or `held_out` of `retraining.window`; or apply to live",
    )
    assert faults(**by_rows(200), **with_limit(minimum_sample=120)) == []
    assert faults(**by_rows(200), **with_limit(minimum_sample=121, applies_to=["live"])) == []


def test_two_groups_share_the_held_out_records() -> None:
    gap = {"protected": ["x2"], "thresholds": [{**GAP, "minimum_sample": 240}]}
    assert only(faults(**by_rows(780), **gap))[1:3] == (
        "240",
        "at most 234 in each of two groups before a release, what 30% of 1560 rows hold out",
    )
    assert faults(**by_rows(800), **gap) == []


def test_records_that_a_window_never_holds_out_are_refused_for_a_release() -> None:
    assert only(faults(**by_rows(200), release={"minimum_sample": 121})) == (
        "release.minimum_sample",
        "121",
        "at most 120, what 30% of 400 rows hold out",
        "lower it, or raise `recent` or `held_out` of `retraining.window`",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"retraining": {"window": {"choices": ["recent", "all"], "recent": 2, "held_out": 0.3}}},
        {"batches": {"by": "file", "rows": ...}},
        {"model": ELSEWHERE},
        DATA_ONLY,
    ],
)
def test_other_windows_reach_back_until_they_hold_enough(changes: dict[str, Any]) -> None:
    large = {"thresholds": [threshold_of(minimum_sample=9_000)]}
    assert faults(**{**by_rows(200), **large, **changes}) == []
