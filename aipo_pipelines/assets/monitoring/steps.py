"""What the monitor run does with one batch, as plain steps over the measures.

The batch is read once. A failed contract or an unauthorised personal category ends the run before
anything is scored. Every step yields the result of one asset.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aipo_pipelines.assets.loading.batch import LoadedBatch, load
from aipo_pipelines.assets.loading.scoring import predictions, score_batch
from aipo_pipelines.assets.monitoring.drift import drift
from aipo_pipelines.assets.monitoring.performance import performance, performance_not_measured
from aipo_pipelines.assets.monitoring.quality import data_quality, dataset
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import ModelAlteredError, ModelError
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.services import RunServices


def measure_batch(
    services: RunServices, product: Product, partition: str, assets: Collection[str]
) -> Iterator[AssetResult]:
    """Measures one batch.

    Args:
        services: What the pipelines talk to.
        product: The product.
        partition: Key of the batch.
        assets: Names of the assets to yield.

    Yields:
        Results of these assets, in the order of the graph.

    Raises:
        AipoError: Our code or the machine broke, not the data.
    """
    loaded = load(services, product, partition)
    if "dataset" in assets:
        yield dataset(loaded)
        give_back()
    usable = loaded.batch.status is not BatchStatus.QUARANTINED
    if "data_quality" in assets:
        quality = data_quality(services, loaded)
        # The evaluation of this run is newer than the stored status, so it decides.
        usable = not any(_ends_the_step(outcome) for outcome in quality.checks)
        yield quality
        give_back()
    model = product.charter.model
    # A model never sees a batch with a critical failure. The run stays green: the data failed.
    if model is not None and usable:
        yield from _measure_model(services, loaded, model, assets)


def _measure_model(
    services: RunServices, loaded: LoadedBatch, model: ModelSpec, assets: Collection[str]
) -> Iterator[AssetResult]:
    drifted = _drifted_before(loaded)
    if "drift" in assets:
        result = drift(services, loaded, model, loaded.state.champion)
        drifted = result.checks[0].verdict
        yield result
        give_back()
    if not {"predictions", "performance"} & set(assets):
        return
    try:
        champion = loaded.state.champion
        scored = score_batch(services, loaded, model, champion.model if champion else None)
        reason = "no version is in charge"
    except ModelAlteredError:
        # Not the data failed but the files of the model: the run fails.
        raise
    except ModelError as error:
        # Records the champion cannot answer for are the data's failure, not the run's.
        scored, reason = None, f"the champion cannot answer for these records: {error}"
    # The model's copies of the records are freed before the metrics need memory.
    give_back()
    if "predictions" in assets and scored is not None:
        yield predictions(services, loaded, scored)
        give_back()
    if "performance" in assets:
        yield (
            performance_not_measured(loaded.product.charter, reason)
            if scored is None
            else performance(services, loaded, model, scored, drifted)
        )
        give_back()


def _drifted_before(loaded: LoadedBatch) -> Verdict | None:
    """Verdict of an earlier `data_drift` on this batch with the champion's data, if any."""
    check, champion = loaded.state.checks.get("drift/data_drift"), loaded.state.champion
    if check is None or champion is None:
        return None
    recent = (seen for seen in check.recent if seen.partition == loaded.batch.partition)
    last = next(recent, None)
    # An evaluation before the release compared the batch with another champion's data.
    counts = last is not None and (last.known_up_to or 0) > champion.since
    return last.verdict if last is not None and counts else None


def _ends_the_step(outcome: CheckOutcome) -> bool:
    return outcome.verdict is Verdict.FAIL and outcome.severity is Severity.CRITICAL
