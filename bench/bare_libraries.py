"""A bare job validates with Great Expectations and uses a model that MLflow keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.feed import FEATURES


@dataclass(frozen=True, kw_only=True)
class Material:
    """The input of the bare job.

    Attributes:
        feed: Folder of the CSV files.
        output: Folder it writes to.
        reference: Parquet file of the records the model was trained on.
        rules: Name and arguments of each expectation.
        tracking_uri, model, version: The place of the model in MLflow.
    """

    feed: Path
    output: Path
    reference: Path
    rules: tuple[tuple[str, dict[str, Any]], ...]
    tracking_uri: str
    model: str
    version: str


def validate(frame: pd.DataFrame, rules: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    """Executes expectations; whether all hold.

    By the same calls as ours: through a batch definition, as its documentation has it, the library
    also hashes every cell twice, which would flatter us.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.validator.validator import Validator

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    engine = PandasExecutionEngine(batch_data_dict={"batch": frame})
    expected: list[Any] = [get_expectation_impl(name)(**arguments) for name, arguments in rules]
    counts = {"result_format": "BASIC", "partial_unexpected_count": 0}
    validator = Validator(execution_engine=engine, data_context=context)
    results = validator.graph_validate(
        configurations=validator.process_expectations_for_validation(
            [expectation.configuration for expectation in expected]
        ),
        runtime_configuration={"result_format": counts},
    )
    return all(result.success for result in results)


def scores(frame: pd.DataFrame, material: Material) -> np.ndarray:
    """Probability of the label `yes`, by the model that MLflow keeps."""
    import mlflow
    import skops.io
    from mlflow import MlflowClient

    uri = material.tracking_uri
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    place = client.get_model_version_download_uri(material.model, material.version)
    features = frame[list(FEATURES)]
    # Loaded for each batch: a run is a process of its own and has no model in memory.
    with tempfile.TemporaryDirectory() as folder:
        copy = mlflow.artifacts.download_artifacts(place, dst_path=folder, tracking_uri=uri)
        path = Path(copy) / "model.skops"
        model = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
    return np.asarray(model.predict_proba(features))[:, list(model.classes_).index("yes")]
