"""Contracts on the shared real data, whose wrong cells are known."""

from __future__ import annotations

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.contract.schema import check_schema
from aipo_pipelines.measures.data.conform import conform
from tests.unit.measures.contracts import (
    FileLayout,
    column,
    contract,
    determines,
    failing,
    read_csv,
)

COLUMNS = """
    index provider_number name address_1 address_2 address_3 city state zip county phone type owner
    emergency_service condition measure_code measure_name score sample state_average
"""
HOSPITAL = COLUMNS.split()
NEVER_WRONG = {"index", "address_2", "address_3"}
PATTERNS = {
    "zip": r"^\d{5}$",
    "score": r"^(\d+%|empty)$",
    "sample": r"^(\d+ patients|empty)$",
}
DEPENDENCIES = (
    ("name", "phone"),
    ("name", "address_1"),
    ("name", "owner"),
    ("name", "provider_number"),
    ("name", "city"),
    ("provider_number", "name"),
    ("measure_code", "measure_name"),
    ("measure_code", "condition"),
    ("measure_name", "measure_code"),
    ("condition", "measure_name", "type"),
    ("name", "phone", "owner", "state"),
    ("city", "county"),
    ("zip", "emergency_service"),
    ("measure_code", "state", "state_average"),
)


def hospital() -> Contract:
    columns = [column("index", "integer", required=True, unique=True)]
    columns += [column(name, required=True, pattern=PATTERNS.get(name)) for name in HOSPITAL[1:]]
    rules = tuple(determines(*names) for names in DEPENDENCIES)
    return contract(*columns, rules=rules, layout=FileLayout(header="position"))


def test_the_clean_hospital_table_keeps_its_contract() -> None:
    agreed = hospital()
    conformed = conform(read_csv("hospital", "clean.csv"), agreed)
    assert check_contract(conformed, agreed).verdict is Verdict.PASS
    assert check_schema(conformed, agreed).verdict is Verdict.PASS


def test_the_dirty_hospital_table_fails_in_each_of_its_wrong_columns() -> None:
    agreed = hospital()
    outcome = check_contract(conform(read_csv("hospital", "dirty.csv"), agreed), agreed)
    assert {name for name, _ in failing(outcome)} == set(HOSPITAL) - NEVER_WRONG
    assert failing(outcome)["zip", "pattern"] == 30


def test_telco_has_eleven_blank_charges_and_no_other_wrong_cell() -> None:
    table = read_csv("telco_churn", "Telco-Customer-Churn.csv")
    numbers = {"SeniorCitizen": "boolean", "tenure": "integer"}
    numbers |= {"MonthlyCharges": "number", "TotalCharges": "number"}
    columns = [
        column(name, numbers.get(name, "string"), required=True, unique=name == "customerID")
        for name in table.columns
    ]
    agreed = contract(*columns)
    conformed = conform(table, agreed)
    assert failing(check_contract(conformed, agreed)) == {("TotalCharges", "required"): 11}
    assert check_schema(conformed, agreed).verdict is Verdict.PASS


@pytest.mark.parametrize(("place", "day"), [("first", "2010-02-05"), ("last", "2012-10-26")])
def test_walmart_dates_are_read_day_first(place: str, day: str) -> None:
    agreed = contract(column("Date", "date", date_format="%d-%m-%Y"))
    conformed = conform(read_csv("walmart_sales", "Walmart_Store_sales.csv"), agreed)
    days = conformed.frame["Date"]
    assert conformed.misfits == {"Date": 0}
    assert (days.dt.day_name() == "Friday").all()
    assert (days.min() if place == "first" else days.max()) == pd.Timestamp(day)
