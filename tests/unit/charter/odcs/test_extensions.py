"""Our custom properties are known, given once, and hold what they say."""

from __future__ import annotations

from typing import Any

import pytest
from open_data_contract_standard.model import Server

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.problem import Fault, field_name
from aipo_pipelines.charter.model.sources import RowBatches
from aipo_pipelines.charter.odcs.extensions import (
    COLUMN_EXTENSIONS,
    TABLE_EXTENSIONS,
    batches_of,
    check_encodings,
    layout_of,
    read_extensions,
)
from aipo_pipelines.charter.odcs.format import OdcsCustomProperty

KNOWN = {**TABLE_EXTENSIONS, **COLUMN_EXTENSIONS}


def read(*properties: dict[str, Any], known: Any = KNOWN) -> tuple[dict[str, Any], list[Fault]]:
    faults: list[Fault] = []
    parts = [OdcsCustomProperty.model_validate(entry) for entry in properties]
    return read_extensions(parts, known, ("schema", 0), faults), faults


def given(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"property": name, "value": value, **more}


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("encoding", ["utf-8", "cp1252", "UTF-16", "latin-1"], ["zip", "klingon", 5, None, ""]),
        ("delimiter", [",", "\t", ";"], ["", ",,", "\n", "\r", 1]),
        ("decimal", [".", ","], [";", "", None]),
        ("thousands", ["", ".", ",", "'", "\u2019", " "], ["_", "..", None]),
        ("quote", ['"', "", "'"], ["''", "\n", None]),
        ("header", ["name", "position", "none"], [None, "first", True]),
        ("missingValues", [[], ["NA", "-"]], ["NA", ["NA", 5], None]),
        ("strip", [True, False], [1, "true", None]),
        ("undeclaredColumns", ["error", "warning", "info"], ["critical", None]),
        ("rowCountOf", [{"by": "file"}, {"by": "rows", "rows": 5}], [{"by": "rows"}, 5, "file"]),
        ("dataCategory", ["user.name"], [5, None, ["user.name"]]),
        ("severity", ["error", "warning", "info"], ["none", 1]),
        ("trueValues", [["ja"]], ["ja", [True]]),
        ("falseValues", [["nein"]], [0]),
    ],
)
def test_a_property_holds_what_its_name_says(name: str, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        assert read(given(name, value)) == ({name: value}, [])
    for value in wrong:
        values, (fault,) = read(given(name, value))
        assert values == {}
        assert field_name(fault.path) == "schema[0].customProperties[0].value"
        assert (fault.expected, fault.hint) == (KNOWN[name].expected, "correct the value")


def test_an_unknown_property_is_refused_with_the_most_similar_name() -> None:
    _, (fault,) = read(given("strip", True), given("encodin", "utf-8"), known=TABLE_EXTENSIONS)
    assert field_name(fault.path) == "schema[0].customProperties[1].property"
    assert (fault.found, fault.hint) == ("'encodin'", "did you mean 'encoding'?")
    assert fault.expected.startswith("encoding, delimiter, decimal,")
    _, (nowhere,) = read(given("encoding", "utf-8"), known={})
    assert (nowhere.expected, nowhere.hint) == ("none here", "remove it, or name its `vendor`")


def test_a_property_of_another_vendor_is_left_alone() -> None:
    assert read(given("anything", 5, vendor="soda")) == ({}, [])
    assert read(given("strip", False, vendor="aipo")) == ({"strip": False}, [])


def test_a_property_is_given_once() -> None:
    values, (fault,) = read(given("strip", True), given("strip", False))
    assert values == {"strip": True}
    assert field_name(fault.path) == "schema[0].customProperties[1].property"
    assert (fault.found, fault.expected) == ("'strip' again", "it once")


def test_batches_are_read_as_a_charter_writes_them() -> None:
    assert batches_of({"by": "rows", "rows": 5}) == RowBatches(by="rows", rows=5)
    for wrong in ({"by": "rows", "rows": 0}, {"by": "hours"}, None, {1, 2}):
        assert batches_of(wrong) is None


def layout(**values: Any) -> tuple[FileLayout, list[tuple[str, str]]]:
    faults: list[Fault] = []
    read_layout = layout_of(values, ("schema", 0), faults)
    return read_layout, [(fault.found, fault.hint) for fault in faults]


def test_a_layout_is_the_usual_layout_with_the_given_properties() -> None:
    assert layout() == (FileLayout(), [])
    given_layout, faults = layout(
        encoding="cp1252", delimiter=";", decimal=",", thousands=".", quote="'", header="none",
        missingValues=["NA"], strip=False,
    )  # fmt: skip
    assert given_layout == FileLayout(
        encoding="cp1252", delimiter=";", decimal=",", thousands=".", quote="'", header="none",
        missing=("NA",), strip=False,
    )  # fmt: skip
    assert faults == []


def test_one_sign_has_one_meaning() -> None:
    assert layout(decimal=",")[1] == [
        (
            "',' as both delimiter and decimal sign",
            "a file with decimal commas needs another delimiter, often ';'",
        )
    ]
    twice = "as sign of thousands and as decimal sign or delimiter"
    assert layout(thousands=",")[1] == [(f"',' {twice}", "correct `thousands`, or leave it out")]
    assert layout(thousands=".", delimiter=";")[1][0][0] == f"'.' {twice}"
    assert layout(thousands="'")[1] == []


@pytest.mark.parametrize(
    ("encoding", "is_refused"),
    [("UTF-8", False), ("utf8", False), (None, False), ("utf-16", True), ("klingon", True)],
)
def test_a_server_has_the_encoding_in_which_files_are_read(
    encoding: str | None, *, is_refused: bool
) -> None:
    faults: list[Fault] = []
    servers = [Server(server="a"), Server(server="b", encoding=encoding)]
    check_encodings(servers, FileLayout(encoding="utf-8"), faults)
    assert [field_name(fault.path) for fault in faults] == ["servers[1].encoding"] * is_refused
    assert [fault.expected for fault in faults] == ["utf-8, in which files are read"] * is_refused
