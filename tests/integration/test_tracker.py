"""The tracker on MLflow over Postgres; the common interface is tested on the fake too."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import (
    ModelAlteredError,
    ModelMissingError,
    ModelNotStorableError,
    TrackerError,
)
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.policy.rules.registry import Registered
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.tracker import (
    FakeTracker,
    ModelTracker,
    Tracker,
    TrainedModel,
    TrainingInput,
    TrainingRecord,
)
from tests.integration.gates import GATES

pytestmark = pytest.mark.integration

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
        trigger="entry:42",
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


def test_a_stored_model_answers_as_before(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord, batch: pd.DataFrame
) -> None:
    trained = store(either, fitted, record)
    read = either.load(record.product, trained.version, digest=trained.digest)
    table = batch[["charge", "plan"]]
    expected = fitted.estimator.predict_proba(table)
    np.testing.assert_array_equal(read.estimator.predict_proba(table), expected)
    assert (read.classes, read.baseline) == (fitted.classes, fitted.baseline)


def test_there_is_no_champion_before_the_first_release(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    assert either.champion_version(record.product) is None
    assert store(either, fitted, record).version == "1"
    assert either.champion_version(record.product) is None


def test_a_release_keeps_the_predecessor_and_may_be_repeated(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    for _ in range(2):
        store(either, fitted, record)
    assert [either.release(record.product, version) for version in "122"] == ["", "1", "1"]
    assert either.champion_version(record.product) == "2"


def test_a_rollback_is_a_release_of_the_predecessor(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    for _ in range(2):
        store(either, fitted, record)
    assert [either.release(record.product, version) for version in "121"] == ["", "1", "2"]
    assert either.champion_version(record.product) == "1"


def test_a_version_that_was_evaluated_can_still_be_released(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    trained = store(either, fitted, record)
    either.log_evaluation(trained, GATES, NOW)
    either.load(record.product, trained.version, digest=trained.digest)
    assert either.release(record.product, trained.version) == ""


def test_the_run_and_the_version_show_the_outcomes_of_the_gates(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    trained = store(tracker, fitted, record)
    tracker.log_evaluation(trained, GATES, NOW)
    run = client(tracker).get_run(trained.run_id)
    assert run.data.metrics["gate/champion/relative_gain"] == 0.2
    assert run.data.metrics["gate/champion/relative_gain.low"] == 0.1
    assert run.data.metrics["gate/sample/held_out_records"] == 60
    assert run.data.tags["aipo.gate.sample"] == "insufficient"
    version = client(tracker).get_model_version(record.product, trained.version)
    assert version.tags["aipo.gates"] == run.data.tags["aipo.gates"] == "not passed"
    assert run.info.status == "FINISHED"


def test_the_run_shows_the_held_out_records_and_the_other_windows(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    evaluated = replace(
        record,
        choice="recent",
        held_out={"partition": "0001", "from_row": 140, "rows": 60},
        losses={"all": 0.5, "recent": 0.4},
        out_of_fold=(Figure(metric="accuracy", value=0.7, n=140),),
    )
    run = client(tracker).get_run(store(tracker, fitted, evaluated).run_id)
    assert json.loads(run.data.tags["aipo.held_out"])["from_row"] == 140
    assert (run.data.tags["aipo.choice"], run.data.tags["aipo.seed"]) == ("recent", "0")
    assert run.data.metrics["windows/all/mean_loss"] == 0.5
    assert run.data.metrics["out_of_fold/accuracy"] == 0.7
    assert run.data.metrics["accuracy"] == 0.9


def test_a_version_deleted_by_hand_is_neither_loaded_nor_released(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    for _ in range(2):
        store(tracker, fitted, record)
    tracker.release(record.product, "2")
    client(tracker).delete_model_version(record.product, "1")
    with pytest.raises(TrackerError, match="deleted by hand"):
        tracker.load(record.product, "1")
    with pytest.raises(TrackerError, match="deleted by hand"):
        tracker.release(record.product, "1")
    assert tracker.champion_version(record.product) == "2"


def test_the_registry_shows_the_champion_and_the_existing_versions(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    first, second = (store(either, fitted, record) for _ in range(2))
    either.release(record.product, "2")
    versions = {
        record.product: {"1": first.run_id, "2": second.run_id, "7": "f" * 32},
        "nobody": {},
    }
    known = Registered(champion="2", versions=frozenset({"1", "2"}))
    assert either.registered(versions) == {record.product: known, "nobody": Registered()}


def test_a_version_deleted_by_hand_is_missing_from_the_registry(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    trained = store(tracker, fitted, record)
    tracker.release(record.product, "1")
    client(tracker).delete_model_version(record.product, "1")
    registered = tracker.registered({record.product: {"1": trained.run_id}})
    assert registered == {record.product: Registered()}


def test_aliases_are_set_to_the_versions_of_the_ledger(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    for _ in range(2):
        store(either, fitted, record)
    either.release(record.product, "2")
    for champion, previous in (("1", ""), ("2", "1"), ("", "")):
        either.put_in_charge(record.product, champion, previous)
        assert either.champion_version(record.product) == (champion or None)
    with pytest.raises(TrackerError, match="no version '9'"):
        either.put_in_charge(record.product, "9", "")


def test_versions_that_the_ledger_does_not_know_are_marked_once(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    by_hand = replace(record, trigger="run:0815")
    for training in (record, record, record, by_hand):
        store(either, fitted, training)
    assert either.set_aside(record.product, {"2"}) == ("1", "3")
    assert either.set_aside(record.product, {"2"}) == ()


def test_a_number_that_the_ledger_knows_is_given_to_no_other_version(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord
) -> None:
    tracker.log_training(fitted, record)
    client(tracker).delete_registered_model(record.product)  # MLflow counts from 1 again
    assert tracker.log_training(fitted, replace(record, numbered=2)).version == "3"
    versions = client(tracker).search_model_versions(f"name='{record.product}'")
    assert [str(version.version) for version in versions] == ["3"]


def test_without_any_version_no_version_is_marked(either: ModelTracker) -> None:
    assert either.set_aside(f"churn_{uuid.uuid4().hex}", ()) == ()


def test_the_leftovers_of_a_killed_training_are_marked_in_mlflow(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tracker, fitted, record)
    with monkeypatch.context() as patch:
        # As if the process had been killed before it could end its run.
        patch.setattr("mlflow.MlflowClient.set_terminated", lambda *_, **__: None)
        killed = store(tracker, fitted, record)
    tracker.set_aside(record.product, {"1"})
    version = client(tracker).get_model_version(record.product, killed.version)
    assert "ended before the ledger knew of it" in version.tags["aipo.unused"]
    assert client(tracker).get_run(killed.run_id).info.status == "KILLED"


def test_a_training_killed_as_its_run_begins_leaves_no_run_under_way(
    tracker: Tracker, fitted: Fitted, record: TrainingRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mlflow.MlflowClient.log_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            store(tracker, fitted, record)
    tracker.set_aside(record.product, ())
    mlflow = client(tracker)
    experiment = mlflow.get_experiment_by_name(record.product)
    assert experiment is not None
    (left,) = mlflow.search_runs([experiment.experiment_id])
    assert left.info.status == "KILLED"


def test_a_version_that_does_not_exist_is_refused(
    either: ModelTracker, fitted: Fitted, record: TrainingRecord
) -> None:
    store(either, fitted, record)
    with pytest.raises(TrackerError, match="no version '9' of churn_"):
        either.release(record.product, "9")
    with pytest.raises(TrackerError, match="no version '9' of churn_"):
        either.load(record.product, "9")
    assert either.champion_version(record.product) is None


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
