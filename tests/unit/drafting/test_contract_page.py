"""A drafted contract promises what the sample shows, and marks everything that is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import yaml

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.sources import RowBatches, TimeBatches
from aipo_pipelines.drafting.column_findings import Remark
from aipo_pipelines.drafting.contract_page import contract_page
from aipo_pipelines.drafting.growth import Growth, Trend
from aipo_pipelines.drafting.plan import Plan
from tests.unit.drafting.tables import (
    NO_ROLES,
    ROWS,
    WEEKS,
    WHOLE,
    days,
    numbers,
    plan_of,
    profiled,
    table_of,
    words,
)


def plan(*, changes: Any = None, **columns: Any) -> Plan:
    """A plan of a table with these columns."""
    return plan_of(table_of(**columns), roles=NO_ROLES, **(changes or {}))


def table(plan: Plan) -> dict[str, Any]:
    """The contract's one table, as a reader of YAML reads it."""
    (schema,) = yaml.safe_load(contract_page(plan))["schema"]
    read: dict[str, Any] = schema
    return read


def column(cells: Any, *, changes: Any = None) -> dict[str, Any]:
    """The property of one column, without its name."""
    (read,) = table(plan(x=cells, changes=changes))["properties"]
    assert read.pop("name") == "x"
    property_: dict[str, Any] = read
    return property_


def text(cells: Any, *, changes: Any = None) -> str:
    return words(contract_page(plan(x=cells, changes=changes)))


def custom(plan: Plan) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in table(plan)["customProperties"]}


def test_the_head_names_the_product_and_the_sample() -> None:
    page = contract_page(plan_of(name="web_shop"))
    read = yaml.safe_load(page)
    del read["schema"]
    assert read == {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "web-shop-data",
        "version": "0.1.0",
        "status": "draft",
    }
    assert words(page).startswith(
        "The promises of the feed of web_shop (Open Data Contract Standard). Drafted by `aipo "
        "init` from all 40 records. DECIDE: types, ranges and sets come from the sample."
    )


def test_columns_are_in_the_order_of_the_table() -> None:
    assert [read["name"] for read in table(plan(b=[1], a=[2], c=[3]))["properties"]] == [*"bac"]


@pytest.mark.parametrize(
    ("cells", "kind", "options"),
    [
        (numbers(40), "number", {"minimum": -5.1, "maximum": 5.1}),
        ([*range(100, 200)], "integer", {"minimum": 0, "maximum": 300}),
        (["0.1", "0.5", "0.9"] * 9, "number", {"minimum": 0, "maximum": 1}),
        (days(40), "date", None),
        ([f"{day} 08:30:00" for day in days(40)], "timestamp", None),
        ([f"{day[8:]}.{day[5:7]}.2026" for day in days(40)], "date", {"format": "dd.MM.yyyy"}),
        ([f"C{number:03}" for number in range(40)], "string", {"pattern": "^[A-Z][0-9]{3}$"}),
        ([f"word {number % 7} {'a' * number}" for number in range(40)], "string", None),
    ],
)
def test_a_column_has_its_type_and_its_options(
    cells: Any, kind: str, options: dict[str, Any] | None
) -> None:
    read = column(cells)
    assert (read["logicalType"], read.get("logicalTypeOptions")) == (kind, options)


def test_a_column_without_gaps_is_required() -> None:
    assert column([1, 2, 3])["required"] is True
    assert "required" not in column([1, "", 3])
    assert "1 of 3 records have no value" in text([1, "", 3])


def test_a_key_is_the_primary_key_unless_it_has_gaps() -> None:
    keyed = {"roles": replace(NO_ROLES, identifiers=("x",))}
    whole, gaps = plan_of(table_of(x=range(40)), **keyed), plan_of(table_of(x=[1, ""]), **keyed)
    (read,) = table(whole)["properties"]
    assert read["primaryKey"] is True
    assert "required" not in read
    assert read["logicalTypeOptions"] == {"minimum": 0}
    (read,) = table(gaps)["properties"]
    assert "primaryKey" not in read


