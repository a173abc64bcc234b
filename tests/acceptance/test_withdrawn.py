"""A supplier repairs a file: its wrong records do not count any more, and people know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.acceptance.command import NO, YES, Desk, Outcome
from tests.acceptance.place import DATA_ONLY
from tests.acceptance.synthetic import NUMBER, column, contract_of, settle
from tests.samples import write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("withdrawn"),
]

REASON = "every record of its source has a readable time by now"
_DAYS = 28


@dataclass(frozen=True)
class Case:
    """The output while the file was wrong, and after its repair."""

    broken: Outcome
    repaired: Outcome
    incidents: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    verified: Outcome


def _export(data: Path, wrong: int) -> None:
    """The last four weeks; the newest records have a wrong date."""
    first = datetime.now(UTC).date() - timedelta(days=_DAYS)
    days = [str(first + timedelta(days=number // 20)) for number in range(20 * _DAYS)]
    table = pd.DataFrame({"id": range(len(days)), "x1": 0.5, "day": days})
    table.loc[len(days) - wrong :, "day"] = "yesterday"
    table.to_csv(data / "export.csv", index=False)


@pytest.fixture(scope="module")
def case(make_desk: Callable[[Path], Desk], module_folder: Path) -> Case:
    folder = write_product(
        module_folder / "sample",
        contract_changes=contract_of(
            column("id", "integer", primaryKey=True),
            column("x1", NUMBER, required=True),
            column("day", "date", required=True),
            without=["id", "x1", "x2", "y"],
        ),
        batches={"by": "time", "column": "day", "every": "7d"},
        **DATA_ONLY,
    )
    data = folder / "data"
    data.mkdir()
    desk = make_desk(module_folder)
    outcome = []
    for wrong in (5, 0):
        _export(data, wrong)
        settle(folder)
        outcome += desk.types(["run", "sample"], ["status", "sample"])[1:]
    verified = desk.types(["verify"])[0]
    return Case(
        outcome[0],
        outcome[1],
        desk.incidents("sample"),
        desk.history("sample", "batch_withdrawn"),
        verified,
    )


def test_the_answer_is_no_while_the_file_is_wrong(case: Case) -> None:
    assert case.broken.code == NO
    assert "contract fails on batch undated" in case.broken.out


def test_after_the_repair_the_valid_batches_decide_the_answer(case: Case) -> None:
    assert case.repaired.code == YES
    assert "which failed schema, contract, was withdrawn by its feed on" in case.repaired.out


def test_the_incident_says_how_it_ended(case: Case) -> None:
    assert {incident["status"] for incident in case.incidents} == {"resolved"}
    ends = [incident["resolution"] for incident in case.incidents]
    assert (
        f"by rule: batch undated, on which contract failed, was withdrawn by its feed: {REASON}"
        in (ends)
    )


def test_the_withdrawal_is_an_entry_and_the_facts_are_what_the_entries_make(case: Case) -> None:
    (entry,) = case.entries
    assert (entry["actor"], entry["subject"]) == ("intake", "batch/undated")
    assert entry["body"]["reason"] == REASON
    assert case.verified.code == YES
