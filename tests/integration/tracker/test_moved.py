"""Models in a lake that was moved, copied, or is not there."""

from __future__ import annotations

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelMissingError
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.tracker import Tracker, TrainingInput, TrainingRecord

pytestmark = pytest.mark.integration

SPEC = ModelSpec(
    task=Task.BINARY,
    estimator="sklearn.linear_model.LogisticRegression",
    parameters={},
    features=("charge",),
)


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    charge = np.random.default_rng(2).uniform(0, 100, 100)
    batch = pd.DataFrame({"charge": charge, "left": np.where(charge > 50, "yes", "no")})
    return train(batch, batch["left"], SPEC, Columns(label="left", positive="yes"))


@pytest.fixture
def record() -> TrainingRecord:
    return TrainingRecord(
        product=f"churn_{uuid.uuid4().hex}",
        spec=SPEC,
        figures=(),
        inputs=(TrainingInput(partition="0001", digest=f"sha256:{'ab' * 32}", rows=100),),
        trained_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        charter_version="1.2",
        charter_digest="sha256:c",
        contract_version="3.0",
        contract_digest="sha256:d",
        code_version="0.1.0",
        trigger=Trigger.parse("entry:42"),
    )


@pytest.fixture
def tracker(database_urls: Databases, tmp_path: Path) -> Tracker:
    return Tracker(database_urls.mlflow_url, str(tmp_path / "lake"))


def files(tracker: Tracker) -> list[Path]:
    return [path for path in Path(tracker.artifact_root).rglob("*") if path.is_file()]


def test_models_are_found_and_stored_at_the_new_place_of_the_lake(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    version = tracker.log_training(fitted, record).version
    Path(tracker.artifact_root).rename(tmp_path / "elsewhere")
    moved = Tracker(tracker.tracking_uri, str(tmp_path / "elsewhere"))
    assert moved.load(record.product, version).inputs == fitted.inputs
    second = moved.log_training(fitted, record).version
    assert moved.load(record.product, second).inputs == fitted.inputs
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_a_copy_of_a_lake_reads_and_writes_its_own_files(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    version = tracker.log_training(fitted, record).version
    shutil.copytree(tracker.artifact_root, tmp_path / "copy")
    for path in files(tracker):
        path.write_bytes(b"the first home's own business")
    before = files(tracker)
    copy = Tracker(tracker.tracking_uri, str(tmp_path / "copy"))
    assert copy.load(record.product, version).inputs == fitted.inputs
    copy.log_training(fitted, record)
    assert files(tracker) == before


def test_a_lake_that_is_not_there_is_missing_and_not_altered(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    version = tracker.log_training(fitted, record).version
    Path(tracker.artifact_root).rename(tmp_path / "elsewhere")
    with pytest.raises(ModelMissingError, match="no sign that they were altered") as missing:
        tracker.load(record.product, version)
    assert str(tmp_path / "lake") in str(missing.value)


def test_old_models_are_read_from_the_old_place_when_new_models_are_stored_at_another(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    version = tracker.log_training(fitted, record).version
    other = Tracker(tracker.tracking_uri, str(tmp_path / "other"))
    assert other.load(record.product, version).inputs == fitted.inputs
    assert not (tmp_path / "other").exists()
