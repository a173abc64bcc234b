"""Planted personal data is found and counted, and shown nowhere: everything stored is searched.

Only the snapshots in the lake, which are the data itself, may hold what was planted.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.acceptance.command import ERROR, SECONDS, Desk, Outcome, evaluations
from tests.acceptance.everything import find_in_home
from tests.acceptance.synthetic import ROWS, TEXT, column, contract_of, records, settle
from tests.samples import write_product

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("hostile_privacy"),
]

CARD, IBAN, MAIL = "4556737586899855", "DE89370400440532013000", "planted.person@leak.example"
PHONE, ADDRESS, IDENTITY = "+4791234567", "81.2.69.160", "15076500565"
ILLNESS = "epilepsy"
PLANTED = (CARD, IBAN, MAIL, PHONE, ADDRESS, IDENTITY, ILLNESS)
KINDS = {
    "card": (CARD, "payment_card"),
    "account": (IBAN, "iban"),
    "contact": (MAIL, "email"),
    "call": (PHONE, "phone"),
    "machine": (ADDRESS, "ip_address"),
    "number": (IDENTITY, "national_id"),
    "state": (ILLNESS, "health"),
}
"""The text in each column of the batch with undeclared personal data."""

FACTORY = f"""
from sklearn.linear_model import LogisticRegression

class Talkative(LogisticRegression):
    def fit(self, features, target):
        raise ValueError("could not convert string to float: '{MAIL}'")

def raising():
    try:
        float("{CARD}x")
    except ValueError as error:
        raise RuntimeError("no model for {MAIL}") from error

def talkative():
    return Talkative()
