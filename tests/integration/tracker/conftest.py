"""The tracker on MLflow and the fake, with a fitted model and its record."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.tracker import (
    FakeTracker,
    ModelTracker,
    Tracker,
    TrainedModel,
    TrainingInput,
    TrainingRecord,
)

COLUMNS = Columns(label="left", positive="yes")
NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
SPEC = ModelSpec(
    task=Task.BINARY,
    estimator="sklearn.ensemble.HistGradientBoostingClassifier",
    parameters={"max_iter": 5},
    features=("charge", "plan"),
)


@pytest.fixture(scope="module")
def batch() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    charge = rng.uniform(0, 100, 200)
    plan = rng.choice(["basic", "extra"], 200)
    return pd.DataFrame(
        {"charge": charge, "plan": plan, "left": np.where(charge > 50, "yes", "no")}
    )


@pytest.fixture(scope="module")
def fitted(batch: pd.DataFrame) -> Fitted:
    return train(batch, batch["left"], SPEC, COLUMNS)


@pytest.fixture
def record() -> TrainingRecord:
    interval = Interval(low=0.8, high=0.95, level=0.95, method="Wilson")
    return TrainingRecord(
        product=f"churn_{uuid.uuid4().hex}",
        spec=SPEC,
        figures=(
            Figure(metric="accuracy", value=0.9, n=200, interval=interval),
            Figure(metric="recall", value=None, n=0, subject="plan='<b>../x'"),
        ),
        inputs=(TrainingInput(partition="0001", digest=f"sha256:{'ab' * 32}", rows=200),),
        trained_at=NOW,
        charter_version="1.2",
        charter_digest="sha256:c",
        contract_version="3.0",
        contract_digest="sha256:d",
        code_version="0.1.0",
        trigger=Trigger.parse("entry:42"),
    )


@pytest.fixture
def tracker(database_urls: Databases, tmp_path: Path) -> Tracker:
    # One database for all tests: each has a product of its own, and dropping one takes seconds.
    return Tracker(database_urls.mlflow_url, str(tmp_path / "lake"))


@pytest.fixture(params=["mlflow", "fake"])
def either(request: pytest.FixtureRequest) -> ModelTracker:
    if request.param == "fake":
        return FakeTracker()
    opened: Tracker = request.getfixturevalue("tracker")
    return opened


def client(tracker: Tracker) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracker.tracking_uri, tracker.tracking_uri)


def files(tracker: Tracker) -> list[Path]:
    return [path for path in Path(tracker.artifact_root).rglob("*") if path.is_file()]


def store(tracker: ModelTracker, fitted: Fitted, record: TrainingRecord) -> TrainedModel:
    return tracker.log_training(fitted, record)
