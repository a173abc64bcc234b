"""Telephone customers: one batch, 11 blank charges, and offers that depend on age.

The model's figures are those of predictions by folds that had not seen the record.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import NO, Desk, evaluations, failing, figure

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

NAME = "telco_churn"
BATCH = "Telco-Customer-Churn"
CUSTOMERS = 7043

History = list[dict[str, Any]]


@pytest.fixture(scope="module")
def history(desk: Desk, real_data: Path) -> History:
    assert real_data
    desk.run(NAME)
    return desk.history(NAME)


@pytest.fixture(scope="module")
def status(desk: Desk, history: History) -> dict[str, Any]:
    assert history
    return desk.status(NAME)


def test_the_contract_reports_exactly_the_eleven_blank_charges(history: History) -> None:
    contract = evaluations(history, "contract")[BATCH]
    assert (contract["verdict"], contract["severity"]) == ("fail", "warning")
    assert failing(contract) == [("required", "TotalCharges", 11)]


def test_blank_charges_are_a_warning_and_no_reason_to_stop(history: History) -> None:
    kinds = {one["kind"] for one in history}
    assert "batch_approved" in kinds
    assert "batch_quarantined" not in kinds


def test_every_personal_category_of_the_customers_is_authorised(history: History) -> None:
    assert evaluations(history, "privacy")[BATCH]["verdict"] == "pass"


def test_the_out_of_fold_area_under_the_curve_is_the_known_one(history: History) -> None:
    area = figure(evaluations(history, "performance")[BATCH], "roc_auc")
    assert area["value"] == pytest.approx(0.845, abs=0.015)
    assert area["low"] < area["value"] < area["high"]
    assert area["n"] == CUSTOMERS


def test_the_batch_is_scored_by_models_that_had_not_seen_the_customer(history: History) -> None:
    newest = [
        one["body"]["metadata"]
        for one in history
        if one["kind"] == "asset_materialised" and one["body"]["asset"] == "performance"
    ][-1]
    assert newest["out_of_fold"] is True
    assert newest["labelled"] == CUSTOMERS


def test_fairness_fails_on_age_because_the_whole_interval_lies_beyond_the_limit(
    history: History,
) -> None:
    fairness = evaluations(history, "fairness")[BATCH]
    gap = figure(fairness, "selection_rate_difference", "SeniorCitizen")
    assert (fairness["verdict"], gap["verdict"], gap["limit"]) == ("fail", "fail", 0.10)
    assert gap["low"] > 0.10
    assert gap["value"] == pytest.approx(0.433 - 0.180, abs=0.02)


def test_fairness_holds_for_gender(history: History) -> None:
    gap = figure(
        evaluations(history, "fairness")[BATCH], "selection_rate_difference", "gender"
    )  # fmt: skip
    assert (gap["verdict"], gap["limit"]) == ("pass", 0.10)
    assert gap["high"] < 0.10
    assert gap["value"] == pytest.approx(0.232 - 0.210, abs=0.02)


def test_the_answer_is_no_because_of_age_and_not_of_gender(
    status: dict[str, Any], desk: Desk
) -> None:
    reasons = " ".join(status["reasons"])
    assert status["verdict"] == "NO"
    assert "selection_rate_difference of SeniorCitizen is 0.25" in reasons
    assert "gender" not in reasons
    assert desk.aipo("status", NAME).returncode == NO


def test_the_page_for_a_person_shows_each_key_figure_with_its_limit(
    status: dict[str, Any], desk: Desk
) -> None:
    assert [one["metric"] for one in status["kpis"]] == [
        "roc_auc", "selection_rate_difference", "selection_rate_difference",
    ]  # fmt: skip
    page = desk.aipo("status", NAME).stdout
    for words in ("performing as intended?  NO", "roc_auc", "SeniorCitizen", "gender",
                  "at least 0.8", "at most 0.1", "Ada Okafor"):  # fmt: skip
        assert words in page


def test_the_answer_before_the_release_knew_no_champion(history: History, desk: Desk) -> None:
    released = next(one for one in history if one["kind"] == "champion_released")
    before = next(one for one in history if one["kind"] == "release_decided")
    assert before["recorded_at"] < released["recorded_at"]
    assert desk.status(NAME, before["recorded_at"])["champion"] is None
    assert desk.status(NAME, released["recorded_at"])["champion"]["version"] == "1"


def test_a_second_run_finds_nothing_new(history: History, desk: Desk) -> None:
    assert desk.run(NAME)["runs"] == 0
    assert len(desk.history(NAME)) == len(history)
