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
    services: RunServices, product: Product, partition: str, wanted: Collection[str]
) -> Iterator[AssetResult]:
    """Measures one batch.

    Args:
        services: What the pipelines talk to.
        product: The product.
        partition: Key of the batch.
        wanted: Names of the assets to yield.

    Yields:
        Results of the wanted assets, in the order of the graph.

    Raises:
        AipoError: Something other than the data broke.
    """
    for result in _measure(services, load(services, product, partition), wanted):
        yield result
        give_back()


def _measure(
    services: RunServices, loaded: LoadedBatch, wanted: Collection[str]
) -> Iterator[AssetResult]:
    if "dataset" in wanted:
        yield dataset(loaded)
    if "data_quality" in wanted:
        quality = data_quality(services, loaded)
        yield quality
        if any(_ends_the_step(outcome) for outcome in quality.checks):
            return
    elif loaded.batch.status is BatchStatus.QUARANTINED:
        return
    model = loaded.product.charter.model
    if model is not None:
        yield from _measure_model(services, loaded, model, wanted)


def _measure_model(
    services: RunServices, loaded: LoadedBatch, model: ModelSpec, wanted: Collection[str]
) -> Iterator[AssetResult]:
    drifted: Verdict | None
    if "drift" in wanted:
        result = drift(services, loaded, model, loaded.state.champion)
        drifted = result.checks[0].verdict
        yield result
    else:
        drifted = _drifted_before(loaded)
    if not {"predictions", "performance"} & set(wanted):
        return
    try:
        scored = score_batch(services, loaded, model, loaded.state.champion)
        why = "no version is in charge"
    except ModelAlteredError:
        raise
    except ModelError as error:
        # Records the champion cannot answer for are the data's failure, not the run's.
        scored, why = None, f"the champion cannot answer for these records: {error}"
    # The copies of the records that the model was asked with are superfluous now.
    give_back()
    if "predictions" in wanted and scored is not None:
        yield predictions(services, loaded, scored)
    if "performance" in wanted:
        yield (
            performance_not_measured(loaded.product.charter, why)
            if scored is None
            else performance(services, loaded, model, scored, drifted)
        )


def _drifted_before(loaded: LoadedBatch) -> Verdict | None:
    """What `data_drift` said of this batch beside the champion's data; None if it did not."""
    check, champion = loaded.state.checks.get("drift/data_drift"), loaded.state.champion
    if check is None or champion is None:
        return None
    known = (one for one in check.recent if one.partition == loaded.batch.partition)
    last = next(known, None)
    counts = last is not None and (last.known_up_to or 0) > champion.since
    return last.verdict if last is not None and counts else None


def _ends_the_step(outcome: CheckOutcome) -> bool:
    return outcome.verdict is Verdict.FAIL and outcome.severity is Severity.CRITICAL