def test_a_set_is_written_with_the_count_of_its_rarest_value() -> None:
    cells = [*["a"] * 20, *["no"] * 5, *["1"] * 3]
    assert column(cells)["enum"] == [{"value": "1"}, {"value": "a"}, {"value": "no"}]
    assert "the rarest of them was seen 3 times" in text(cells)


def test_a_long_set_is_written_on_lines_of_its_own() -> None:
    short = np.repeat([f"value {number:02}" for number in range(3)], 3)
    long = np.repeat([f"value {number:02}" for number in range(9)], 3)
    assert "enum: [{value: " in contract_page(plan(x=short))
    assert "enum:\n          - {value: " in contract_page(plan(x=long))
    assert len(column(long)["enum"]) == 9


def test_outliers_make_a_range_that_only_warns() -> None:
    cells = [*range(100, 200), 99_999]
    read = column(cells)
    assert "logicalTypeOptions" not in read
    assert read["quality"] == [
        {
            "type": "custom",
            "engine": "greatExpectations",
            "severity": "warning",
            "implementation": {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"min_value": 0, "max_value": 300},
            },
        }
    ]
    assert "DECIDE: 1 value lies far beyond the rest (99999; the rest: 100 to 199)" in text(cells)
    assert "apart from the rest" not in text(cells)


def test_numbers_of_nines_are_asked_about_without_the_value_of_a_person() -> None:
    cells = [*range(10, 40), *[999] * 10]
    assert "DECIDE: `999` in 10 cells lies apart from the rest (the rest: 10 to 39)" in text(cells)
    personal = text(cells, changes={"categories": {"x": "user.demographic.age_range"}})
    assert "a number of nines only in 10 cells lies apart from the rest: does it" in personal
    assert "999" not in personal


def test_a_growing_column_has_no_highest_value_and_says_why() -> None:
    growth = Growth(trends={"x": Trend(rises=True)})
    cells = [*range(100, 140)]
    assert column(cells, changes={"growth": growth})["logicalTypeOptions"] == {"minimum": 0}
    assert "DECIDE: time-like: it grows with each delivery, so no set" in text(
        cells, changes={"growth": growth}
    )


def test_the_values_of_one_person_are_not_promised() -> None:
    ages = [*range(18, 58)] * 10
    person = np.repeat([*range(10)], 40)
    categories = {"x": "user.demographic.age_range", "member": "user.unique_id"}
    alone = plan(x=ages, changes={"categories": {"x": categories["x"]}})
    assert "logicalTypeOptions" in table(alone)["properties"][0]
    few = plan(x=ages, member=person, changes={"categories": categories})
    assert "logicalTypeOptions" not in table(few)["properties"][0]
    assert "the values of 10 people would show through it" in words(contract_page(few))


def test_cells_of_another_type_are_warned_of() -> None:
    cells = [*range(999), "x"]
    assert column(cells)["customProperties"] == [{"property": "severity", "value": "warning"}]
    assert (
        "DECIDE: 1 of 1,000 cells are no integer; until they are fixed at the source they are "
        "warned of, not refused" in text(cells)
    )


def test_unusual_words_for_true_and_false_are_declared() -> None:
    assert "customProperties" not in column(["true", "False"] * 9)
    assert column(["tRUE", "False"] * 9)["customProperties"] == [
        {"property": "trueValues", "value": ["tRUE"]}
    ]
    assert column(["True", "fALSE", "false"] * 9)["customProperties"] == [
        {"property": "falseValues", "value": ["fALSE", "false"]}
    ]


def test_remarks_that_a_person_must_decide_are_marked() -> None:
    remarks = {
        "": (Remark(text="records repeat"), Remark(text="dated by its name", is_open=False)),
        "x": (Remark(text="nearly a key"), Remark(text="one value", is_open=False)),
    }
    page = contract_page(plan(x=[1, 2, 3], changes={"remarks": remarks}))
    assert "\n# DECIDE: records repeat\n# dated by its name\napiVersion:" in page
    assert "\n      # DECIDE: nearly a key\n      # one value\n      - name: x\n" in page