"""


@dataclass(frozen=True)
class Case:
    """The output and the stored data.

    Attributes:
        launched: What a run said that Dagster started in a process of its own.
    """

    desk: Desk
    outcomes: list[Outcome]
    launched: str
    history: list[dict[str, Any]]


@pytest.fixture(scope="module")
def case(make_desk: Callable[[Path], Desk], module_folder: Path) -> Case:
    products = module_folder / "products"
    (module_folder / "team").mkdir()
    (module_folder / "team" / "planted_models.py").write_text(FACTORY)
    _write_secretive(products / "secretive")
    for name in ("raising", "talkative"):
        folder = write_product(
            products / name,
            product=name,
            model={"estimator": ..., "factory": f"planted_models:{name}"},
        )
        (folder / "data").mkdir()
        records(0).to_csv(folder / "data" / "0.csv", index=False)
    _write_broken_query(products / "query")
    settle(products)
    base = make_desk(products)
    lent = {"PYTHONPATH": str(module_folder / "team"), "AIPO_MODULES": "planted_models"}
    desk = Desk(base.home, products, lent)
    outcomes = desk.types(
        *(["run", name] for name in ("secretive", "raising", "talkative", "query")),
        *([word, "secretive"] for word in ("status", "incidents", "history")),
        ["history", "secretive", "--limit", "9999", "--json"],
        ["status", "secretive", "--json"],
        ["incidents", "--json"],
        ["status"],
    )
    return Case(desk, outcomes, _launch(desk, "raising__retrain"), outcomes[7].json)


def _write_secretive(folder: Path) -> None:
    added = [column(name, TEXT) for name in (*KINDS, "segment")]
    write_product(
        folder,
        product="secretive",
        contract_changes=contract_of(*added),
        protected=["segment"],
        model={"features": ["x1", "x2", "segment"], "categorical": ["segment"]},
    )
    (folder / "data").mkdir()
    for name, table in _batches().items():
        table.to_csv(folder / "data" / f"{name}.csv", index=False)
    plain = _clean(9).to_csv(index=False)
    torn = {
        "h-cells": f"{plain}{','.join(PLANTED)},1,2,3,4,5,6,7\n",
        "i-quote": f'{plain}"{MAIL},1,2,3\n',
        "j-latin": f"{plain}9,1,2,1,é{MAIL},,,,,,,a\n",
        "k-headless": "\n".join([",".join([*PLANTED, "y", "x1", "1", "2", "3"])] * 9),
    }
    for name, text in torn.items():
        (folder / "data" / f"{name}.csv").write_text(text, "latin-1")


def _clean(batch: int) -> pd.DataFrame:
    table = records(batch).assign(**dict.fromkeys(KINDS, "none"), segment="a")
    table.loc[::2, "segment"] = "b"
    return table.astype(object)


def _batches() -> dict[str, pd.DataFrame]:
    stray = _clean(0)
    stray.loc[5, "segment"], stray.loc[7, "card"] = MAIL, IBAN
    undeclared = _clean(1).assign(**{name: value for name, (value, _) in KINDS.items()})
    undeclared.loc[::2, "state"] = "hepatitis b"
    wrong_types = _clean(2)
    wrong_types.loc[3, "x1"], wrong_types.loc[4, "y"] = MAIL, CARD
    doubled = _clean(3)
    doubled.loc[5:6, "id"] = IBAN
    renamed = _clean(4).rename(columns={"state": MAIL, "card": CARD})
    common = _clean(6)
    common.loc[:50, "segment"] = MAIL
    return {
        "a-stray": stray,
        "b-undeclared": undeclared,
        "c-types": wrong_types,
        "d-doubled": doubled,
        "e-renamed": renamed,
        "f-common": common,
        "g-good": _clean(7),
    }


def _write_broken_query(folder: Path) -> None:
    query = "SELECT json(note) AS id, 1 AS x1, 2 AS x2, 1 AS y FROM people"
    source = {"location": "sqlite:///data.db", "format": "sql", "query": query}
    write_product(folder, product="query", sources={"records": source})
    with closing(sqlite3.connect(folder / "data.db")) as database:
        pd.DataFrame({"note": [MAIL]}).to_sql("people", database)


def _launch(desk: Desk, job: str) -> str:
    """Runs a job as the daemon would, in a process of its own: what is said and what is kept."""
    environ = dict(desk.environ) | {
        "AIPO_HOME": str(desk.home),
        "AIPO_PRODUCTS": str(desk.products),
        "DAGSTER_HOME": str(desk.home / "dagster"),
        "PATH": "/usr/bin:/bin",
        "HOME": str(desk.home),
    }
    words = ["job", "execute", "-m", "aipo_pipelines.definitions", "-j", job]
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    logs = "".join(path.read_text() for path in (desk.home / "logs" / "runs").rglob("*.err"))
    assert "RUN_FAILURE" in done.stderr, done.stderr
    assert "STEP_FAILURE" in logs, done.stderr
    return done.stdout + done.stderr + logs


def test_nothing_that_was_planted_is_printed(case: Case) -> None:
    output = "".join(command.output for command in case.outcomes)
    assert {text for text in PLANTED if text in output} == set()


def test_nothing_that_was_planted_is_stored_outside_the_snapshots(case: Case) -> None:
    assert find_in_home(case.desk.home, PLANTED) == set()


def test_the_search_would_find_what_is_stored(case: Case) -> None:
    places = find_in_home(case.desk.home, ["Talkative", "secretive"])
    assert {place.partition(":")[0] for _, place in places} >= {"aipo_ledger", "aipo_dagster"}


def test_a_run_in_a_process_of_its_own_logs_the_place_and_not_the_words(case: Case) -> None:
    assert "RuntimeError in raising (planted_models.py, line 12)" in case.launched
    assert {text for text in PLANTED if text in case.launched} == set()


@pytest.mark.parametrize("name", KINDS)
def test_undeclared_personal_data_is_found_by_kind_and_counted(case: Case, name: str) -> None:
    findings = evaluations(case.history, "privacy")["b-undeclared"]["details"]["findings"]
    kinds = {(finding["column"], finding["kind"]): finding["matched"] for finding in findings}
    assert kinds[name, KINDS[name][1]] == ROWS


@pytest.mark.parametrize("name", ["raising", "talkative"])
def test_a_model_that_raises_is_reported_with_the_place_and_a_next_step(
    case: Case, name: str
) -> None:
    (run,) = (outcome for outcome in case.outcomes if outcome.words == ("run", name))
    (line,) = (line for line in run.err.splitlines() if line.startswith("problem: train: "))
    assert run.code == ERROR
    assert "its message is withheld" in line
    assert "model.parameters" in line


def test_a_failed_query_is_reported_without_the_message_of_the_database(case: Case) -> None:
    (run,) = (outcome for outcome in case.outcomes if outcome.words == ("run", "query"))
    assert run.code == ERROR
    assert "refused or did not answer (OperationalError)" in run.err


def test_a_stray_cell_of_a_protected_attribute_is_a_group_without_a_name(case: Case) -> None:
    fairness = evaluations(case.history, "fairness")["a-stray"]
    subjects = {figure["subject"] for figure in fairness["figures"]}
    assert {"segment=a", "segment=b", "segment=rare value 1"} <= subjects


def test_nobody_meets_a_traceback(case: Case) -> None:
    assert "Traceback" not in "".join(outcome.output for outcome in case.outcomes)
