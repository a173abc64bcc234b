"""The model tracker on MLflow: backend in a database, files in the lake.

Every product has an experiment and a registered model of its name. The aliases `challenger`,
`champion` and `previous` show the role of a version. Models are stored by skops, never by pickle.
A model's digest is stored with its version, and is checked before the model is used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from aipo_pipelines.errors import TrackerError
from aipo_pipelines.evidence.outcome import CheckOutcome
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.models.trusted_types import store_model
from aipo_pipelines.policy.rules.registry import Registered
from aipo_pipelines.resources.tracker import entities, leftovers, places, registry
from aipo_pipelines.resources.tracker.connection import (
    client,
    prompt_address,
    translated,
)
from aipo_pipelines.resources.tracker.package import read_model, verify
from aipo_pipelines.resources.tracker.protocol import TrainedModel, TrainingRecord
from aipo_pipelines.resources.tracker.training_runs import (
    CHALLENGER,
    DIGEST_TAG,
    register,
    start_run,
)

CHAMPION, PREVIOUS = "champion", "previous"
GATES_TAG = "aipo.gates"

_MODELS_IN_MEMORY = 2
"""Models kept in memory: a champion and its predecessor."""


class Tracker:
    """Trained models in MLflow.

    Attributes:
        tracking_uri: Address of MLflow's database, for runs and for the registry.
        artifact_root: Folder or fsspec-like address under which each product's models lie.
    """

    def __init__(self, tracking_uri: str, artifact_root: str) -> None:
        self.tracking_uri = prompt_address(tracking_uri)
        self.artifact_root = artifact_root
        self._read: dict[tuple[str, tuple[str, ...]], Fitted] = {}

    def log_training(self, fitted: Fitted, record: TrainingRecord) -> TrainedModel:
        """Stores a trained model with its record, as the newest `challenger`.

        If a step after the start of the run fails, the run is marked as failed, and no version is
        registered.

        Raises:
            ModelNotStorableError: The model contains a type that may not be stored.
            TrackerError: MLflow or the lake refused it.
        """
        # First, because a model that cannot be stored must leave no run behind.
        _, types = store_model(fitted.estimator, record.spec.allowed_types)
        mlflow = client(self.tracking_uri)
        with translated("be stored"):
            experiment = self._experiment(mlflow, record.product)
            run_id = start_run(mlflow, experiment, fitted, record)
            status = "FAILED"
            try:
                trained = register(mlflow, experiment, run_id, types, fitted, record)
                status = "FINISHED"
            finally:
                end = int(record.trained_at.timestamp() * 1000)
                mlflow.set_terminated(run_id, status=status, end_time=end)
        return trained

    def log_evaluation(
        self, trained: TrainedModel, outcomes: Sequence[CheckOutcome], at: datetime
    ) -> None:
        """Adds the outcomes of the gates, with their figures, to the run of a stored model.

        Raises:
            TrackerError: MLflow refused it.
        """
        from mlflow.entities import RunTag

        tags = entities.gate_tags(outcomes)
        mlflow = client(self.tracking_uri)
        with translated("be given its evaluation"):
            mlflow.log_batch(
                trained.run_id,
                metrics=entities.gate_metrics(outcomes, at),
                tags=[RunTag(key, value) for key, value in tags.items()],
            )
            mlflow.set_model_version_tag(
                trained.product, trained.version, GATES_TAG, tags[GATES_TAG]
            )

    def set_aside(self, product: str, known: Collection[str]) -> tuple[str, ...]:
        """Marks the leftovers of killed trainings, see `leftovers`.

        Raises:
            TrackerError: MLflow does not answer.
        """
        mlflow = client(self.tracking_uri)
        with translated("be looked through"):
            return leftovers.set_aside(mlflow, product, known)

    def release(self, product: str, version: str) -> str:
        """Moves the alias `champion` to a version, and `previous` to its predecessor.

        Safe to repeat after a crash: `previous` moves first, and releasing the champion again
        changes nothing.

        Returns:
            Version of the predecessor, empty if there is no predecessor.

        Raises:
            TrackerError: No such version, or MLflow does not answer.
        """
        mlflow = client(self.tracking_uri)
        self._version(mlflow, product, version)
        with translated("be released"):
            aliases = _aliases(mlflow, product)
            before = aliases.get(CHAMPION, "")
            if before == version:
                return aliases.get(PREVIOUS, "")
            # `previous` first: after a crash in between, the champion is still the old version, and
            # a second attempt does the same again.
            if before:
                mlflow.set_registered_model_alias(product, PREVIOUS, before)
            mlflow.set_registered_model_alias(product, CHAMPION, version)
            # A newer challenger may wait already: its alias stays.
            if aliases.get(CHALLENGER) == version:
                mlflow.delete_registered_model_alias(product, CHALLENGER)
        return before

    def put_in_charge(self, product: str, champion: str, previous: str) -> None:
        """Sets the aliases `champion` and `previous` to the versions that the ledger names.

        Raises:
            TrackerError: No such version, or MLflow does not answer.
        """
        mlflow = client(self.tracking_uri)
        targets = {CHAMPION: champion, PREVIOUS: previous}
        # Both are looked up before one alias moves: a missing version must not leave half a change.
        for version in filter(None, targets.values()):
            self._version(mlflow, product, version)
        with translated("be put in charge"):
            aliases = _aliases(mlflow, product)
            for name, version in targets.items():
                if aliases.get(name, "") == version:
                    continue
                if version:
                    mlflow.set_registered_model_alias(product, name, version)
                else:
                    mlflow.delete_registered_model_alias(product, name)

    def load(
        self, product: str, version: str, *, digest: str = "", allowed: tuple[str, ...] = ()
    ) -> Fitted:
        """Reads a version from a private copy whose digest was checked first.

        The files are checked every time. The models that were read last are kept in memory, because
        every batch needs the same champion and predecessor.

        Raises:
            ModelNotStorableError: It contains a type that is neither reviewed nor allowed.
            ModelAlteredError: Its files are not the stored files.
            ModelMissingError: Its files are missing.
            TrackerError: No such version, or MLflow or the lake does not answer.
        """
        mlflow = client(self.tracking_uri)
        stored = self._version(mlflow, product, version)
        name = f"version {version} of {product}"
        expected = digest or stored.tags.get(DIGEST_TAG, "")
        with tempfile.TemporaryDirectory(prefix="aipo-model-") as folder:
            with translated("be loaded"):
                recorded = mlflow.get_model_version_download_uri(product, version)
                place = places.present_address(recorded, self.artifact_root, product)
                # A copy, because files could be altered between their check and their reading.
                copy = self._files(place).download_artifacts("", dst_path=folder)
            verify(Path(copy), expected, name)
            # Taken out and put in again below, so that the model used least recently comes first.
            fitted = self._read.pop((expected, allowed), None) or read_model(
                Path(copy), name, allowed
            )
        self._read[expected, allowed] = fitted
        if len(self._read) > _MODELS_IN_MEMORY:
            del self._read[next(iter(self._read))]
        return fitted

    def registered(self, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
        """The registry's content for several products, see `registry`.

        Raises:
            TrackerError: MLflow does not answer.
        """
        mlflow = client(self.tracking_uri)
        with translated("be looked up"):
            return registry.registered(mlflow, versions)

    def champion_version(self, product: str) -> str | None:
        """Version of the champion, None before the first release.

        Raises:
            TrackerError: MLflow does not answer.
        """
        mlflow = client(self.tracking_uri)
        with translated("be found"):
            return _aliases(mlflow, product).get(CHAMPION)

    def _files(self, place: str) -> Any:
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        return get_artifact_repository(
            place, tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri
        )

    def _experiment(self, mlflow: Any, product: str) -> str:
        experiment = mlflow.get_experiment_by_name(product)
        # MLflow refuses a new experiment with the name of a deleted experiment.
        if experiment is not None and experiment.lifecycle_stage != "active":
            raise TrackerError(
                f"found the experiment {product!r} deleted in MLflow, expected it active: restore "
                f"it with `mlflow experiments restore --experiment-id {experiment.experiment_id}`"
            )
        folder = places.folder_of(self.artifact_root, product)
        if experiment is not None:
            places.settle_here(self.tracking_uri, experiment, folder)
            return str(experiment.experiment_id)
        return str(mlflow.create_experiment(product, artifact_location=folder))

    def _version(self, mlflow: Any, product: str, version: str) -> Any:
        from mlflow.exceptions import MlflowException

        with translated("be found"):
            try:
                return mlflow.get_model_version(product, version)
            except MlflowException as error:
                if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                    raise
                raise TrackerError(
                    f"found no version {version!r} of {product} in MLflow, expected the version "
                    "that the ledger names: it was deleted by hand; release another version, or "
                    "retrain"
                ) from error


def _aliases(mlflow: Any, product: str) -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        model = mlflow.get_registered_model(product)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {name: str(version) for name, version in model.aliases.items()}
