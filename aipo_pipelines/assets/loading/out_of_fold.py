"""Stores answers of models that had not seen a record, for all records that a version knows.

The release figures of the version depend on them, and so do all later answers about these records.
The identities of the records (`models.identity`) are stored beside the answers, as hashes only.
They identify a record in each batch that delivers it again.
"""

from __future__ import annotations

import pandas as pd

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns, group_table
from aipo_pipelines.models.preparation import truth_by
from aipo_pipelines.resources.services import RunServices

OUT_OF_FOLD = "out-of-fold"
_PROBABILITY = "probability:"


def store_out_of_fold(
    services: RunServices,
    product: str,
    unseen: Scored,
    trained: Records,
    own: Scored,
    held: Records,
) -> str:
    """Stores all records a version knows, each with the answer of a model that did not see it.

    Args:
        services: What the pipelines talk to.
        product: Name of the product.
        unseen: Out-of-fold scores of the records trained on.
        trained: The records trained on; a record that no fold scored has no answer.
        own: Scores by the version itself of the records held out.
        held: The records held out.

    Returns:
        Digest of the table in the lake.
    """
    table = pd.concat(
        [_placed(predictions_table(unseen), trained), _placed(predictions_table(own), held)],
        ignore_index=True,
    )
    # A model gives a class that it never met no chance: its probability is 0, not missing.
    chances = [name for name in table.columns if str(name).startswith(_PROBABILITY)]
    table[chances] = table[chances].fillna(0.0)
    learnt = trained.where(
        trained.truth.notna() & ~trained.truth.index.isin(unseen.predicted.index)
    )
    # Records without an answer are stored, too: the version learnt from them and knows them.
    if len(learnt.frame):
        silent = _placed(pd.DataFrame(index=learnt.frame.index), learnt)
        table = pd.concat([table, silent], ignore_index=True)
    return services.lake.store(product, OUT_OF_FOLD, table).digest


def _placed(table: pd.DataFrame, records: Records) -> pd.DataFrame:
    """A table of answers with the batch, the row and the identity of each record."""
    places = pd.DataFrame(
        {
            "partition": records.batches.loc[table.index],
            "row": records.rows.loc[table.index],
            str(records.identity.name): records.identity.loc[table.index],
        }
    )
    return places.join(table)


def read_out_of_fold(
    services: RunServices, loaded: LoadedBatch, spec: ModelSpec, champion: ModelVersion
) -> Scored:
    """Scores of one batch of the champion's own window, each by a model that did not see it.

    Records that no fold scored are left out: unlabelled records, and the earlier half in
    forecasting.
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
    services: RunServices,
    product: Product,
    spec: ModelSpec,
    model: ModelVersion,
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
        frame: Records of the batch; the index is the row.
        truth: Their labels; None for a product without labels.

    Raises:
        LakeError: The stored scores cannot be read back unchanged.
    """
    table = services.lake.load(product.name, OUT_OF_FOLD, model.out_of_fold)
    mine = table[table["partition"] == partition].set_index("row").sort_index()
    mine = mine.loc[frame.index[frame.index.isin(mine.index)]]
    return as_scored(mine, product, spec, model, frame, truth)


def as_scored(
    stored: pd.DataFrame,
    product: Product,
    spec: ModelSpec,
    model: ModelVersion,
    frame: pd.DataFrame,
    truth: pd.Series | None,
) -> Scored:
    """Stored answers as scores; records without an answer are left out.

    Args:
        stored: Rows of the stored table, with the index of their records.
        product: The product.
        spec: Its training specification.
        model: The version.
        frame: The records, and perhaps further records.
        truth: Their labels; None for a product without labels.
    """
    mine = stored[stored["predicted"].notna()]
    columns = Columns.of(product.charter)
    names = [name for name in mine.columns if str(name).startswith(_PROBABILITY)]
    probability = mine[names].rename(columns=lambda name: str(name).removeprefix(_PROBABILITY))
    mine_truth = None if truth is None else truth.loc[mine.index]
    known, strange = truth_by(mine_truth, spec, [*probability])
    return Scored(
        task=spec.task,
        predicted=mine["predicted"],
        truth=known,
        probability=probability if names else None,
        positive=columns.positive if spec.task is Task.BINARY else None,
        groups=group_table(frame.loc[mine.index], columns),
        naive=mine.get("naive"),
        out_of_fold=True,
        model_version=model.version,
        strange=strange,
        classes=tuple(map(str, probability.columns)),
    )


def predictions_table(scored: Scored) -> pd.DataFrame:
    """Predictions as a table: predicted, naive, and a column with the probability of each class."""
    parts = {"predicted": scored.predicted}
    if scored.naive is not None:
        parts["naive"] = scored.naive
    table = pd.DataFrame(parts)
    if scored.probability is not None:
        table = table.join(scored.probability.rename(columns=lambda name: f"{_PROBABILITY}{name}"))
    return table
