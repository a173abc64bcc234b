"""An earlier draft may be drafted again as long as nobody has decided its features and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.previous_draft import EarlierDraft, earlier_draft
from aipo_pipelines.resources.sampling.delimited import LayoutOptions
from tests.samples import CONTRACT, write_product

OPEN = ["model.features", "thresholds"]
BY_PEOPLE = {"release": {"roles": ["owner"], "quorum": 1}}
"""Rules may not release by limits that nobody has agreed."""


def draft(folder: Path, **changes: Any) -> EarlierDraft:
    write_product(folder, **{"undecided": OPEN, "decision_rights": BY_PEOPLE} | changes)
    earlier = earlier_draft(folder)
    assert earlier is not None
    return earlier


def records(**changes: object) -> dict[str, object]:
    """The one source of the sample, with changes."""
    return {"records": changes}


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_without_a_charter_has_no_draft(tmp_path: Path, *, exists: bool) -> None:
    folder = tmp_path / "churn"
    if exists:
        folder.mkdir()
    assert earlier_draft(folder) is None


def test_an_undecided_draft_is_what_its_files_say(tmp_path: Path) -> None:
    folder = tmp_path / "churn"
    earlier = draft(folder)
    assert earlier.folder == folder
    assert earlier.charter == load_product(folder).charter
    assert earlier.text == (folder / "charter.yaml").read_text("utf-8")
    assert (earlier.model.features, earlier.labels.column) == (("x1", "x2"), "y")
    assert (earlier.source.location, earlier.source.format) == ("data/*.csv", SourceFormat.CSV)
    assert earlier.layout == LayoutOptions(encoding="utf-8", delimiter=",", header=True)


@pytest.mark.parametrize(("header", "has_header"), [("none", False), ("position", True)])
def test_the_layout_of_the_contract_decides_how_the_data_are_read(
    tmp_path: Path, header: str, *, has_header: bool
) -> None:
    layout = [
        {"property": "encoding", "value": "latin-1"},
        {"property": "delimiter", "value": ";"},
        {"property": "header", "value": header},
    ]
    contract = {"schema": [CONTRACT["schema"][0] | {"customProperties": layout}]}
    earlier = draft(tmp_path / "churn", contract_changes=contract)
    assert earlier.layout == LayoutOptions(encoding="latin-1", delimiter=";", header=has_header)


@pytest.mark.parametrize(
    ("undecided", "decided"),
    [
        (["thresholds"], "`model.features`"),
        (["model.features"], "`thresholds`"),
        ([], "`model.features` and `thresholds`"),
        (["model", "people.owner"], "`model.features` and `thresholds`"),
    ],
)
def test_a_decision_is_never_overwritten(
    tmp_path: Path, undecided: list[str], decided: str
) -> None:
    folder = write_product(tmp_path / "churn", undecided=undecided, decision_rights=BY_PEOPLE)
    with pytest.raises(DraftError) as refused:
        earlier_draft(folder)
    assert str(refused.value) == (
        f"{decided} of {folder}/charter.yaml are decided, and a draft never overwrites a decision; "
        "expected them in the list `undecided`: add them there again, or leave the feature out by "
        "hand and agree on new limits"
    )


def test_a_product_of_data_only_has_no_feature_to_leave_out(tmp_path: Path) -> None:
    folder = write_product(
        tmp_path / "churn",
        model=...,
        labels=...,
        thresholds=...,
        retraining=...,
        responses=[
            {"check": "contract", "reactions": ["quarantine", "escalate"]},
            {"check": "privacy", "reactions": ["quarantine", "escalate"]},
        ],
        standards_changes={
            "tiers": {tier: {"thresholds": []} for tier in ("low", "medium", "high")}
        },
    )
    with pytest.raises(DraftError) as refused:
        earlier_draft(folder)
    assert str(refused.value) == (
        f"{folder} has no model, so there is no feature to leave out; expected a draft with a "
        "model: move the folder away and draft again with --label"
    )


def test_a_charter_with_problems_is_refused(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "churn", risk_tier="none")
    with pytest.raises(CharterProblemsError):
        earlier_draft(folder)


def test_the_data_of_the_charter_are_found_from_any_working_folder(tmp_path: Path) -> None:
    folder = tmp_path / "churn"
    named = draft(folder).named(None)
    assert named.data == f"{folder}/data/*.csv"
    assert (named.table, named.folder, named.layout.delimiter) == (None, folder, ",")


@pytest.mark.parametrize(
    ("location", "data"),
    [
        ("/data/orders/*.csv", "/data/orders/*.csv"),
        ("s3://shop/orders/*.csv", "s3://shop/orders/*.csv"),
        ("https://shop.example/orders.csv", "https://shop.example/orders.csv"),
    ],
)
def test_an_absolute_place_stays(tmp_path: Path, location: str, data: str) -> None:
    assert draft(tmp_path / "churn", sources=records(location=location)).named(None).data == data


@pytest.mark.parametrize(
    ("location", "data"),
    [
        ("sqlite:///../../shop.db", "sqlite:///PLACE/shop.db"),
        ("sqlite:////data/shop.db", "sqlite:////data/shop.db"),
        ("postgresql://${USER}:${WORD}@host/shop", "postgresql://${USER}:${WORD}@host/shop"),
    ],
)
def test_a_database_keeps_its_table_and_a_file_its_place(
    tmp_path: Path, location: str, data: str
) -> None:
    source = records(location=location, format="sql", table="orders")
    named = draft(tmp_path / "products/churn", sources=source).named(None)
    assert (named.data, named.table) == (data.replace("PLACE", str(tmp_path)), "orders")


def test_other_data_that_a_person_names_have_no_table_of_the_charter(tmp_path: Path) -> None:
    source = records(location="sqlite:///shop.db", format="sql", table="orders")
    named = draft(tmp_path / "churn", sources=source).named("new.csv")
    assert (named.data, named.table) == ("new.csv", None)


PAGE = """\
# The title is decided.
title: {title}
model:
  task: binary
  features: [{features}]
thresholds:
  - metric: roc_auc
    limit: {limit}
outcome_map: {outcome}
"""


@pytest.mark.parametrize(("undecided", "outcome"), [(OPEN, "old"), ([*OPEN, "outcome_map"], "new")])
def test_only_undecided_parts_are_taken_from_a_new_draft(
    tmp_path: Path, undecided: list[str], outcome: str
) -> None:
    earlier = draft(tmp_path / "churn", undecided=undecided)
    old = PAGE.format(title="Old", features="x1, x2", limit="0.7", outcome="old")
    new = PAGE.format(title="New", features="x1", limit="0.8", outcome="new")
    (tmp_path / "churn/charter.yaml").write_text(old)
    before = EarlierDraft(
        folder=earlier.folder,
        charter=earlier.charter,
        model=earlier.model,
        labels=earlier.labels,
        text=old,
        layout=earlier.layout,
    )
    assert before.with_features_of(new) == PAGE.format(
        title="Old", features="x1", limit="0.8", outcome=outcome
    )