def test_open_dates_and_obvious_dates_are_explained() -> None:
    rivals = text(["01-02-2026", "03-04-2026"])
    assert "DECIDE: dates, but dd-MM-yyyy and MM-dd-yyyy both fit every value" in rivals
    known = text(["03-04-2026", "31-03-2026"])
    assert "dates are written dd-MM-yyyy: 1 different value fits no other way" in known


@pytest.mark.parametrize(
    ("fewest", "promised"), [(1, 1), (2, 1), (3, 1), (40, 20), (41, 20), (1_001, 500)]
)
def test_a_batch_has_at_least_half_of_the_smallest_batch(fewest: int, promised: int) -> None:
    counted = plan(x=[1, 2], changes={"cut": replace(WHOLE, fewest=fewest)})
    assert table(counted)["quality"] == [
        {"type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": promised}
    ]
    assert f"half of the smallest batch seen, which has {fewest:,} records" in words(
        contract_page(counted)
    )


@pytest.mark.parametrize(
    ("cut", "counted"),
    [
        (WHOLE, {"by": "file"}),
        (ROWS, {"by": "rows", "rows": 40}),
        (
            replace(WEEKS, rule=TimeBatches(by="time", column="sold at", every="month")),
            {"by": "time", "column": "sold at", "every": "month"},
        ),
    ],
)
def test_the_batches_that_were_counted_are_declared(cut: Any, counted: dict[str, Any]) -> None:
    assert custom(plan(x=[1, 2], changes={"cut": cut})) == {"rowCountOf": counted}


def test_windows_that_were_counted_are_read_back_as_the_same_rule() -> None:
    counted = custom(plan(x=[1, 2], changes={"cut": WEEKS}))["rowCountOf"]
    assert TimeBatches.model_validate(counted) == WEEKS.rule
    assert counted["starting"] == str(date(2026, 1, 5))
    assert RowBatches.model_validate({"by": "rows", "rows": 40}) == ROWS.rule
    assert TimeBatches.model_validate(counted).every == timedelta(weeks=1)


def test_an_unusual_layout_is_written() -> None:
    layout = FileLayout(
        encoding="latin-1", delimiter="\t", decimal=",", thousands=".", header="none",
        missing=("NA", "-"),
    )  # fmt: skip
    written = plan(x=[1, 2], changes={"layout": layout})
    assert custom(written) == {
        "encoding": "latin-1",
        "delimiter": "\t",
        "decimal": ",",
        "thousands": ".",
        "header": "none",
        "missingValues": ["NA", "-"],
        "rowCountOf": {"by": "file"},
    }
    page = words(contract_page(written))
    assert "DECIDE: the file has no header line: give the columns meaningful names" in page
    assert "DECIDE: numbers are written with '.' between thousands, which the reader drops" in page


def test_the_usual_layout_is_not_written() -> None:
    assert "how the file is written" not in contract_page(plan(x=[1, 2]))
    assert custom(plan(x=[1, 2], changes={"layout": FileLayout(decimal=",")})) == {
        "decimal": ",",
        "rowCountOf": {"by": "file"},
    }


@pytest.mark.parametrize("name", ["a, b", "c: d", "#e", "no", "[f]", "g'h\"", "1e5", "- x"])
def test_any_name_of_a_column_is_read_back(name: str) -> None:
    (read,) = table(plan(**{name: [1, 2]}))["properties"]
    assert read["name"] == name


def test_a_page_of_a_sample_counts_the_records_that_were_looked_at() -> None:
    sampled = table_of(rows=4_000, x=[1, "", 3, 4])
    page = words(contract_page(plan_of(sampled, roles=NO_ROLES)))
    assert "1 of 4 records have no value" in page
    assert len(profiled(sampled)) == 1
