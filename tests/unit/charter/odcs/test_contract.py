"""ODCS contracts: columns, types, options, layout and agreements."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from aipo_pipelines.charter.load import check_products
from aipo_pipelines.charter.model.contract import Contract, FileLayout, LogicalType, RuleSeverity
from aipo_pipelines.charter.reading.yaml_document import read_document
from tests.samples import write_product
from tests.unit.charter.conftest import CheckTable, ReadTable

PRODUCTS = Path(__file__).parents[3] / "products"
CONTRACTS = sorted(PRODUCTS.glob("*/contract.yaml"))


def own(**values: Any) -> list[dict[str, Any]]:
    return [{"property": name, "value": value} for name, value in values.items()]


def x1(contract: Contract) -> Any:
    return contract.column("x1")


def test_a_contract_knows_its_own_identity(read_table: ReadTable) -> None:
    contract = read_table({"version": "2.1.0", "status": "draft"})
    assert (contract.id, contract.version, contract.status) == ("sample", "2.1.0", "draft")
    assert contract.dataset == "records"
    assert contract.digest.startswith("sha256:")


def test_a_column_may_be_delivered_under_another_name(read_table: ReadTable) -> None:
    column = x1(read_table(properties=[{"name": "x1", "physicalName": "X 1"}]))
    assert (column.name, column.delivered_as) == ("x1", "X 1")


def test_a_primary_key_is_required_and_unique(read_table: ReadTable) -> None:
    key = read_table().column("id")
    assert key is not None
    assert key.required
    assert key.unique


def test_a_primary_key_of_two_columns_is_unique_as_a_pair(read_table: ReadTable) -> None:
    contract = read_table(properties=[{"name": "x1", "primaryKey": True}])
    assert not x1(contract).unique
    assert x1(contract).required
    (rule,) = contract.rules
    assert rule.expectation == "expect_compound_columns_to_be_unique"
    assert rule.arguments == {"column_list": ["id", "x1"]}


def test_bounds_are_read_with_their_exclusiveness(read_table: ReadTable) -> None:
    options = {"minimum": 0, "exclusiveMaximum": 1.5}
    column = x1(read_table(properties=[{"name": "x1", "logicalTypeOptions": options}]))
    assert (column.minimum, column.exclusive_minimum) == (0, False)
    assert (column.maximum, column.exclusive_maximum) == (1.5, True)


def test_text_options_are_read(read_table: ReadTable) -> None:
    options = {"pattern": r"^\d{5}$", "minLength": 5, "maxLength": 5}
    part = {"name": "x1", "logicalType": "string", "logicalTypeOptions": options}
    column = x1(read_table(properties=[part]))
    assert (column.pattern, column.minimum_length, column.maximum_length) == (r"^\d{5}$", 5, 5)


def test_a_date_format_becomes_strptime(read_table: ReadTable) -> None:
    options = {"format": "dd-MM-yyyy", "minimum": "2010-02-05"}
    part = {"name": "when", "logicalType": "date", "logicalTypeOptions": options}
    column = read_table(properties=[part]).column("when")
    assert column is not None
    assert (column.date_format, column.minimum) == ("%d-%m-%Y", "2010-02-05")


def test_allowed_values_keep_their_type(read_table: ReadTable) -> None:
    column = read_table().column("y")
    assert column is not None
    assert column.allowed == (0, 1)
    assert column.logical_type is LogicalType.INTEGER


def test_what_a_column_holds_is_read_from_our_properties(read_table: ReadTable) -> None:
    ours = own(dataCategory="user.name.last", severity="warning")
    part = {"name": "x1", "classification": "secret", "criticalDataElement": True}
    column = x1(read_table(properties=[{**part, "customProperties": ours}]))
    assert column.category == "user.name.last"
    assert column.type_severity is RuleSeverity.WARNING
    assert (column.classification, column.critical) == ("secret", True)


def test_texts_for_booleans_are_read(read_table: ReadTable) -> None:
    ours = own(trueValues=["ja"], falseValues=["nei"])
    part = {"name": "b", "logicalType": "boolean", "customProperties": ours}
    column = read_table(properties=[part]).column("b")
    assert column is not None
    assert (column.true_values, column.false_values) == (("ja",), ("nei",))


def test_the_layout_of_files_is_read(read_table: ReadTable) -> None:
    ours = own(
        encoding="cp1252", delimiter=";", decimal=",", quote="'", header="none",
        missingValues=["-", "n/a"], strip=False, undeclaredColumns="info",
    )  # fmt: skip
    contract = read_table(customProperties=ours)
    assert contract.undeclared_columns is RuleSeverity.INFO
    assert contract.layout == FileLayout(
        encoding="cp1252", delimiter=";", decimal=",", quote="'", header="none",
        missing=("-", "n/a"), strip=False,
    )  # fmt: skip


def test_an_extension_of_another_vendor_is_left_alone(read_table: ReadTable) -> None:
    other = [{"property": "owner", "value": 1, "vendor": "soda"}]
    assert read_table(customProperties=other).layout == FileLayout()


@pytest.mark.parametrize(
    ("value", "unit", "hours"), [(2, "d", 48.0), (90, "minutes", 1.5), (6, "h", 6), (1, "w", 168)]
)
def test_latency_becomes_hours(read_table: ReadTable, value: int, unit: str, hours: float) -> None:
    latency = {"property": "latency", "value": value, "unit": unit}
    retention = {"property": "retention", "value": 3, "unit": "y"}
    assert read_table({"slaProperties": [retention, latency]}).freshness_hours == hours


@pytest.mark.parametrize(
    ("part", "field", "found"),
    [
        ({"logicalTypeOptions": {"pattern": "x"}}, "logicalTypeOptions.pattern", "pattern on"),
        ({"logicalTypeOptions": {"multipleOf": 2}}, "logicalTypeOptions.multipleOf", "multiples"),
        ({"logicalTypeOptions": {"format": "i32"}}, "logicalTypeOptions.format", "format on"),
        ({"logicalTypeOptions": {"minimum": "5"}}, "logicalTypeOptions.minimum", "'5'"),
        ({"logicalTypeOptions": {"minimum": 5, "maximum": 4}}, "logicalTypeOptions", "above"),
        ({"logicalTypeOptions": {"minimum": 5, "exclusiveMinimum": 4}},
         "logicalTypeOptions.exclusiveMinimum", "both"),
        ({"logicalType": "string", "logicalTypeOptions": {"pattern": "["}},
         "logicalTypeOptions.pattern", "'['"),
        ({"logicalType": "string", "logicalTypeOptions": {"minLength": 3, "maxLength": 2}},
         "logicalTypeOptions", "above"),
        ({"logicalType": "string", "logicalTypeOptions": {"format": "email"}},
         "logicalTypeOptions.format", "format on"),
        ({"logicalType": "date", "logicalTypeOptions": {"format": "yyyy-ww"}},
         "logicalTypeOptions.format", "'ww'"),
        ({"logicalType": "date", "logicalTypeOptions": {"maximum": "soon"}},
         "logicalTypeOptions.maximum", "'soon'"),
        ({"logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}},
         "logicalTypeOptions.timezone", "a time zone"),
        ({"logicalType": "string", "enum": [{"value": 1}]}, "enum[0].value", "1"),
        ({"enum": [0, 1]}, "enum[0]", "0"),
        ({"logicalType": "array"}, "logicalType", "array, values inside a value"),
        ({"relationships": []}, "relationships", "a foreign key"),
        ({"properties": []}, "properties", "values inside a value"),
        ({"requird": True}, "requird", "unknown key"),
        ({"required": "yes"}, "required", "'yes'"),
        ({"customProperties": own(dataCategorie="user")}, "customProperties[0].property",
         "'dataCategorie'"),
        ({"customProperties": own(dataCategory="user.contcat.email")}, "customProperties",
         "'user.contcat.email'"),
        ({"customProperties": own(severity="fatal")}, "customProperties[0].value", "'fatal'"),
        ({"customProperties": own(trueValues=["ja"])}, "customProperties", "trueValues"),
    ],
)  # fmt: skip
def test_a_column_that_cannot_be_executed_as_written_is_refused(
    check_table: CheckTable, part: dict[str, Any], field: str, found: str
) -> None:
    problems = check_table(properties=[{"name": "extra", "logicalType": "number", **part}])
    texts = {problem.field.partition("properties[4].")[2]: problem.found for problem in problems}
    assert found in texts[field]


def test_two_columns_delivered_under_one_name_are_refused(check_table: CheckTable) -> None:
    part = {"name": "extra", "logicalType": "number", "physicalName": "x2"}
    (problem,) = check_table(properties=[part])
    assert problem.field == "schema[0].properties[4].physicalName"
    assert "'x2' again" in problem.found


def test_two_columns_of_one_name_are_refused(check_table: CheckTable) -> None:
    twice = {"name": "a", "logicalType": "string"}
    problems = check_table({"schema": [{"name": "t", "properties": [twice, twice]}]})
    assert "schema[0].properties[1].name" in {problem.field for problem in problems}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"encoding": "latin-42"}, "'latin-42'"),
        ({"encoding": "base64"}, "'base64'"),
        ({"delimiter": ";;"}, "';;'"),
        ({"delimiter": "\n"}, "'\\n'"),
        ({"decimal": "·"}, "'·'"),
        ({"header": "first"}, "'first'"),
        ({"missingValues": "-"}, "'-'"),
        ({"strip": "no"}, "'no'"),
        ({"undeclaredColumns": "ignore"}, "'ignore'"),
        ({"delimeter": ";"}, "'delimeter'"),
        ({"decimal": ","}, "both delimiter and decimal"),
    ],
)
def test_a_layout_that_no_file_can_have_is_refused(
    check_table: CheckTable, value: dict[str, Any], found: str
) -> None:
    (problem,) = check_table(customProperties=own(**value))
    assert found in problem.found
    assert problem.field.startswith("schema[0].customProperties")
    assert problem.file.name == "contract.yaml"


def test_an_extension_given_twice_is_refused(check_table: CheckTable) -> None:
    (problem,) = check_table(customProperties=[*own(strip=True), *own(strip=False)])
    assert "again" in problem.found


@pytest.mark.parametrize(
    ("top", "field"),
    [
        ({"apiVersion": "v2.2.2"}, "apiVersion"),
        ({"kind": "Contract"}, "kind"),
        ({"id": ...}, "id"),
        ({"version": 1}, "version"),
        ({"schema": []}, "schema"),
        ({"schemas": []}, "schemas"),
        ({"team": "us"}, "team"),
        ({"slaProperties": [{"property": "freshness", "value": 24}]},
         "slaProperties[0].property"),
        ({"slaProperties": [{"property": "latency", "value": 0, "unit": "h"}]},
         "slaProperties[0].value"),
        ({"slaProperties": [{"property": "latency", "value": 2}]}, "slaProperties[0].unit"),
        ({"slaProperties": [{"property": "latency", "value": 2, "unit": "h"}] * 2},
         "slaProperties[1].property"),
    ],
)  # fmt: skip
def test_a_contract_of_another_kind_is_refused(
    tmp_path: Path, top: dict[str, Any], field: str
) -> None:
    problems = check_products(write_product(tmp_path / "p", contract_changes=top))
    assert field in {problem.field for problem in problems}
    assert {problem.file.name for problem in problems} == {"contract.yaml"}


def test_two_tables_in_one_contract_are_refused(check_table: CheckTable) -> None:
    table = {"name": "t", "properties": [{"name": "a", "logicalType": "string"}]}
    (problem,) = check_table({"schema": [table, table]})
    assert (problem.field, problem.expected) == ("schema", "at most 1 of them")


def test_a_contract_of_malformed_yaml_names_its_line(tmp_path: Path) -> None:
    folder = write_product(tmp_path / "p")
    (folder / "contract.yaml").write_text("kind: DataContract\nid: [\n")
    (problem,) = check_products(folder)
    assert (problem.file.name, problem.line) == ("contract.yaml", 3)


def test_names_with_anything_in_them_are_kept_as_they_are(read_table: ReadTable) -> None:
    names = ["a'b", 'a"b', "a\nb", "<b>a</b>", "../a", "🚲", "Größe"]
    parts = [{"name": name, "logicalType": "string"} for name in names]
    read = [column.name for column in read_table(properties=parts).columns]
    assert read[4:] == names


@pytest.mark.parametrize("path", CONTRACTS, ids=[path.parent.name for path in CONTRACTS])
def test_our_contracts_are_contracts_of_the_standard(path: Path) -> None:
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
    schema = json.loads(text)
    jsonschema.validate(read_document(path).data, schema)
