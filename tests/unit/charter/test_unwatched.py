"""Fields of a charter that nothing monitors give a warning, and stop nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.consistency.unmonitored import unwatched_faults
from aipo_pipelines.charter.load import check_products
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.problem import Problem
from tests.samples import CHARTER, CONTRACT, write_product

GAP = {
    "metric": "error_difference",
    "attribute": "group",
    "limit": 0.2,
    "minimum_sample": 200,
    "owner": "owner",
    "reason": "agreed",
}
WEEKLY = {"by": "time", "column": "day", "every": "1w", "starting": "2026-01-05"}
DAY = {"name": "day", "logicalType": "date", "required": True}


def _warnings(
    folder: Path, least: int | None = None, counted: Any = None, **changes: Any
) -> list[Problem]:
    properties = CONTRACT["schema"][0]["properties"]
    group = {"name": "group", "logicalType": "string", "required": True}
    table = {**CONTRACT["schema"][0], "properties": [*properties, group, DAY]}
    if least is not None:
        table["quality"] = [
            {"type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": least}
        ]
    if counted is not None:
        table["customProperties"] = [{"property": "rowCountOf", "value": counted}]
    changes = {"monitoring": {"cadence": "60d"}, "batches": {"by": "file"}, **changes}
    product = write_product(folder / "p", contract_changes={"schema": [table]}, **changes)
    mine = ("protected", "batches", "schema", "identifiers")
    found = check_products(product, warnings=True)
    return [problem for problem in found if problem.field.startswith(mine)]


def test_groups_that_no_limit_compares_are_a_warning_for_each_attribute(tmp_path: Path) -> None:
    responses = [*CHARTER["responses"], {"check": "fairness", "reactions": ["escalate"]}]
    (problem,) = _warnings(tmp_path, protected=["group"], responses=responses)
    assert (problem.field, problem.is_warning) == ("protected[0]", True)
    assert problem.expected == "one: nobody would be notified when a group is treated worse"
    assert "`attribute: group`" in problem.hint


def test_a_model_of_records_that_nothing_identifies_is_a_warning(tmp_path: Path) -> None:
    (problem,) = _warnings(tmp_path, identifiers=...)
    assert (problem.field, problem.is_warning) == ("identifiers", True)
    assert problem.expected == (
        "columns that identify a record: records that come again are only known by their features"
    )


def test_data_without_a_model_needs_no_identifiers() -> None:
    charter = Charter.model_validate({**CHARTER, "identifiers": [], "model": None})
    assert list(unwatched_faults(charter, None)) == []


def test_groups_that_a_limit_compares_give_no_warning(tmp_path: Path) -> None:
    responses = [*CHARTER["responses"], {"check": "fairness", "reactions": ["escalate"]}]
    limits = [*CHARTER["thresholds"], GAP]
    assert _warnings(tmp_path, protected=["group"], responses=responses, thresholds=limits) == []
    (other,) = _warnings(
        tmp_path, protected=["x1", "group"], responses=responses, thresholds=limits
    )
    assert other.found == "x1, whose groups no limit compares"


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({**WEEKLY, "every": "13w"}, "batches of 13w by time"),
        ({**WEEKLY, "every": "month"}, "batches of month by time"),
        ({"by": "file"}, "batches by file"),
        ({"by": "rows", "rows": 100}, "batches of 100 rows"),
    ],
)
def test_rows_that_were_counted_for_other_batches_are_a_warning(
    tmp_path: Path, now: dict[str, Any], found: str
) -> None:
    (problem,) = _warnings(tmp_path, least=83, counted=WEEKLY, batches=now)
    assert (problem.field, problem.found, problem.is_warning) == ("batches", found, True)
    assert "of 1w by time: for those the contract asks for at least 83 records" in problem.expected


@pytest.mark.parametrize(
    "now", [WEEKLY, {**WEEKLY, "starting": "2026-01-12"}, {**WEEKLY, "every": "7d"}]
)
def test_rows_that_were_counted_for_batches_of_this_length_give_no_warning(
    tmp_path: Path, now: dict[str, Any]
) -> None:
    assert _warnings(tmp_path, least=83, counted=WEEKLY, batches=now) == []


def test_batches_of_fewer_rows_than_the_contract_asks_for_are_a_warning(tmp_path: Path) -> None:
    (problem,) = _warnings(tmp_path, least=83, batches={"by": "rows", "rows": 82})
    assert (problem.field, problem.found) == ("batches.rows", "82")
    assert "at least 83" in problem.expected
    assert _warnings(tmp_path, least=83, batches={"by": "rows", "rows": 83}) == []


@pytest.mark.parametrize("counted", ["1w", {"by": "week"}, {"by": "rows"}, 5])
def test_batches_that_no_charter_could_have_are_refused(tmp_path: Path, counted: Any) -> None:
    (problem,) = _warnings(tmp_path, least=83, counted=counted)
    assert not problem.is_warning
    assert "batches as in a charter" in problem.expected
