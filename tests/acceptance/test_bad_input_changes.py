"""Labels that come late and wrong, and products that change between two runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.acceptance.command import (
    ERROR,
    NO,
    UNKNOWN,
    USAGE,
    YES,
    Desk,
    Outcome,
    evaluations,
    figure,
)
from tests.acceptance.synthetic import (
    NO_MODEL,
    NUMBER,
    ROWS,
    column,
    contract_of,
    records,
    settle,
)
from tests.samples import CHARTER, write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("bad_input_changes"),
]

FACTORY = """
from pathlib import Path
from sklearn.linear_model import LogisticRegression

def make():
    if not Path(__file__).with_name("licence").exists():
        raise MemoryError
    return LogisticRegression()
"""
RUN, STATUS, INCIDENTS = ["run", "sample"], ["status", "sample"], ["incidents", "--json"]
HISTORY = ["history", "sample", "--limit", "9999", "--json"]


@dataclass(frozen=True)
class Labelled:
    """A product whose labels come later: without any, with a bad file, and repaired."""

    without: list[Outcome]
    bad: list[Outcome]
    repaired: list[Outcome]
    history: list[dict[str, Any]]


@pytest.fixture(scope="module")
def labelled(make_desk: Callable[[Path], Desk], module_folder: Path) -> Labelled:
    products = module_folder / "labelled"
    folder = _with_late_labels(products / "sample")
    team = module_folder / "team"
    team.mkdir()
    (team / "changing_models.py").write_text(FACTORY)
    lent = {"PYTHONPATH": str(team), "AIPO_MODULES": "changing_models"}
    desk = Desk(make_desk(products).home, products, lent)
    labels = folder / "labels"
    without = desk.types(RUN, STATUS, INCIDENTS)
    _deliver_late(labels, 0, "0.csv", "1.csv")
    (labels / "2.csv").write_text("id,wrong\n1,2\n")
    settle(folder)
    bad = desk.types(RUN, STATUS, INCIDENTS)
    (labels / "2.csv").unlink()
    settle(folder)
    failed = desk.types(RUN, STATUS)
    (team / "licence").touch()
    records(1).drop(columns="y").to_csv(folder / "data" / "2.csv", index=False)
    _deliver_late(labels, 1, "3.csv", "4.csv")
    settle(folder)
    repaired = desk.types(RUN, STATUS, INCIDENTS, HISTORY)
    return Labelled(without, bad, [*failed, *repaired[:3]], repaired[3].json)


def _with_late_labels(folder: Path) -> Path:
    (source,) = CHARTER["sources"].values()
    write_product(
        folder,
        sources={"labels": {**source, "location": "labels/*.csv"}},
        labels={"source": "labels", "delay": "7d"},
        contract_changes=contract_of(without=["y"]),
        model={"estimator": ..., "factory": "changing_models:make"},
    )
    for name in ("data", "labels"):
        (folder / name).mkdir()
    records(0).drop(columns="y").to_csv(folder / "data" / "1.csv", index=False)
    settle(folder)
    return folder


def _deliver_late(labels: Path, batch: int, first: str, then: str) -> None:
    """Labels of a batch: all wrong in a first file; then right, with some of nobody."""
    right = records(batch)[["id", "y"]].astype(object)
    stray = pd.DataFrame({"id": [999_999, "x", None], "y": [1, 0, 1]})
    right.assign(y=1 - right["y"]).to_csv(labels / first, index=False)
    pd.concat([right, stray]).to_csv(labels / then, index=False)


def test_labels_that_have_not_come_are_waited_for(labelled: Labelled) -> None:
    run, status, incidents = labelled.without
    assert (run.code, status.code) == (YES, UNKNOWN)
    assert incidents.json == []


def test_the_answer_says_that_labels_are_missing(labelled: Labelled) -> None:
    assert "0 labelled records; at least 100 are needed" in labelled.without[1].out


def test_labels_that_cannot_be_read_are_reported_and_break_no_run(labelled: Labelled) -> None:
    run, status, incidents = labelled.bad
    assert (run.code, status.code) == (ERROR, UNKNOWN)
    assert "The labels in labels/2.csv lack the columns 'y'" in run.err
    assert [incident["cause"] for incident in incidents.json] == ["feed"]


def test_a_model_that_cannot_be_built_is_not_tried_again_at_once(labelled: Labelled) -> None:
    failures = [entry["body"] for entry in labelled.history if entry["kind"] == "run_failed"]
    assert [failure["permanent"] for failure in failures] == [True]


def test_the_answer_says_why_no_model_is_in_charge(labelled: Labelled) -> None:
    run, status = labelled.repaired[:2]
    assert (run.code, status.code) == (ERROR, UNKNOWN)
    assert "the last training failed: no window gave a challenger" in status.out
    assert "the model factory 'changing_models:make' raised" in status.out
    assert "MemoryError in make (changing_models.py, line 7)" in status.out


def test_once_repaired_the_next_batch_brings_a_model_and_an_answer(labelled: Labelled) -> None:
    run, status, incidents = labelled.repaired[2:]
    # The records without a usable id label nobody, and that is said.
    assert (run.code, status.code) == (ERROR, YES)
    assert "2 of 203 labels in labels/1.csv cannot be read" in run.err
    assert [(incident["cause"], incident["severity"]) for incident in incidents.json] == [
        ("feed", "warning")
    ]


def test_of_a_label_delivered_twice_the_last_counts_and_strays_label_nobody(
    labelled: Labelled,
) -> None:
    judged = evaluations(labelled.history, "performance")["1"]
    assert judged["details"]["labelled"] == ROWS
    # By the first delivery, or by both, a model that knows the relation is hardly ever right.
    assert figure(judged, "accuracy")["value"] > 0.8


@dataclass(frozen=True)
class Changed:
    """A product of data only: as it was, with a new charter and contract, renamed, and removed."""

    first: list[Outcome]
    second: list[Outcome]
    renamed: list[Outcome]
    removed: list[Outcome]


@pytest.fixture(scope="module")
def changed(make_desk: Callable[[Path], Desk], module_folder: Path) -> Changed:
    products = module_folder / "changed"
    folder = write_product(products / "sample", **NO_MODEL)
    (folder / "data").mkdir()
    records(0).to_csv(folder / "data" / "1.csv", index=False)
    settle(products)
    bounded = column("x1", NUMBER, required=True, logicalTypeOptions={"maximum": 0.5})
    stricter = contract_of(bounded, without=["x1"]) | {"version": "2.0.0"}
    desk = make_desk(products)
    first = desk.types(RUN, STATUS)
    write_product(folder, **NO_MODEL, version="2", contract_changes=stricter)
    records(1).to_csv(folder / "data" / "2.csv", index=False)
    settle(products)
    second = desk.types(RUN, STATUS, RUN, HISTORY)
    write_product(folder, **NO_MODEL, product="other", version="3")
    shown = ["history", "sample"]
    renamed = desk.types(STATUS, RUN, INCIDENTS, shown, ["status"])
    shutil.rmtree(folder)
    removed = desk.types(["status"], INCIDENTS, shown, RUN, ["history", "none"])
    return Changed(first, second, renamed, removed)


def test_a_changed_charter_and_contract_are_adopted_once(changed: Changed) -> None:
    history = changed.second[3].json
    adopted = [entry["body"] for entry in history if entry["kind"] == "charter_adopted"]
    assert [(body["version"], body["contract_version"]) for body in adopted] == [
        ("1", "1.0.0"),
        ("2", "2.0.0"),
    ]


def test_the_newest_batch_is_judged_again_by_a_stricter_contract(changed: Changed) -> None:
    assert (changed.first[1].code, changed.second[1].code) == (YES, NO)
    outcome = [
        (answer["body"]["partition"], answer["body"]["verdict"])
        for answer in changed.second[3].json
        if answer["kind"] == "check_evaluated" and answer["body"]["check"] == "contract"
    ]
    assert outcome[0] == ("1", "pass")
    assert sorted(outcome[1:]) == [("1", "fail"), ("2", "fail")]


def test_a_run_after_the_change_was_taken_in_has_nothing_to_do(changed: Changed) -> None:
    assert changed.second[2].out.startswith("sample: 0 runs")


def test_a_product_whose_charter_has_another_name_stays_under_its_agreement(
    changed: Changed,
) -> None:
    status, run = changed.renamed[:2]
    assert (status.code, run.code) == (NO, YES)
    shown = " ".join(status.out.split())
    assert (
        "The charter in sample is that of other, not of sample. The agreement that was adopted last"
        in shown
    )


def test_incidents_and_history_outlive_the_name(changed: Changed) -> None:
    _, _, incidents, history, _ = changed.renamed
    assert [(incident["product"], incident["cause"]) for incident in incidents.json] == [
        ("sample", "check:data_quality/contract"),
        ("sample", "agreement"),
    ]
    assert "The charter in sample is that of other, not of sample." in incidents.out
    assert history.code == YES
    assert "incident_opened" in history.out


def test_both_the_old_and_the_new_name_are_answered(changed: Changed) -> None:
    status = changed.renamed[4]
    assert status.code == UNKNOWN
    assert [line.split()[:2] for line in status.out.splitlines()[1:]] == [
        ["other", "UNKNOWN"],
        ["sample", "NO"],
    ]


def test_without_any_charter_the_last_agreement_stays_and_its_feed_is_missed(
    changed: Changed,
) -> None:
    status, incidents, history, run, none = changed.removed
    assert (status.code, run.code, none.code) == (NO, ERROR, USAGE)
    assert status.out.splitlines()[1].split()[:2] == ["sample", "NO"]
    assert "problem: " in run.err
    assert len(incidents.json) == 2
    assert history.code == YES


def test_nobody_meets_a_traceback(labelled: Labelled, changed: Changed) -> None:
    outcomes = [*labelled.without, *labelled.bad, *labelled.repaired]
    outcomes += [*changed.first, *changed.second, *changed.renamed, *changed.removed]
    assert "Traceback" not in "".join(outcome.output for outcome in outcomes)
