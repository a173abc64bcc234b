"""A charter may tighten the organisation's standards and never loosen them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products
from tests.samples import CHARTER, write_product
from tests.unit.charter.conftest import Check


def limit(**changes: Any) -> dict[str, Any]:
    return {"thresholds": [{**CHARTER["thresholds"][0], **changes}]}


@pytest.mark.parametrize(
    ("changes", "field", "own", "standard"),
    [
        (limit(limit=0.55), "thresholds[0].limit", "0.55", "at least 0.6"),
        (limit(minimum_sample=49), "thresholds[0].minimum_sample", "49", "at least 50"),
        ({"monitoring": {"cadence": "61d"}}, "monitoring.cadence", "61d", "at most 60d"),
        ({"retraining": {"maximum_age": "18w"}}, "retraining.maximum_age", "18w", "at most 120d"),
        ({"retraining": {"maximum_age": ...}}, "retraining", "neither", "120d"),
        ({"retraining": {"cadence": "0 0 1 1 *"}}, "retraining.cadence", "366d", "at most 120d"),
        ({"responses": CHARTER["responses"][:1]}, "responses", "no response to privacy",
         "escalates"),
        ({"responses": [CHARTER["responses"][0], {"check": "privacy", "reactions": ["retrain"]}]},
         "responses[1].reactions", "retrain for privacy", "escalates"),
        ({"escalation": {"levels": [{"notify": ["owner"], "within": "2d"}]}},
         "escalation.levels[0].within", "2d", "at most 1d"),
    ],
)  # fmt: skip
def test_a_charter_looser_than_the_standards_is_told_both_values(
    check: Check, changes: dict[str, Any], field: str, own: str, standard: str
) -> None:
    (problem,) = check(**changes)
    assert problem.field == field
    assert own in problem.found
    assert standard in problem.expected
    assert problem.file.name == "charter.yaml"


@pytest.mark.parametrize(
    ("tier", "field", "own", "standard"),
    [
        ({"required_roles": ["owner", "risk_officer"]}, "people", "nobody as risk_officer",
         "a person as risk_officer"),
        ({"release_quorum": 2}, "decision_rights.release.quorum", "0", "at least 2"),
        ({"minimum_levels": 3}, "escalation.levels", "2 on the ladder", "at least 3"),
        ({"required_checks": ["fairness"]}, "responses", "no response to fairness", "escalates"),
    ],
)  # fmt: skip
def test_a_standard_that_rises_above_a_charter_is_told(
    tmp_path: Path, tier: dict[str, Any], field: str, own: str, standard: str
) -> None:
    changes = {"tiers": {"low": tier}}
    (problem,) = check_products(write_product(tmp_path / "p", standards_changes=changes))
    assert problem.field == field
    assert own in problem.found
    assert standard in problem.expected


def test_for_an_error_metric_looser_means_higher(tmp_path: Path) -> None:
    standard = {"tiers": {"low": {"thresholds": [{"metric": "brier", "limit": 0.2}]}}}
    looser = limit(metric="brier", limit=0.3)
    (problem,) = check_products(write_product(tmp_path / "p", standards_changes=standard, **looser))
    assert (problem.found, problem.expected[:11]) == ("0.3", "at most 0.2")


def test_only_the_standard_of_the_own_tier_counts(tmp_path: Path) -> None:
    strict = {"tiers": {"high": {"release_quorum": 9, "maximum_cadence": "1h"}}}
    assert check_products(write_product(tmp_path / "p", standards_changes=strict)) == ()


def test_a_limit_equal_to_the_standard_is_no_loosening(check: Check) -> None:
    assert check(**limit(limit=0.6, minimum_sample=50)) == ()


def test_a_product_without_a_model_needs_no_response_to_model_checks(tmp_path: Path) -> None:
    tier = {"required_checks": ["contract", "privacy", "performance", "data_drift"]}
    folder = write_product(
        tmp_path / "p",
        standards_changes={"tiers": {"low": tier}},
        model=...,
        labels=...,
        thresholds=[],
        retraining=...,
        responses=CHARTER["responses"][:2],
    )
    assert check_products(folder) == ()


def test_predictions_made_elsewhere_need_no_retraining_here(check: Check) -> None:
    model = {"estimator": ..., "logged_predictions": "y"}
    assert check(model=model, retraining=...) == ()
