"""Columns, values, titles and files with quotes, newlines, HTML, `../`, emoji harm nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.acceptance.command import ERROR, NO, YES, Desk, Outcome, evaluations, failing
from tests.acceptance.synthetic import NUMBER, ROWS, TEXT, column, records, settle
from tests.samples import CONTRACT, write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("hostile_names"),
]

COLUMNS = (
    "a\"b'c",
    "line\nbreak",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "🙂 größe",
    "x'); DROP TABLE ledger_entries;--",
    "{{7*7}} [red]$\\frac{",
    "100%s %d",
)
VALUES = ("<b>one</b>", "two\n'\"", "../three", "🙂;--")
FILES = ("1 \"quoted\" 'x'", "2\nline", "3 🙂 <b>", "4;$(touch pwned)`id`", "5 .. x")
CUT = "6-\udcff\udcfe"
TITLE = "<img src=x onerror=alert(1)> [bold]{{7*7}}\x1b[31m"


@dataclass(frozen=True)
class Case:
    outcomes: list[Outcome]
    history: list[dict[str, Any]]
    desk: Desk

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.history if entry["kind"] == kind]


@pytest.fixture(scope="module")
def case(make_desk: Callable[[Path], Desk], module_folder: Path) -> Case:
    products = module_folder / "products"
    folder = write_product(
        products / "it's <b> 🙂",
        title=TITLE,
        contract_changes={"schema": [{**CONTRACT["schema"][0], "properties": _properties()}]},
        protected=["group"],
        model={"features": list(COLUMNS)},
    )
    data = folder / "data"
    data.mkdir()
    for batch, name in enumerate((*FILES, CUT)):
        _table(batch).to_csv(data / f"{name}.csv", index=False)
    broken = _table(9).astype(object)
    broken.loc[3, COLUMNS[2]], broken.loc[4, COLUMNS[3]] = "\x1b[2J<script>", None
    broken.assign(**{"\x1b[31mextra\nname": 1}).to_csv(data / "9.csv", index=False)
    (data / "8\x1b[31m\nempty.csv").touch()
    settle(products)
    desk = make_desk(products)
    words = (["run", "sample"], ["status", "sample"], ["incidents"], ["status"])
    outcomes = desk.types(["check"], *words, ["history", "sample", "--limit", "9999", "--json"])
    return Case(outcomes[:-1], outcomes[-1].json, desk)


def _properties() -> list[dict[str, Any]]:
    return [
        column("id", "integer", primaryKey=True),
        column("y", "integer", enum=[{"value": 0}, {"value": 1}]),
        column("group", TEXT),
        *(column(name, NUMBER, required=True) for name in COLUMNS),
    ]


def _table(batch: int) -> pd.DataFrame:
    plain = records(batch)
    drawn = np.random.default_rng(batch + 50).normal(size=(ROWS, len(COLUMNS))).round(3)
    table = pd.DataFrame(drawn, columns=list(COLUMNS))
    table[COLUMNS[0]], table[COLUMNS[1]] = plain["x1"], plain["x2"]
    group = np.array(VALUES)[plain["id"] % len(VALUES)]
    return table.assign(id=plain["id"], y=plain["y"], group=group)


def test_every_file_is_a_batch_of_its_own(case: Case) -> None:
    arrived = {body["partition"] for body in case.of("batch_arrived")}
    assert arrived == {*FILES[:1], "2%0Aline", *FILES[2:], "6-%ED%B3%BF%ED%B3%BE", "9"}


def test_each_location_is_printed_on_one_line(case: Case) -> None:
    places = {body["location"] for body in case.of("batch_arrived")}
    assert {r"data/2\nline.csv", r"data/6-\udcff\udcfe.csv"} <= places


def test_all_batches_except_the_broken_batch_are_approved_and_scored(case: Case) -> None:
    assert len(case.of("batch_approved")) == len(FILES) + 1
    assert {body["partition"] for body in case.of("batch_quarantined")} == {"9"}
    assert len(evaluations(case.history, "performance")) == len(FILES) + 1


def test_a_model_is_trained_on_hostile_columns_and_scores_well(case: Case) -> None:
    scored = evaluations(case.history, "performance")["6-%ED%B3%BF%ED%B3%BE"]
    assert scored["verdict"] == "pass"


def test_the_contract_names_the_broken_columns_as_they_are(case: Case) -> None:
    broken = failing(evaluations(case.history, "contract")["9"])
    assert {subject for _, subject, _ in broken} >= {COLUMNS[2], COLUMNS[3]}


def test_groups_of_hostile_values_are_compared(case: Case) -> None:
    fairness = evaluations(case.history, "fairness")["5 .. x"]
    subjects = {figure["subject"] for figure in fairness["figures"]}
    assert {f"group={value}" for value in VALUES} <= subjects


def test_the_answers_are_those_of_any_product(case: Case) -> None:
    check, run, status, _, portfolio = case.outcomes
    assert (check.code, run.code, status.code, portfolio.code) == (YES, ERROR, NO, NO)


def test_nothing_printed_steers_the_terminal(case: Case) -> None:
    output = "".join(outcome.output for outcome in case.outcomes)
    assert {letter for letter in output if not letter.isprintable()} == {"\n"}


def test_markup_in_titles_and_names_is_shown_as_text(case: Case) -> None:
    assert case.outcomes[2].out.startswith("<img src=x onerror=alert(1)> [bold]{{7*7}}")


def test_no_warning_and_no_traceback_is_met(case: Case) -> None:
    output = "".join(outcome.output for outcome in case.outcomes)
    assert not {"Traceback", "Warning"} & set(output.replace(":", " ").split())


def test_nothing_is_run_and_nothing_written_outside(case: Case) -> None:
    assert not list(case.desk.products.parent.rglob("pwned"))
    outside = {path.name for path in case.desk.products.parent.iterdir()}
    assert outside == {"products", case.desk.home.name}
    assert not os.path.lexists("pwned")


def test_every_file_of_the_lake_lies_in_the_folder_of_its_product(case: Case) -> None:
    lake = case.desk.home / "lake" / "snapshots"
    assert [path.name for path in lake.iterdir()] == ["sample"]
    depths = {len(path.relative_to(lake).parts) for path in lake.rglob("*.parquet")}
    assert max(depths) <= 4
