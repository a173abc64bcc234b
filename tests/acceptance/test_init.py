"""`aipo init` on every real dataset, unedited: right dates, no personal value, a valid draft.

Two of them are run as well: one where nothing is personal, one whose people nobody has allowed to
be looked at. Both answer UNKNOWN with the list of what is undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product
from tests.acceptance.command import UNKNOWN, Desk

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

SHORTEST = 6
"""Cells of fewer characters come up in any text by chance."""

SHARED_BY = 20
"""People who must share a value before a draft may show it."""


@dataclass(frozen=True)
class Expected:
    """What the draft of a dataset must be.

    Attributes:
        personal: Columns of suspected personal data.
        leaks: Columns that give the label away.
    """

    file: str
    dates: dict[str, str]
    by: str
    identifiers: tuple[str, ...]
    label: str | None = None
    task: str | None = None
    positive: str | None = None
    personal: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()


SETS = {
    "walmart": Expected(
        file="walmart_sales/Walmart_Store_sales.csv",
        dates={"Date": "dd-MM-yyyy"},
        by="time",
        identifiers=("Store", "Date"),
        label="Weekly_Sales",
        task="forecasting",
    ),
    "bike": Expected(
        file="bike_sharing/hour.csv",
        dates={"dteday": "ISO 8601"},
        by="time",
        identifiers=("instant",),
        label="cnt",
        task="regression",
        leaks=("casual", "registered"),
    ),
    "elec2": Expected(
        file="elec2/elec2.csv.gz",
        dates={},
        by="rows",
        identifiers=(),
        label="class",
        task="binary",
        positive="UP",
    ),
    "telco": Expected(
        file="telco_churn/Telco-Customer-Churn.csv",
        dates={},
        by="file",
        identifiers=("customerID",),
        label="Churn",
        task="binary",
        positive="Yes",
        personal=("customerID", "gender", "SeniorCitizen", "Partner", "Dependents"),
    ),
    "hospital_dirty": Expected(
        file="hospital/dirty.csv",
        dates={},
        by="file",
        identifiers=("index",),
        personal=(
            "name", "address_1", "address_2", "address_3", "city", "state", "zip", "county",
            "phone",
        ),
    ),
    "hospital_clean": Expected(
        file="hospital/clean.csv",
        dates={},
        by="file",
        identifiers=("index",),
        personal=(
            "Address1", "Address2", "Address3", "City", "State", "ZipCode", "CountyName",
            "PhoneNumber",
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Drafts:
    """All drafts, in one folder of products.

    Attributes:
        told: `aipo init --json` by dataset.
    """

    desk: Desk
    told: dict[str, dict[str, Any]]

    def text(self, name: str) -> str:
        folder = self.desk.products / name
        files = (folder / "charter.yaml", folder / "contract.yaml")
        return "\n".join(file.read_text("utf-8") for file in files)


@pytest.fixture(scope="module")
def drafts(
    make_desk: Callable[[Path], Desk], tmp_path_factory: pytest.TempPathFactory, real_data: Path
) -> Drafts:
    desk = make_desk(tmp_path_factory.mktemp("project") / "products")
    commands = [
        ["init", name, "--data", str(real_data / one.file), "--json"] for name, one in SETS.items()
    ]
    told = desk.types(*commands)
    assert [one.code for one in told] == [0] * len(SETS), [one.err for one in told]
    return Drafts(desk, {name: one.json for name, one in zip(SETS, told, strict=True)})


def test_every_draft_passes_the_check(drafts: Drafts) -> None:
    done = drafts.desk.aipo("check")
    assert done.returncode == 0, done.stdout
    assert f"{len(SETS)} charters" in done.stderr


@pytest.mark.parametrize("name", SETS)
def test_dates_are_read_as_they_are_written_and_batches_cut_where_it_fits(
    drafts: Drafts, name: str
) -> None:
    told, expected = drafts.told[name], SETS[name]
    assert told["date_formats"] == expected.dates
    assert told["batches"]["by"] == expected.by
    assert tuple(told["identifiers"]) == expected.identifiers
    assert told["looked_at"] == told["records"]


@pytest.mark.parametrize("name", SETS)
def test_the_goal_is_the_one_that_the_set_is_known_for(drafts: Drafts, name: str) -> None:
    model, expected = drafts.told[name]["model"], SETS[name]
    if expected.label is None:
        assert model is None
        return
    found = (model["label"], model["task"], model["positive"])
    assert found == (expected.label, expected.task, expected.positive)
    unfit = {*expected.personal, *expected.identifiers, *expected.leaks, expected.label}
    assert set(model["features"]) & unfit <= {"Store"}
    assert set(expected.leaks) <= set(model["left_out"])
    assert model["problem"] == ""


@pytest.mark.parametrize("name", SETS)
def test_personal_data_is_suspected_where_it_is(drafts: Drafts, name: str) -> None:
    assert set(drafts.told[name]["personal_data"]) == set(SETS[name].personal)


@pytest.mark.parametrize("name", [name for name, one in SETS.items() if one.personal])
def test_no_personal_value_stands_in_a_draft(drafts: Drafts, name: str, real_data: Path) -> None:
    frame = pd.read_csv(real_data / SETS[name].file, dtype=str, keep_default_na=False)
    text = drafts.text(name)
    held = [frame[column].value_counts() for column in SETS[name].personal]
    cells = {cell for counts in held for cell in counts.index[counts < SHARED_BY]}
    assert [cell for cell in cells if len(cell) >= SHORTEST and cell in text] == []
    contract = load_product(drafts.desk.products / name).contract
    for column, counts in zip(map(contract.column, SETS[name].personal), held, strict=True):
        assert column is not None
        assert (column.minimum, column.maximum, column.pattern) == (None, None, None)
        shown = {str(value) for value in column.allowed}
        assert shown <= {*counts.index[counts >= SHARED_BY]}


@pytest.mark.parametrize("name", SETS)
def test_what_is_undecided_is_the_same_in_the_charter_and_in_what_is_told(
    drafts: Drafts, name: str
) -> None:
    charter = load_product(drafts.desk.products / name).charter
    fields = [one["field"] for one in drafts.told[name]["undecided"]]
    assert list(charter.undecided) == fields
    assert {"people.owner", "sources.data.lawful_basis", "sources.data.approval"} <= {*fields}
    assert charter.sources["data"].approval is None


@pytest.fixture(scope="module", params=["walmart", "hospital_dirty"])
def ran(request: pytest.FixtureRequest, drafts: Drafts) -> tuple[str, dict[str, Any]]:
    """A draft that was run, and its answer."""
    name = str(request.param)
    done, status = drafts.desk.types(["run", name], ["status", name, "--json"])
    assert (done.code, status.code) == (0, UNKNOWN), done.said
    return name, status.json


def test_a_draft_that_ran_answers_unknown_with_what_is_undecided(
    ran: tuple[str, dict[str, Any]], drafts: Drafts
) -> None:
    name, answer = ran
    fields = [one["field"] for one in drafts.told[name]["undecided"]]
    assert (answer["verdict"], answer["undecided"]) == ("UNKNOWN", fields)
    assert ", ".join(fields) in answer["reasons"][0]


def test_only_batches_without_suspected_people_are_approved_before_anybody_decided(
    ran: tuple[str, dict[str, Any]], drafts: Drafts
) -> None:
    name, _ = ran
    kinds = {one["kind"] for one in drafts.desk.history(name)}
    other = {"batch_approved": "batch_quarantined", "batch_quarantined": "batch_approved"}
    expected = "batch_quarantined" if SETS[name].personal else "batch_approved"
    assert expected in kinds
    assert other[expected] not in kinds


def test_a_draft_is_never_drafted_over(drafts: Drafts, real_data: Path) -> None:
    before = drafts.text("bike")
    done = drafts.desk.aipo("init", "bike", "--data", str(real_data / SETS["bike"].file))
    assert (done.returncode, drafts.text("bike")) == (2, before)


def test_a_real_table_with_columns_from_after_the_event_is_drafted_checked_and_made_again(
    make_desk: Callable[[Path], Desk], tmp_path: Path, real_data: Path
) -> None:
    frame = pd.read_csv(real_data / SETS["telco"].file, dtype=str, keep_default_na=False)
    gone = (frame["Churn"] == "Yes").to_numpy()
    some = frame.index.to_numpy() % 3 == 0
    frame["exit_survey"] = ["a" if one and two else "" for one, two in zip(gone, some, strict=True)]
    frame["last_bill"] = [f"{(99.5 if one else 20) + n % 30:.1f}" for n, one in enumerate(gone)]
    frame.loc[frame.index[:40], "PaymentMethod"] = "?"
    (tmp_path / "parts").mkdir()
    for month, part in enumerate((frame[:3500], frame[3500:]), start=1):
        part.to_csv(tmp_path / "parts" / f"2026-0{month}.csv", index=False)
    desk = make_desk(tmp_path / "products")

    drafted, checked, again, status = desk.types(
        ["init", "churn", "--data", str(tmp_path / "parts"), "--label", "Churn", "--json"],
        ["check"],
        ["init", "churn", "--without", "tenure", "--without", "Contract", "--json"],
        ["check"],
    )
    assert [drafted.code, checked.code, again.code, status.code] == [0, 0, 0, 0], again.err
    told = drafted.json
    assert told["batches"]["by"] == "file"
    leaks = " ".join(told["model"]["suspected_leaks"])
    assert "exit_survey (it is filled only if Churn is Yes (100.0% of 6" in leaks
    assert "last_bill (alone it has an AUC of 1.000" in leaks
    assert {"exit_survey", "last_bill"}.isdisjoint(told["model"]["features"])
    assert "`?` in 40 cells" in told["remarks"]["PaymentMethod"][0]
    asked = {one["field"]: one["asks"] for one in told["undecided"]}
    assert "exit_survey" in asked["model.features"]

    charter = load_product(desk.products / "churn").charter
    assert {"model.features", "thresholds"} <= {*charter.undecided}
    assert charter.model is not None
    assert {"tenure", "Contract", "exit_survey", "last_bill"}.isdisjoint(charter.model.features)
    first, second = (
        {one["metric"]: one["limit"] for one in told["model"]["thresholds"]}
        for told in (drafted.json, again.json)
    )
    assert second["roc_auc"] < first["roc_auc"]
    assert charter.thresholds[0].limit == second["roc_auc"]
