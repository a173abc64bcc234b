"""Weekly sales of 45 stores: dates with the day first, batches by date, a seasonal forecast.

The file is sorted by store, so batches by row number would hold a few stores each; it is 143 weeks
long, which is eleven quarters of 13 weeks, and the first eight train the model.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import UNKNOWN, Desk, evaluations, figure

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

NAME = "walmart_sales"
QUARTERS = [str(date(2010, 2, 5) + timedelta(weeks=13 * number)) for number in range(11)]
WINDOW, LIVE = QUARTERS[:8], QUARTERS[8:]
STORES, WEEKS = 45, 13

History = list[dict[str, Any]]


@pytest.fixture(scope="module")
def history(desk: Desk, real_data: Path) -> History:
    assert real_data
    desk.run(NAME)
    return desk.history(NAME)


def bodies(history: History, kind: str) -> list[dict[str, Any]]:
    return [one["body"] for one in history if one["kind"] == kind]


def test_batches_are_quarters_by_date_of_all_stores(history: History) -> None:
    arrived = bodies(history, "batch_arrived")
    assert [one["partition"] for one in arrived] == QUARTERS
    assert {one["rows"] for one in arrived} == {STORES * WEEKS}


def test_a_batch_is_dated_by_the_end_of_its_window(history: History) -> None:
    dated = [one["batch_date"] for one in bodies(history, "batch_arrived")]
    ends = [date.fromisoformat(one) + timedelta(weeks=WEEKS) for one in QUARTERS]
    assert dated == [f"{one}T00:00:00Z" for one in ends]


def test_every_date_is_read_with_the_day_first(history: History) -> None:
    contracts = evaluations(history, "contract")
    assert list(contracts) == QUARTERS
    for contract in contracts.values():
        assert contract["verdict"] == "pass"
        assert figure(contract, "type", "Date")["value"] == 0


def test_the_first_champion_is_trained_on_the_first_window_and_released_by_rule(
    history: History,
) -> None:
    (due,) = bodies(history, "training_due")
    assert due["window"] == WINDOW
    (released,) = (one for one in history if one["kind"] == "champion_released")
    assert released["actor"] == "rule:release"


def test_training_waits_for_the_last_batch_of_the_window(history: History) -> None:
    (due,) = (one["index"] for one in history if one["kind"] == "training_due")
    approved = {
        one["body"]["partition"]: one["index"] for one in history if one["kind"] == "batch_approved"
    }
    assert max(approved[one] for one in WINDOW) < due
    assert sorted(approved) == QUARTERS


@pytest.mark.parametrize("partition", LIVE)
def test_the_forecast_of_a_quarter_it_never_saw_beats_the_same_week_last_year(
    history: History, partition: str
) -> None:
    performance = evaluations(history, "performance")[partition]
    wape = figure(performance, "wape")
    assert (performance["verdict"], wape["n"]) == ("pass", STORES * WEEKS)
    assert 0.02 < wape["low"] < wape["value"] < wape["high"] < 0.12
    assert figure(performance, "mae")["value"] < figure(performance, "naive_mae")["value"]


def test_quarters_that_no_fold_left_out_are_not_judged_and_say_so(history: History) -> None:
    performance = evaluations(history, "performance")
    for partition in WINDOW[:4]:
        assert performance[partition]["verdict"] == "insufficient"
        assert "was trained on this batch" in performance[partition]["summary"]


def test_evidence_of_2012_is_no_answer_today(history: History, desk: Desk) -> None:
    assert history
    told = desk.status(NAME)
    assert told["verdict"] == "UNKNOWN"
    assert any("performance is 14 years old" in one for one in told["reasons"])
    assert desk.aipo("status", NAME).returncode == UNKNOWN
