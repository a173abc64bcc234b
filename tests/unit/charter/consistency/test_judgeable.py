"""Agreements that nothing can ever be held against are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products
from tests.samples import CHARTER, CONTRACT, write_product
from tests.unit.charter.conftest import Check

MADE_ELSEWHERE: dict[str, Any] = {"estimator": ..., "logged_predictions": "y"}
RESPONSES = CHARTER["responses"][:3]
THRESHOLD = CHARTER["thresholds"][0]
ONE_FILE = {"records": {"location": "data/orders.csv"}}
_RECORDS = CONTRACT["schema"][0]
STEPS = {
    "schema": [
        _RECORDS
        | {"properties": [*_RECORDS["properties"], {"name": "step", "logicalType": "integer"}]}
    ]
}
DAYS = {
    "schema": [
        _RECORDS | {"properties": [*_RECORDS["properties"], {"name": "day", "logicalType": "date"}]}
    ]
}


def fields(check: Check, **changes: Any) -> list[str]:
    return [problem.field for problem in check(**changes)]


@pytest.mark.parametrize(
    "name",
    ["data_drift", "concept_drift", "succession", "retraining_value", "sufficient", "leakage"],
)
def test_a_response_to_a_check_that_a_model_from_elsewhere_never_has_is_refused(
    check: Check, name: str
) -> None:
    response = {"check": name, "reactions": ["escalate"]}
    (problem,) = check(model=MADE_ELSEWHERE, responses=[*RESPONSES, response])
    assert problem.field == "responses[3].check"
    assert problem.found == f"escalate for {name}, which is never measured"
    assert "if its predictions are logged" in problem.expected
    shown_only = {"check": name, "reactions": []}
    assert check(model=MADE_ELSEWHERE, responses=[*RESPONSES, shown_only]) == ()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("succession", {"release": {"rollback": None}}),
        ("retraining_value", {}),
        ("labels", {"labels": ..., "model": MADE_ELSEWHERE, "thresholds": []}),
    ],
)
def test_a_response_to_a_check_that_the_charter_leaves_out_is_refused(
    check: Check, name: str, changes: dict[str, Any]
) -> None:
    responses = [*RESPONSES[:2], {"check": name, "reactions": ["escalate"]}]
    problems = check(**changes, responses=responses)
    found = [problem for problem in problems if "never measured" in problem.found]
    assert [problem.field for problem in found] == ["responses[2].check"]


def test_a_standard_asks_for_no_response_to_a_check_that_is_never_measured(check: Check) -> None:
    tier = {"required_checks": ["contract", "privacy", "data_drift"]}
    standards = {"tiers": {"low": tier}}
    agreed = {"standards_changes": standards, "responses": RESPONSES}
    assert fields(check, **agreed) == ["responses"]
    assert fields(check, **agreed, model=MADE_ELSEWHERE) == []


def test_a_drop_from_figures_that_nobody_signs_off_is_refused(check: Check) -> None:
    limits = [{**THRESHOLD, "maximum_drop": 0.2}]
    assert fields(check, thresholds=limits) == []
    assert fields(check, thresholds=limits, model=MADE_ELSEWHERE) == ["thresholds[0].maximum_drop"]


def test_a_drop_of_a_gap_between_groups_is_refused(check: Check) -> None:
    gap = {
        **THRESHOLD,
        "metric": "selection_rate_difference",
        "attribute": "x1",
        "limit": 0.2,
        "maximum_drop": 0.1,
    }
    (problem,) = [
        problem
        for problem in check(thresholds=[THRESHOLD, gap])
        if problem.field == "thresholds[1].maximum_drop"
    ]
    assert problem.found == (
        "a drop of selection_rate_difference from a release figure that does not exist"
    )
    assert problem.expected == "none for a gap between groups: it is no release figure"
    without_drop = {name: value for name, value in gap.items() if name != "maximum_drop"}
    assert "thresholds[1].maximum_drop" not in fields(check, thresholds=[THRESHOLD, without_drop])


def test_a_live_limit_that_needs_a_truth_nobody_brings_is_refused(check: Check) -> None:
    found = fields(check, labels=..., model=MADE_ELSEWHERE, responses=RESPONSES[:2])
    assert found == ["thresholds[0].metric"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sources": ONE_FILE},
        {"batches": {"by": "rows", "rows": 500}},
        {
            "batches": {"by": "rows", "rows": 500},
            "time_column": "step",
            "contract_changes": STEPS,
        },
    ],
    ids=["one file", "rows", "steps that are counted"],
)
def test_a_delay_of_labels_counted_from_no_date_is_refused(
    check: Check, changes: dict[str, Any]
) -> None:
    (problem,) = check(labels={"delay": "30d"}, **changes)
    assert (problem.field, problem.found) == ("labels.delay", "30d from a date that no batch has")
    assert fields(check, **changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sources": {"records": {"location": "data/orders_2026-09-30.csv"}}},
        {"sources": {"records": {"location": "${FEED}"}}},
        {"sources": ONE_FILE, "time_column": "day", "contract_changes": DAYS},
        {"sources": {"records": {"location": "data/*/*.csv"}}, "batches": {"by": "folder"}},
        {
            "batches": {"by": "time", "column": "day", "every": "7d"},
            "contract_changes": DAYS,
        },
    ],
    ids=["files", "a dated file", "a variable", "a column", "folders", "windows"],
)
def test_a_delay_of_labels_counted_from_a_date_that_batches_may_have_is_taken(
    check: Check, changes: dict[str, Any]
) -> None:
    assert fields(check, labels={"delay": "30d"}, **changes) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (
            {"thresholds": [{**THRESHOLD, "minimum_sample": 300, "applies_to": ["live"]}]},
            "thresholds[0].minimum_sample",
        ),
        ({"drift": {"minimum_sample": 300}}, "drift.minimum_sample"),
        ({"concept_drift": {"minimum_sample": 300}}, "concept_drift.minimum_sample"),
    ],
)
def test_a_sample_that_a_batch_of_so_many_rows_never_holds_is_refused(
    check: Check, changes: dict[str, Any], field: str
) -> None:
    assert fields(check, batches={"by": "rows", "rows": 250}, **changes) == [field]
    assert fields(check, batches={"by": "rows", "rows": 300}, **changes) == []


def test_groups_need_their_sample_twice(check: Check) -> None:
    gap = {
        "metric": "selection_rate_ratio",
        "limit": 0.8,
        "attribute": "x2",
        "minimum_sample": 130,
        "applies_to": ["live"],
        "owner": "owner",
        "reason": "Equal chances.",
    }
    agreed: dict[str, Any] = {
        "protected": ["x2"],
        "thresholds": [gap],
        "responses": [*RESPONSES, {"check": "fairness", "reactions": ["escalate"]}],
    }
    found = fields(check, batches={"by": "rows", "rows": 250}, **agreed)
    assert found == ["thresholds[0].minimum_sample"]
    assert fields(check, batches={"by": "rows", "rows": 260}, **agreed) == []


@pytest.mark.parametrize(("every", "expected"), [("7d", []), ("31d", ["monitoring.cadence"])])
def test_evidence_that_is_too_old_before_the_next_batch_is_worth_a_warning(
    tmp_path: Path, every: str, expected: list[str]
) -> None:
    windows = {"by": "time", "column": "day", "every": every}
    folder = write_product(tmp_path / "p", batches=windows, contract_changes=DAYS)
    problems = check_products(folder, warnings=True)
    found = [problem for problem in problems if problem.field == "monitoring.cadence"]
    assert [problem.field for problem in found] == expected
    assert all(problem.is_warning for problem in found)
