"""Bike rentals by the hour: the gain of retraining when 2012 makes the model of 2011 outdated.

Known facts about the data: 22 hours of March 2011 have a humidity of 0. `casual` and `registered`
sum to the target. In 2012 two thirds more bikes are rented than in 2011, and a model of 2011 is off
by 89 an hour. The *static* model is the first champion, trained on the ten months up to the end of
October 2011 and never retrained: the same version, taken from MLflow. The *governed* answers are
the answers of the champion that was in charge in each month.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.assets.loading.batch import load_snapshot
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.comparison.loss import relative_gain
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from aipo_pipelines.resources.opening import open_services
from tests.acceptance.command import REAL_PRODUCTS, Desk, copy_product, evaluations, failing, figure

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

NAME = "bike_sharing"
MONTHS = [f"{year}-{month:02}-01" for year in (2011, 2012) for month in range(1, 13)]
FIRST, LIVE, YEAR = MONTHS[:10], MONTHS[10:], MONTHS[12:]
HOURS_OF_2012 = 8734

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
    """History and status if a model of the first months gets the parts of its target."""
    products = tmp_path_factory.mktemp("leaking")
    folder = copy_product(
        NAME,
        products,
        {
            r"location: .*": "location: hour.csv",
            r"features: \[": "features: [casual, registered, ",
            r"first_batches: 10": "first_batches: 2",
        },
    )
    lines = (real_data / "bike_sharing" / "hour.csv").read_text("utf-8").splitlines()
    (folder / "hour.csv").write_text("\n".join(lines[: 1 + 688 + 649]), "utf-8")
    desk = make_desk(products)
    desk.run(NAME)
    return desk.history(NAME), desk.status(NAME)


@dataclass(frozen=True)
class Rivals:
    """Both models on the hours of 2012, in the order of time.

    Attributes:
        answered_by: Version that answered each month as champion.
    """

    static: Scored
    governed: Scored
    answered_by: dict[str, str]

    @property
    def gain(self) -> Figure:
        """The share of the static model's error that the governed models saved.

        Bounds by resampling about 93 blocks of four days, both models together.
        """
        return relative_gain(self.governed, self.static, 0.975, seed=0)

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Governed error over static error: value, lower and upper end of a 95 % interval."""
        gain = self.gain
        assert gain.value is not None
        assert gain.interval is not None
        return 1 - gain.value, 1 - gain.interval.high, 1 - gain.interval.low


@pytest.fixture(scope="module")
def rivals(desk: Desk, history: History) -> Rivals:
    first, *_ = materialised(history, "challenger")
    answers = {
        body["partition"]: body["metadata"]
        for body in bodies(history, "asset_materialised")
        if body["asset"] == "predictions"
    }
    product = load_product(REAL_PRODUCTS / NAME)
    columns, spec = Columns.of(product.charter), product.charter.model
    assert spec
    static, governed = [], []
    with open_services({**os.environ, "AIPO_HOME": str(desk.home)}) as services:
        batches = services.ledger.state(NAME).batches
        fitted = services.tracker.load(NAME, first["version"], digest=first["model_digest"])
        for month in YEAR:
            frame = load_snapshot(services, product, month, batches[month].digest)
            static.append(score(fitted, frame, frame["cnt"], spec, columns))
            governed.append(
                services.lake.load(NAME, f"predictions/{month}", answers[month]["digest"])
            )
    truth = pd.concat([pd.Series(forecast.truth) for forecast in static], ignore_index=True)
    never, ever = (
        Scored(
            task=spec.task,
            predicted=pd.concat([part.astype("float64") for part in parts], ignore_index=True),
            truth=truth,
        )
        for parts in (
            [forecast.predicted for forecast in static],
            [forecast["predicted"] for forecast in governed],
        )
    )
    return Rivals(never, ever, {month: answers[month]["model_version"] for month in YEAR})


def bodies(history: History, kind: str) -> History:
    return [entry["body"] for entry in history if entry["kind"] == kind]


def materialised(history: History, asset: str) -> History:
    assets = bodies(history, "asset_materialised")
    return [body["metadata"] for body in assets if body["asset"] == asset]


def leakage(history: History) -> dict[str, Any]:
    return evaluations(history, "leakage")[""]


