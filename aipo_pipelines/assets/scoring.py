"""What the champion says about a batch, and the out-of-fold predictions its baseline rests on."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from aipo_pipelines.assets.batch import LoadedBatch, earlier_records
from aipo_pipelines.assets.links import model_link
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.charter.modelling import ModelSpec, Task
from aipo_pipelines.charter.product import Product
from aipo_pipelines.ledger.model_state import Champion
from aipo_pipelines.measures.scored import Scored
from aipo_pipelines.models.columns import Columns, group_table
from aipo_pipelines.models.logged import from_logged
from aipo_pipelines.models.preparation import target_of
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted
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
    history = history_of(services, loaded)
    if spec.logged_predictions:
        columns = Columns.of(loaded.product.charter)
        return from_logged(loaded.frame, loaded.truth, spec, columns, history=history)
    if champion is None:
        return None
    if champion.inputs.get(loaded.batch.partition) == loaded.batch.digest:
        return read_out_of_fold(services, loaded, spec, champion)
    return score_live(services, loaded, spec, champion, history)


def history_of(services: Services, loaded: LoadedBatch) -> pd.DataFrame | None:
    """Approved records before a batch, for lags of the target; None where none are needed."""
    return earlier_records(services, loaded.product, loaded.state, loaded.batch.occurred_at)


def score_live(
    services: Services,
    loaded: LoadedBatch,
    spec: ModelSpec,
    model: Champion,
    history: pd.DataFrame | None,
) -> Scored:
    """Scores a batch by a stored version that was not trained on it.

    Raises:
        ModelError: The model cannot answer for these records, or was altered.
        TrackerError: MLflow does not answer, or no longer knows the version.
    """
    return score(
        load_version(services, loaded.product, spec, model),
        loaded.frame,
        loaded.truth,
        spec,
        Columns.of(loaded.product.charter),
        history=history,
        model_version=model.version,
    )


def load_version(services: Services, product: Product, spec: ModelSpec, model: Champion) -> Fitted:
    """Loads the very files of a version that its release was decided on.

    Raises:
        ModelAlteredError: They were altered since.
        TrackerError: MLflow does not answer, or no longer knows the version.
    """
    return services.tracker.load(
        product.name, model.version, digest=model.model_digest, allowed=spec.allowed_types
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
    services: Services, product: str, parts: Iterable[tuple[Scored, pd.Series, pd.Series]]
) -> str:
    """Stores what a version's window is judged by: answers of models that did not see a record.

    Args:
        services: What the pipelines talk to.
        product: Name of the product.
        parts: Scores, the batch of each row and its position there: those out of fold of the
            records trained on, those of the version itself of the records held out.

    Returns:
        Digest of the table in the lake.
    """
    tables = []
    for scored, partitions, rows in parts:
        table = predictions_table(scored)
        table.insert(0, "partition", partitions.loc[table.index])
        table.insert(1, "row", rows.loc[table.index])
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    # A class that one of the models never met has no chance there.
    chances = [name for name in whole.columns if str(name).startswith(_PROBABILITY)]
    whole[chances] = whole[chances].fillna(0.0)
    return services.lake.store(product, OUT_OF_FOLD, whole).digest


def read_out_of_fold(
    services: Services, loaded: LoadedBatch, spec: ModelSpec, champion: Champion
) -> Scored:
    """Scores of one batch of the champion's own window, each by a model that did not see it.

    Records that no fold scored (unlabelled ones; the earlier half in forecasting) are left out.
    """
    return unseen_scores(
        services,
        loaded.product,
        spec,
        champion,
        loaded.batch.partition,
        loaded.frame.reset_index(drop=True),
        None if loaded.truth is None else loaded.truth.reset_index(drop=True),
    )


def unseen_scores(
    services: Services,
    product: Product,
    spec: ModelSpec,
    model: Champion,
    partition: str,
    frame: pd.DataFrame,
    truth: pd.Series | None,
) -> Scored:
    """Stored scores of some records of a batch in a version's window.

    Args:
        services: What the pipelines talk to.
        product: The product.
        spec: Its training specification.
        model: The version.
        partition: The batch.
        frame: Records of it, the index being the row.
        truth: Their labels; None for a product without any.

    Raises:
        LakeError: The stored scores cannot be read back unchanged.
    """
    table = services.lake.load(product.name, OUT_OF_FOLD, model.out_of_fold)
    mine = table[table["partition"] == partition].set_index("row").sort_index()
    mine = mine.loc[frame.index[frame.index.isin(mine.index)]]
    columns = Columns.of(product.charter)
    names = [name for name in mine.columns if str(name).startswith(_PROBABILITY)]
    probability = mine[names].rename(columns=lambda name: str(name).removeprefix(_PROBABILITY))
    return Scored(
        task=spec.task,
        predicted=mine["predicted"],
        truth=None if truth is None else target_of(truth.loc[mine.index], spec),
        probability=probability if names else None,
        positive=columns.positive if spec.task is Task.BINARY else None,
        groups=group_table(frame.loc[mine.index], columns),
        naive=mine.get("naive"),
        out_of_fold=True,
        model_version=model.version,
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
