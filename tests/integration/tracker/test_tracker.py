"""The tracker on MLflow over Postgres; the promises of the fake are tested on both."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.errors import (
    ModelAlteredError,
    ModelMissingError,
    ModelNotStorableError,
    TrackerError,
)
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.tracker import (
    FakeTracker,
    ModelTracker,
    Tracker,
    TrainingRecord,
)
from tests.integration.tracker.conftest import NOW, client, files, store

pytestmark = pytest.mark.integration


def test_a_stored_model_answers_as_before(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord, batch: pd.DataFrame
) -> None:
    trained = store(either, fitted, record)
    read = either.load(record.product, trained.version, digest=trained.digest)
    table = batch[["charge", "plan"]]
    expected = fitted.estimator.predict_proba(table)
    np.testing.assert_array_equal(read.estimator.predict_proba(table), expected)
    assert (read.classes, read.baseline) == (fitted.classes, fitted.baseline)


def test_another_digest_than_the_ledgers_is_refused(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    version = store(either, fitted, record).version
    with pytest.raises(ModelAlteredError):
        either.load(record.product, version, digest=f"sha256:{'0' * 64}")


def test_a_type_without_review_is_not_stored(
    either: ModelTracker, record: TrainingRecord, fitted: Fitted
) -> None:
    strange = replace(fitted, estimator=datetime)
    with pytest.raises(ModelNotStorableError):
        store(either, strange, record)
    assert either.champion_version(record.product) is None


def test_the_run_shows_parameters_metrics_versions_and_trigger(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    run = client(tracker).get_run(store(tracker, fitted, record).run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["accuracy"] == 0.9
    assert (run.data.metrics["accuracy.low"], run.data.metrics["accuracy.high"]) == (0.8, 0.95)
    assert run.data.metrics["accuracy.n"] == 200
    assert run.data.params["parameter/max_iter"] == "5"
    assert run.data.tags["aipo.trigger"] == "entry:42"
    assert run.data.tags["aipo.charter_version"] == "1.2"
    assert run.info.end_time == int(NOW.timestamp() * 1000)


def test_the_run_names_its_batches_with_whole_digests(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    run = client(tracker).get_run(store(tracker, fitted, record).run_id)
    (used,) = run.inputs.dataset_inputs
    assert (used.dataset.name, json.loads(used.dataset.profile)) == ("0001", {"num_rows": 200})
    assert json.loads(used.dataset.source)["digest"] == f"sha256:{'ab' * 32}"


def test_the_version_is_the_challenger_and_then_the_champion(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    store(tracker, fitted, record)
    before = client(tracker).get_registered_model(record.product).aliases
    tracker.release(record.product, "1")
    after = client(tracker).get_registered_model(record.product).aliases
    assert (list(before), list(after)) == (["challenger"], ["champion"])


def test_nothing_is_pickled_and_every_file_is_in_the_lake(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    store(tracker, fitted, record)
    names = {path.name for path in files(tracker)}
    assert {"model.skops", "aipo.json", "MLmodel", "requirements.txt"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_the_model_declares_signature_requirements_and_types(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    from mlflow.models import Model

    store(tracker, fitted, record)
    (path,) = [path for path in files(tracker) if path.name == "MLmodel"]
    model = Model.load(str(path.parent))
    assert model.signature is not None
    assert model.signature.inputs.input_names() == ["charge", "plan"]
    trusted = model.flavors["sklearn"]["skops_trusted_types"]
    assert "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor" in trusted
    requirements = (path.parent / "requirements.txt").read_text()
    assert "scikit-learn==" in requirements
    assert "skops==" in requirements


@pytest.mark.parametrize("name", ["model.skops", "aipo.json", "MLmodel"])
def test_a_file_altered_by_hand_is_found_before_it_is_read(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, name: str
) -> None:
    version = store(tracker, fitted, record).version
    (path,) = [path for path in files(tracker) if path.name == name]
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelAlteredError, match="version 1 of churn_"):
        tracker.load(record.product, version)


def test_missing_files_raise_an_error_of_this_package(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    version = store(tracker, fitted, record).version
    for path in files(tracker):
        path.unlink()
    with pytest.raises(ModelMissingError, match=r"no model\.skops and no aipo\.json among"):
        tracker.load(record.product, version)


def test_a_version_deleted_by_hand_is_named(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    store(tracker, fitted, record)
    client(tracker).delete_model_version(record.product, "1")
    with pytest.raises(TrackerError, match="deleted by hand"):
        tracker.release(record.product, "1")


def test_an_experiment_deleted_by_hand_says_how_to_restore_it(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    store(tracker, fitted, record)
    experiment = client(tracker).get_experiment_by_name(record.product)
    client(tracker).delete_experiment(experiment.experiment_id)
    with pytest.raises(TrackerError, match="mlflow experiments restore"):
        store(tracker, fitted, record)


def test_a_lake_that_cannot_be_written_fails_the_run_and_registers_nothing(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    (tmp_path / "lake").write_text("a file in the way")
    with pytest.raises(TrackerError):
        store(tracker, fitted, record)
    experiment = client(tracker).get_experiment_by_name(record.product)
    (run,) = client(tracker).search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"
    assert tracker.champion_version(record.product) is None


def test_a_store_that_does_not_answer_is_reported_within_seconds(
    fitted: Fitted, record: TrainingRecord, tmp_path: Path
) -> None:
    away = Tracker("postgresql://aipo:hidden@127.0.0.1:1/mlflow", str(tmp_path))
    started = time.monotonic()
    with pytest.raises(TrackerError, match=r"does not answer.*aipo up") as caught:
        away.log_training(fitted, record)
    assert time.monotonic() - started < 5
    assert "hidden" not in str(caught.value)


def test_a_database_without_mlflow_tables_is_never_migrated_by_a_run(
    database_urls: Databases, tmp_path: Path
) -> None:
    with pytest.raises(TrackerError, match="never migrate"):
        Tracker(database_urls.ledger_url, str(tmp_path)).champion_version("churn")


def test_the_process_wide_address_of_mlflow_is_left_alone(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    import mlflow

    before = (mlflow.get_tracking_uri(), mlflow.get_registry_uri(), mlflow.active_run())
    store(tracker, fitted, record)
    tracker.load(record.product, "1")
    assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri(), mlflow.active_run()) == before


def test_importing_the_tracker_loads_no_heavy_library() -> None:
    program = (
        "import sys, aipo_pipelines.resources.tracker, aipo_pipelines.models.scoring\n"
        "print(sorted({'mlflow', 'sklearn', 'skops', 'scipy', 'sqlalchemy'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_a_fake_that_is_switched_off_refuses_every_call(
    fitted: Fitted, record: TrainingRecord
) -> None:
    fake = FakeTracker()
    store(fake, fitted, record)
    fake.away = True
    for ask in (
        lambda: store(fake, fitted, record),
        lambda: fake.release(record.product, "1"),
        lambda: fake.load(record.product, "1"),
        lambda: fake.champion_version(record.product),
    ):
        with pytest.raises(TrackerError):
            ask()


def test_a_version_altered_in_the_fake_is_refused(fitted: Fitted, record: TrainingRecord) -> None:
    fake = FakeTracker()
    store(fake, fitted, record)
    fake.alter(record.product, "1")
    with pytest.raises(ModelAlteredError):
        fake.load(record.product, "1")
