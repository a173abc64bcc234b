"""Deliveries that break the agreement: reported, kept apart, and the next good batch works."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.acceptance.command import ERROR, NO, YES, Desk, Outcome, evaluations, failing
from tests.acceptance.synthetic import NUMBER, ROWS, column, contract_of, records, settle
from tests.samples import write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("bad_input_feeds"),
]

PLAIN = records(1).to_csv(index=False).encode()
UNREADABLE = {
    "a-empty.csv": (b"", "is empty; expected at least a header line"),
    "b-cut.csv.gz": (gzip.compress(PLAIN)[:-900], "ends too early or is damaged"),
    "c-cut.csv": (PLAIN[:-5], "cells in line 201; expected 4"),
    "d-quote.csv": (PLAIN + b'9999,"1', "a quote in or before line 202"),
    "e-utf16.csv": (PLAIN.decode().encode("utf-16"), "not written in utf-8"),
    "f-nul.csv": (PLAIN.replace(b"1", b"\0", 1), "NUL byte"),
    "g-latin.csv": (PLAIN.replace(b"x2", "größe".encode("latin-1"), 1), "not written in utf-8"),
}
"""Files that cannot be read as agreed, and the message about each."""


def _with(batch: int, column_name: str, rows: slice, value: Any) -> pd.DataFrame:
    table = records(batch).astype(object)
    table.loc[rows, column_name] = value
    return table


REFUSED = {
    "h-renamed": (
        records(2).rename(columns={"x1": "x_one"}),
        {"type", "required", "range"},
        "x1",
    ),
    "i-words": (_with(3, "x1", slice(0, 9), "many"), {"type"}, "x1"),
    "j-doubled": (_with(4, "id", slice(1, 5), 4 * ROWS), {"unique"}, "id"),
    "k-infinite": (_with(5, "x2", slice(3, 3), np.inf), {"type"}, "x2"),
    "l-blank": (_with(6, "x1", slice(0, ROWS), None), {"required"}, "x1"),
    "m-headless": (records(7).set_axis(["7.5", "-0.1", "0.3", "1"], axis=1), {"type"}, "id"),
}
"""Batches that break their contract: what they are, what fails, in which column."""

TAKEN = {
    "n-order": records(8)[["y", "x2", "id", "x1"]],
    "o-extra": records(9).assign(colour="red"),
    "p-one-class": records(10).assign(y=1),
    "q-three": records(11, rows=3),
}
"""Batches that are unusual and keep their contract."""


@dataclass(frozen=True)
class Case:
    """What was said after the first run, after the second, and after the repair."""

    first: list[Outcome]
    second: Outcome
    third: list[Outcome]
    history: list[dict[str, Any]]


@pytest.fixture(scope="module")
def case(make_desk: Callable[[Path], Desk], module_folder: Path) -> Case:
    folder = write_product(
        module_folder / "sample",
        sources={"records": {"location": "data/*.csv*"}},
        contract_changes=contract_of(
            column("id", "integer", primaryKey=True, required=True, unique=True),
            column("x1", NUMBER, required=True, logicalTypeOptions={"minimum": -9, "maximum": 9}),
            column("x2", NUMBER, required=True),
            column("y", "integer", enum=[{"value": 0}, {"value": 1}]),
            without=["id", "x1", "x2", "y"],
        ),
    )
    data = folder / "data"
    data.mkdir()
    for name, (content, _) in UNREADABLE.items():
        (data / name).write_bytes(content)
    tables = {"0-good": records(0)} | {name: table for name, (table, *_) in REFUSED.items()} | TAKEN
    for name, table in tables.items():
        table.to_csv(data / f"{name}.csv", index=False)
    os.mkfifo(data / "r-pipe.csv")
    (data / "s-folder.csv").mkdir()
    settle(folder)
    commands = [["run", "sample"], ["status", "sample"], ["incidents", "sample", "--json"]]
    desk = make_desk(module_folder)
    first = desk.types(*commands, ["run", "sample"])
    for name in UNREADABLE:
        (data / name).unlink()
    for name in REFUSED:
        (data / f"{name}.csv").unlink()
    records(20).to_csv(data / "z-good.csv", index=False)
    settle(folder)
    third = desk.types(*commands, ["history", "sample", "--limit", "9999", "--json"])
    return Case(first[:3], first[3], third[:3], third[3].json)


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_reported_with_a_next_step(case: Case, name: str) -> None:
    (line,) = {
        line for line in case.first[0].err.splitlines() if line.startswith(f"problem: data/{name} ")
    }
    assert UNREADABLE[name][1] in line
    assert "eliver" in line


def test_problems_of_the_feed_end_the_command_as_an_error(case: Case) -> None:
    assert case.first[0].code == ERROR


def test_nothing_prints_a_traceback(case: Case) -> None:
    output = "".join(outcome.output for outcome in (*case.first, case.second, *case.third))
    assert "Traceback" not in output


def test_unreadable_files_open_one_incident_not_seven(case: Case) -> None:
    causes = [incident["cause"] for incident in case.first[2].json]
    assert causes.count("feed") == 1


@pytest.mark.parametrize("name", REFUSED)
def test_a_batch_that_breaks_its_contract_is_quarantined_for_the_right_reason(
    case: Case, name: str
) -> None:
    _, metrics, place = REFUSED[name]
    broken = failing(evaluations(case.history, "contract")[name])
    assert metrics <= {metric for metric, subject, _ in broken if subject == place}
    assert name in _partitions(case, "batch_quarantined")


@pytest.mark.parametrize("name", TAKEN)
def test_an_unusual_batch_that_keeps_its_contract_is_approved(case: Case, name: str) -> None:
    assert name in _partitions(case, "batch_approved")


def test_a_refused_batch_is_never_scored(case: Case) -> None:
    assert not set(REFUSED) & set(evaluations(case.history, "performance"))


@pytest.mark.parametrize("name", ["p-one-class", "q-three"])
def test_too_little_to_judge_is_never_a_pass(case: Case, name: str) -> None:
    assert evaluations(case.history, "performance")[name]["verdict"] == "insufficient"


def test_a_changed_order_is_reported_and_read_by_name(case: Case) -> None:
    assert evaluations(case.history, "schema")["n-order"]["details"]["reordered"] is True
    assert evaluations(case.history, "performance")["n-order"]["verdict"] == "pass"


def test_a_column_nobody_declared_is_named(case: Case) -> None:
    schema = evaluations(case.history, "schema")["o-extra"]
    assert schema["details"]["undeclared_columns"] == ["colour"]


def test_the_first_record_of_a_file_without_header_is_not_reported_as_names(case: Case) -> None:
    schema = evaluations(case.history, "schema")["m-headless"]
    assert "7.5" not in repr(schema)


def test_pipes_and_folders_named_like_files_are_no_batches(case: Case) -> None:
    arrived = _partitions(case, "batch_arrived")
    assert not {"r-pipe", "s-folder"} & set(arrived)


def test_the_answer_is_no_while_the_contract_is_broken(case: Case) -> None:
    assert case.first[1].code == NO
    assert "In quarantine, unused:" in case.first[1].out


def test_a_second_run_measures_nothing_twice(case: Case) -> None:
    assert case.second.out.startswith("sample: 0 runs")


def test_once_repaired_the_feed_incident_is_resolved_by_rule(case: Case) -> None:
    assert case.third[0].code == YES
    assert "feed" not in [incident["cause"] for incident in case.third[2].json]


def test_the_next_good_batch_is_measured_with_the_same_champion(case: Case) -> None:
    assert evaluations(case.history, "performance")["z-good"]["verdict"] == "pass"
    assert len(_of(case, "champion_released")) == 1


def test_nothing_is_half_written(case: Case) -> None:
    """Every batch was measured or is still requested, and every run that began has ended."""
    started = {body["action"] for body in _of(case, "action_started")}
    ended = {body["action"] for body in _of(case, "action_finished")}
    assert started == ended
    assert not _of(case, "run_failed")


def _of(case: Case, kind: str) -> list[dict[str, Any]]:
    return [entry["body"] for entry in case.history if entry["kind"] == kind]


def _partitions(case: Case, kind: str) -> list[str]:
    return [body["partition"] for body in _of(case, kind)]
