"""A person reads before the first batch which samples no batch will ever hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.drafting.batch_windows import FirstBatches
from aipo_pipelines.drafting.limits import Limit
from aipo_pipelines.drafting.sample_sizes import out_of_reach, samples_in_reach
from tests.unit.drafting.tables import STANDARD, WHOLE, limit_of

FIRST = FirstBatches(count=1, rows=400)
GAP = limit_of(
    Metric.SELECTION_RATE_DIFFERENCE, attribute="gender", deciding_group="the smaller group"
)


def sentences(
    *limits: Limit, first: FirstBatches = FIRST, held_out: int | None = None
) -> list[str]:
    return [
        *out_of_reach(limits, first, STANDARD.model_copy(update={"minimum_held_out": held_out}))
    ]


def test_samples_that_a_batch_holds_are_in_reach() -> None:
    assert sentences(limit_of(minimum_sample=120, per_batch=120, held_out=120)) == []


def test_a_live_sample_that_is_larger_than_a_batch_is_out_of_reach() -> None:
    assert sentences(limit_of(minimum_sample=121, per_batch=120, held_out=200)) == [
        "roc_auc needs 121 records, and a usual batch has 120"
    ]


def test_a_sample_before_a_release_that_cannot_be_held_out_is_out_of_reach() -> None:
    assert sentences(limit_of(minimum_sample=121, per_batch=400, held_out=120)) == [
        "roc_auc needs 121 records before a release, and 120 can be held out of the first batch"
    ]


def test_a_limit_is_only_compared_with_the_records_that_it_applies_to() -> None:
    live = (AppliesTo.LIVE,)
    release = (AppliesTo.RELEASE,)
    assert sentences(limit_of(minimum_sample=121, held_out=120, applies_to=live)) == []
    few = limit_of(minimum_sample=121, per_batch=120, held_out=130, applies_to=release)
    assert sentences(few) == []


def test_the_group_that_decides_is_named_if_groups_are_compared() -> None:
    (live,) = sentences(replace(GAP, minimum_sample=50, per_batch=40))
    assert live == (
        "selection_rate_difference of gender needs 50 records in each group, and the smaller "
        "group of a usual batch has 40"
    )
    (release,) = sentences(replace(GAP, minimum_sample=50, per_batch=60, held_out=40))
    assert release == (
        "selection_rate_difference of gender needs 50 records in each group before a release, and "
        "40 of the smaller group can be held out of the first batch"
    )


@pytest.mark.parametrize(("rows", "held_outs"), [(334, []), (333, [99]), (100, [30])])
def test_a_release_needs_a_hundred_held_out_records(rows: int, held_outs: list[int]) -> None:
    few = FirstBatches(count=1, rows=rows)
    assert sentences(limit_of(), first=few) == [
        f"a release needs 100 held-out records, and the first batch can give {held_out}"
        for held_out in held_outs
    ]


def test_a_standard_may_ask_for_more_held_out_records_than_the_usual_release() -> None:
    assert sentences(limit_of(), held_out=120) == []
    assert sentences(limit_of(), held_out=121) == [
        "a release needs 121 held-out records, and the first batch can give 120"
    ]


def test_without_a_limit_there_is_no_release_to_wait_for() -> None:
    assert sentences(first=FirstBatches(count=1, rows=10)) == []


BOTH = ("data_drift", "concept_drift")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (200, {}),
        (199, {"concept_drift": 199}),
        (100, {"concept_drift": 100}),
        (99, {"drift": 99, "concept_drift": 99}),
        (29, {"drift": 29, "concept_drift": 30}),
        (9, {"drift": 10, "concept_drift": 30}),
    ],
)
def test_drift_samples_shrink_to_a_batch_but_not_below_what_a_charter_may_ask(
    rows: int, expected: dict[str, int]
) -> None:
    assert dict(samples_in_reach(replace(WHOLE, rows=rows), BOTH)) == expected


def test_only_checks_of_the_draft_get_a_sample() -> None:
    small = replace(WHOLE, rows=50)
    assert dict(samples_in_reach(small, ("data_drift",))) == {"drift": 50}
    assert dict(samples_in_reach(small, ())) == {}
