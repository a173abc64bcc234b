"""Bike rentals by the hour: a model of 2011 that 2012 leaves behind, and parts that leak their sum.

What is known of the data: 22 hours of March 2011 have a humidity of 0; `casual` and `registered`
add up to the target; a model of 2011 explains about 0.64 of the variation of 2012.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import Desk, copy_product, evaluations, failing, figure

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

NAME = "bike_sharing"
QUARTERS = [str(date(2011, 1, 1) + timedelta(weeks=13 * number)) for number in range(9)]
WINDOW, LIVE, CUT_SHORT = QUARTERS[:4], QUARTERS[4:8], QUARTERS[8]

History = list[dict[str, Any]]


@pytest.fixture(scope="module")
def history(desk: Desk, real_data: Path) -> History:
    assert real_data
    desk.run(NAME)
    return desk.history(NAME)


@pytest.fixture(scope="module")
def leaking(
    make_desk: Callable[[Path], Desk], tmp_path_factory: pytest.TempPathFactory, real_data: Path
) -> tuple[History, dict[str, Any]]:
    """History and status where a model of the first quarter gets the parts of its target."""
    products = tmp_path_factory.mktemp("leaking")
    folder = copy_product(
        NAME,
        products,
        {
            r"location: .*": "location: hour.csv",
            r"features: \[": "features: [casual, registered, ",
            r"first_batches: 4": "first_batches: 1",
        },
    )
    lines = (real_data / "bike_sharing" / "hour.csv").read_text("utf-8").splitlines()
    (folder / "hour.csv").write_text("\n".join(lines[: 1 + 2091]), "utf-8")
    desk = make_desk(products)
    desk.run(NAME)
    return desk.history(NAME), desk.status(NAME)


def leakage(history: History) -> dict[str, Any]:
    return evaluations(history, "leakage")[""]


def test_every_quarter_arrives_and_all_but_the_one_cut_short_is_approved(history: History) -> None:
    def named(kind: str) -> list[str]:
        return [one["body"]["partition"] for one in history if one["kind"] == kind]

    assert named("batch_arrived") == QUARTERS
    assert sorted(named("batch_approved")) == QUARTERS[:-1]
    assert named("batch_quarantined") == [CUT_SHORT]


def test_a_quarter_of_three_days_is_too_short_and_is_not_scored(history: History) -> None:
    contract = evaluations(history, "contract")[CUT_SHORT]
    assert failing(contract) == [("row_count", "", 1)]
    assert "on the batch as a whole: row_count" in contract["summary"]
    assert CUT_SHORT not in evaluations(history, "performance")


def test_hours_without_humidity_are_counted_as_a_warning(history: History) -> None:
    contract = evaluations(history, "contract")[QUARTERS[0]]
    ((_, column, cells),) = failing(contract)
    assert (contract["severity"], column, cells) == ("warning", "hum", 22)


def test_the_given_features_are_not_taken_for_a_leak(history: History) -> None:
    found = leakage(history)
    assert found["verdict"] == "pass"
    assert (found["details"]["leaking"], found["details"]["sums"]) == ([], [])


def test_the_parts_of_the_target_among_the_features_are_a_leak(
    leaking: tuple[History, dict[str, Any]],
) -> None:
    found = leakage(leaking[0])
    assert (found["verdict"], found["severity"]) == ("fail", "warning")
    assert found["details"]["sums"] == [["casual", "registered"]]
    assert "casual and registered sum to the target" in found["summary"]


def test_a_leak_is_shown_beside_the_answer(leaking: tuple[History, dict[str, Any]]) -> None:
    assert any("casual and registered" in one for one in leaking[1]["caveats"])


@pytest.mark.parametrize("partition", LIVE)
def test_the_model_of_2011_falls_below_its_baseline_in_2012(
    history: History, partition: str
) -> None:
    performance = evaluations(history, "performance")[partition]
    drop = figure(performance, "r2_drop")
    assert (performance["verdict"], drop["verdict"]) == ("fail", "fail")
    assert drop["low"] > 0.2
    assert figure(performance, "bias")["value"] > 50


def test_in_the_last_quarter_it_explains_what_is_known_of_such_models(history: History) -> None:
    explained = figure(evaluations(history, "performance")[LIVE[-1]], "r2")
    assert explained["value"] == pytest.approx(0.641, abs=0.03)
