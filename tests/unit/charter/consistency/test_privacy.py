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
    made = write_product(
        folder / "p",
        standards_changes=RULES,
        contract_changes=contract,
        sources={"records": given},
    )
    return list(check_products(made, warnings=True))


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


def test_an_authorisation_answers_for_it_whenever_it_holds(tmp_path: Path) -> None:
    assert warnings(tmp_path, authorisations=[GIVEN]) == []


@pytest.mark.parametrize(
    ("categories", "regions"), [({"x1": HEALTH}, ["US"]), ({"x1": "user.unique_id"}, ["NO"])]
)
def test_where_no_rule_for_a_special_category_holds_nothing_is_said(
    tmp_path: Path, categories: dict[str, str], regions: list[str]
) -> None:
    assert warnings(tmp_path, categories=categories, regions=regions) == []


def test_a_category_that_the_contract_declares_counts_as_well(tmp_path: Path) -> None:
    columns = [
        {**one, "classification": "restricted"} if one["name"] == "x1" else one
        for one in _RECORDS["properties"]
    ]
    for one in columns:
        if one["name"] == "x1":
            one["customProperties"] = [{"property": "dataCategory", "value": HEALTH}]
    contract = {"schema": [_RECORDS | {"properties": columns}]}
    (problem,) = warnings(tmp_path, contract, categories={})
    assert problem.field == "sources.records"
    assert f"the special category {HEALTH} of 'x1'" in problem.found


def test_no_basis_is_none_where_a_regulation_holds(tmp_path: Path) -> None:
    problems = warnings(tmp_path, lawful_basis="none_needed", authorisations=[GIVEN])
    assert {one.field for one in problems} == {"sources.records.lawful_basis"}
    assert "none_needed beside the column 'x1'" in problems[0].found
