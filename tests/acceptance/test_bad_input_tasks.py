"""Every task and every kind of feed comes to an answer through `aipo run`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.acceptance.command import YES, Desk, Outcome
from tests.acceptance.synthetic import (
    NO_MODEL,
    NUMBER,
    ROWS,
    TEXT,
    column,
    contract_of,
    limit,
    records,
    settle,
)
from tests.samples import write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("bad_input_tasks"),
]

NAMES = ("regression", "multiclass", "forecasting", "data_only")
Answers = dict[str, tuple[Outcome, Any]]


@pytest.fixture(scope="module")
def answers(make_desk: Callable[[Path], Desk], module_folder: Path) -> Answers:
    products = module_folder / "products"
    _regression_from_sql(products / "r")
    _multiclass_from_parquet(products / "m")
    _forecasting_from_a_german_file(products / "f")
    _data_only(products / "d")
    settle(products)
    desk = make_desk(products)
    outcomes = desk.types(
        *(["run", name] for name in NAMES),
        *(["status", name, "--json"] for name in NAMES),
    )
    runs, statuses = outcomes[: len(NAMES)], outcomes[len(NAMES) :]
    return {
        name: (run, status.json) for name, run, status in zip(NAMES, runs, statuses, strict=True)
    }


def _regression_from_sql(folder: Path) -> None:
    write_product(
        folder,
        product="regression",
        contract_changes=contract_of(column("y", NUMBER), without=["y"]),
        sources={"records": {"location": "sqlite:///data.db", "format": "sql", "table": "records"}},
        batches={"by": "rows", "rows": ROWS},
        labels={"positive": ...},
        model={"task": "regression", "estimator": "sklearn.linear_model.LinearRegression"},
        thresholds=[limit("mae", 1.0)],
        release={"minimum_sample": 50},
    )
    table = pd.concat([_measured(0), _measured(1)])
    with closing(sqlite3.connect(folder / "data.db")) as database:
        table.to_sql("records", database, index=False)


def _measured(batch: int) -> pd.DataFrame:
    return records(batch).assign(y=lambda frame: 3 * frame.x1 - frame.x2 + _noise(batch))


def _noise(batch: int) -> np.ndarray:
    return np.random.default_rng(batch + 100).normal(size=ROWS)


def _multiclass_from_parquet(folder: Path) -> None:
    write_product(
        folder,
        product="multiclass",
        contract_changes=contract_of(column("y", TEXT), without=["y"]),
        sources={"records": {"location": "data/*.parquet", "format": "parquet"}},
        labels={"positive": ...},
        model={"task": "multiclass"},
        thresholds=[limit("accuracy", 0.6)],
    )
    (folder / "data").mkdir()
    for batch in (0, 1):
        score = _measured(batch)["y"]
        label = np.select([score > 2, score < -2], ["high", "low"], "middle")
        records(batch).assign(y=label).to_parquet(folder / "data" / f"{batch}.parquet")


def _forecasting_from_a_german_file(folder: Path) -> None:
    write_product(
        folder,
        product="forecasting",
        contract_changes=contract_of(
            column("y", NUMBER),
            column("größe", TEXT),
            column("tag", "date", logicalTypeOptions={"format": "dd.MM.yyyy"}),
            without=["y", "x2"],
            encoding="latin-1",
            delimiter=";",
            decimal=",",
        ),
        time_column="tag",
        batches={"by": "time", "column": "tag", "every": "60d", "starting": "2026-01-01"},
        labels={"positive": ...},
        model={
            "task": "forecasting",
            "estimator": "sklearn.linear_model.LinearRegression",
            "features": ["x1"],
            "forecasting": {"series": "größe", "steps": [7, 14], "season": 7},
        },
        monitoring={"cadence": "60d"},
        thresholds=[limit("mae", 10.0)],
        release={"minimum_sample": 50},
        standards_changes={"tiers": {"low": {"maximum_cadence": "90d"}}},
    )
    (folder / "data").mkdir()
    table = _sales()
    table.to_csv(
        folder / "data" / "alles.csv", sep=";", decimal=",", encoding="latin-1", index=False
    )


def _sales() -> pd.DataFrame:
    """Two sizes over 300 days: a pattern of weekdays, in the order of days.

    The forecast of last week does not know `x1`, so a model can be shown to be better.
    """
    days = pd.date_range("2026-01-01", periods=300)
    drawn = np.random.default_rng(5)
    sizes = [
        pd.DataFrame(
            {
                "größe": size,
                "tag": days.strftime("%d.%m.%Y"),
                "x1": x1.round(2),
                "y": np.round(1050.5 + 100 * days.day_of_week.to_numpy() + 5 * x1 + noise, 2),
            }
        )
        for size in ("groß", "klein")
        for x1, noise in [drawn.normal(size=(2, len(days)))]
    ]
    return pd.concat(sizes).sort_index(kind="stable").assign(id=range(600))


def _data_only(folder: Path) -> None:
    write_product(folder, product="data_only", **NO_MODEL)
    (folder / "data").mkdir()
    for batch in (0, 1):
        records(batch).to_csv(folder / "data" / f"{batch}.csv", index=False)


def _values(kpis: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {kpi["metric"]: kpi["value"] for kpi in kpis}


@pytest.mark.parametrize("name", NAMES)
def test_a_run_ends_without_a_problem_and_without_a_word_on_stderr(
    answers: Answers, name: str
) -> None:
    run, _ = answers[name]
    assert (run.code, run.err.strip()) == (YES, "")


@pytest.mark.parametrize("name", ["regression", "multiclass", "data_only"])
def test_a_product_of_any_task_that_does_well_is_a_yes(answers: Answers, name: str) -> None:
    assert answers[name][1]["verdict"] == "YES", answers[name][1]["reasons"]


def test_a_regression_on_a_sql_table_is_judged_by_its_error(answers: Answers) -> None:
    noise = float(np.abs(_noise(1)).mean())
    assert _values(answers["regression"][1]["kpis"])["mae"] == pytest.approx(noise, abs=0.05)


def test_several_classes_in_parquet_are_judged_by_their_accuracy(answers: Answers) -> None:
    assert 0.6 < _values(answers["multiclass"][1]["kpis"])["accuracy"] < 1


def test_a_forecast_reads_decimal_commas_german_days_and_latin_letters(answers: Answers) -> None:
    # Days read month first, or 1050,5 read as text, would leave errors of a hundred or no figure.
    assert _values(answers["forecasting"][1]["kpis"])["mae"] < 10
    assert answers["forecasting"][1]["champion"]["window"] == ["2026-01-01"]


def test_a_product_without_a_model_has_no_champion_and_no_figures(answers: Answers) -> None:
    status = answers["data_only"][1]
    assert (status["champion"], status["kpis"]) == (None, [])
