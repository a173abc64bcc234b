"""A training record as MLflow's own values: parameters, metrics, tags, dataset inputs."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from aipo_pipelines.measures.outcome import Figure
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.tracker.protocol import TrainingInput, TrainingRecord

LONGEST_KEY = 250
LONGEST_DIGEST = 36
"""MLflow stores no longer digest; the whole one stands in the dataset's source."""

_STRANGE = re.compile(r"[^\w\-. /:]", re.ASCII)


def safe_key(text: str) -> str:
    """Writes a key with only the characters MLflow takes, and never as a path upwards."""
    return _STRANGE.sub("_", text).replace("..", "_").replace("//", "/_")[:LONGEST_KEY].strip("/. ")


def parameters(fitted: Fitted, record: TrainingRecord) -> list[Any]:
    """Makes MLflow parameters of the training specification and the fit."""
    from mlflow.entities import Param

    plain = record.spec.model_dump(mode="json", exclude={"parameters"})
    values = {
        **{name: value for name, value in plain.items() if value not in (None, [], {})},
        **{f"parameter/{name}": value for name, value in record.spec.parameters.items()},
        "rows": fitted.rows,
        "window": [item.partition for item in record.inputs],
    }
    return [
        Param(safe_key(name), value if isinstance(value, str) else json.dumps(value))
        for name, value in values.items()
    ]


def metrics(fitted: Fitted, record: TrainingRecord) -> list[Any]:
    """Makes MLflow metrics of the figures; bounds and sample sizes are metrics beside them."""
    from mlflow.entities import Metric

    stamp = int(record.trained_at.timestamp() * 1000)
    values = {"fit_seconds": fitted.seconds}
    for figure in record.figures:
        values |= _numbers(figure)
    return [
        Metric(safe_key(name), value, stamp, 0)
        for name, value in values.items()
        if math.isfinite(value)
    ]


def _numbers(figure: Figure) -> dict[str, float]:
    name = f"{figure.metric}/{figure.subject}" if figure.subject else figure.metric
    numbers = {f"{name}.n": float(figure.n)}
    if figure.value is not None:
        numbers[name] = float(figure.value)
    if figure.interval is not None:
        numbers[f"{name}.low"] = float(figure.interval.low)
        numbers[f"{name}.high"] = float(figure.interval.high)
    return numbers


def run_tags(fitted: Fitted, record: TrainingRecord) -> dict[str, str]:
    """Makes the tags of a run."""
    return {
        "aipo.product": record.product,
        "aipo.trigger": record.trigger,
        "aipo.charter_version": record.charter_version,
        "aipo.charter_digest": record.charter_digest,
        "aipo.contract_version": record.contract_version,
        "aipo.contract_digest": record.contract_digest,
        "aipo.code_version": record.code_version,
        "aipo.warnings": "; ".join(fitted.warnings),
    }


def dataset(item: TrainingInput) -> Any:
    """Makes an MLflow dataset input of a batch: its name, digest and number of rows."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"partition": item.partition, "digest": item.digest})
    return DatasetInput(
        Dataset(
            name=item.partition,
            digest=item.digest.rpartition(":")[2][:LONGEST_DIGEST],
            source_type="aipo_lake",
            source=source,
            profile=json.dumps({"num_rows": item.rows}),
        ),
        [InputTag("mlflow.data.context", "training")],
    )


def signature(fitted: Fitted) -> Any:
    """Makes the model's signature from what it was trained on, nothing inferred."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    answer = "string" if fitted.classes else "double"
    return ModelSignature(
        inputs=Schema(
            [
                ColSpec("string" if name in fitted.categories else "double", name)
                for name in fitted.inputs
            ]
        ),
        outputs=Schema([ColSpec(answer)]),
    )
