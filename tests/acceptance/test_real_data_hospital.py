"""Hospital measures with 509 known wrong cells, and the same table clean: products without a model.

The cells are counted in the data's own description; no rule was fitted to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import NO, YES, Desk, evaluations, failing, figure

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
]

WRONG_COLUMNS = {
    "provider_number", "name", "address_1", "city", "state", "zip", "county", "phone", "type",
    "owner", "emergency_service", "condition", "measure_code", "measure_name", "score", "sample",
    "state_average",
}  # fmt: skip


@dataclass(frozen=True)
class Hospital:
    """What the command says about one of the two products after one run."""

    done: dict[str, Any]
    history: list[dict[str, Any]]
    status: dict[str, Any]

    def evaluation(self, check: str) -> Mapping[str, Any]:
        (only,) = evaluations(self.history, check).values()
        return only


def lived(desk: Desk, name: str) -> Hospital:
    return Hospital(desk.run(name), desk.history(name), desk.status(name))


@pytest.fixture(scope="module")
def clean(desk: Desk, real_data: Path) -> Hospital:
    assert real_data
    return lived(desk, "hospital_clean")


@pytest.fixture(scope="module")
def dirty(desk: Desk, real_data: Path) -> Hospital:
    assert real_data
    return lived(desk, "hospital_dirty")


def test_the_clean_table_keeps_every_rule_of_its_contract(clean: Hospital) -> None:
    contract = clean.evaluation("contract")
    assert contract["verdict"] == "pass"
    assert failing(contract) == []
    assert contract["details"]["rules"] == 69


def test_the_clean_table_is_approved_and_the_answer_is_yes(clean: Hospital) -> None:
    assert [entry["subject"] for entry in clean.history if entry["kind"] == "batch_approved"] == [
        "batch/clean"
    ]
    assert clean.status["verdict"] == "YES"
    assert clean.status["incidents"] == []


def test_the_dirty_table_fails_naming_each_wrong_column_and_no_other(dirty: Hospital) -> None:
    contract = dirty.evaluation("contract")
    assert contract["verdict"] == "fail"
    assert {subject for _, subject, _ in failing(contract)} == WRONG_COLUMNS


def test_each_wrong_column_is_in_the_sentence_for_the_owner(dirty: Hospital) -> None:
    (reason,) = (statu for statu in dirty.status["reasons"] if statu.startswith("contract fails"))
    words = set(reason.replace(",", " ").rstrip(".").split())
    assert words >= WRONG_COLUMNS
    assert not words & {"index", "address_2", "address_3"}


@pytest.mark.parametrize(
    ("rule", "column", "cells"),
    [
        ("pattern", "zip", 30),
        ("pattern", "provider_number", 28),
        ("pattern", "phone", 34),
        ("allowed", "state", 26),
        ("allowed", "type", 32),
        ("allowed", "owner", 27),
        ("allowed", "emergency_service", 27),
        ("allowed", "condition", 32),
        ("pattern", "score", 23),
        ("pattern", "sample", 31),
    ],
)
def test_a_rule_on_single_cells_finds_exactly_the_wrong_cells(
    dirty: Hospital, rule: str, column: str, cells: int
) -> None:
    wrong = figure(dirty.evaluation("contract"), rule, column)
    assert (wrong["value"], wrong["n"]) == (cells, 1000)


def test_the_dirty_table_is_quarantined_and_the_answer_is_no(dirty: Hospital, desk: Desk) -> None:
    assert [
        entry["subject"] for entry in dirty.history if entry["kind"] == "batch_quarantined"
    ] == ["batch/dirty"]
    assert dirty.status["verdict"] == "NO"
    assert desk.aipo("status", "hospital_dirty").returncode == NO


def test_the_dirty_table_opens_one_critical_incident_and_a_person_is_notified(
    dirty: Hospital,
) -> None:
    (incident,) = dirty.status["incidents"]
    assert incident["title"] == "contract fails on batch dirty"
    assert incident["owner"] == "Dev Patel"
    opened = next(entry for entry in dirty.history if entry["kind"] == "incident_opened")
    assert opened["body"]["severity"] == "critical"
    assert any(
        entry["kind"] == "action_finished" and entry["body"]["action"] == opened["index"]
        for entry in dirty.history
    )


def test_no_wrong_cell_is_quoted_anywhere_in_the_ledger(dirty: Hospital, real_data: Path) -> None:
    names = ("clean.csv", "dirty.csv")
    clean_cells, dirty_cells = (
        {cell for line in (real_data / "hospital" / name).read_text("utf-8").splitlines()[1:]
         for cell in line.split(",")}
        for name in names
    )  # fmt: skip
    recorded = str([entry["body"] for entry in dirty.history])
    wrong = {cell for cell in dirty_cells - clean_cells if len(cell) > 6}
    assert len(wrong) > 200
    assert not [cell for cell in wrong if cell in recorded]


def test_a_second_run_finds_nothing_new(clean: Hospital, desk: Desk) -> None:
    assert clean.done["runs"] == 1
    again = desk.run("hospital_clean")
    assert (again["runs"], again["problems"]) == (0, [])
    assert len(desk.history("hospital_clean")) == len(clean.history)
    assert desk.aipo("status", "hospital_clean").returncode == YES
