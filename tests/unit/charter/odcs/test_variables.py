"""A variable is refused in every executed field of the edition that has variables."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.problem import Fault, field_name
from aipo_pipelines.charter.odcs.references import outer_references
from aipo_pipelines.charter.odcs.variables import variables


def found(edition: str = "v3.2.0", **contract: Any) -> list[tuple[str, str]]:
    faults = [*variables({"apiVersion": edition, **contract})]
    return [(field_name(fault.path), fault.found) for fault in faults]


@pytest.mark.parametrize(
    ("contract", "field"),
    [
        ({"id": "${ID}"}, "id"),
        ({"version": "1.${MINOR}"}, "version"),
        ({"status": "${STATUS:-active}"}, "status"),
        ({"schema": [{"name": "${TABLE}"}]}, "schema[0].name"),
        ({"schema": [{"properties": [{"enum": [{"value": "${A}"}]}]}]},
         "schema[0].properties[0].enum[0].value"),
        ({"slaProperties": [{"value": "${HOURS}"}]}, "slaProperties[0].value"),
        ({"schema": [{"customProperties": [{"vendor": "aipo", "value": "${A}"}]}]},
         "schema[0].customProperties[0].value"),
    ],
)  # fmt: skip
def test_a_variable_in_an_executed_field_is_found(contract: dict[str, Any], field: str) -> None:
    ((place, words),) = found(**contract)
    assert place == field
    assert words.startswith("${")
    assert words.endswith("}, a variable")


@pytest.mark.parametrize(
    "contract",
    [
        {"description": {"purpose": "${A}"}},
        {"servers": [{"path": "${A}"}]},
        {"schema": [{"description": "${A}", "tags": ["${A}"]}]},
        {"schema": [{"properties": [{"examples": ["${A}"], "businessName": "${A}"}]}]},
        {"schema": [{"customProperties": [{"vendor": "soda", "value": "${A}"}]}]},
        {"schema": [{"name": "$A {B} ${} ${1A}"}]},
        {"schema": None},
    ],
)
def test_a_variable_in_a_text_for_people_stays(contract: dict[str, Any]) -> None:
    assert found(**contract) == []


@pytest.mark.parametrize(
    ("version", "count"), [("v3.2.0", 1), ("v3.2.1", 1), ("v3.1.0", 0), ("v3.0.2", 0), ("", 0)]
)
def test_before_the_edition_with_variables_the_signs_are_plain_text(
    version: str, count: int
) -> None:
    assert len(found(version, id="${ID}")) == count
    assert [*variables({"id": "${ID}"})] == []


def test_the_message_says_what_to_write() -> None:
    assert [*variables({"apiVersion": "v3.2.0", "id": "a-${ID}-${NO}"})] == [
        Fault(
            ("id",),
            "${ID}, a variable",
            "the value itself",
            "write the value itself: no variable is replaced here",
        )
    ]


def test_every_reference_out_of_the_file_is_found_at_any_depth() -> None:
    value = {
        "$ref": "#/here",
        "a": [{"$ref": "http://there/a"}, {"b": {"$dynamicRef": "c.yaml#d"}}],
        "e": {"$recursiveRef": None, "ref": "http://no/reference"},
    }
    faults = [*outer_references(value, ("top",))]
    assert [field_name(fault.path) for fault in faults] == [
        "top.a[0].$ref",
        "top.a[1].b.$dynamicRef",
        "top.e.$recursiveRef",
    ]
    assert faults[0][1:4] == (
        "a $ref out of this file",
        "a contract in one file",
        "write out what it refers to: nothing is fetched",
    )
    assert [*outer_references("$ref", ())] == []
