"""Contracts of every 3.x: what the standard has is executed, for people, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import pytest
from pydantic import BaseModel

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.odcs import format as odcs_format
from aipo_pipelines.charter.odcs import unsupported
from tests.unit.charter.conftest import CheckTable, ReadTable

SCHEMA: dict[str, Any] = json.loads(
    resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
)
OURS: Mapping[str, tuple[type[BaseModel], Mapping[str, object]]] = {
    "SchemaObject": (odcs_format.OdcsObject, unsupported.TABLE_KEYS),
    "SchemaBaseProperty": (odcs_format.OdcsProperty, unsupported.COLUMN_KEYS),
    "SchemaElement": (odcs_format.OdcsElement, {}),
    "DataQuality": (odcs_format.OdcsQuality, unsupported.RULE_KEYS),
    "DataQualityLibrary": (odcs_format.OdcsQuality, unsupported.RULE_KEYS),
    "DataQualitySql": (odcs_format.OdcsQuality, unsupported.RULE_KEYS),
    "DataQualityCustom": (odcs_format.OdcsQuality, {}),
    "EnumValue": (odcs_format.OdcsEnumValue, {}),
    "CustomProperty": (odcs_format.OdcsCustomProperty, {}),
    "ServiceLevelAgreementProperty": (odcs_format.OdcsAgreement, unsupported.AGREEMENT_KEYS),
}
FOREIGN_KEY = {"relationships": [{"type": "foreignKey", "to": "customers.id"}]}


def keys(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


def options() -> Iterator[str]:
    """Every option of a logical type that the standard has."""
    for part in SCHEMA["$defs"]["SchemaBaseProperty"]["allOf"]:
        then = part.get("then", {}).get("properties", {}).get("logicalTypeOptions", {})
        yield from then.get("properties", {})


@pytest.mark.parametrize("part", sorted(OURS))
def test_every_key_of_the_standard_is_known_or_refused_by_name(part: str) -> None:
    model, refused = OURS[part]
    assert {*SCHEMA["$defs"][part]["properties"]} <= keys(model) | {*refused}


def test_every_key_at_the_top_is_known() -> None:
    assert {*SCHEMA["properties"]} <= keys(odcs_format.OdcsContract)


def test_every_option_of_a_type_is_known_or_refused_by_name() -> None:
    assert {*options()} <= keys(odcs_format.OdcsTypeOptions) | {*unsupported.OPTION_KEYS}


def test_every_type_of_the_standard_is_known_or_refused_by_name() -> None:
    column = SCHEMA["$defs"]["SchemaBaseProperty"]["properties"]
    types = {*LogicalType, *unsupported.LOGICAL_TYPES}
    assert {*column["logicalType"]["enum"]} <= types
    meanings = {"column", "dimension", *unsupported.SEMANTIC_TYPES}
    assert {*column["semanticType"]["enum"]} <= meanings


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.2", "v3.1.0", "v3.2.0", "v3.2.1"])
def test_every_version_up_to_3_2_is_read(read_table: ReadTable, version: str) -> None:
    assert read_table({"apiVersion": version}).id == "sample"


@pytest.mark.parametrize("version", ["v3.3.0", "v2.2.2", "v4.0.0", "3.2.0"])
def test_another_version_is_refused(check_table: CheckTable, version: str) -> None:
    (problem,) = check_table({"apiVersion": version})
    assert problem.field == "apiVersion"
    assert "v3.0.0 to v3.2.0" in problem.expected


def test_a_contract_with_the_additions_of_3_2_is_read(read_table: ReadTable) -> None:
    vendor = [{"property": "owner", "value": "x", "vendor": "soda"}]
    reference = [{"url": "https://example.org", "type": "businessDefinition"}]
    context = {"instructions": "One row per order.", "constraints": [{"constraint": "No joins."}]}
    value = {"value": "a", "authoritativeDefinitions": reference, "customProperties": vendor}
    column = {
        "name": "x1", "logicalType": "string", "semanticType": "dimension", "deprecated": True,
        "enum": [value], "synonyms": [{"synonym": "state", "locale": "en-GB"}],
    }  # fmt: skip
    agreement = {
        "property": "latency", "value": 4, "unit": "d", "customProperties": vendor,
        "authoritativeDefinitions": reference,
    }  # fmt: skip
    contract = read_table(
        {"apiVersion": "v3.2.0", "context": context, "slaProperties": [agreement]},
        properties=[column],
        synonyms=[{"synonym": "orders"}],
        deprecated=False,
        context="Orders of the shop.",
    )
    found = contract.column("x1")
    assert found is not None
    assert found.allowed == ("a",)
    assert contract.freshness_hours == 96


@pytest.mark.parametrize(
    ("column", "field", "found"),
    [
        (FOREIGN_KEY, "relationships", "a foreign key into another table"),
        ({"semanticType": "measure"}, "semanticType",
         "measure, a figure that is worked out from others"),
        ({"logicalType": "time"}, "logicalType", "time, a time of day"),
        ({"logicalType": "map"}, "logicalType", "map, values inside a value"),
        ({"logicalType": "vector"}, "logicalType", "vector, a vector"),
        ({"items": {"logicalType": "string"}}, "items", "values inside a value"),
        ({"properties": [{"name": "a"}]}, "properties", "values inside a value"),
        ({"logicalTypeOptions": {"multipleOf": 5}}, "logicalTypeOptions.multipleOf",
         "multiples of a number"),
        ({"quality": [{"rule": "nullCheck", "mustBe": 0}]}, "quality[0].rule",
         "a rule by the name it had in v3.0"),
        ({"quality": [{"metric": "nullValues", "mustBe": 0, "schedule": "0 1 * * *"}]},
         "quality[0].schedule", "times of its own"),
        ({"quality": [{"type": "sql", "query": "SELECT 1", "mustBe": 0}]}, "quality[0].query",
         "a rule in SQL"),
    ],
)  # fmt: skip
def test_what_nobody_would_execute_is_refused_as_what_it_is(
    check_table: CheckTable, column: dict[str, Any], field: str, found: str
) -> None:
    (problem,) = check_table(properties=[{"name": "x1", **column}])
    assert problem.field.endswith(f".{field}")
    assert (problem.found, problem.expected) == (found, "a feature that is executed here")


def test_a_foreign_key_of_the_table_is_refused(check_table: CheckTable) -> None:
    (problem,) = check_table(**FOREIGN_KEY)
    assert problem.field == "schema[0].relationships"


def test_an_agreement_with_times_of_its_own_is_refused(check_table: CheckTable) -> None:
    agreement = {"property": "latency", "value": 4, "unit": "d", "schedule": "0 1 * * *"}
    (problem,) = check_table({"slaProperties": [agreement]})
    assert (problem.field, problem.found) == ("slaProperties[0].schedule", "times of its own")


def test_a_slip_of_the_pen_is_still_called_unknown(check_table: CheckTable) -> None:
    (problem,) = check_table(properties=[{"name": "x1", "requird": True}])
    assert problem.hint == "did you mean 'required'?"


def test_a_second_value_of_the_latency_is_not_passed_over(check_table: CheckTable) -> None:
    agreement = {"property": "latency", "value": 4, "unit": "d", "valueExt": 2}
    (problem,) = check_table({"slaProperties": [agreement]})
    assert problem.field == "slaProperties[0].valueExt"


@pytest.mark.parametrize(("flag", "excluded"), [(True, True), (False, False)])
def test_v3_0_says_by_a_flag_that_a_bound_is_excluded(
    read_table: ReadTable, flag: bool, excluded: bool
) -> None:
    options = {"minimum": 0, "exclusiveMinimum": flag}
    column = read_table(properties=[{"name": "x1", "logicalTypeOptions": options}]).column("x1")
    assert column is not None
    assert (column.minimum, column.exclusive_minimum) == (0, excluded)


def test_a_flag_that_excludes_no_bound_is_refused(check_table: CheckTable) -> None:
    options = {"exclusiveMaximum": True}
    (problem,) = check_table(properties=[{"name": "x1", "logicalTypeOptions": options}])
    assert problem.found == "exclusiveMaximum without maximum"


def test_an_excluded_bound_of_zero_is_a_bound(read_table: ReadTable) -> None:
    options = {"exclusiveMinimum": 0}
    column = read_table(properties=[{"name": "x1", "logicalTypeOptions": options}]).column("x1")
    assert column is not None
    assert (column.minimum, column.exclusive_minimum) == (0, True)
