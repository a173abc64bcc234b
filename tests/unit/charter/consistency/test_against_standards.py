"""A charter may tighten the organisation's standards and never loosen them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products
from aipo_pipelines.charter.model.problem import Problem
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
def test_a_charter_looser_than_the_standards_is_refused_with_both_values(
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
def test_a_standard_that_rises_above_a_charter_is_reported(
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


HARD: dict[str, Any] = {
    "required_metrics": {"binary": ["roc_auc", "average_precision"]},
    "maximum_drift_limit": 0.15,
    "maximum_margin": 0.1,
    "minimum_held_out": 80,
    "required_checks": ["performance"],
    "longest_response": {"fails": 2, "of": 3},
    "separation_of_duties": True,
}


def against(
    tmp_path: Path, exceptions: Any = (), *, today: date | None = None, **changes: Any
) -> tuple[Problem, ...]:
    """Problems of the sample, changed, under a standard that asks for more than it names."""
    standards = {"tiers": {"low": HARD}, "exceptions": list(exceptions)}
    folder = write_product(tmp_path / "p", standards_changes=standards, **changes)
    return check_products(folder, today=today)


def test_a_charter_that_holds_what_its_tier_asks_for_has_no_problem(tmp_path: Path) -> None:
    assert against(tmp_path) == ()


_ACCURACY = {"metric": "accuracy", "limit": 0.01}


@pytest.mark.parametrize(
    ("changes", "field", "found", "expected"),
    [
        (limit(**_ACCURACY), "thresholds", "limits on accuracy", "on roc_auc or average_precision"),
        ({"thresholds": []}, "thresholds", "limits on nothing", "on roc_auc or average_precision"),
        (limit(applies_to=["live"]), "thresholds", "limits on roc_auc", "for live and release"),
        ({"drift": {"limit": 1.0}}, "drift.limit", "1", "at most 0.15"),
        ({"release": {"margin": 0.99}}, "release.margin", "0.99", "at most 0.1"),
        ({"release": {"minimum_sample": 60}}, "release.minimum_sample", "60", "at least 80"),
        ({"decision_rights": {"separation_of_duties": False}},
         "decision_rights.separation_of_duties", "false", "true"),
    ],
)  # fmt: skip
def test_the_requirements_of_the_tier_must_be_met_even_without_a_line_in_the_charter(
    tmp_path: Path, changes: dict[str, Any], field: str, found: str, expected: str
) -> None:
    (problem,) = against(tmp_path, **changes)
    assert (problem.field, problem.found) == (field, found)
    assert expected in problem.expected
    assert "by the standard for risk tier low" in problem.expected


def test_a_required_check_that_hardly_ever_responds_is_refused(tmp_path: Path) -> None:
    late = {"check": "performance", "reactions": ["escalate"], "fails": 32, "of": 32}
    problems = against(tmp_path, responses=[*CHARTER["responses"][:2], late])
    assert [(problem.field, problem.found) for problem in problems] == [
        ("responses[2].fails", "32"),
        ("responses[2].of", "32"),
    ]


def exemption(until: str) -> dict[str, str]:
    return {
        "product": "sample",
        "field": "release.margin",
        "value": "0.99",
        "decided_by": "Elin Berg",
        "reason": "The pilot ends in spring.",
        "until": until,
    }


def test_an_exception_allows_its_value_until_it_ends(tmp_path: Path) -> None:
    wide = {"release": {"margin": 0.99}}
    given = [exemption("2026-01-31")]
    last, after = date(2026, 1, 31), date(2026, 2, 1)
    assert against(tmp_path / "a", given, today=last, **wide) == ()
    (ended,) = against(tmp_path / "b", given, today=after, **wide)
    assert ended.hint == ("lower it; the exception that Elin Berg decided ended on 2026-01-31")


def test_an_exception_is_for_its_product_field_and_value_alone(tmp_path: Path) -> None:
    given = exemption("2999-12-31")
    for name, change in (("a", {"product": "other"}), ("b", {"value": "0.5"}),
                         ("c", {"field": "drift.limit"})):  # fmt: skip
        (problem,) = against(tmp_path / name, [{**given, **change}], release={"margin": 0.99})
        assert problem.field == "release.margin"
