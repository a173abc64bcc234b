"""A check of the model that fails and that nobody hears of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products, load_product, load_products
from aipo_pipelines.charter.problem import Problem
from tests.samples import CHARTER, write_product

ANSWERED = CHARTER["responses"][:-1]
"""Responses of the sample, to all that can fail there but `concept_drift`."""


def _warnings(folder: Path, **changes: Any) -> tuple[Problem, ...]:
    return check_products(write_product(folder / "p", **changes), warnings=True)


def test_concept_drift_without_a_response_is_a_warning(tmp_path: Path) -> None:
    (problem,) = _warnings(tmp_path, responses=ANSWERED)
    assert (problem.field, problem.found) == ("responses", "no response to concept_drift")
    assert problem.expected == "one: nobody is told when concept_drift fails"
    assert problem.is_warning


def test_a_warning_stops_nothing(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p", responses=ANSWERED)
    assert check_products(tmp_path) == ()
    assert load_product(folder).name == "sample"
    assert [one.name for one in load_products(tmp_path)] == ["sample"]


def test_a_warning_is_not_told_beside_what_stops_a_charter(tmp_path: Path) -> None:
    write_product(tmp_path / "p", responses=ANSWERED, monitoring={"cadence": "90d"})
    (problem,) = check_products(tmp_path)
    assert problem.field == "monitoring.cadence"


def test_an_empty_response_is_agreed(tmp_path: Path) -> None:
    assert CHARTER["responses"][-1] == {"check": "concept_drift", "reactions": []}
    assert _warnings(tmp_path) == ()


def test_what_the_standard_requires_is_an_error_and_said_once(tmp_path: Path) -> None:
    required = ["contract", "privacy", "concept_drift"]
    standards = {"tiers": {"low": {"required_checks": required}}}
    (problem,) = _warnings(tmp_path, responses=ANSWERED, standards_changes=standards)
    assert problem.found == "no response to concept_drift"
    assert not problem.is_warning


def _limit(metric: str, limit: float, **changes: Any) -> dict[str, Any]:
    return {"metric": metric, "limit": limit, "owner": "owner", "reason": "agreed", **changes}


@pytest.mark.parametrize(
    ("threshold", "check"),
    [
        (_limit("expected_calibration_error", 0.1), "calibration"),
        (_limit("selection_rate_difference", 0.2, attribute="x1"), "fairness"),
    ],
)
def test_a_check_that_a_threshold_makes_fail_needs_a_response(
    tmp_path: Path, threshold: dict[str, Any], check: str
) -> None:
    thresholds = [*CHARTER["thresholds"], threshold]
    (problem,) = _warnings(tmp_path, thresholds=thresholds, protected=["x1"])
    assert problem.found == f"no response to {check}"


def test_a_product_without_a_model_has_no_check_of_a_model(tmp_path: Path) -> None:
    changes = {"model": ..., "labels": ..., "thresholds": [], "retraining": ...}
    assert _warnings(tmp_path, responses=CHARTER["responses"][:2], **changes) == ()
