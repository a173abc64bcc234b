"""Sources, approvals and the contract as the page of the charter shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.reports.charter_data import MOST_COLUMNS, data
from aipo_pipelines.reports.values import ProductReport
from tests.unit.measures.contracts import column
from tests.unit.policy.changed_charters import source
from tests.unit.reports.telling import HOSTILE, rows_of, words_of

Chartered = Callable[..., ProductReport]


def of_source(chartered: Chartered, **changes: Any) -> ProductReport:
    return chartered(sources={"crm": {**source("Ada Ng"), **changes}})


def with_columns(report: ProductReport, count: int) -> ProductReport:
    columns = tuple(column(f"c{place}") for place in range(count))
    contract = replace(report.product.contract, columns=columns)
    return replace(report, product=replace(report.product, contract=contract))


def test_a_source_is_shown_with_who_delivers_and_who_approved_it(chartered: Chartered) -> None:
    report = of_source(chartered, owner="CRM team", regions=["DE", "AT"])
    approval = report.charter.sources["crm"].approval
    assert approval is not None
    assert rows_of(data(report)) == [
        [
            "crm",
            "CRM team",
            "csv: batches/*.csv",
            "contract; DE, AT",
            f"Ada Ng, until {approval.until}",
        ]
    ]


def test_a_source_that_nobody_approved_is_shown_as_such(chartered: Chartered) -> None:
    (row,) = rows_of(data(of_source(chartered, approval=None)))
    assert row[-1] == "nobody"


def test_the_address_of_a_database_is_never_shown(chartered: Chartered) -> None:
    location = "postgresql://reader:s3cret@db.example.org/crm"
    report = of_source(chartered, format="sql", location=location, table="customers")
    text = str(data(report))
    assert "s3cret" not in text
    assert "sql: table customers" in words_of(text)


def test_categories_of_personal_data_are_listed_once_and_in_order(chartered: Chartered) -> None:
    names = ["user.name", "user.contact", "user.device", "user.biometric", "user.name"]
    categories = {f"c{place}": name for place, name in enumerate(names)}
    words = words_of(data(of_source(chartered, categories=categories)))
    assert "personal data user.biometric, user.contact, user.device, user.name truth" in words


def test_without_categories_none_is_declared(chartered: Chartered) -> None:
    assert "personal data none declared" in words_of(data(of_source(chartered)))


def test_an_agreed_retention_is_said_to_be_enforced_by_nothing(chartered: Chartered) -> None:
    words = words_of(data(of_source(chartered, retention="365d")))
    assert "records kept crm 365 days (not enforced)" in words
    assert "records kept" not in words_of(data(of_source(chartered)))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"column": "left"}, "truth left"),
        ({"column": "left", "delay": "30d"}, "truth left, complete after 30 days"),
    ],
)
def test_the_truth_is_named_with_its_delay(
    chartered: Chartered, labels: dict[str, Any], words: str
) -> None:
    assert words_of(data(chartered(labels=labels))).endswith(words)


def test_without_labels_there_is_no_line_about_the_truth(chartered: Chartered) -> None:
    report = chartered(model=None, thresholds=[], labels=None, retraining={})
    assert "truth" not in words_of(data(report))


@pytest.mark.parametrize(
    ("count", "end"),
    [(MOST_COLUMNS, f"c{MOST_COLUMNS - 1} personal"), (MOST_COLUMNS + 3, "and 3 more personal")],
)
def test_many_columns_are_cut_and_counted(chartered: Chartered, count: int, end: str) -> None:
    assert end in words_of(data(with_columns(chartered(), count)))


def test_names_are_never_markup(chartered: Chartered) -> None:
    part = data(of_source(chartered, owner=HOSTILE))
    assert "<script>" not in str(part)
    assert "<script>alert(1)</script>" in words_of(part)
