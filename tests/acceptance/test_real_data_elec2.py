"""The electricity market: a widened market is named, and models are renewed when it pays.

The records arrive in two deliveries: four batches of 28 days, then twelve. The change is at row
17,424, inside batch 13. Batch 14 is the first batch completely after it, and all champions until
then were trained on records before it. The same rules, applied in memory, decide the same about
these batches, and show what follows from them for the whole stream of 33 batches.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import load_product
from bench.governed import Course, Loop, Policy
from bench.streams import FULL_BATCHES, electricity
from tests.acceptance.command import REAL_PRODUCTS, Desk, copy_product, evaluations, figure

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(1500),
]

NAME = "elec2"
ROWS = 1344
VICTORIA = {"vicprice", "vicdemand", "transfer"}
BEFORE = [f"{number:04}" for number in range(2, 13)]
DELIVERED = 16
CHECKS = ("contract", "privacy", "data_drift", "performance", "calibration", "concept_drift")

History = list[dict[str, Any]]


@dataclass(frozen=True)
class Deliveries:
    """Two deliveries to one desk, and the first of them to another.

    Attributes:
        first: History after four batches.
        status: Status after four batches.
        again: History of the same four batches in another home.
        history: History after both deliveries.
    """

    desk: Desk
    first: History
    status: dict[str, Any]
    again: History
    history: History

    def evaluation(self, check: str, partition: str) -> dict[str, Any]:
        return evaluations(self.history, check)[partition]

    def versions(self) -> dict[str, tuple[str, bool]]:
        """Version that answered for each batch, and whether only for records it was kept from."""
        assets = (entry["body"] for entry in self.history if entry["kind"] == "asset_materialised")
        return {
            asset["partition"]: (
                asset["metadata"]["model_version"],
                asset["metadata"]["out_of_fold"],
            )
            for asset in assets
            if asset["asset"] == "performance" and "model_version" in asset["metadata"]
        }

    def releases(self) -> list[int]:
        """Number of the newest approved batch at each release of a champion."""
        newest, releases = 0, []
        for entry in self.history:
            if entry["kind"] == "batch_approved":
                newest = int(entry["body"]["partition"])
            if entry["kind"] == "champion_released":
                releases.append(newest)
        return releases

    def recorded(self, check: str, partition: str) -> str:
        """When the newest evaluation was recorded."""
        moments = [
            entry["recorded_at"]
            for entry in self.history
            if entry["kind"] == "check_evaluated"
            and (entry["body"]["check"], entry["body"]["partition"]) == (check, partition)
        ]
        return str(moments[-1])


@pytest.fixture(scope="module")
def market(
    make_desk: Callable[[Path], Desk], tmp_path_factory: pytest.TempPathFactory, real_data: Path
) -> Deliveries:
    products = tmp_path_factory.mktemp("market")
    folder = copy_product(NAME, products, {r"location: .*": "location: market.csv"})
    with gzip.open(real_data / "elec2" / "elec2.csv.gz", "rt", encoding="utf-8") as file:
        lines = file.readlines()

    def deliver(batches: int) -> None:
        (folder / "market.csv").write_text("".join(lines[: 1 + batches * ROWS]), "utf-8")

    here, elsewhere = make_desk(products), make_desk(products)
    deliver(4)
    here.run(NAME)
    first, status = here.history(NAME), here.status(NAME)
    elsewhere.run(NAME)
    deliver(DELIVERED)
    done = here.aipo("run", NAME, timeout=1200)
    assert done.returncode == 0, done.stderr
    return Deliveries(here, first, status, elsewhere.history(NAME), here.history(NAME))


@pytest.fixture(scope="module")
def course(real_data: Path) -> Course:
    """What the same rules decide about the whole stream, in memory."""
    charter = load_product(REAL_PRODUCTS / NAME).charter
    return Loop(electricity(charter, real_data / "elec2" / "elec2.csv.gz")).walk(Policy.VALUE)


def test_batches_hold_28_days_of_half_hours_in_the_order_of_the_rows(market: Deliveries) -> None:
    arrived = [entry["body"] for entry in market.history if entry["kind"] == "batch_arrived"]
    assert [batch["partition"] for batch in arrived] == [
        f"{number:04}" for number in range(1, DELIVERED + 1)
    ]
    assert {batch["rows"] for batch in arrived} == {ROWS}


def test_a_file_that_grows_brings_only_its_new_batches(market: Deliveries) -> None:
    arrived = [entry["body"] for entry in market.first if entry["kind"] == "batch_arrived"]
    assert [batch["partition"] for batch in arrived] == [f"{number:04}" for number in range(1, 5)]
    assert market.history[: len(market.first)] == market.first


def test_drift_names_the_three_victorian_columns_in_batch_14(market: Deliveries) -> None:
    drift = market.evaluation("data_drift", "0014")
    assert drift["verdict"] == "fail"
    assert set(drift["details"]["drifted"]) >= VICTORIA
    assert all(name in drift["summary"] for name in VICTORIA)


@pytest.mark.parametrize("partition", BEFORE)
def test_drift_never_names_them_before_the_market_was_widened(
    market: Deliveries, partition: str
) -> None:
    drift = market.evaluation("data_drift", partition)
    assert not set(drift["details"]["drifted"]) & VICTORIA
    assert {drifted["subject"] for drifted in drift["figures"]} >= VICTORIA


def test_the_drift_of_critical_columns_is_a_critical_incident(market: Deliveries) -> None:
    opened = [entry["body"] for entry in market.history if entry["kind"] == "incident_opened"]
    drifts = [incident for incident in opened if incident["cause"] == "check:drift/data_drift"]
    assert drifts[-1]["severity"] == "critical"
    assert drifts[-1]["partition"] == "0014"
    assert all(name in drifts[-1]["summary"] for name in VICTORIA)
    assert {drift["severity"] for drift in drifts[:-1]} == {"warning"}


def test_a_first_model_worse_than_the_naive_baseline_may_not_go_live(market: Deliveries) -> None:
    decided = [entry["body"] for entry in market.first if entry["kind"] == "release_decided"]
    assert (decided[0]["version"], decided[0]["go"], decided[0]["rule"]) == ("1", False, "gates")
    assert decided[0]["evidence"]["gates"]["baseline"] == "fail"
    assert "worse than the naive baseline" in decided[0]["reason"]
    assert decided[1]["go"]


def test_performance_is_below_the_baseline_signed_off_at_release(market: Deliveries) -> None:
    performance = market.evaluation("performance", "0007")
    drop = figure(performance, "accuracy_drop")
    assert (performance["verdict"], drop["verdict"], drop["limit"]) == ("fail", "fail", 0.05)
    assert drop["low"] > 0.05
    assert "accuracy_drop is 0.13" in performance["summary"]


def test_the_drop_is_measured_from_the_baseline_of_the_version_in_charge(
    market: Deliveries,
) -> None:
    version, _ = market.versions()["0007"]
    (signed_off,) = (
        metric["value"]
        for entry in market.history
        if entry["kind"] == "asset_materialised"
        and entry["body"]["asset"] == "challenger"
        and entry["body"]["metadata"]["version"] == version
        for metric in entry["body"]["metadata"]["baseline"]
        if (metric["metric"], metric["subject"]) == ("accuracy", "")
    )
    performance = market.evaluation("performance", "0007")
    was = figure(performance, "accuracy")["value"] + figure(performance, "accuracy_drop")["value"]
    assert was == pytest.approx(signed_off)


def test_the_answer_says_no_and_that_it_fell_below_its_baseline(market: Deliveries) -> None:
    status = market.desk.status(NAME, market.recorded("concept_drift", "0007"))
    assert status["verdict"] == "NO"
    (fell,) = (reason for reason in status["reasons"] if reason.startswith("accuracy_drop is 0.13"))
    assert "on batch 0007" in fell


def test_the_first_bad_batch_notifies_a_person(market: Deliveries) -> None:
    opened = next(
        entry
        for entry in market.history
        if entry["kind"] == "incident_opened"
        and entry["body"]["cause"] == "check:performance/performance"
    )
    assert opened["body"]["partition"] == "0006"
    assert market.evaluation("performance", "0006")["verdict"] == "fail"


def test_every_release_after_the_first_was_asked_for_because_it_pays(market: Deliveries) -> None:
    due = [entry["body"]["trigger"] for entry in market.history if entry["kind"] == "training_due"]
    assert due[:2] == ["first model", "first model"]
    assert set(due[2:]) == {"value"}
    paying = [
        partition
        for partition, body in evaluations(market.history, "retraining_value").items()
        if body["verdict"] == "fail"
    ]
    assert len(due[2:]) == len(paying)


def test_the_rules_decide_the_same_without_any_of_the_machinery(
    market: Deliveries, course: Course
) -> None:
    assert market.releases() == [number for number in course.releases if number <= DELIVERED]
    answered = {
        partition: figure(market.evaluation("performance", partition), "accuracy")["value"]
        for partition, (_, is_out_of_fold) in market.versions().items()
        if not is_out_of_fold
    }
    assert len(answered) >= 12
    # The course begins with the second batch, which is the first that could be answered.
    assert answered == {partition: course.accuracy[int(partition) - 2] for partition in answered}


def test_models_renewed_when_it_pays_answer_the_whole_stream_well_with_few_releases(
    course: Course,
) -> None:
    assert len(course.accuracy) == FULL_BATCHES - 1
    assert (round(course.mean, 4), len(course.releases)) == (0.6925, 10)


def test_the_answer_at_a_moment_is_what_was_known_then(market: Deliveries) -> None:
    at = market.recorded("data_drift", "0013")
    status = market.desk.status(NAME, at)
    assert status["drift"]["partition"] == "0013"
    assert status["as_of"] == at


def test_an_answer_about_the_past_never_changes(market: Deliveries) -> None:
    assert ": the newest batch, 0004, was compared before" in market.status["drift"]["summary"]
    assert market.desk.status(NAME, market.status["as_of"]) == market.status
    assert market.desk.status(NAME)["drift"]["partition"] == f"{DELIVERED:04}"


def test_the_same_data_give_the_same_figures_in_another_home(market: Deliveries) -> None:
    for check in CHECKS:
        here, there = (evaluations(history, check) for history in (market.first, market.again))
        assert len(here) == 4
        for partition, body in here.items():
            judged = ("verdict", "severity", "summary", "figures", "details")
            assert {key: body[key] for key in judged} == {
                key: there[partition][key] for key in judged
            }


def test_the_same_data_give_the_same_models_in_another_home(market: Deliveries) -> None:
    here, there = (
        [
            {key: entry["body"]["metadata"][key] for key in ("inputs", "baseline", "out_of_fold")}
            for entry in history
            if entry["kind"] == "asset_materialised" and entry["body"]["asset"] == "challenger"
        ]
        for history in (market.first, market.again)
    )
    assert len(here) == 3
    assert here == there