def test_every_month_arrives_and_is_approved(history: History) -> None:
    assert [body["partition"] for body in bodies(history, "batch_arrived")] == MONTHS
    assert sorted(body["partition"] for body in bodies(history, "batch_approved")) == MONTHS


def test_hours_without_humidity_are_counted_as_a_warning(history: History) -> None:
    contract = evaluations(history, "contract")["2011-03-01"]
    ((_, column, cells),) = failing(contract)
    assert (contract["severity"], column, cells) == ("warning", "hum", 22)


def test_the_given_features_are_not_taken_for_a_leak(history: History) -> None:
    check = leakage(history)
    assert check["verdict"] == "pass"
    assert (check["details"]["leaking"], check["details"]["sums"]) == ([], [])


def test_the_parts_of_the_target_among_the_features_are_a_leak(
    leaking: tuple[History, dict[str, Any]],
) -> None:
    check = leakage(leaking[0])
    assert (check["verdict"], check["severity"]) == ("fail", "warning")
    assert check["details"]["sums"] == [["casual", "registered"]]
    assert "casual and registered sum to the target" in check["summary"]


def test_a_leak_is_shown_beside_the_answer(leaking: tuple[History, dict[str, Any]]) -> None:
    assert any("casual and registered" in caveat for caveat in leaking[1]["caveats"])


def test_the_first_champion_knows_2011_to_the_end_of_october_alone(history: History) -> None:
    first, *_ = materialised(history, "challenger")
    assert (first["choice"], first["window"]) == ("all", FIRST)
    assert first["held_out"]["partition"] == FIRST[-1]
    (due, *_) = bodies(history, "training_due")
    assert due["trigger"] == "first model"


def test_the_first_champion_is_as_good_on_2012_as_known_models_of_2011(
    rivals: Rivals,
) -> None:
    truth, answers = rivals.static.truth, rivals.static.predicted
    assert truth is not None
    assert len(truth) == HOURS_OF_2012
    # 89.4 is the known error of a model that was trained on all of 2011.
    assert (truth.astype("float64") - answers).abs().mean() == pytest.approx(89.4, abs=2)


def test_the_governed_error_over_2012_is_at_most_eight_tenths_of_the_static_error(
    rivals: Rivals,
) -> None:
    value, low, high = rivals.ratio
    assert rivals.gain.n == HOURS_OF_2012
    assert low < value < high <= 0.8, rivals.ratio
    assert value == pytest.approx(0.65, abs=0.05)


def test_every_retraining_of_2012_was_due_because_it_would_have_paid(history: History) -> None:
    _, *later = bodies(history, "training_due")
    assert {cause["trigger"] for cause in later} == {"value"}
    assert all("Retraining would pay" in cause["reason"] for cause in later)


def test_it_takes_fewer_releases_than_months(history: History, rivals: Rivals) -> None:
    released = [body["version"] for body in bodies(history, "champion_released")]
    assert 3 <= len(released) <= 8
    assert set(rivals.answered_by.values()) <= set(released)
    assert len(set(rivals.answered_by.values())) >= 3


def test_a_month_is_answered_by_a_champion_that_was_not_trained_on_it(
    history: History, rivals: Rivals
) -> None:
    windows = {asset["version"]: asset["window"] for asset in materialised(history, "challenger")}
    for month, version in rivals.answered_by.items():
        assert max(windows[version]) < month


def test_what_went_live_is_the_very_version_that_was_evaluated(history: History) -> None:
    passed = [asset["version"] for asset in materialised(history, "evaluation") if asset["passed"]]
    trained = {
        asset["version"]: asset["model_digest"] for asset in materialised(history, "challenger")
    }
    decided = [body for body in bodies(history, "release_decided") if body["go"]]
    assert [decision["version"] for decision in decided] == passed
    for decision in decided:
        assert decision["evidence"]["model_digest"] == trained[decision["version"]]


def test_the_summer_of_2012_is_answered_well_by_champions_of_that_year(
    history: History, rivals: Rivals
) -> None:
    assert figure(evaluations(history, "performance")["2012-06-01"], "r2")["value"] > 0.7
    assert "1" not in {rivals.answered_by[month] for month in YEAR[5:9]}
