"""A check of the model that fails without a notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products, load_product, load_products
from aipo_pipelines.charter.model.problem import Problem
from tests.samples import CHARTER, write_product

ANSWERED = CHARTER["responses"][:-1]
"""Responses of the sample, to all that can fail there but `concept_drift`."""


def _warnings(folder: Path, **changes: Any) -> tuple[Problem, ...]:
    return check_products(write_product(folder / "p", **changes), warnings=True)


def test_concept_drift_without_a_response_is_a_warning(tmp_path: Path) -> None:
    (problem,) = _warnings(tmp_path, responses=ANSWERED)
    assert (problem.field, problem.found) == ("responses", "no response to concept_drift")
    assert problem.expected == "one: nobody is notified when concept_drift fails"
    assert problem.is_warning


def test_a_warning_stops_nothing(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p", responses=ANSWERED)
    assert check_products(tmp_path) == ()
    assert load_product(folder).name == "sample"
    assert [product.name for product in load_products(tmp_path)] == ["sample"]


def test_a_warning_is_not_reported_beside_an_error(tmp_path: Path) -> None:
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
    protected = [threshold["attribute"]] if "attribute" in threshold else []
    (problem,) = _warnings(tmp_path, thresholds=thresholds, protected=protected)
    assert problem.found == f"no response to {check}"


def test_a_product_without_a_model_has_no_check_of_a_model(tmp_path: Path) -> None:
    changes = {"model": ..., "labels": ..., "thresholds": [], "retraining": ...}
    assert _warnings(tmp_path, responses=CHARTER["responses"][:2], **changes) == ()


def _answers(*performance: dict[str, Any]) -> list[dict[str, Any]]:
    rest = [response for response in CHARTER["responses"] if response["check"] != "performance"]
    return [*rest, *({"check": "performance", **response} for response in performance)]


def test_a_no_that_is_escalated_after_several_batches_is_a_warning(tmp_path: Path) -> None:
    late = {"reactions": ["retrain", "escalate"], "fails": 2, "of": 3}
    (problem,) = _warnings(tmp_path, responses=_answers(late), monitoring={"cadence": "2w"})
    assert problem.is_warning
    assert problem.found == "performance escalates after 2 of 3 batches"
    assert problem.expected == (
        "at the first: it makes the answer NO, and nobody is notified until one more batch has "
        "failed, which may take 2w by the cadence"
    )
    assert problem.hint == (
        "write `{check: performance, reactions: [escalate]}` and "
        "`{check: performance, reactions: [retrain], fails: 2, of: 3}`"
    )


def test_what_the_warning_says_to_write_is_taken(tmp_path: Path) -> None:
    at_once, later = {"reactions": ["escalate"]}, {"reactions": ["retrain"], "fails": 2, "of": 3}
    assert _warnings(tmp_path, responses=_answers(at_once, later)) == ()


def test_a_no_that_only_retrains_is_a_warning(tmp_path: Path) -> None:
    (problem,) = _warnings(tmp_path, responses=_answers({"reactions": ["retrain"]}))
    assert problem.found == "retrain for performance, and no escalation"
    assert problem.is_warning


def test_what_leaves_the_answer_as_it_is_may_be_escalated_late(tmp_path: Path) -> None:
    late = {"check": "concept_drift", "reactions": ["escalate"], "fails": 2, "of": 3}
    assert _warnings(tmp_path, responses=[*ANSWERED, late]) == ()


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ({"reactions": ["escalate"], "fails": 2, "of": 3}, "escalate for 'performance' again"),
        ({"reactions": []}, "'performance' again"),
    ],
)
def test_a_reaction_to_a_check_is_agreed_once(
    tmp_path: Path, second: dict[str, Any], found: str
) -> None:
    responses = _answers({"reactions": ["escalate"]}, second)
    problem = _warnings(tmp_path, responses=responses)[0]
    assert (problem.found, problem.is_warning) == (found, False)


def test_a_check_by_its_full_name_is_the_same_check(tmp_path: Path) -> None:
    again = {"check": "performance/performance", "reactions": ["escalate"]}
    responses = [*_answers({"reactions": ["escalate"]}), again]
    problem = _warnings(tmp_path, responses=responses)[0]
    assert problem.found == "escalate for 'performance/performance' again"
