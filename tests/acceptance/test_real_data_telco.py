"""Telephone customers: one batch, 11 blank charges, and a model that may not go live for its bias.

The first 70 % of the file train the model, and the gates evaluate its answers on the rest. Known
from five folds of the whole file: a logistic regression has an area under the curve of 0.845. It
flags 43 % of the seniors and 18 % of the other customers, and 23 % of the women and 21 % of the
men.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import (
    REPOSITORY,
    UNKNOWN,
    Desk,
    Outcome,
    evaluations,
    failing,
    figure,
)

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

NAME = "telco_churn"
BATCH = "Telco-Customer-Churn"
CUSTOMERS, HELD_OUT = 7043, 2113
AGE, GENDER = "selection_rate_difference_SeniorCitizen", "selection_rate_difference_gender"

History = list[dict[str, Any]]


@pytest.fixture(scope="module")
def outcomes(desk: Desk, real_data: Path) -> dict[str, Outcome]:
    """What each command said, typed one after another; `again` comes after a second run."""
    assert real_data
    commands = {
        "run": ["run", NAME, "--json"],
        "history": ["history", NAME, "--limit", "100000", "--json"],
        "status": ["status", NAME, "--json"],
        "page": ["status", NAME],
        "incidents": ["incidents", NAME, "--all", "--json"],
        "decisions": ["decisions", NAME, "--all", "--json"],
        "second run": ["run", NAME, "--json"],
        "again": ["history", NAME, "--limit", "100000", "--json"],
    }
    return dict(zip(commands, desk.types(*commands.values()), strict=True))


@pytest.fixture(scope="module")
def history(outcomes: dict[str, Outcome]) -> History:
    entries: History = outcomes["history"].json
    return entries


def test_the_contract_reports_exactly_the_eleven_blank_charges(history: History) -> None:
    contract = evaluations(history, "contract")[BATCH]
    assert (contract["verdict"], contract["severity"]) == ("fail", "warning")
    assert failing(contract) == [("required", "TotalCharges", 11)]


def test_blank_charges_are_a_warning_and_no_reason_to_stop(history: History) -> None:
    kinds = {entry["kind"] for entry in history}
    assert "batch_approved" in kinds
    assert "batch_quarantined" not in kinds


def test_every_personal_category_of_the_customers_is_authorised(history: History) -> None:
    assert evaluations(history, "privacy")[BATCH]["verdict"] == "pass"


def materialised(history: History, asset: str) -> dict[str, Any]:
    matches: list[dict[str, Any]] = [
        entry["body"]["metadata"]
        for entry in history
        if entry["kind"] == "asset_materialised" and entry["body"]["asset"] == asset
    ]
    (match,) = matches
    return match


def gate(history: History, name: str) -> dict[str, Any]:
    return evaluations(history, name)[""]


def decision(history: History) -> dict[str, Any]:
    bodies = [entry["body"] for entry in history if entry["kind"] == "release_decided"]
    (body,) = bodies
    match: dict[str, Any] = body
    return match


def test_the_out_of_fold_area_under_the_curve_is_the_known_area(history: History) -> None:
    figures = materialised(history, "challenger")["out_of_fold_figures"]
    area = figure({"figures": figures}, "roc_auc")
    assert area["value"] == pytest.approx(0.845, abs=0.015)
    assert area["low"] < area["value"] < area["high"]
    assert area["n"] == CUSTOMERS - HELD_OUT


def test_the_gates_judge_customers_that_did_not_train_the_model(history: History) -> None:
    held = materialised(history, "challenger")["held_out"]
    assert (held["partition"], held["from_row"], held["rows"]) == (
        BATCH, CUSTOMERS - HELD_OUT, HELD_OUT,
    )  # fmt: skip
    area = figure(gate(history, "roc_auc"), "roc_auc")
    assert (area["n"], area["verdict"]) == (HELD_OUT, "pass")
    assert area["value"] == pytest.approx(0.845, abs=0.015)


def test_fairness_fails_on_age_because_the_whole_interval_lies_beyond_the_limit(
    history: History,
) -> None:
    fairness = gate(history, AGE)
    gap = figure(fairness, "selection_rate_difference", "SeniorCitizen")
    assert (fairness["verdict"], gap["verdict"], gap["limit"]) == ("fail", "fail", 0.10)
    assert gap["low"] > 0.10
    assert gap["value"] == pytest.approx(0.433 - 0.180, abs=0.04)


def test_fairness_holds_for_gender(history: History) -> None:
    fairness = gate(history, GENDER)
    gap = figure(fairness, "selection_rate_difference", "gender")
    assert (fairness["verdict"], gap["verdict"], gap["limit"]) == ("pass", "pass", 0.10)
    assert gap["high"] < 0.10
    assert gap["value"] == pytest.approx(0.232 - 0.210, abs=0.02)


def test_age_is_the_only_gate_that_says_no(history: History) -> None:
    gates = {
        check["gate"]: check["verdict"] for check in materialised(history, "evaluation")["gates"]
    }
    assert [name for name, verdict in gates.items() if verdict != "pass"] == [AGE]
    assert {"sample", "roc_auc", GENDER, "baseline", "champion"} < set(gates)


def test_the_release_is_a_no_go_by_the_gates(history: History) -> None:
    decided = decision(history)
    assert (decided["version"], decided["go"], decided["rule"]) == ("1", False, "gates")
    assert decided["evidence"]["gates"][AGE] == "fail"
    assert "champion_released" not in {entry["kind"] for entry in history}


def test_the_no_go_says_how_each_group_is_treated_by_how_much_and_what_was_agreed(
    history: History,
) -> None:
    outcome = re.fullmatch(
        r"SeniorCitizen=1 is selected in (\d+) % of cases, SeniorCitizen=0 in (\d+) %: "
        r"a difference of (0\.\d+) \[(0\.\d+), (0\.\d+)\], agreed is at most 0\.1\. "
        r"Why this limit: Offers must not depend on age\.",
        decision(history)["reason"],
    )
    assert outcome
    seniors, juniors, gap, low, high = map(float, outcome.groups())
    assert (seniors, juniors) == pytest.approx((43, 18), abs=4)
    assert gap == pytest.approx((seniors - juniors) / 100, abs=0.01)
    assert 0.10 < low < gap < high


def test_the_risk_assessment_uses_the_same_words(history: History) -> None:
    risk = materialised(history, "risk_assessment")["text"]
    assert risk.startswith("No-go: 1 of 6 gates is not passed.")
    assert decision(history)["reason"] in risk


def test_the_no_go_opens_an_incident_for_the_accountable_person(
    outcomes: dict[str, Outcome],
) -> None:
    (incident,) = (opened for opened in outcomes["incidents"].json if opened["cause"] == "no_go")
    assert incident["status"] == "open"
    assert incident["title"] == f"Version 1 may not go live: {AGE}"
    assert "SeniorCitizen=1 is selected in" in incident["summary"]


def test_the_answer_is_unknown_because_of_age_and_not_of_gender(
    outcomes: dict[str, Outcome],
) -> None:
    status = outcomes["status"]
    reasons = " ".join(status.json["reasons"])
    assert (status.code, status.json["verdict"]) == (UNKNOWN, "UNKNOWN")
    assert status.json["champion"] is None
    assert "version 1 may not go live. SeniorCitizen=1 is selected in" in reasons
    assert "gender" not in reasons


def test_the_page_for_a_person_shows_each_key_figure_with_its_limit(
    outcomes: dict[str, Outcome],
) -> None:
    assert [kpi["metric"] for kpi in outcomes["status"].json["kpis"]] == [
        "roc_auc", "selection_rate_difference", "selection_rate_difference",
    ]  # fmt: skip
    for words in ("performing as intended?  UNKNOWN", "roc_auc", "SeniorCitizen", "gender",
                  "at least 0.8", "at most 0.1", "Ada Okafor"):  # fmt: skip
        assert words in outcomes["page"].out


def test_the_decision_is_shown_with_its_reason(
    history: History, outcomes: dict[str, Outcome]
) -> None:
    decisions = outcomes["decisions"].json
    assert decisions["waiting"] == []
    (past,) = decisions["decided"]
    assert (past["go"], past["reason"]) == (False, decision(history)["reason"])


def test_the_page_on_no_gos_shows_the_reason_as_it_is_printed(history: History) -> None:
    page = (REPOSITORY / "docs/how-to/read-a-no-go.md").read_text("utf-8")
    assert decision(history)["reason"] in " ".join(page.split())


def test_a_second_run_finds_nothing_new(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["second run"].json["runs"] == 0
    assert outcomes["again"].json == outcomes["history"].json
