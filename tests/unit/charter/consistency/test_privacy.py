"""Personal data that nobody allowed to be used is reported before the first batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products
from aipo_pipelines.charter.model.problem import Problem
from tests.samples import CONTRACT, write_product

HEALTH = "user.health_and_medical"
RULES = {
    "privacy": [
        {
            "category": HEALTH,
            "regions": ["EEA"],
            "regulation": "GDPR art. 9",
            "obligation": "explicit consent",
            "special": True,
        },
        {"category": "user", "regulation": "GDPR art. 6", "obligation": "a lawful basis"},
    ],
    "regions": {"eea": ["NO", "DE"]},
}
GIVEN = {
    "category": HEALTH,
    "obligation": "consent asked for on paper",
    "by": "Ben Haas",
    "on": "2020-01-01",
    "until": "2020-12-31",
}
_RECORDS = CONTRACT["schema"][0]


def warnings(folder: Path, contract: dict[str, Any] | None = None, **source: Any) -> list[Problem]:
    given = {"lawful_basis": "consent", "categories": {"x1": f"{HEALTH}.genetic"}, **source}
    product = write_product(
        folder / "p",
        standards_changes=RULES,
        contract_changes=contract,
        sources={"records": given},
    )
    return list(check_products(product, warnings=True))


def test_a_special_category_without_authorisation_is_a_warning_at_its_column(
    tmp_path: Path,
) -> None:
    (problem,) = warnings(tmp_path)
    assert problem.is_warning
    assert problem.field == "sources.records.categories.x1"
    assert problem.found == (
        f"the special category {HEALTH}.genetic of 'x1', which nobody authorised"
    )
    assert "GDPR art. 9: explicit consent" in problem.expected
    assert "every batch is quarantined" in problem.expected


def test_an_authorisation_is_enough_on_each_day_of_its_period(tmp_path: Path) -> None:
    assert warnings(tmp_path, authorisations=[GIVEN]) == []


@pytest.mark.parametrize(
    ("categories", "regions"), [({"x1": HEALTH}, ["US"]), ({"x1": "user.unique_id"}, ["NO"])]
)
def test_without_a_rule_for_a_special_category_there_is_no_warning(
    tmp_path: Path, categories: dict[str, str], regions: list[str]
) -> None:
    assert warnings(tmp_path, categories=categories, regions=regions) == []


def test_a_category_that_the_contract_declares_counts_as_well(tmp_path: Path) -> None:
    columns = [
        {**column, "classification": "restricted"} if column["name"] == "x1" else column
        for column in _RECORDS["properties"]
    ]
    for column in columns:
        if column["name"] == "x1":
            column["customProperties"] = [{"property": "dataCategory", "value": HEALTH}]
    contract = {"schema": [_RECORDS | {"properties": columns}]}
    (problem,) = warnings(tmp_path, contract, categories={})
    assert problem.field == "sources.records"
    assert f"the special category {HEALTH} of 'x1'" in problem.found


def test_no_lawful_basis_is_a_warning_if_a_regulation_holds(tmp_path: Path) -> None:
    problems = warnings(tmp_path, lawful_basis="none_needed", authorisations=[GIVEN])
    assert {problem.field for problem in problems} == {"sources.records.lawful_basis"}
    assert "none_needed beside the column 'x1'" in problems[0].found
