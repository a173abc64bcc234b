"""A figure without a limit has no verdict anywhere: nothing was agreed that it could keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from aipo_pipelines.assets.reporting.figure_rows import figure_row
from aipo_pipelines.assets.reporting.results import check_result
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, figure_from_json, figure_to_json
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from tests.world import World


@pytest.fixture(scope="module")
def outcomes(lived: World) -> tuple[CheckOutcome, ...]:
    """All that is measured of a batch that a champion scores."""
    return tuple(outcome for result in lived.measure("w2").values() for outcome in result.checks)


def _measured(outcomes: tuple[CheckOutcome, ...]) -> Iterator[Figure]:
    for outcome in outcomes:
        yield from outcome.figures


def test_no_measure_gives_a_verdict_on_a_figure_without_a_limit(
    outcomes: tuple[CheckOutcome, ...],
) -> None:
    informing = [outcome for outcome in _measured(outcomes) if outcome.limit is None]
    assert {"calibration_slope", "brier", "label_coverage"} <= {
        figure.metric for figure in informing
    }
    assert {figure.verdict for figure in informing} == {None}


def test_every_figure_with_a_limit_has_a_verdict(outcomes: tuple[CheckOutcome, ...]) -> None:
    judged = [outcome for outcome in _measured(outcomes) if outcome.limit is not None]
    assert judged
    assert all(figure.verdict is not None for figure in judged)


def test_tables_and_json_say_that_nothing_is_agreed() -> None:
    figure = Figure(metric="brier", value=0.2, n=100)
    assert figure_row(figure)["verdict"] == "not agreed"
    assert figure_to_json(figure)["verdict"] is None


def test_dagster_shows_that_nothing_is_agreed_about_calibration_without_a_limit(
    outcomes: tuple[CheckOutcome, ...],
) -> None:
    (calibration,) = [outcome for outcome in outcomes if outcome.check == "calibration"]
    shown = check_result("sample", "performance", calibration)
    assert isinstance(shown.metadata["verdict"], dg.TextMetadataValue)
    assert shown.metadata["verdict"].value == "not agreed"
    assert shown.description == calibration.summary
    assert "no limit is agreed" in calibration.summary


def test_the_ledger_holds_no_verdict_without_a_limit(lived: World) -> None:
    kinds = (CheckEvaluated.kind, AssetMaterialised.kind)
    entries = lived.services.ledger.entries("sample", kinds, limit=500)
    figures = [figure for entry in entries for figure in _stored(dict(entry.body))]
    assert {figure["verdict"] for figure in figures if figure["limit"] is None} == {None}
    assert len([figure for figure in figures if figure["limit"] is not None]) > 10


def _stored(value: Any) -> Iterator[dict[str, Any]]:
    """Every figure anywhere in a body."""
    if isinstance(value, dict):
        if {"metric", "verdict", "limit"} <= value.keys():
            yield value
        for member in value.values():
            yield from _stored(member)
    if isinstance(value, list | tuple):
        for member in value:
            yield from _stored(member)


def test_what_former_programs_called_a_pass_without_a_limit_is_read_as_no_verdict() -> None:
    stored = {"metric": "brier", "value": 0.2, "verdict": "pass", "limit": None}
    read = figure_from_json(stored)
    assert read.verdict is None
    assert read.judgement == "not agreed"
