"""The metadata of assets: one class per asset, one form of JSON, old forms readable."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from aipo_pipelines.evidence.metadata.as_json import (
    metadata_from_json,
    metadata_to_json,
    metadata_type,
)
from aipo_pipelines.evidence.metadata.base import (
    NO_METADATA,
    Metadata,
    metadata_of,
)
from aipo_pipelines.evidence.metadata.gate_terms import LimitTerms, Question
from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.evidence.metadata.monitoring import (
    DataQualityMetadata,
    DatasetMetadata,
    DriftMetadata,
    PerformanceMetadata,
    PredictionsMetadata,
)
from aipo_pipelines.evidence.metadata.training import (
    AsLive,
    ChallengerMetadata,
    ChampionMetadata,
    EvaluationMetadata,
    Gate,
    RiskAssessmentMetadata,
    TrainingSetMetadata,
)
from aipo_pipelines.evidence.outcome import Figure, Severity, Verdict
from aipo_pipelines.ledger.events.event import event_from_json, event_to_json
from aipo_pipelines.ledger.events.measurements import AssetMaterialised

FIGURE = Figure(metric="roc_auc", value=0.8, n=200)
FULL: dict[str, Metadata] = {
    "dataset": DatasetMetadata(
        rows=400,
        columns=4,
        version=2,
        batch_date="2026-03-02T09:00:00+00:00",
        digest="sha256:1",
        same_content_as="w1",
    ),
    "data_quality": DataQualityMetadata(contract="orders 1.0.0"),
    "drift": DriftMetadata(profile={"x1": {"mean": 0.5, "gone": None}}, champion="1", drifted=2),
    "predictions": PredictionsMetadata(
        model_version="1", rows=400, out_of_fold=True, known_records=3, digest="sha256:2"
    ),
    "performance": PerformanceMetadata(
        model_version="1",
        labelled=400,
        out_of_fold=False,
        known_records=1,
        judged_records=2,
        alike=3,
        strange_labels=4,
        unlearnt_labels=5,
        judged="sha256:3",
        further={"roc_auc": 0.8},
    ),
    "training_set": TrainingSetMetadata(
        rows=800,
        labelled=790,
        window=("w1", "w2"),
        waiting_for_labels=("w3",),
        repeated_records=1,
        copies={"w2": "w1"},
        emptied=("w0",),
        alike=2,
        identified=False,
    ),
    "challenger": ChallengerMetadata(
        version="2",
        mlflow_run_id="run",
        model_uri="models:/sample/2",
        model_digest="sha256:4",
        trained_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        trigger="cadence",
        seed=1,
        rows=600,
        warnings=("it did not converge",),
        choice="all",
        window=("w1", "w2"),
        inputs={"w1": "sha256:5"},
        held_out=HeldOutPlace(partition="w2", rows=200, batches={"w2": 200}),
        out_of_fold="sha256:6",
        baseline=(FIGURE,),
        out_of_fold_figures=(FIGURE,),
        losses={"all": 0.5},
        failed={"last 3": "it broke"},
        against="1",
        unused=("3",),
    ),
    "evaluation": EvaluationMetadata(
        version="2",
        against="1",
        not_compared="its files are gone",
        gates=(
            Gate(
                gate="roc_auc",
                verdict="pass",
                summary="Fine.",
                figures=(FIGURE,),
                terms=LimitTerms(
                    about=Question(
                        task="binary", decision_threshold=0.5, label="left", positive=None
                    ),
                    metric="roc_auc",
                    attribute=None,
                    limit=0.7,
                    minimum_sample=100,
                    confidence=0.9,
                    protected=(),
                ),
            ),
        ),
        as_live=(
            AsLive(
                check="performance",
                verdict=Verdict.PASS,
                severity=Severity.CRITICAL,
                summary="Fine.",
                figures=(FIGURE,),
            ),
        ),
        passed=True,
    ),
    "risk_assessment": RiskAssessmentMetadata(
        version="2", text="Go: all.", sentences=("Go: all.",), figures=(FIGURE,)
    ),
    "champion": ChampionMetadata(version="2", decision=9, previous="1", model_version="2"),
    "mine": Metadata(further={"share": 0.2}),
}
"""Metadata with something in every member, by asset."""

assets = pytest.mark.parametrize(("asset", "metadata"), FULL.items(), ids=FULL.keys())


@assets
def test_metadata_are_read_back_as_they_were_written(asset: str, metadata: Metadata) -> None:
    assert metadata_from_json(asset, metadata_to_json(metadata)) == metadata


@assets
def test_an_entry_holds_the_metadata_of_its_asset(asset: str, metadata: Metadata) -> None:
    event = AssetMaterialised(
        asset=asset, partition="w1", run_id="run", data_version="", metadata=metadata
    )
    body = event_to_json(event)
    assert body["metadata"] == metadata_to_json(metadata)
    assert event_from_json(AssetMaterialised.kind, body) == event


@assets
def test_something_is_said_in_every_member(asset: str, metadata: Metadata) -> None:
    kind = metadata_type(asset)
    assert type(metadata) is kind
    usual = kind()
    same = [
        member.name
        for member in fields(kind)
        if member.name != "further"
        and getattr(metadata, member.name) == getattr(usual, member.name)
    ]
    assert same == []


def test_agreed_metrics_are_written_with_the_other_numbers_so_that_dagster_draws_them() -> None:
    written = metadata_to_json(FULL["performance"])
    assert (written["roc_auc"], written["labelled"]) == (0.8, 400)
    assert "further" not in written


def test_of_a_batch_that_was_not_judged_no_number_is_drawn() -> None:
    assert metadata_to_json(PerformanceMetadata()) == {}


def test_a_null_inside_a_fact_is_kept() -> None:
    written = metadata_to_json(FULL["drift"])
    assert written["profile"] == {"x1": {"mean": 0.5, "gone": None}}


def test_what_programs_before_kept_records_wrote_says_nothing_of_them() -> None:
    former = metadata_from_json("performance", {"model_version": "1", "labelled": 400})
    assert former == PerformanceMetadata(model_version="1", labelled=400)


def test_a_version_that_older_programs_wrote_as_a_number_is_its_name() -> None:
    assert metadata_from_json("challenger", {"version": 3}) == ChallengerMetadata(version="3")


@pytest.mark.parametrize("text", ["yesterday", "2026-03-02T09:00:00", 7, None])
def test_a_moment_that_is_not_aware_is_left_out(text: object) -> None:
    read = metadata_from_json("challenger", {"version": "3", "trained_at": text})
    assert read == ChallengerMetadata(version="3", trained_at=None)


@pytest.mark.parametrize("value", [None, "text", [1], {"gates": 7}, {"gates": [{}]}])
def test_what_is_not_of_the_form_of_an_asset_says_nothing(value: object) -> None:
    assert metadata_from_json("evaluation", value) == EvaluationMetadata()


def test_metadata_of_another_kind_say_nothing() -> None:
    assert metadata_of(ChampionMetadata, NO_METADATA) == ChampionMetadata()
    assert metadata_of(ChampionMetadata, FULL["champion"]) == FULL["champion"]


def test_further_metadata_of_our_assets_is_recorded_with_them() -> None:
    attached = {"rows": 3, "note": "plain", "shape": {"a": 1}}
    assert metadata_to_json(metadata_from_json("dataset", attached)) == attached
