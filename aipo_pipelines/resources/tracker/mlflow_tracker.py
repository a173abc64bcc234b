"""The model tracker on MLflow: backend in a database, files in the lake.

Every product has an experiment and a registered model of its name; the aliases `challenger`,
`champion` and `previous` say what a version is. Models are stored by skops, never by pickle. A
model's digest is kept with its version and checked before the model is used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version as installed
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
    quiet_import,
    translated,
)
from aipo_pipelines.resources.tracker.package import digest_of, read_model, verify, write_facts
from aipo_pipelines.resources.tracker.protocol import TrainedModel, TrainingRecord

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
DIGEST_TAG, GATES_TAG = "aipo.digest", "aipo.gates"

REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas")
"""What a stored model needs; given, because MLflow takes seconds to infer it."""


_KEPT = 2
"""Models kept in memory: a champion and its predecessor."""


class Tracker:
    """Trained models in MLflow.

    Attributes:
        tracking_uri: Address of MLflow's database, for runs and registry alike.
        artifact_root: Folder or fsspec-like address under which each product's models lie.
    """

    def __init__(self, tracking_uri: str, artifact_root: str) -> None:
        self.tracking_uri = prompt_address(tracking_uri)
        self.artifact_root = artifact_root
        self._read: dict[tuple[str, tuple[str, ...]], Fitted] = {}

    def log_training(self, fitted: Fitted, record: TrainingRecord) -> TrainedModel:
        """Stores a trained model with its record, as the newest `challenger`.

        The run is marked failed where something after its start fails; nothing is registered then.

        Raises:
            ModelNotStorableError: The model holds a type that may not be stored.
            TrackerError: MLflow or the lake refused it.
        """
        _, types = store_model(fitted.estimator, record.spec.allowed_types)
        mlflow = client(self.tracking_uri)
        with translated("be stored"):
            experiment = self._experiment(mlflow, record.product)
            run_id = self._start_run(mlflow, experiment, fitted, record)
            status = "FAILED"
            try:
                trained = self._register(mlflow, experiment, run_id, types, fitted, record)
                status = "FINISHED"
            finally:
                end = int(record.trained_at.timestamp() * 1000)
                mlflow.set_terminated(run_id, status=status, end_time=end)
        return trained

    def log_evaluation(
        self, trained: TrainedModel, outcomes: Sequence[CheckOutcome], at: datetime
    ) -> None:
        """Adds what the gates said, with their figures, to the run of a stored model.

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
        """Marks what killed trainings left behind, see `leftovers`.

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
            Version of the predecessor, empty if there is none.

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
            if before:
                mlflow.set_registered_model_alias(product, PREVIOUS, before)
            mlflow.set_registered_model_alias(product, CHAMPION, version)
            if aliases.get(CHALLENGER) == version:
                mlflow.delete_registered_model_alias(product, CHALLENGER)
        return before

    def put_in_charge(self, product: str, champion: str, previous: str) -> None:
        """Sets the aliases `champion` and `previous` to what the ledger says.

        Raises:
            TrackerError: No such version, or MLflow does not answer.
        """
        mlflow = client(self.tracking_uri)
        wanted = {CHAMPION: champion, PREVIOUS: previous}
        for version in filter(None, wanted.values()):
            self._version(mlflow, product, version)
        with translated("be put in charge"):
            aliases = _aliases(mlflow, product)
            for name, version in wanted.items():
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

        The files are checked every time; the models of those read last are kept, because every
        batch asks the same champion and predecessor.

        Raises:
            ModelNotStorableError: It holds a type that is neither reviewed nor allowed.
            ModelAlteredError: Its files are not those that were stored.
            ModelMissingError: Its files are not there.
            TrackerError: No such version, or MLflow or the lake does not answer.
        """
        mlflow = client(self.tracking_uri)
        stored = self._version(mlflow, product, version)
        name = f"version {version} of {product}"
        expected = digest or stored.tags.get(DIGEST_TAG, "")
        with tempfile.TemporaryDirectory(prefix="aipo-model-") as folder:
            with translated("be loaded"):
                recorded = mlflow.get_model_version_download_uri(product, version)
                place = places.found_at(recorded, self.artifact_root, product)
                copy = self._files(place).download_artifacts("", dst_path=folder)
            verify(Path(copy), expected, name)
            fitted = self._read.pop((expected, allowed), None) or read_model(
                Path(copy), name, allowed
            )
        self._read[expected, allowed] = fitted
        if len(self._read) > _KEPT:
            del self._read[next(iter(self._read))]
        return fitted

    def registered(self, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
        """What the registry holds of some products, see `registry`.

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
        found = mlflow.get_experiment_by_name(product)
        if found is not None and found.lifecycle_stage != "active":
            raise TrackerError(
                f"found the experiment {product!r} deleted in MLflow, expected it active: restore "
                f"it with `mlflow experiments restore --experiment-id {found.experiment_id}`"
            )
        folder = places.folder_of(self.artifact_root, product)
        if found is not None:
            places.settle_here(self.tracking_uri, found, folder)
            return str(found.experiment_id)
        return str(mlflow.create_experiment(product, artifact_location=folder))

    def _start_run(
        self, mlflow: Any, experiment: str, fitted: Fitted, record: TrainingRecord
    ) -> str:
        start = int((record.trained_at.timestamp() - fitted.seconds) * 1000)
        name = f"{record.product} {record.trained_at:%Y-%m-%d %H:%M}"
        # Its tags with it: of a run that was killed before it has any nobody knows whose it is.
        tags = entities.run_tags(fitted, record)
        run = mlflow.create_run(experiment, start_time=start, tags=tags, run_name=name)
        run_id = str(run.info.run_id)
        mlflow.log_batch(
            run_id,
            metrics=entities.metrics(fitted, record),
            params=entities.parameters(fitted, record),
        )
        mlflow.log_inputs(run_id, datasets=[entities.dataset(item) for item in record.inputs])
        return run_id

    def _register(
        self,
        mlflow: Any,
        experiment: str,
        run_id: str,
        types: tuple[str, ...],
        fitted: Fitted,
        record: TrainingRecord,
    ) -> TrainedModel:
        from mlflow.entities import LoggedModelOutput

        model = mlflow.create_logged_model(experiment, name="model", source_run_id=run_id)
        with tempfile.TemporaryDirectory(prefix="aipo-model-") as folder:
            files = Path(folder) / "model"
            _write(files, fitted, types, run_id=run_id, model_id=model.model_id)
            digest = digest_of(files)
            mlflow.log_model_artifacts(model.model_id, str(files))
        mlflow.finalize_logged_model(model.model_id, "READY")
        mlflow.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
        _ensure_registered(mlflow, record.product)
        create = partial(
            mlflow.create_model_version,
            record.product,
            # Not `model_uri`: the registry would look it up at the process-wide address.
            source=model.artifact_location,
            run_id=run_id,
            tags={DIGEST_TAG: digest, **entities.run_tags(fitted, record)},
            model_id=model.model_id,
        )
        version = create()
        # If the registered model was deleted by hand, MLflow counts from 1 again; a number that the
        # ledger knows means another version. MLflow keeps the numbers of versions it deletes.
        while int(version.version) <= record.numbered:
            mlflow.delete_model_version(record.product, version.version)
            version = create()
        mlflow.set_registered_model_alias(record.product, CHALLENGER, version.version)
        return TrainedModel(
            product=record.product,
            version=str(version.version),
            run_id=run_id,
            model_uri=f"models:/{record.product}/{version.version}",
            digest=digest,
        )

    def _version(self, mlflow: Any, product: str, version: str) -> Any:
        from mlflow.exceptions import MlflowException

        with translated("be found"):
            try:
                return mlflow.get_model_version(product, version)
            except MlflowException as error:
                if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                    raise
                raise TrackerError(
                    f"found no version {version!r} of {product} in MLflow, expected the one the "
                    "ledger names: it was deleted by hand; release another version, or retrain"
                ) from error


def _aliases(mlflow: Any, product: str) -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        found = mlflow.get_registered_model(product)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return {}
        raise
    return {name: str(version) for name, version in found.aliases.items()}


def _ensure_registered(mlflow: Any, product: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        mlflow.create_registered_model(product)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _write(
    folder: Path, fitted: Fitted, types: tuple[str, ...], *, run_id: str, model_id: str
) -> None:
    """Writes the model folder; `save_model` only writes files, it knows no server."""
    with quiet_import():
        import mlflow.sklearn
        from mlflow.models import Model
        from mlflow.pyfunc import model as _  # noqa: F401 - else imported, and loud, while saving

    mlflow.sklearn.save_model(
        fitted.estimator,
        str(folder),
        mlflow_model=Model(run_id=run_id, model_id=model_id),
        serialization_format="skops",
        signature=entities.signature(fitted),
        pip_requirements=[f"{name}=={installed(name)}" for name in REQUIREMENTS],
        skops_trusted_types=list(types),
    )
    write_facts(fitted, folder)
