"""What the retrain run does, as plain steps: window, training, baseline, registration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import pandas as pd

from aipo_pipelines.assets.batch import earlier_records, load_snapshot, truth_of
from aipo_pipelines.assets.links import model_link
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.assets.scoring import store_out_of_fold
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.ledger.state import BatchStatus, ProductState
from aipo_pipelines.measures.baseline import baseline_figures
from aipo_pipelines.measures.leakage import find_leaks
from aipo_pipelines.measures.outcome import (
    CheckOutcome,
    Figure,
    Json,
    Severity,
    Verdict,
    figure_to_json,
    overall,
)
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import train
from aipo_pipelines.models.validation import out_of_fold
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.tracker.protocol import TrainingInput, TrainingRecord


@dataclass(frozen=True, kw_only=True)
class TrainingWindow:
    """The records of a window, one unique row number each.

    Attributes:
        batches: Batch of each row.
        rows: Position of each row inside its batch.
        history: Approved records before the window, for lags of the target.
    """

    frame: pd.DataFrame
    truth: pd.Series
    batches: pd.Series
    rows: pd.Series
    inputs: tuple[TrainingInput, ...]
    history: pd.DataFrame | None


def train_challenger(
    services: Services, product: Product, partitions: Sequence[str], trigger: str
) -> Iterator[AssetResult]:
    """Trains a model on a window and registers it as challenger.

    Args:
        services: What the pipelines talk to.
        product: The product.
        partitions: Batches of the window; where empty, those the charter's window names now.
        trigger: What made the training due.

    Yields:
        `training_set`, then `challenger`; only the first where a check on it fails.

    Raises:
        TrainingError: The window holds no approved batch, or the training failed.
    """
    state = services.ledger.state(product.name)
    model = product.charter.model
    if model is None:
        raise TrainingError(f"{product.name} has no model; expected `model` in its charter")
    window = load_window(services, product, state, partitions or approved_window(product, state))
    training_set = describe_window(product, model, window, services.clock.now().date().isoformat())
    yield training_set
    if any(
        outcome.verdict is not Verdict.PASS and outcome.severity is Severity.CRITICAL
        for outcome in training_set.checks
    ):
        return
    yield _challenge(services, product, model, window, trigger)


def approved_window(product: Product, state: ProductState) -> tuple[str, ...]:
    """The approved batches the charter's window names, oldest first."""
    approved = sorted(
        (batch for batch in state.batches.values() if batch.status is BatchStatus.APPROVED),
        key=lambda batch: batch.position,
    )
    size = product.charter.retraining.window.batches
    chosen = approved[-size:] if size else approved
    return tuple(batch.partition for batch in chosen)


def load_window(
    services: Services, product: Product, state: ProductState, partitions: Sequence[str]
) -> TrainingWindow:
    """Loads the approved batches of a window.

    Raises:
        TrainingError: None of them is approved.
    """
    batches = [
        batch
        for name in partitions
        if (batch := state.batches.get(name)) and batch.status is BatchStatus.APPROVED
    ]
    if not batches:
        raise TrainingError(
            f"the window of {product.name} holds no approved batch; expected at least one that "
            f"kept its contract; see: aipo history {product.name} --kind batch_quarantined"
        )
    frames = [load_snapshot(services, product, one.partition, one.digest) for one in batches]
    truths = [
        truth_of(services, product, one, frame) for one, frame in zip(batches, frames, strict=True)
    ]
    names = [one.partition for one, frame in zip(batches, frames, strict=True) for _ in frame.index]
    return TrainingWindow(
        frame=pd.concat(frames, ignore_index=True),
        truth=pd.concat([one for one in truths if one is not None], ignore_index=True),
        batches=pd.Series(names, dtype="str"),
        rows=pd.Series([row for frame in frames for row in range(len(frame))]),
        inputs=tuple(
            TrainingInput(partition=one.partition, digest=one.digest, rows=len(frame))
            for one, frame in zip(batches, frames, strict=True)
        ),
        history=earlier_records(services, product, state, min(one.occurred_at for one in batches)),
    )


