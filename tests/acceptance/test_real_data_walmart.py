"""Weekly sales of 45 stores: a forecast without lags of the target is a no-go, one with them goes.

The file is sorted by store, so batches by row number would hold a few stores each; it is 143 weeks
long, which is eleven quarters of 13 weeks. The first model waits for nine and is judged on the last
four weeks of the ninth, beside the sales of the same week a year before. In April of 2012 Easter
was two weeks earlier than in 2011, so that the year before is a weaker rival than usual there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import (
    REPOSITORY,
    UNKNOWN,
    Desk,
    Outcome,
    copy_product,
    evaluations,
    figure,
)

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

WITH, WITHOUT = "walmart_sales", "walmart_without_lags"
QUARTERS = [str(date(2010, 2, 5) + timedelta(weeks=13 * number)) for number in range(11)]
WINDOW, LIVE = QUARTERS[:9], QUARTERS[9:]
STORES, WEEKS, HELD_OUT_WEEKS = 45, 13, 4
ADA = "Ada Okafor"

History = list[dict[str, Any]]


@dataclass(frozen=True)
class Course:
    """What was typed about both products, and what both leave behind.

    Attributes:
        outcomes: By product and command.
        history: By product.
    """

    outcomes: dict[tuple[str, str], Outcome]
    history: dict[str, History]


@pytest.fixture(scope="module")
def course(
    make_desk: Callable[[Path], Desk], tmp_path_factory: pytest.TempPathFactory, real_data: Path
) -> Course:
    products = tmp_path_factory.mktemp("sales")
    file = real_data / "walmart_sales" / "Walmart_Store_sales.csv"
    here = {r"location: .*": f"location: {file}"}
    copy_product(WITH, products, here)
    named = {rf"product: {WITH}": f"product: {WITHOUT}", r"steps: \[1, 52\], ": ""}
    copy_product(WITH, products, here | named, folder=WITHOUT)
    reason = "It is off by less than the sales of the year before."
    commands: dict[tuple[str, str], list[str]] = {
        (WITH, "run"): ["run", WITH],
        (WITH, "waiting"): ["decisions", WITH, "--json"],
        (WITH, "approve"): ["approve", WITH, "1", "--by", ADA, "--reason", reason],
        (WITH, "run on"): ["run", WITH],
        (WITHOUT, "run"): ["run", WITHOUT],
    }
    for name in (WITH, WITHOUT):
        commands |= {
            (name, "status"): ["status", name, "--json"],
            (name, "decisions"): ["decisions", name, "--all", "--json"],
            (name, "incidents"): ["incidents", name, "--all", "--json"],
            (name, "history"): ["history", name, "--limit", "100000", "--json"],
        }
    answers = make_desk(products).types(*commands.values())
    outcomes = dict(zip(commands, answers, strict=True))
    return Course(outcomes, {name: outcomes[name, "history"].json for name in (WITH, WITHOUT)})


@pytest.fixture(scope="module")
def history(course: Course) -> History:
    """History of the product with lags."""
    return course.history[WITH]


def bodies(history: History, kind: str) -> list[dict[str, Any]]:
    return [entry["body"] for entry in history if entry["kind"] == kind]


def materialised(history: History, asset: str) -> list[dict[str, Any]]:
    assets = bodies(history, "asset_materialised")
    return [body["metadata"] for body in assets if body["asset"] == asset]


def baseline_gate(evaluation: dict[str, Any]) -> dict[str, Any]:
    gates: list[dict[str, Any]] = evaluation["gates"]
    (match,) = (gate for gate in gates if gate["gate"] == "baseline")
    return match


def test_every_command_ends_well(course: Course) -> None:
    failures = {
        key: outcome.output
        for key, outcome in course.outcomes.items()
        if outcome.code not in (0, UNKNOWN)
    }
    assert failures == {}


def test_batches_are_quarters_by_date_of_all_stores(history: History) -> None:
    arrived = bodies(history, "batch_arrived")
    assert [batch["partition"] for batch in arrived] == QUARTERS
    assert {batch["rows"] for batch in arrived} == {STORES * WEEKS}


def test_a_batch_is_dated_by_the_end_of_its_window(history: History) -> None:
    dated = [body["batch_date"] for body in bodies(history, "batch_arrived")]
    ends = [date.fromisoformat(quarter) + timedelta(weeks=WEEKS) for quarter in QUARTERS]
    assert dated == [f"{end}T00:00:00Z" for end in ends]


def test_every_date_is_read_with_the_day_first(history: History) -> None:
    contracts = evaluations(history, "contract")
    assert list(contracts) == QUARTERS
    for contract in contracts.values():
        assert contract["verdict"] == "pass"
        assert figure(contract, "type", "Date")["value"] == 0


def test_training_waits_for_the_last_batch_of_the_window(history: History) -> None:
    (due,) = (entry for entry in history if entry["kind"] == "training_due")
    assert due["body"]["window"] == WINDOW
    approved = {
        entry["body"]["partition"]: entry["index"]
        for entry in history
        if entry["kind"] == "batch_approved"
    }
    assert max(approved[batch] for batch in WINDOW) < due["index"]
    assert sorted(approved) == QUARTERS


def test_with_lags_all_gates_are_passed(history: History) -> None:
    (evaluation,) = materialised(history, "evaluation")
    verdicts = {gate["gate"]: gate["verdict"] for gate in evaluation["gates"]}
    assert verdicts == dict.fromkeys(("sample", "wape", "baseline", "champion"), "pass")
    assert evaluation["passed"] is True


def test_with_lags_the_gain_over_the_year_before_is_beyond_chance(history: History) -> None:
    (evaluation,) = materialised(history, "evaluation")
    gate = baseline_gate(evaluation)
    skill = figure(gate, "skill_over_baseline")
    assert (skill["n"], skill["limit"]) == (STORES * HELD_OUT_WEEKS, 0)
    assert 0 < skill["low"] < skill["value"]
    assert figure(gate, "wape")["value"] < figure(gate, "naive_wape")["value"]


def test_with_lags_it_waits_for_the_owner_who_lets_it_go(course: Course) -> None:
    (held,) = course.outcomes[WITH, "waiting"].json["waiting"]
    assert (held["version"], held["missing"]) == ("1", 1)
    (decided,) = course.outcomes[WITH, "decisions"].json["decided"]
    assert (decided["go"], decided["rule"]) == (True, "approved")
    assert ADA in decided["reason"]


def test_with_lags_it_is_in_charge(course: Course) -> None:
    champion = course.outcomes[WITH, "status"].json["champion"]
    assert champion["version"] == "1"
    assert champion["window"][-1] == WINDOW[-1]


@pytest.mark.parametrize("partition", LIVE)
def test_the_forecast_of_a_quarter_it_never_saw_beats_the_same_week_last_year(
    history: History, partition: str
) -> None:
    performance = evaluations(history, "performance")[partition]
    wape = figure(performance, "wape")
    assert (performance["verdict"], wape["n"]) == ("pass", STORES * WEEKS)
    assert 0.02 < wape["low"] < wape["value"] < wape["high"] < 0.12
    assert figure(performance, "mae")["value"] < figure(performance, "naive_mae")["value"]


def test_quarters_before_its_window_say_nothing_about_the_champion(history: History) -> None:
    (challenger,) = materialised(history, "challenger")
    again = [body["partition"] for body in bodies(history, "measurement_due")]
    assert again == QUARTERS[QUARTERS.index(challenger["window"][0]) :]


def test_evidence_of_2012_is_no_answer_today(course: Course) -> None:
    status = course.outcomes[WITH, "status"]
    assert (status.code, status.json["verdict"]) == (UNKNOWN, "UNKNOWN")
    assert any("performance is 14 years old" in reason for reason in status.json["reasons"])


def test_without_lags_no_version_may_go_live(course: Course) -> None:
    decided = course.outcomes[WITHOUT, "decisions"].json["decided"]
    # The first model, and again after each further quarter.
    assert [decision["version"] for decision in decided] == ["1", "2", "3"]
    assert {(decision["go"], decision["rule"]) for decision in decided} == {(False, "gates")}


def test_the_no_go_names_the_error_of_the_model_and_of_the_year_before(course: Course) -> None:
    evaluated = materialised(course.history[WITHOUT], "evaluation")
    reasons = [body["reason"] for body in bodies(course.history[WITHOUT], "release_decided")]
    for evaluation, reason in zip(evaluated, reasons, strict=True):
        gate = baseline_gate(evaluation)
        ours, theirs = (figure(gate, name)["value"] for name in ("wape", "naive_wape"))
        assert "naive baseline (the value one season earlier)" in reason
        assert f"wape {ours:.4g} against {theirs:.4g}" in reason


def test_without_lags_being_better_is_never_shown(course: Course) -> None:
    gates = [
        baseline_gate(evaluation)
        for evaluation in materialised(course.history[WITHOUT], "evaluation")
    ]
    assert [gate["verdict"] for gate in gates] == ["insufficient"] * 3
    for gate in gates:
        assert figure(gate, "skill_over_baseline")["low"] < 0


def test_the_page_on_no_gos_shows_the_last_reason_as_it_is_printed(course: Course) -> None:
    page = (REPOSITORY / "docs/how-to/read-a-no-go.md").read_text("utf-8")
    *_, last = bodies(course.history[WITHOUT], "release_decided")
    assert last["reason"] in " ".join(page.split())


def test_the_no_go_opens_an_incident_that_names_the_gate(course: Course) -> None:
    incidents = course.outcomes[WITHOUT, "incidents"].json
    (incident,) = (opened for opened in incidents if opened["cause"] == "no_go")
    assert incident["status"] == "open"
    assert incident["title"] == "Version 1 may not go live: baseline"


def test_without_a_champion_the_answer_is_unknown_and_says_why(course: Course) -> None:
    status = course.outcomes[WITHOUT, "status"]
    assert (status.code, status.json["verdict"], status.json["champion"]) == (
        UNKNOWN,
        "UNKNOWN",
        None,
    )
    first, *_ = status.json["reasons"]
    assert first.startswith("No model is in charge yet: version 3 may not go live.")
    assert "the value one season earlier" in first
