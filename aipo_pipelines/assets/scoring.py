"""What the champion says about a batch, and the out-of-fold predictions its baseline rests on."""

from __future__ import annotations

import pandas as pd

from aipo_pipelines.assets.batch import LoadedBatch, earlier_records
from aipo_pipelines.assets.links import model_link
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.charter.modelling import ModelSpec, Task
from aipo_pipelines.ledger.model_state import Champion
from aipo_pipelines.measures.scored import Scored
from aipo_pipelines.models.columns import Columns, group_table
from aipo_pipelines.models.logged import from_logged
from aipo_pipelines.models.preparation import target_of
from aipo_pipelines.models.scoring import score
from aipo_pipelines.resources.services import Services

OUT_OF_FOLD = "out-of-fold"
PREDICTIONS = "predictions"
_PROBABILITY = "probability:"


def score_batch(
    services: Services, loaded: LoadedBatch, spec: ModelSpec, champion: Champion | None
) -> Scored | None:
    """Scores a batch by its logged predictions or by the champion.

    A record the champion was trained on is scored by a model that did not see it.

    Returns:
        The scores, or None where there is no champion yet.

    Raises:
        ModelError: The model cannot answer for these records.
        TrackerError: MLflow does not answer, or the model was altered.
    """
    columns = Columns.of(loaded.product.charter)
    history = earlier_records(services, loaded.product, loaded.state, loaded.batch.occurred_at)
    if spec.logged_predictions:
        return from_logged(loaded.frame, loaded.truth, spec, columns, history=history)
    if champion is None:
        return None
    if champion.inputs.get(loaded.batch.partition) == loaded.batch.digest:
        return read_out_of_fold(services, loaded, spec, champion)
    fitted = services.tracker.load(
        loaded.product.name,
        champion.version,
        digest=champion.model_digest,
        allowed=spec.allowed_types,
    )
    return score(
        fitted,
        loaded.frame,
        loaded.truth,
        spec,
        columns,
        history=history,
        model_version=champion.version,
    )


def predictions(services: Services, loaded: LoadedBatch, scored: Scored) -> AssetResult:
    """`predictions` of one batch: the scores, kept in the lake."""
    name = f"{PREDICTIONS}/{loaded.batch.partition}"
    snapshot = services.lake.store(
        loaded.product.name, name, predictions_table(scored).reset_index(drop=True)
    )
    return AssetResult(
        asset="predictions",
        metadata={
            "model_version": scored.model_version,
            "rows": len(scored.predicted),
            "out_of_fold": scored.out_of_fold,
            "digest": snapshot.digest,
        },
        links=model_link(services, loaded.product.name, scored.model_version),
        data_version=snapshot.digest,
    )


def store_out_of_fold(
    services: Services, product: str, scored: Scored, partitions: pd.Series, rows: pd.Series
) -> str:
    """Stores out-of-fold predictions of a training window in the lake; returns their digest.

    Args:
        services: What the pipelines talk to.
        product: Name of the product.
        scored: Out-of-fold scores; index of the window.
        partitions: Batch of each row of the window.
        rows: Position of each row inside its batch.
    """
    table = predictions_table(scored)
    table.insert(0, "partition", partitions.loc[table.index])
    table.insert(1, "row", rows.loc[table.index])
    return services.lake.store(product, OUT_OF_FOLD, table.reset_index(drop=True)).digest


def read_out_of_fold(
    services: Services, loaded: LoadedBatch, spec: ModelSpec, champion: Champion
) -> Scored:
    """Out-of-fold scores of one batch of the champion's own training window.

    Records that no fold scored (unlabelled ones; the earlier half in forecasting) are left out.
    """
    table = services.lake.load(loaded.product.name, OUT_OF_FOLD, champion.out_of_fold)
    mine = table[table["partition"] == loaded.batch.partition].set_index("row").sort_index()
    frame = loaded.frame.reset_index(drop=True).loc[mine.index]
    columns = Columns.of(loaded.product.charter)
    names = [name for name in mine.columns if str(name).startswith(_PROBABILITY)]
    probability = mine[names].rename(columns=lambda name: str(name).removeprefix(_PROBABILITY))
    truth = loaded.truth
    return Scored(
        task=spec.task,
        predicted=mine["predicted"],
        truth=None
        if truth is None
        else target_of(truth.reset_index(drop=True).loc[mine.index], spec),
        probability=probability if names else None,
        positive=columns.positive if spec.task is Task.BINARY else None,
        groups=group_table(frame, columns),
        naive=mine.get("naive"),
        out_of_fold=True,
        model_version=champion.version,
    )


def predictions_table(scored: Scored) -> pd.DataFrame:
    """Predictions as a table: predicted, naive, and one column per class's probability."""
    parts = {"predicted": scored.predicted}
    if scored.naive is not None:
        parts["naive"] = scored.naive
    table = pd.DataFrame(parts)
    if scored.probability is not None:
        table = table.join(scored.probability.rename(columns=lambda name: f"{_PROBABILITY}{name}"))
    return table
