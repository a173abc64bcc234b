"""What the champion says about a batch, as far as it never saw the records."""

from __future__ import annotations

import pandas as pd

from aipo_pipelines.assets.loading.batch import LoadedBatch, earlier_records
from aipo_pipelines.assets.loading.judged_records import counting_elsewhere
from aipo_pipelines.assets.loading.known_records import known_to
from aipo_pipelines.assets.loading.out_of_fold import predictions_table, read_out_of_fold
from aipo_pipelines.assets.reporting.links import model_link
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.metadata.monitoring import PredictionsMetadata
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.logged_predictions import from_logged
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.services import RunServices

PREDICTIONS = "predictions"


def score_batch(
    services: RunServices, loaded: LoadedBatch, spec: ModelSpec, champion: Champion | None
) -> Scored | None:
    """Scores a batch by its logged predictions or by the champion.

    No record is judged by a model that learnt from it, in whichever batch it stands: the champion
    answers for those it never saw. Where it knows all of a batch, each is scored by a model that
    did not see it, as far as there is one, unless it is known from another batch that counts.

    Returns:
        The scores, or None where there is no version in charge.

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
    known = known_to(services, loaded.product, champion, loaded.frame, loaded.identities)
    if known.all:
        elsewhere = {one.partition for one in counting_elsewhere(loaded)}
        return known.answers(services, loaded.product, spec, loaded.truth, elsewhere)
    scored = score_live(services, loaded, spec, champion, history)
    return known.leave_out(scored)


def history_of(services: RunServices, loaded: LoadedBatch) -> pd.DataFrame | None:
    """Approved records before a batch, for lags of the target; None where none are needed."""
    return earlier_records(services, loaded.product, loaded.state, loaded.batch.position[0])


def score_live(
    services: RunServices,
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


def load_version(
    services: RunServices, product: Product, spec: ModelSpec, model: Champion
) -> Fitted:
    """Loads the very files of a version that its release was decided on.

    Raises:
        ModelAlteredError: They were altered since.
        TrackerError: MLflow does not answer, or no longer knows the version.
    """
    return services.tracker.load(
        product.name, model.version, digest=model.model_digest, allowed=spec.allowed_types
    )


def predictions(services: RunServices, loaded: LoadedBatch, scored: Scored) -> AssetResult:
    """`predictions` of one batch: the scores, kept in the lake."""
    name = f"{PREDICTIONS}/{loaded.batch.partition}"
    snapshot = services.lake.store(
        loaded.product.name, name, predictions_table(scored).reset_index(drop=True)
    )
    return AssetResult(
        asset="predictions",
        metadata=PredictionsMetadata(
            model_version=scored.model_version,
            rows=len(scored.predicted),
            out_of_fold=scored.out_of_fold,
            known_records=scored.known,
            digest=snapshot.digest,
        ),
        links=model_link(services, loaded.product.name, scored.model_version),
        data_version=snapshot.digest,
    )
