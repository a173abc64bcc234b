"""What the state remembers of materialised assets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.base import NO_METADATA, Metadata
from aipo_pipelines.evidence.metadata.monitoring import (
    DriftMetadata,
    PerformanceMetadata,
    PredictionsMetadata,
)
from aipo_pipelines.evidence.metadata.training import ChallengerMetadata
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.fold.materialisations import materialise
from aipo_pipelines.ledger.model.state import ProductState
from tests.unit.ledger.values import batch, entry, run, state

SCORED = batch("w1", entry=20, measured_by="1", judged="sha256:old")


def materialised(
    before: ProductState, asset: str, metadata: Metadata, partition: str = "w1", **members: Any
) -> ProductState:
    known = AssetMaterialised(
        asset=asset, partition=partition, run_id="run", data_version="", metadata=metadata
    )
    event = replace(known, **members)
    return materialise(before, entry(event, 40), event)


def test_a_batch_remembers_the_version_that_scored_it() -> None:
    after = materialised(state(SCORED), "predictions", PredictionsMetadata(model_version="2"))
    assert after.batches == {"w1": replace(SCORED, measured_by="2")}


def test_answers_that_came_with_the_batch_name_no_version_but_are_remembered() -> None:
    after = materialised(state(SCORED), "predictions", PredictionsMetadata(model_version=""))
    assert after.batches["w1"].measured_by == ""


@pytest.mark.parametrize("metadata", [PredictionsMetadata(), NO_METADATA, Metadata()])
def test_a_report_without_a_version_changes_nothing(metadata: Metadata) -> None:
    before = state(SCORED)
    assert materialised(before, "predictions", metadata) is before


def test_a_batch_remembers_the_records_by_which_it_was_judged() -> None:
    after = materialised(state(SCORED), "performance", PerformanceMetadata(judged="sha256:new"))
    assert after.batches == {"w1": replace(SCORED, judged="sha256:new")}


@pytest.mark.parametrize("metadata", [PerformanceMetadata(), NO_METADATA])
def test_performance_without_judged_records_was_judged_by_no_record(metadata: Metadata) -> None:
    after = materialised(state(SCORED), "performance", metadata)
    assert after.batches["w1"].judged == ""


@pytest.mark.parametrize(
    ("asset", "metadata"),
    [
        ("predictions", PredictionsMetadata(model_version="2")),
        ("performance", PerformanceMetadata(judged="sha256:new")),
    ],
)
def test_a_report_about_an_unknown_batch_or_by_an_outdated_run_changes_nothing(
    asset: str, metadata: Metadata
) -> None:
    before = state(SCORED, runs={"early": run("early", 19)})
    assert materialised(before, asset, metadata, "w2") is before
    assert materialised(before, asset, metadata, run_id="early") is before
    assert materialised(before, asset, metadata, action="19:1") is before


def test_another_asset_of_a_batch_changes_nothing() -> None:
    before = state(SCORED)
    assert materialised(before, "drift", DriftMetadata(drifted=2)) is before


def test_other_assets_are_those_of_a_model() -> None:
    after = materialised(state(), "challenger", ChallengerMetadata(version="3"), "")
    assert list(after.candidates) == ["3"]
