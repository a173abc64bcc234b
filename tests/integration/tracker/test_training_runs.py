"""One training in MLflow: its run, its files, and a version with a number of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.models.training import Fitted
from aipo_pipelines.models.trusted_types import store_model
from aipo_pipelines.resources.tracker import Tracker
from aipo_pipelines.resources.tracker.leftovers import UNUSED_TAG
from aipo_pipelines.resources.tracker.package import digest_of
from aipo_pipelines.resources.tracker.places import folder_of
from aipo_pipelines.resources.tracker.protocol import TrainedModel, TrainingRecord
from aipo_pipelines.resources.tracker.training_runs import (
    CHALLENGER,
    DIGEST_TAG,
    REQUIREMENTS,
    register,
    start_run,
)
from tests.integration.tracker.conftest import client

pytestmark = pytest.mark.integration


class Storing:
    """Stores trainings of one product step by step."""

    def __init__(self, tracker: Tracker, fitted: Fitted, record: TrainingRecord) -> None:
        self.mlflow = client(tracker)
        self.fitted = fitted
        self.record = record
        folder = folder_of(tracker.artifact_root, record.product)
        self.experiment = str(
            self.mlflow.create_experiment(record.product, artifact_location=folder)
        )
        _, self.types = store_model(fitted.estimator, record.spec.allowed_types)

    def start(self) -> str:
        return start_run(self.mlflow, self.experiment, self.fitted, self.record)

    def register(self, run_id: str, numbered: int = 0) -> TrainedModel:
        record = replace(self.record, numbered=numbered)
        return register(self.mlflow, self.experiment, run_id, self.types, self.fitted, record)

    def version(self, number: str) -> Any:
        return self.mlflow.get_model_version(self.record.product, number)

    def challenger(self) -> str:
        return str(self.mlflow.get_model_version_by_alias(self.record.product, CHALLENGER).version)


@pytest.fixture
def storing(tracker: Tracker, fitted: Fitted, record: TrainingRecord) -> Storing:
    return Storing(tracker, fitted, record)


def test_a_run_has_the_times_of_the_training_and_not_of_its_storing(storing: Storing) -> None:
    run = storing.mlflow.get_run(storing.start())
    began = storing.record.trained_at - timedelta(seconds=storing.fitted.seconds)
    assert abs(run.info.start_time - began.timestamp() * 1000) <= 1
    assert run.info.run_name == f"{storing.record.product} 2026-03-04 05:06"
    assert run.info.status == "RUNNING"


def test_a_run_has_its_tags_figures_parameters_and_inputs_before_it_ends(storing: Storing) -> None:
    run = storing.mlflow.get_run(storing.start())
    assert run.data.tags["aipo.trigger"] == "entry:42"
    assert run.data.metrics["accuracy"] == 0.9
    assert run.data.params["parameter/max_iter"] == "5"
    (item,) = run.inputs.dataset_inputs
    assert json.loads(item.dataset.source) == {"partition": "0001", "digest": f"sha256:{'ab' * 32}"}


def test_a_version_names_its_run_its_files_and_their_digest(
    storing: Storing, tracker: Tracker
) -> None:
    run_id = storing.start()
    trained = storing.register(run_id)
    product = storing.record.product
    assert trained == TrainedModel(
        product=product,
        version="1",
        run_id=run_id,
        model_uri=f"models:/{product}/1",
        digest=trained.digest,
    )
    version = storing.version("1")
    assert (version.run_id, version.tags[DIGEST_TAG]) == (run_id, trained.digest)
    assert version.tags["aipo.trigger"] == "entry:42"
    (model,) = (Path(tracker.artifact_root) / product / "models").glob("*/artifacts")
    assert digest_of(model) == trained.digest
    assert version.source == model.as_uri()


def test_the_stored_model_names_the_installed_packages_that_it_needs(
    storing: Storing, tracker: Tracker
) -> None:
    storing.register(storing.start())
    (file,) = Path(tracker.artifact_root).rglob("requirements.txt")
    names = [line.partition("==")[0] for line in file.read_text().splitlines()]
    assert names == ["mlflow", *REQUIREMENTS]
    assert list(Path(tracker.artifact_root).rglob("*.pkl")) == []


def test_the_newest_version_is_the_challenger(storing: Storing) -> None:
    for number in ("1", "2"):
        assert storing.register(storing.start()).version == number
        assert storing.challenger() == number


def test_a_version_gets_a_number_that_the_ledger_does_not_know(storing: Storing) -> None:
    trained = storing.register(storing.start(), numbered=3)
    assert trained.version == "4"
    versions = storing.mlflow.search_model_versions(f"name = '{storing.record.product}'")
    assert [str(version.version) for version in versions] == ["4"]
    assert storing.challenger() == "4"


def test_after_a_person_deleted_the_registered_model_no_number_comes_again(
    storing: Storing,
) -> None:
    assert storing.register(storing.start()).version == "1"
    storing.mlflow.delete_registered_model(storing.record.product)
    assert storing.register(storing.start(), numbered=1).version == "2"


def test_a_training_that_ended_before_its_version_is_a_leftover(
    storing: Storing, tracker: Tracker
) -> None:
    unfinished, finished = storing.start(), storing.start()
    storing.register(finished)
    assert tracker.set_aside(storing.record.product, {}) == ("1",)
    assert UNUSED_TAG in storing.version("1").tags
    statuses = [storing.mlflow.get_run(run).info.status for run in (unfinished, finished)]
    assert statuses == ["KILLED", "KILLED"]
