"""What v3.2 of the standard adds, one by one: executed, left to people, or refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.charter.conftest import CheckTable, ReadTable

EDITION = {"apiVersion": "v3.2.0"}
EARLIER = ["v3.0.2", "v3.1.0"]


def x1(**changes: Any) -> list[dict[str, Any]]:
    return [{"name": "x1", **changes}]


def test_the_allowed_values_of_a_column_are_executed(read_table: ReadTable) -> None:
    values = [{"value": 1, "label": "One", "id": "one", "tags": ["first"]}, {"value": 2.5}]
    column = read_table(EDITION, properties=x1(enum=values)).column("x1")
    assert column is not None
    assert column.allowed == (1, 2.5)


def test_a_list_of_allowed_values_without_a_value_is_refused(check_table: CheckTable) -> None:
    (problem,) = check_table(EDITION, properties=x1(enum=[]))
    assert problem.field == "schema[0].properties[1].enum"
    assert (problem.found, problem.expected) == ("no value", "at least one value")


def test_an_allowed_value_that_is_listed_twice_is_refused(check_table: CheckTable) -> None:
    values = [{"value": 1}, {"value": 2}, {"value": 1, "label": "One"}]
    (problem,) = check_table(EDITION, properties=x1(enum=values))
    assert problem.field == "schema[0].properties[1].enum[2].value"
    assert (problem.found, problem.expected) == ("1 again", "each value once")


@pytest.mark.parametrize("value", [None, [1], {"of": 1}])
def test_an_allowed_value_is_one_scalar(check_table: CheckTable, value: Any) -> None:
    problems = check_table(EDITION, properties=x1(enum=[{"value": value}]))
    assert {problem.field for problem in problems} == {"schema[0].properties[1].enum[0].value"}


def test_a_map_is_refused_with_its_type(check_table: CheckTable) -> None:
    parts = {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}}
    problems = check_table(EDITION, properties=x1(logicalType="map", map=parts))
    assert {(problem.field, problem.found) for problem in problems} == {
        ("schema[0].properties[1].logicalType", "map, values inside a value"),
        ("schema[0].properties[1].map", "values inside a value"),
    }


def test_a_vector_is_refused_with_each_of_its_options(check_table: CheckTable) -> None:
    options = {
        "dimensions": 384, "elementType": "float16", "distanceMetric": "cosine",
        "embeddingModel": "some/model", "embeddingModelVersion": "2", "normalized": True,
    }  # fmt: skip
    problems = check_table(EDITION, properties=x1(logicalType="vector", logicalTypeOptions=options))
    place = "schema[0].properties[1]"
    assert {problem.field for problem in problems} == {
        f"{place}.logicalType",
        *(f"{place}.logicalTypeOptions.{option}" for option in options),
    }
    assert {problem.expected for problem in problems} == {"a feature that is executed here"}


@pytest.mark.parametrize("role", ["column", "dimension"])
def test_a_column_that_is_delivered_may_say_its_role(read_table: ReadTable, role: str) -> None:
    column = read_table(EDITION, properties=x1(semanticType=role)).column("x1")
    assert column is not None
    assert column.required is True


def test_a_measure_is_refused(check_table: CheckTable) -> None:
    column = x1(semanticType="measure", transformLogic="SUM(x2)")
    (problem,) = check_table(EDITION, properties=column)
    assert problem.field == "schema[0].properties[1].semanticType"


CONTEXTS: list[Any] = [
    "One row per order.",
    {
        "instructions": "One row per order.",
        "verifiedStatements": [{"question": "How many orders?", "answer": "Count the rows."}],
        "constraints": [{"constraint": "Never join it.", "tags": ["privacy"]}],
    },
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_context_is_left_to_people(read_table: ReadTable, context: Any) -> None:
    plain = read_table(EDITION)
    assert read_table({**EDITION, "context": context}).columns == plain.columns
    assert read_table(EDITION, context=context).columns == plain.columns


def test_a_context_that_the_standard_does_not_have_is_refused(check_table: CheckTable) -> None:
    problems = check_table({**EDITION, "context": {"instructions": ["a", "b"]}})
    assert [problem.field for problem in problems] == ["context", "context.instructions"]
    (problem,) = check_table(EDITION, context=5)
    assert problem.field == "schema[0].context"


def test_synonyms_are_left_to_people(read_table: ReadTable) -> None:
    synonyms = [{"synonym": "revenue", "locale": "en-GB", "source": "glossary"}]
    contract = read_table(EDITION, synonyms=synonyms, properties=x1(synonyms=synonyms))
    assert contract.columns == read_table(EDITION).columns


def test_a_synonym_is_no_bare_text(check_table: CheckTable) -> None:
    (problem,) = check_table(EDITION, properties=x1(synonyms=["revenue"]))
    assert problem.field == "schema[0].properties[1].synonyms[0]"
    assert problem.expected == "a mapping of keys to values"


def test_a_deprecated_column_is_executed_like_any_other(read_table: ReadTable) -> None:
    contract = read_table(EDITION, deprecated=True, properties=x1(deprecated=True))
    assert contract.columns == read_table(EDITION).columns


def test_a_custom_property_is_executed_under_our_name_and_left_to_another_vendor(
    read_table: ReadTable, check_table: CheckTable
) -> None:
    ours = {"property": "delimiter", "value": ";", "vendor": "aipo"}
    theirs = {"property": "delimiter", "value": "|", "vendor": "soda"}
    assert read_table(EDITION, customProperties=[ours, theirs]).layout.delimiter == ";"
    unknown = {"property": "delimitr", "value": ";", "vendor": "aipo"}
    (problem,) = check_table(EDITION, customProperties=[unknown])
    assert problem.field == "schema[0].customProperties[0].property"


def test_an_agreement_may_carry_properties_of_other_vendors_only(
    read_table: ReadTable, check_table: CheckTable
) -> None:
    agreement = {
        "property": "latency", "value": 4, "unit": "h",
        "authoritativeDefinitions": [{"url": "https://example.org", "type": "implementation"}],
    }  # fmt: skip
    theirs = {**agreement, "customProperties": [{"property": "alert", "vendor": "soda"}]}
    assert read_table({**EDITION, "slaProperties": [theirs]}).freshness_hours == 4
    ours = {**agreement, "customProperties": [{"property": "alert", "value": "mail"}]}
    (problem,) = check_table({**EDITION, "slaProperties": [ours]})
    assert problem.field == "slaProperties[0].customProperties[0].property"


@pytest.mark.parametrize(
    "kind",
    ["hana", "iceberg", "exasol", "teradata", "ingres", "vectorwise", "versant", "poet",
     "fastobjects", "btrieve"],
)  # fmt: skip
def test_a_server_of_a_new_type_is_left_to_people(read_table: ReadTable, kind: str) -> None:
    server = {"server": "prod", "type": kind, "host": "${HOST}", "port": "${PORT:-5432}"}
    assert read_table({**EDITION, "servers": [server]}).id == "sample"


def test_a_server_may_name_the_encoding_that_files_are_read_in(read_table: ReadTable) -> None:
    servers = [{"server": "a", "type": "local", "path": "a.csv", "encoding": "ISO-8859-1"}]
    layout = [{"property": "encoding", "value": "latin-1"}]
    contract = read_table({**EDITION, "servers": servers}, customProperties=layout)
    assert contract.layout.encoding == "latin-1"


@pytest.mark.parametrize("encoding", ["UTF-16", "klingon"])
def test_a_server_whose_encoding_nobody_would_read_is_refused(
    check_table: CheckTable, encoding: str
) -> None:
    server = {"server": "a", "type": "local", "path": "a.csv", "encoding": encoding}
    plain = {"server": "b", "type": "local", "path": "b.csv", "encoding": "UTF-8"}
    (problem,) = check_table({**EDITION, "servers": [plain, server]})
    assert (problem.field, problem.found) == ("servers[1].encoding", f"'{encoding}'")
    assert problem.expected == "utf-8, in which files are read"


def test_a_relationship_with_an_id_is_refused_like_any_other(check_table: CheckTable) -> None:
    (problem,) = check_table(EDITION, relationships=[{"id": "a", "from": "t.a", "to": "u.b"}])
    assert problem.field == "schema[0].relationships"


def test_v3_2_may_leave_the_status_out(read_table: ReadTable) -> None:
    assert read_table({**EDITION, "status": ...}).status == ""


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_contract_needs_a_status(check_table: CheckTable, version: str) -> None:
    (problem,) = check_table({"apiVersion": version, "status": ...})
    assert (problem.field, problem.hint) == ("status", "add `status:` here")


VARIABLES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"version": "${VERSION}"}, {}, "version"),
    ({"slaProperties": [{"property": "latency", "value": "${HOURS:-4}", "unit": "h"}]}, {},
     "slaProperties[0].value"),
    ({}, {"name": "orders_${REGION}"}, "schema[0].name"),
    ({}, {"customProperties": [{"property": "delimiter", "value": "${SIGN}"}]},
     "schema[0].customProperties[0].value"),
    ({}, {"properties": x1(physicalName="${COLUMN}")}, "schema[0].properties[1].physicalName"),
    ({}, {"properties": x1(logicalType="string", logicalTypeOptions={"pattern": "^${FORM}$"})},
     "schema[0].properties[1].logicalTypeOptions.pattern"),
    ({}, {"properties": x1(logicalTypeOptions={"minimum": "${LEAST}"})},
     "schema[0].properties[1].logicalTypeOptions.minimum"),
    ({}, {"properties": x1(logicalType="string", enum=[{"value": "${VALUE}"}])},
     "schema[0].properties[1].enum[0].value"),
]  # fmt: skip


@pytest.mark.parametrize(("top", "table", "field"), VARIABLES)
def test_a_variable_is_refused_in_executed_fields(
    check_table: CheckTable, top: dict[str, Any], table: dict[str, Any], field: str
) -> None:
    (problem,) = check_table({**EDITION, **top}, **table)
    assert problem.field == field
    assert problem.found.endswith(", a variable")
    assert problem.hint == "write the value itself: no variable is replaced here"


def test_a_variable_in_place_of_a_number_is_refused_as_a_variable(
    check_table: CheckTable,
) -> None:
    rule = {"metric": "nullValues", "mustBeLessThan": "${MOST}"}
    (problem,) = check_table(EDITION, properties=x1(quality=[rule]))
    assert problem.found == "${MOST}, a variable"


def test_a_variable_stays_as_written_in_texts_for_people(read_table: ReadTable) -> None:
    text = "Orders of ${REGION:-the north}."
    theirs = [{"property": "path", "value": "s3://${BUCKET}", "vendor": "soda"}]
    contract = read_table(
        {**EDITION, "description": {"purpose": text}, "tenant": "${TENANT}", "context": text},
        description=text,
        context=text,
        customProperties=theirs,
        properties=x1(description=text, transformLogic="SELECT x1 FROM ${TABLE}"),
    )
    column = contract.column("x1")
    assert column is not None
    assert column.description == text


@pytest.mark.parametrize("version", EARLIER)
def test_the_signs_of_a_variable_are_a_plain_text_in_an_earlier_contract(
    read_table: ReadTable, version: str
) -> None:
    column = x1(logicalType="string", enum=[{"value": "${VALUE}"}])
    found = read_table({"apiVersion": version}, properties=column).column("x1")
    assert found is not None
    assert found.allowed == ("${VALUE}",)


@pytest.mark.parametrize("text", ["a$", "${}", "${1st}", "$NAME", "{NAME}"])
def test_other_dollars_and_braces_are_no_variable(read_table: ReadTable, text: str) -> None:
    column = x1(logicalType="string", enum=[{"value": text}])
    found = read_table(EDITION, properties=column).column("x1")
    assert found is not None
    assert found.allowed == (text,)
