"""What the retrain run does, as plain steps: window, training, baseline, registration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version

from aipo_pipelines.assets.links import model_link
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.assets.scoring import store_out_of_fold
from aipo_pipelines.assets.window import TrainingWindow, describe_window, load_window
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.measures.baseline import baseline_figures
from aipo_pipelines.measures.outcome import (
    Figure,
    Json,
    Severity,
    Verdict,
    figure_to_json,
)
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import train
from aipo_pipelines.models.validation import out_of_fold
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.tracker.protocol import TrainingRecord


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
    window = load_window(services, product, state, partitions)
    training_set = describe_window(product, model, window, services.clock.now().date().isoformat())
    yield training_set
    if any(
        outcome.verdict is not Verdict.PASS and outcome.severity is Severity.CRITICAL
        for outcome in training_set.checks
    ):
        return
    yield _challenge(services, product, model, window, trigger)


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
