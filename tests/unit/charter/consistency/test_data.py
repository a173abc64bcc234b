"""Sources, batches and columns fit the contract; each fault has its place and its whole message."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.consistency.data import data_faults
from aipo_pipelines.charter.model.contract import (
    Column,
    Contract,
    FileLayout,
    LogicalType,
    RuleSeverity,
)
from aipo_pipelines.charter.model.problem import Fault, field_name
from tests.unit.charter.charters import DATA_ONLY, charter_of, column_of, contract_of

KNOWN = contract_of(column_of("day", LogicalType.DATE), column_of("step", LogicalType.INTEGER))
NO_CONTRACT: Contract | None = None


def faults(contract: Contract | None = KNOWN, **changes: Any) -> list[Fault]:
    return [*data_faults(charter_of(**changes), contract)]


def source(**changes: Any) -> dict[str, Any]:
    return {"sources": {"records": changes}}


def late(**labels: Any) -> dict[str, Any]:
    """Labels of a second source."""
    second = {"location": "late.csv", "format": "csv", "owner": "Data team", "regions": ["NO"],
              "lawful_basis": "none_needed"}  # fmt: skip
    return {"sources": {"late": second}, "labels": {"source": "late", **labels}}


def only(found: list[Fault]) -> tuple[str, str, str, str]:
    """The one fault: its field and its words."""
    (fault,) = found
    return field_name(fault.path), fault.found, fault.expected, fault.hint


def test_the_sample_has_no_fault() -> None:
    assert faults() == []
    assert faults(NO_CONTRACT) == []


SQL = {"format": "sql", "location": "sqlite:///a.db"}


@pytest.mark.parametrize(
    ("changes", "place", "found", "expected", "hint"),
    [
        (SQL, "", "neither", "exactly one of table and query", "say what to read"),
        ({**SQL, "table": "t", "query": "SELECT 1"}, "", "table and query",
         "exactly one of table and query", "say what to read"),
        ({"table": "t"}, ".table", "table with format csv", "it with sql only", "remove it"),
        ({"query": "SELECT 1"}, ".query", "query with format csv", "it with sql only",
         "remove it"),
        ({**SQL, "table": "t", "location": "postgresql://u:geheim@db/shop"}, ".location",
         "a password in the address", "none in a charter",
         "write ${NAME} and set NAME in the environment of the pipeline"),
        ({"location": "https://example.com/*.csv"}, ".location", "a wildcard in a web address",
         "one file: the web has no lists", "name the file, or use a store that can be listed"),
        ({"format": "delta", "location": "lake/*"}, ".location", "'lake/*'",
         "one Delta table, without a wildcard", "name the folder that holds _delta_log"),
        ({"approval": {"until": "2026-01-04"}}, ".approval.until", "2026-01-04",
         "a day from 2026-01-05 on, when it begins", "correct one of the days"),
        ({"categories": {"x1": "user.emial"}}, ".categories.x1", "'user.emial'",
         "a known data category",
         "use a key of the Fideslang taxonomy such as user.contact.email"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_right_is_refused(
    changes: dict[str, Any], place: str, found: str, expected: str, hint: str
) -> None:
    assert only(faults(**source(**changes))) == (
        f"sources.records{place}", found, expected, hint,
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {**SQL, "table": "t"},
        {**SQL, "query": "SELECT 1"},
        {**SQL, "table": "t", "location": "postgresql://u:${PASSWORD}@db/shop"},
        {"location": "https://example.com/a.csv"},
        {"location": "s3://bucket/*.csv"},
        {"format": "delta", "location": "lake/orders"},
        {"approval": {"until": "2026-01-05"}},
        {"approval": None},
        {"categories": {"x1": "user.contact.email"}},
    ],
)
def test_a_source_beside_such_a_fault_is_right(changes: dict[str, Any]) -> None:
    assert faults(**source(**changes)) == []


def authorisation(**changes: Any) -> dict[str, Any]:
    given = {"category": "user.name", "obligation": "asked", "by": "Ben Haas", "on": "2026-01-05",
             "until": "2026-02-05", **changes}  # fmt: skip
    return source(authorisations=[authorisation_of_names(), given])


def authorisation_of_names() -> dict[str, Any]:
    return {"category": "user.name", "obligation": "asked", "by": "Ben Haas", "on": "2026-01-05",
            "until": "2026-02-05"}  # fmt: skip


def test_each_authorisation_has_a_period_and_a_known_category() -> None:
    assert faults(**authorisation()) == []
    assert only(faults(**authorisation(until="2026-01-04")))[:2] == (
        "sources.records.authorisations[1].until", "2026-01-04",
    )  # fmt: skip
    assert only(faults(**authorisation(category="user.nane")))[:3] == (
        "sources.records.authorisations[1].category", "'user.nane'", "a known data category",
    )  # fmt: skip


def test_the_feed_is_a_source_of_the_charter() -> None:
    assert only(faults(feed="record")) == (
        "feed", "'record'", "records", "did you mean 'records'?",
    )  # fmt: skip
    assert only(faults(feed="other"))[3] == "name one of the sources"


def test_labels_come_from_a_second_source() -> None:
    without = contract_of(column_of("y", type_severity=RuleSeverity.INFO))
    assert faults(without, **late()) == []
    assert only(faults(without, **late(source="lat"))) == (
        "labels.source", "'lat'", "records or late", "did you mean 'late'?",
    )  # fmt: skip
    assert only(faults(without, labels={"source": "records"})) == (
        "labels.source", "the feed itself", "a second source", "leave it out",
    )  # fmt: skip


def test_late_labels_are_joined_by_identifiers() -> None:
    without = contract_of(column_of("y", type_severity=RuleSeverity.INFO))
    assert only(faults(without, **late(), identifiers=[])) == (
        "identifiers",
        "nothing",
        "identifiers for labels from elsewhere",
        "name the columns by which labels are joined",
    )
    assert faults(identifiers=[]) == []


def test_the_feed_must_come_without_a_label_that_comes_later() -> None:
    assert only(faults(**late())) == (
        "labels.source",
        "labels of their own source, and the contract asks the feed for the column 'y'",
        "a contract that lets batches come without it",
        (
            "remove the column from the contract, or give it `severity: info` there; every batch "
            "without it fails `contract`"
        ),
    )
    warned = contract_of(column_of("y", type_severity=RuleSeverity.WARNING))
    assert only(faults(warned, **late()))[0] == "labels.source"
    assert faults(**late(column="outcome")) == []


FOLDERS: dict[str, Any] = {"batches": {"by": "folder"}}


def test_batches_by_folder_need_folders_that_differ() -> None:
    assert faults(**FOLDERS, **source(location="events/*/a.csv")) == []
    assert faults(**FOLDERS, **source(location="events/day=[0-9]/*.csv")) == []
    assert only(faults(**FOLDERS, **source(location="events/*.csv"))) == (
        "sources.records.location",
        "'events/*.csv'",
        "a wildcard for the folders, as in 'events/*/*.parquet'",
        "add it, or choose batches by file",
    )
    assert faults(**source(location="events/*.csv")) == []


@pytest.mark.parametrize("changes", [{**SQL, "table": "t"}, {"format": "delta"}])
def test_tables_have_no_folders(changes: dict[str, Any]) -> None:
    kind = changes["format"]
    changed = source(**{"location": "lake/orders", **changes})
    assert only(faults(**FOLDERS, **changed)) == (
        "batches.by", f"'folder' for {kind}", "time, rows or file", "choose one",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model": {"categorical": ["x1", "x22"]}},
         ("model.categorical[1]", "'x22'", "a feature", "did you mean 'x2'?")),
        ({"model": {"categorical": ["other"]}},
         ("model.categorical[0]", "'other'", "a feature", "add it to `features`")),
        ({"model": {"features": ["x1", "x2", "x1"]}},
         ("model.features", "'x1' again", "it once", "remove one")),
        ({"drift": {"critical": ["y"]}},
         ("drift.critical[0]", "'y'", "a feature", "name a feature of the model")),
        ({"drift": {"ignore": ["x1", "x3"]}},
         ("drift.ignore[1]", "'x3'", "a feature", "name a feature of the model")),
    ],
)  # fmt: skip
def test_features_are_named_once_and_known(
    changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert only(faults(**changes)) == expected


def test_without_a_model_drift_is_about_columns() -> None:
    assert faults(**DATA_ONLY, drift={"critical": ["y"]}) == []
    assert only(faults(**DATA_ONLY, drift={"ignore": ["y", "gone"]}))[:3] == (
        "drift.ignore[1]", "the column 'gone'", "a column of the contract",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"identifiers": ["id", "idd"]}, "identifiers[1]"),
        ({"protected": ["idd"]}, "protected[0]"),
        ({"time_column": "idd"}, "time_column"),
        ({"labels": {"column": "idd"}}, "labels.column"),
        ({"batches": {"by": "time", "column": "idd", "every": "7d"}}, "batches.column"),
        ({"model": {"features": ["x1", "idd"]}}, "model.features[1]"),
        ({"model": {"forecasting": {"series": "idd", "season": 7}}}, "model.forecasting.series"),
        ({"model": {"estimator": ..., "logged_predictions": "idd"}}, "model.logged_predictions"),
        ({"model": {"estimator": ..., "logged_predictions": "y", "logged_scores": "idd"}},
         "model.logged_scores"),
    ],
)  # fmt: skip
def test_each_column_that_the_charter_names_is_in_the_contract(
    changes: dict[str, Any], place: str
) -> None:
    assert only(faults(**changes)) == (
        place, "the column 'idd'", "a column of the contract", "did you mean 'id'?",
    )  # fmt: skip
    assert faults(NO_CONTRACT, **changes) == []


def test_a_contract_without_any_of_the_columns_is_the_wrong_contract() -> None:
    other = Contract(id="o", version="1", status="active", dataset="o", columns=(column_of("z"),))
    assert only(faults(other)) == (
        "contract",
        "'contract.yaml', which has none of the columns used here",
        "the contract of the feed, with columns such as 'id'",
        "name the right contract or correct the columns",
    )
    assert faults(other, **DATA_ONLY, identifiers=[]) == []


@pytest.mark.parametrize(
    ("changes", "place", "found"),
    [
        ({"time_column": "x1"}, "time_column", "the column 'x1' of type number"),
        ({"batches": {"by": "time", "column": "x1", "every": "7d"}}, "batches.column",
         "the column 'x1' of type number"),
        ({"batches": {"by": "time", "column": "step", "every": "7d"}}, "batches.column",
         "the column 'step' of type integer"),
    ],
)  # fmt: skip
def test_times_are_dates(changes: dict[str, Any], place: str, found: str) -> None:
    assert only(faults(**changes)) == (
        place,
        found,
        "a column of type date or timestamp",
        "give its `logicalType` and `format` in the contract",
    )


def test_whole_numbers_order_records_although_they_are_no_dates() -> None:
    assert faults(time_column="step") == []
    assert faults(time_column="day") == []
    moments = contract_of(column_of("at", LogicalType.TIMESTAMP))
    windows = {"by": "time", "column": "at", "every": "7d"}
    assert faults(moments, time_column="at", batches=windows) == []


@pytest.mark.parametrize("header", ["position", "none"])
def test_objects_are_matched_by_name(header: str) -> None:
    unnamed = contract_of(layout=FileLayout(header=header))
    assert only(faults(unnamed, **source(format="jsonl"))) == (
        "sources.records.format",
        f"'jsonl' with `header: {header}` in the contract",
        "columns matched by name",
        "correct the contract's `header`, or the format",
    )
    assert faults(unnamed) == []
    assert faults(**source(format="jsonl")) == []


def test_categories_say_the_same_as_the_contract() -> None:
    declared = contract_of(column_of("x1", category="user.name"))
    assert faults(declared, **source(categories={"x1": "user.name"})) == []
    assert faults(**source(categories={"x1": "user.name"})) == []
    assert only(faults(declared, **source(categories={"x1": "user.contact.email"}))) == (
        "sources.records.categories.x1",
        "'user.contact.email'",
        "'user.name', as the contract says",
        "make both say the same",
    )
    assert only(faults(**source(categories={"x11": "user.name"}))) == (
        "sources.records.categories.x11",
        "the column 'x11'",
        "a column of the contract",
        "did you mean 'x1'?",
    )


def label(kind: LogicalType = LogicalType.INTEGER, **more: Any) -> Column:
    return column_of("y", kind, **more)


@pytest.mark.parametrize(
    ("column", "positive", "known"),
    [
        (label(allowed=(0, 1)), "2", "'0' or '1'"),
        (label(LogicalType.STRING, allowed=("yes", "no")), "Yes", "'yes' or 'no'"),
        (label(LogicalType.BOOLEAN), "true", "'True' or 'False'"),
        (label(LogicalType.NUMBER, allowed=(0.0, 0.5)), "0.0", "'0' or '0.5'"),
    ],
)
def test_the_positive_class_is_a_value_of_the_label(
    column: Column, positive: str, known: str
) -> None:
    assert only(faults(contract_of(column), labels={"positive": positive})) == (
        "labels.positive", f"{positive!r}", f"{known}, as the contract says",
        "write it as the contract does",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "positive"),
    [
        (label(allowed=(0, 1)), "1"),
        (label(), "17"),
        (label(LogicalType.BOOLEAN), "True"),
        (label(LogicalType.NUMBER, allowed=(0.0, 0.5)), "0.5"),
        (label(LogicalType.NUMBER, allowed=(0.0, 1234567.0)), "1234567"),
        (label(LogicalType.NUMBER, allowed=(0.0, 0.12345678)), "0.12345678"),
    ],
)
def test_a_positive_class_is_written_as_labels_are(column: Column, positive: str) -> None:
    assert faults(contract_of(column), labels={"positive": positive}) == []


def test_labels_of_another_source_are_not_in_this_contract() -> None:
    column = label(allowed=(0, 1), type_severity=RuleSeverity.INFO)
    assert faults(contract_of(column), **late(positive="yes")) == []
