"""What leads to a retraining and to a release must be possible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products
from tests.samples import CHARTER, write_product
from tests.unit.charter.conftest import Check, table_changes

DATA_RESPONSES = [
    {"check": check, "reactions": ["quarantine", "escalate"]} for check in ("contract", "privacy")
]
MADE_ELSEWHERE = {"estimator": ..., "logged_predictions": "y"}
RETRAIN = [*CHARTER["responses"][:3], {"check": "data_drift", "reactions": ["retrain"]}]


def under(perturbation: str, size: float = 0.1, *columns: str) -> dict[str, Any]:
    fields = {"perturbation": perturbation, "size": size, "maximum_loss": 0.1}
    return {**fields, "columns": [*columns]} if columns else fields


def release(*tests: dict[str, Any]) -> dict[str, Any]:
    return {"release": {"robustness": [*tests]}}


@pytest.mark.parametrize("name", ["data_source", "override", "sunset"])
def test_only_a_release_can_be_left_to_the_rules(check: Check, name: str) -> None:
    (problem,) = check(decision_rights={name: {"quorum": 0}})
    assert (problem.field, problem.found) == (f"decision_rights.{name}.quorum", "0")
    assert problem.expected.startswith("at least 1")


def test_a_release_can_be_left_to_the_rules(check: Check) -> None:
    assert check(decision_rights={"release": {"quorum": 0}}) == ()


def test_a_response_that_retrains_needs_checks_among_the_triggers(check: Check) -> None:
    triggers = {"cadence": "0 6 * * 1", "triggers": ["cadence"]}
    (problem,) = check(responses=RETRAIN, retraining=triggers)
    assert problem.field == "responses[3].reactions"
    assert problem.found == "retrain, which cadence alone can start"


def test_a_response_may_retrain_if_checks_are_a_trigger(check: Check) -> None:
    assert check(responses=RETRAIN, retraining={"triggers": ["checks"]}) == ()


def test_value_cannot_be_seen_without_labels(check: Check) -> None:
    judged = {"thresholds": [], "responses": DATA_RESPONSES}
    problems = check(labels=..., model=MADE_ELSEWHERE, retraining={"triggers": ["value"]}, **judged)
    assert {problem.field: problem.found for problem in problems} == {
        "retraining.triggers": "value without labels"
    }


def test_value_needs_a_model_that_is_trained_here(check: Check) -> None:
    (problem,) = check(model=MADE_ELSEWHERE, retraining={"triggers": ["value"]})
    assert problem.found == "value with logged predictions"


def test_value_is_a_trigger_if_there_are_labels(check: Check) -> None:
    assert check(retraining={"triggers": ["value"]}) == ()


def test_a_product_without_a_model_releases_nothing(check: Check) -> None:
    problems = check(model=..., thresholds=..., labels=..., responses=CHARTER["responses"][:2],
                     release={"margin": 0.1})  # fmt: skip
    assert [(problem.field, problem.found) for problem in problems] == [
        ("release", "release without a model")
    ]


def test_predictions_made_elsewhere_cannot_be_perturbed(check: Check) -> None:
    (problem,) = check(model=MADE_ELSEWHERE, **release(under("noise")))
    assert problem.field == "release.robustness"


@pytest.mark.parametrize("perturbation", ["noise", "unit", "missing"])
def test_numbers_can_be_perturbed(check: Check, perturbation: str) -> None:
    assert check(**release(under(perturbation, 0.1, "x1", "x2"))) == ()


@pytest.mark.parametrize("perturbation", ["swap", "typo"])
def test_a_perturbation_of_categories_fits_no_number(check: Check, perturbation: str) -> None:
    (problem,) = check(**release(under(perturbation)))
    assert problem.field == "release.robustness[0].perturbation"
    assert problem.expected == "a feature that is a category"


@pytest.mark.parametrize("perturbation", ["swap", "typo", "missing"])
def test_declared_categories_can_be_perturbed(check: Check, perturbation: str) -> None:
    model = {"categorical": ["x2"]}
    assert check(model=model, **release(under(perturbation, 0.1, "x2"))) == ()


def test_noise_does_not_fit_a_declared_category(check: Check) -> None:
    (problem,) = check(model={"categorical": ["x2"]}, **release(under("noise", 1, "x1", "x2")))
    assert (problem.field, problem.found) == ("release.robustness[0].columns[1]", "'x2'")
    assert problem.expected == "a feature that is a number for noise"


def test_a_column_that_is_no_feature_is_not_perturbed(check: Check) -> None:
    (problem,) = check(**release(under("missing", 0.1, "id")))
    assert (problem.field, problem.found) == ("release.robustness[0].columns[0]", "'id'")


@pytest.mark.parametrize("perturbation", ["missing", "swap", "typo"])
def test_a_share_of_cells_is_at_most_all(check: Check, perturbation: str) -> None:
    model = {"categorical": ["x2"]}
    (problem,) = check(model=model, **release(under(perturbation, 1.5)))
    assert (problem.field, problem.found) == ("release.robustness[0].size", "1.5")


def test_noise_and_units_may_be_larger_than_one(check: Check) -> None:
    assert check(**release(under("noise", 2), under("unit", 1000))) == ()


def test_the_same_perturbation_twice_is_refused(check: Check) -> None:
    (problem,) = check(**release(under("noise"), under("missing"), under("noise")))
    assert problem.field == "release.robustness[2]"


def test_one_perturbation_of_two_sizes_is_two_tests(check: Check) -> None:
    assert check(**release(under("noise", 0.1), under("noise", 0.2))) == ()


def test_words_are_categories_by_their_contract(tmp_path: Path) -> None:
    words = table_changes(None, {"properties": [{"name": "x2", "logicalType": "string"}]})
    fitting, other = under("swap", 0.1, "x2"), under("swap", 0.1, "x1")
    folder = write_product(tmp_path / "p", contract_changes=words, **release(fitting, other))
    assert [problem.field for problem in check_products(folder)] == [
        "release.robustness[1].columns[0]"
    ]


def test_the_series_of_a_forecast_is_never_perturbed(check: Check) -> None:
    problems = check(
        model={
            "task": "forecasting",
            "estimator": "sklearn.linear_model.Ridge",
            "categorical": ["x2"],
            "forecasting": {"series": "x2", "steps": [1], "season": 7},
        },
        labels={"positive": ...},
        time_column="id",
        thresholds=[],
        **release(under("swap", 0.1, "x2")),
    )
    assert {problem.field for problem in problems} == {
        "release.robustness[0].perturbation",
        "release.robustness[0].columns[0]",
    }
