"""`aipo init` on every real dataset, unedited: right dates, no personal value, a valid draft.

Two drafts are also run: a draft without personal data, and a draft with personal data that is not
authorised. Both answer UNKNOWN with the list of undecided fields.
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
        documents: `aipo init --json` by dataset.
    """

    desk: Desk
    documents: dict[str, dict[str, Any]]

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
        ["init", name, "--data", str(real_data / dataset.file), "--json"]
        for name, dataset in SETS.items()
    ]
    outcomes = desk.types(*commands)
    errors = [outcome.err for outcome in outcomes]
    assert [outcome.code for outcome in outcomes] == [0] * len(SETS), errors
    documents = {name: outcome.json for name, outcome in zip(SETS, outcomes, strict=True)}
    return Drafts(desk, documents)


def test_every_draft_passes_the_check(drafts: Drafts) -> None:
    done = drafts.desk.aipo("check")
    assert done.returncode == 0, done.stdout
    assert f"{len(SETS)} charters" in done.stderr


@pytest.mark.parametrize("name", SETS)
def test_dates_are_read_as_written_and_batches_are_cut_at_fitting_dates(
    drafts: Drafts, name: str
) -> None:
    document, expected = drafts.documents[name], SETS[name]
    assert document["date_formats"] == expected.dates
    assert document["batches"]["by"] == expected.by
    assert tuple(document["identifiers"]) == expected.identifiers
    assert document["looked_at"] == document["records"]


@pytest.mark.parametrize("name", SETS)
def test_the_goal_is_the_known_goal_of_the_dataset(drafts: Drafts, name: str) -> None:
    model, expected = drafts.documents[name]["model"], SETS[name]
    if expected.label is None:
        assert model is None
        return
    goal = (model["label"], model["task"], model["positive"])
    assert goal == (expected.label, expected.task, expected.positive)
    unfit = {*expected.personal, *expected.identifiers, *expected.leaks, expected.label}
    assert set(model["features"]) & unfit <= {"Store"}
    assert set(expected.leaks) <= set(model["left_out"])
    assert model["problem"] == ""


@pytest.mark.parametrize("name", SETS)
def test_exactly_the_personal_columns_are_suspected(drafts: Drafts, name: str) -> None:
    assert set(drafts.documents[name]["personal_data"]) == set(SETS[name].personal)


@pytest.mark.parametrize("name", [name for name, dataset in SETS.items() if dataset.personal])
def test_no_personal_value_is_in_a_draft(drafts: Drafts, name: str, real_data: Path) -> None:
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
def test_the_charter_and_the_output_name_the_same_undecided_fields(
    drafts: Drafts, name: str
) -> None:
    charter = load_product(drafts.desk.products / name).charter
    fields = [question["field"] for question in drafts.documents[name]["undecided"]]
    assert list(charter.undecided) == fields
    assert {"people.owner", "sources.data.lawful_basis", "sources.data.approval"} <= {*fields}
    assert charter.sources["data"].approval is None


@pytest.fixture(scope="module", params=["walmart", "hospital_dirty"])
def ran(request: pytest.FixtureRequest, drafts: Drafts) -> tuple[str, dict[str, Any]]:
    """A draft that was run, and its answer."""
    name = str(request.param)
    done, status = drafts.desk.types(["run", name], ["status", name, "--json"])
    assert (done.code, status.code) == (0, UNKNOWN), done.output
    return name, status.json


def test_a_draft_that_ran_answers_unknown_with_its_undecided_fields(
    ran: tuple[str, dict[str, Any]], drafts: Drafts
) -> None:
    name, answer = ran
    fields = [question["field"] for question in drafts.documents[name]["undecided"]]
    assert (answer["verdict"], answer["undecided"]) == ("UNKNOWN", fields)
    assert ", ".join(fields) in answer["reasons"][0]


def test_only_batches_without_suspected_people_are_approved_before_anybody_decided(
    ran: tuple[str, dict[str, Any]], drafts: Drafts
) -> None:
    name, _ = ran
    kinds = {entry["kind"] for entry in drafts.desk.history(name)}
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
    left = (frame["Churn"] == "Yes").to_numpy()
    surveyed = frame.index.to_numpy() % 3 == 0
    frame["exit_survey"] = [
        "a" if lost and reached else "" for lost, reached in zip(left, surveyed, strict=True)
    ]
    frame["last_bill"] = [f"{(99.5 if lost else 20) + n % 30:.1f}" for n, lost in enumerate(left)]
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
    document = drafted.json
    assert document["batches"]["by"] == "file"
    leaks = " ".join(document["model"]["suspected_leaks"])
    assert "exit_survey (it is filled only if Churn is Yes (100.0% of 6" in leaks
    assert "last_bill (alone it has an AUC of 1.000" in leaks
    assert {"exit_survey", "last_bill"}.isdisjoint(document["model"]["features"])
    assert "`?` in 40 cells" in document["remarks"]["PaymentMethod"][0]
    questions = {question["field"]: question["asks"] for question in document["undecided"]}
    assert "exit_survey" in questions["model.features"]

    charter = load_product(desk.products / "churn").charter
    assert {"model.features", "thresholds"} <= {*charter.undecided}
    assert charter.model is not None
    assert {"tenure", "Contract", "exit_survey", "last_bill"}.isdisjoint(charter.model.features)
    first, second = (
        {threshold["metric"]: threshold["limit"] for threshold in version["model"]["thresholds"]}
        for version in (drafted.json, again.json)
    )
    assert second["roc_auc"] < first["roc_auc"]
    assert charter.thresholds[0].limit == second["roc_auc"]
