"""Releases and the registry of MLflow over Postgres; promises of the fake are tested on both."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.errors import (
    TrackerError,
)
from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.policy.rules.registry import Registered
from aipo_pipelines.resources.tracker import (
    ModelTracker,
    Tracker,
    TrainingRecord,
)
from tests.integration.gates import GATES
from tests.integration.tracker.conftest import NOW, client, store

pytestmark = pytest.mark.integration


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
        held_out=HeldOutPlace(partition="0001", from_row=140, rows=60),
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
    by_hand = replace(record, trigger=Trigger.parse("run:0815"))
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
