"""Stores one training in MLflow: its run, its model's files, and its registered version."""

from __future__ import annotations

import tempfile
from functools import partial
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.tracker import entities
from aipo_pipelines.resources.tracker.connection import quiet_import
from aipo_pipelines.resources.tracker.package import digest_of, write_facts
from aipo_pipelines.resources.tracker.protocol import TrainedModel, TrainingRecord

CHALLENGER = "challenger"
DIGEST_TAG = "aipo.digest"

REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas")
"""The packages that a stored model needs; MLflow would take seconds to infer them."""


def start_run(mlflow: Any, experiment: str, fitted: Fitted, record: TrainingRecord) -> str:
    """Starts a run for a training that has ended, with its figures and inputs; returns its id."""
    start = int((record.trained_at.timestamp() - fitted.seconds) * 1000)
    name = f"{record.product} {record.trained_at:%Y-%m-%d %H:%M}"
    # Created with its tags: without them the run of a killed process would belong to no training,
    # and `leftovers` could not end it.
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


def register(
    mlflow: Any,
    experiment: str,
    run_id: str,
    types: tuple[str, ...],
    fitted: Fitted,
    record: TrainingRecord,
) -> TrainedModel:
    """Stores the files of a model and registers its version as `challenger`.

    1. Writes the files into a temporary folder, and computes their digest.
    2. Uploads the files, and marks the logged model as ready.
    3. Registers the version with its digest, under a number that the ledger does not know.
    4. Moves the alias `challenger`: last, so that it never names a version without files.
    """
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
        # Not `model_uri`: the registry would look it up at the address of the whole process.
        source=model.artifact_location,
        run_id=run_id,
        tags={DIGEST_TAG: digest, **entities.run_tags(fitted, record)},
        model_id=model.model_id,
    )
    version = create()
    # If a person deleted the registered model, MLflow counts from 1 again, but a number that the
    # ledger knows belongs to an older version. MLflow does not use a deleted number again, so the
    # loop reaches a new number.
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


def _ensure_registered(mlflow: Any, product: str) -> None:
    from mlflow.exceptions import MlflowException

    # Created without a look first: another process could create it between look and creation.
    try:
        mlflow.create_registered_model(product)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _write(
    folder: Path, fitted: Fitted, types: tuple[str, ...], *, run_id: str, model_id: str
) -> None:
    """Writes the model folder; `save_model` only writes files, and connects to no server."""
    with quiet_import():
        import mlflow.sklearn
        from mlflow.models import Model
        from mlflow.pyfunc import model as _  # noqa: F401 - saving would import it, with warnings

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