def describe_window(
    product: Product, model: ModelSpec, window: TrainingWindow, today: str
) -> AssetResult:
    """The training set with its checks: authorised, sufficient, free of leaks."""
    label = Columns.of(product.charter).label or ""
    frame = window.frame.assign(**{label: window.truth})
    outcomes = (
        authorised(product, today),
        sufficient(product, model, window),
        find_leaks(frame, label, model.features, model.task, model.seed),
    )
    return AssetResult(
        asset="training_set",
        metadata={
            "rows": len(window.frame),
            "labelled": int(window.truth.notna().sum()),
            "window": [one.partition for one in window.inputs],
        },
        checks=outcomes,
    )


def authorised(product: Product, today: str) -> CheckOutcome:
    """Check `authorised`: every source has an approval that holds today."""
    expired = [
        name
        for name, source in product.charter.sources.items()
        if source.approval is None
        or not (source.approval.on.isoformat() <= today <= source.approval.until.isoformat())
    ]
    return CheckOutcome(
        check="authorised",
        verdict=Verdict.FAIL if expired else Verdict.PASS,
        severity=Severity.CRITICAL,
        summary=(
            f"No approval holds today for {', '.join(expired)}."
            if expired
            else "Every source has an approval that holds today."
        ),
        details={"unapproved": list(expired)},
    )


def sufficient(product: Product, model: ModelSpec, window: TrainingWindow) -> CheckOutcome:
    """Check `sufficient`: enough labelled records for every live limit and every fold."""
    needed = max([limit.minimum_sample for limit in product.charter.thresholds] + [2 * model.folds])
    labelled = int(window.truth.notna().sum())
    figure = Figure(
        metric="labelled_records",
        value=float(labelled),
        n=len(window.frame),
        limit=float(needed),
        verdict=Verdict.PASS if labelled >= needed else Verdict.INSUFFICIENT,
    )
    return CheckOutcome(
        check="sufficient",
        verdict=overall((figure,)),
        severity=Severity.CRITICAL,
        summary=f"{labelled} labelled records; at least {needed} are needed.",
        figures=(figure,),
    )


def _challenge(
    services: Services, product: Product, model: ModelSpec, window: TrainingWindow, trigger: str
) -> AssetResult:
    columns = Columns.of(product.charter)
    scored = out_of_fold(window.frame, window.truth, model, columns, history=window.history)
    figures = baseline_figures(scored, model.seed)
    fitted = train(window.frame, window.truth, model, columns, history=window.history)
    now = services.clock.now()
    record = TrainingRecord(
        product=product.name,
        spec=model,
        figures=figures,
        inputs=window.inputs,
        trained_at=now,
        charter_version=product.charter.version,
        charter_digest=product.digest,
        contract_version=product.contract.version,
        contract_digest=product.contract.digest,
        code_version=version("aipo-pipelines"),
        trigger=trigger,
    )
    trained = services.tracker.log_training(fitted, record)
    baseline: list[Json] = [figure_to_json(figure) for figure in figures]
    return AssetResult(
        asset="challenger",
        metadata={
            "version": trained.version,
            "mlflow_run_id": trained.run_id,
            "model_uri": trained.model_uri,
            "model_digest": trained.digest,
            "trained_at": now.isoformat(),
            "trigger": trigger,
            "rows": fitted.rows,
            "warnings": list(fitted.warnings),
            "window": [one.partition for one in window.inputs],
            "inputs": {one.partition: one.digest for one in window.inputs},
            "out_of_fold": store_out_of_fold(
                services, product.name, scored, window.batches, window.rows
            ),
            "baseline": baseline,
        },
        tables={"baseline (out of fold)": [_shown(figure) for figure in figures]},
        links=model_link(services, product.name, trained.version),
        data_version=trained.digest,
    )


def _shown(figure: Figure) -> dict[str, Json]:
    bounds = figure.interval
    return {
        "metric": figure.metric,
        "of": figure.subject,
        "value": "-" if figure.value is None else f"{figure.value:.4g}",
        "interval": f"{bounds.low:.4g} to {bounds.high:.4g}" if bounds else "",
        "n": str(figure.n),
    }
