from __future__ import annotations

import math

import dagster as dg
import pytest

from aipo_pipelines.assets.reporting.results import AssetResult, check_result, report, table
from aipo_pipelines.evidence.details.dataset import VolumeDetails
from aipo_pipelines.evidence.metadata.base import Metadata
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Interval,
    Severity,
    Verdict,
)

FIGURE = Figure(
    metric="roc_auc",
    value=0.81234,
    n=500,
    interval=Interval(low=0.78, high=0.84, level=0.9, method="DeLong"),
    limit=0.7,
    direction=Direction.AT_LEAST,
    verdict=Verdict.PASS,
)


def outcome(
    verdict: Verdict = Verdict.PASS,
    severity: Severity = Severity.CRITICAL,
    summary: str = "All is well.",
    *figures: Figure,
) -> CheckOutcome:
    return CheckOutcome(
        check="performance",
        verdict=verdict,
        severity=severity,
        summary=summary,
        figures=figures,
        details=VolumeDetails(rows=3, earlier=(1, 2)),
    )


def shown(result: CheckOutcome) -> dg.AssetCheckResult:
    return check_result("sample", "performance", result)


@pytest.mark.parametrize(
    ("verdict", "passed"),
    [(Verdict.PASS, True), (Verdict.FAIL, False), (Verdict.INSUFFICIENT, False)],
)
def test_only_a_pass_passes(verdict: Verdict, passed: bool) -> None:
    assert shown(outcome(verdict)).passed is passed


@pytest.mark.parametrize(
    ("verdict", "severity", "as_dagster"),
    [
        (Verdict.FAIL, Severity.CRITICAL, dg.AssetCheckSeverity.ERROR),
        (Verdict.FAIL, Severity.WARNING, dg.AssetCheckSeverity.WARN),
        (Verdict.FAIL, Severity.INFO, dg.AssetCheckSeverity.WARN),
        (Verdict.INSUFFICIENT, Severity.CRITICAL, dg.AssetCheckSeverity.WARN),
    ],
)
def test_only_a_critical_failure_is_an_error_in_dagster(
    verdict: Verdict, severity: Severity, as_dagster: dg.AssetCheckSeverity
) -> None:
    assert shown(outcome(verdict, severity)).severity is as_dagster


def test_a_check_result_carries_what_the_recorder_reads_back() -> None:
    metadata = shown(outcome(Verdict.FAIL, Severity.INFO, "Low.", FIGURE)).metadata
    assert metadata["verdict"] == dg.MetadataValue.text("fail")
    assert metadata["aipo_severity"] == dg.MetadataValue.text("info")
    assert metadata["summary"] == dg.MetadataValue.text("Low.")
    assert metadata["details"] == dg.MetadataValue.json({"rows": 3, "earlier": [1, 2]})
    figures = metadata["figures"].value
    assert isinstance(figures, list)
    assert figures[0]["metric"] == "roc_auc"


def test_a_check_result_names_the_command_that_shows_its_entries() -> None:
    value = shown(outcome()).metadata["ledger"]
    assert isinstance(value, dg.MarkdownMetadataValue)
    assert "--subject performance/performance" in str(value.value)


def test_figures_are_shown_as_a_table_with_interval_and_limit() -> None:
    value = shown(outcome(Verdict.PASS, Severity.CRITICAL, "", FIGURE)).metadata["table"]
    assert isinstance(value, dg.TableMetadataValue)
    assert value.records[0].data == {
        "metric": "roc_auc",
        "of": "",
        "value": "0.8123",
        "interval": "0.78 to 0.84",
        "n": "500",
        "limit": "at least 0.7",
        "verdict": "pass",
        "note": "",
    }


def test_a_check_without_figures_has_no_table() -> None:
    assert "table" not in shown(outcome()).metadata


def test_an_estimate_says_so_in_its_verdict() -> None:
    estimated = Figure(metric="accuracy", value=0.8, n=1, verdict=Verdict.PASS, estimated=True)
    value = shown(outcome(Verdict.PASS, Severity.INFO, "", estimated)).metadata["table"]
    assert isinstance(value, dg.TableMetadataValue)
    assert value.records[0].data["verdict"] == "pass (estimated)"


def test_the_description_cannot_open_a_tag_while_the_record_keeps_the_name() -> None:
    hostile = "Column <script>alert(1)</script> is missing."
    result = shown(outcome(Verdict.FAIL, Severity.CRITICAL, hostile))
    assert "<script" not in str(result.description)
    assert result.metadata["summary"] == dg.MetadataValue.text(hostile)


def test_a_materialisation_comes_before_its_checks_and_contains_the_digest() -> None:
    result = AssetResult(asset="dataset", checks=(outcome(),), data_version="sha256:1")
    materialisation, judged = report("sample", result)
    assert isinstance(materialisation, dg.MaterializeResult)
    assert isinstance(judged, dg.AssetCheckResult)
    assert materialisation.asset_key == judged.asset_key == dg.AssetKey(["sample", "dataset"])
    assert materialisation.data_version == dg.DataVersion("sha256:1")


def test_facts_keep_their_types_and_pictures_tables_and_links_are_not_plain_facts() -> None:
    result = AssetResult(
        asset="dataset",
        metadata=Metadata(further={"a": True, "b": 1, "c": 0.5, "d": "x", "e": ["y"], "f": None}),
        pictures={"picture": "![p](data:)"},
        tables={"rows": [{"name": "x"}], "none": []},
        links={"MLflow": "http://mlflow.example"},
    )
    materialisation = next(iter(report("sample", result)))
    assert isinstance(materialisation, dg.MaterializeResult)
    kinds = {name: type(value).__name__ for name, value in (materialisation.metadata or {}).items()}
    assert kinds == {
        "a": "BoolMetadataValue",
        "b": "IntMetadataValue",
        "c": "FloatMetadataValue",
        "d": "TextMetadataValue",
        "e": "JsonMetadataValue",
        "f": "JsonMetadataValue",
        "picture": "MarkdownMetadataValue",
        "rows": "TableMetadataValue",
        "MLflow": "UrlMetadataValue",
        "ledger": "MarkdownMetadataValue",
    }


def test_a_table_shows_hostile_names_as_text_in_cells() -> None:
    value = table([{"column": "<b>|\n", "count": 3, "none": None}, {"column": "y"}])
    assert isinstance(value, dg.TableMetadataValue)
    assert [dict(record.data) for record in value.records] == [
        {"column": "<b>|\n", "count": "3", "none": ""},
        {"column": "y", "count": "", "none": ""},
    ]


def test_a_figure_without_a_value_is_a_dash() -> None:
    nothing = Figure(metric="accuracy", value=None, n=0, verdict=Verdict.INSUFFICIENT)
    value = shown(outcome(Verdict.INSUFFICIENT, Severity.WARNING, "", nothing)).metadata["table"]
    assert isinstance(value, dg.TableMetadataValue)
    assert value.records[0].data["value"] == "-"
    assert not math.isnan(float(str(value.records[0].data["n"])))
