"""Makes MLflow's own values of a training record: parameters, metrics, tags, dataset inputs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aipo_pipelines.evidence.metadata.holdout_place import place_to_json
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.tracker.protocol import TrainingInput, TrainingRecord

LONGEST_KEY = 250
LONGEST_DIGEST = 36
"""MLflow stores no longer digest; the dataset's source contains the whole digest."""

_STRANGE = re.compile(r"[^\w\-. /:]", re.ASCII)


def safe_key(text: str) -> str:
    """Writes a key with only the characters that MLflow accepts.

    A key becomes a path of a file in some stores, so it must not lead upwards.
    """
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
    """Makes MLflow metrics of the figures; bounds and sample sizes are metrics of their own.

    Out-of-fold figures have a folder, and the mean losses of the windows that were tried too.
    """
    values = {"fit_seconds": fitted.seconds}
    values |= {f"windows/{choice}/mean_loss": loss for choice, loss in record.losses.items()}
    for figure in record.figures:
        values |= _numbers(figure)
    for figure in record.out_of_fold:
        values |= _numbers(figure, "out_of_fold/")
    return _metrics(values, record.trained_at)


def gate_metrics(outcomes: Iterable[CheckOutcome], at: datetime) -> list[Any]:
    """Makes MLflow metrics of the gates' figures: `gate/<gate>/<metric>`."""
    values: dict[str, float] = {}
    for outcome in outcomes:
        for figure in outcome.figures:
            values |= _numbers(figure, f"gate/{outcome.check}/")
    return _metrics(values, at)


def gate_tags(outcomes: Sequence[CheckOutcome]) -> dict[str, str]:
    """Makes a tag of the verdict of each gate, and the tag `aipo.gates` for all gates together."""
    passed = all(outcome.verdict is Verdict.PASS for outcome in outcomes)
    verdicts = {f"aipo.gate.{outcome.check}": outcome.verdict.value for outcome in outcomes}
    return {**verdicts, "aipo.gates": "passed" if passed else "not passed"}


def _metrics(values: dict[str, float], at: datetime) -> list[Any]:
    from mlflow.entities import Metric

    stamp = int(at.timestamp() * 1000)
    # MLflow would store infinity as the largest float, and NaN as 0 with a mark: false figures.
    return [
        Metric(safe_key(name), value, stamp, 0)
        for name, value in values.items()
        if math.isfinite(value)
    ]


def _numbers(figure: Figure, folder: str = "") -> dict[str, float]:
    name = folder + (f"{figure.metric}/{figure.subject}" if figure.subject else figure.metric)
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
        "aipo.trigger": str(record.trigger),
        "aipo.seed": str(record.spec.seed),
        "aipo.choice": record.choice,
        "aipo.held_out": json.dumps(place_to_json(record.held_out), sort_keys=True),
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
    """Makes the model's signature from its inputs: no example of records is stored with it."""
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
