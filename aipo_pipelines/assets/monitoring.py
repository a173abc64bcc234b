"""What the monitor run does with one batch, as plain steps over the measures.

The batch is read once. A failed contract or an unauthorised personal category ends the run before
anything is scored. Every step yields the result of one asset.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import pandas as pd

from aipo_pipelines.assets.batch import LoadedBatch, load, load_snapshot
from aipo_pipelines.assets.links import model_link
from aipo_pipelines.assets.pictures import curves, drift_bars
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.assets.scoring import PREDICTIONS, predictions_table, score_batch
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.charter.product import Product
from aipo_pipelines.ledger.state import BatchStatus, Champion
from aipo_pipelines.measures.calibration import measure_calibration
from aipo_pipelines.measures.concept_drift import measure_concept_drift
from aipo_pipelines.measures.contract import check_contract
from aipo_pipelines.measures.drift import measure_drift
from aipo_pipelines.measures.estimate import estimate_performance
from aipo_pipelines.measures.fairness import measure_fairness
from aipo_pipelines.measures.freshness import check_freshness
from aipo_pipelines.measures.outcome import (
    CheckOutcome,
    Json,
    Severity,
    Verdict,
)
from aipo_pipelines.measures.pairs import withhold_immature
from aipo_pipelines.measures.performance import measure_performance
from aipo_pipelines.measures.privacy import check_privacy
from aipo_pipelines.measures.profile import profile
from aipo_pipelines.measures.schema import check_schema
from aipo_pipelines.measures.scored import Scored
from aipo_pipelines.measures.volume import check_volume
from aipo_pipelines.models.features import category_columns
from aipo_pipelines.resources.services import Services


def measure_batch(
    services: Services, product: Product, partition: str, wanted: Collection[str]
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
    loaded = load(services, product, partition)
    if "dataset" in wanted:
        yield dataset(loaded)
    if "data_quality" in wanted:
        quality = data_quality(services, loaded)
        yield quality
        if any(_ends_the_step(outcome) for outcome in quality.checks):
            return
    elif loaded.batch.status is BatchStatus.QUARANTINED:
        return
    model = product.charter.model
    if model is not None:
        yield from _measure_model(services, loaded, model, wanted)


def dataset(loaded: LoadedBatch) -> AssetResult:
    """The snapshot: what arrived, and whether it arrived as agreed."""
    contract, batch = loaded.product.contract, loaded.batch
    outcomes = (
        check_schema(loaded.conformed, contract),
        check_freshness(batch.occurred_at, batch.arrived_at, contract),
        check_volume(len(loaded.frame), contract),
    )
    return AssetResult(
        asset="dataset",
        metadata={
            "rows": len(loaded.frame),
            "columns": loaded.frame.shape[1],
            "version": len(batch.versions),
            "batch_date": batch.occurred_at.isoformat(),
            "digest": batch.digest,
        },
        checks=outcomes,
        data_version=batch.digest,
    )


def data_quality(services: Services, loaded: LoadedBatch) -> AssetResult:
    """Contract and privacy of the batch."""
    product = loaded.product
    source = product.charter.sources[product.charter.feed]
    seed = product.charter.model.seed if product.charter.model else 0
    contract = check_contract(loaded.conformed, product.contract)
    privacy = check_privacy(
        loaded.frame,
        product.contract,
        source,
        product.standards,
        services.clock.now().date(),
        seed,
    )
    return AssetResult(
        asset="data_quality",
        metadata={"contract": f"{product.contract.id} {product.contract.version}"},
        tables={
            "failing expectations": _rows(contract.details.get("failing")),
            "obligations": _rows(privacy.details.get("obligations")),
        },
        checks=(contract, privacy),
    )


def _measure_model(
    services: Services, loaded: LoadedBatch, model: ModelSpec, wanted: Collection[str]
) -> Iterator[AssetResult]:
    champion = loaded.state.champion
    if "drift" in wanted:
        yield drift(services, loaded, model, champion)
    if not {"predictions", "performance"} & set(wanted):
        return
    scored = score_batch(services, loaded, model, champion)
    if "predictions" in wanted and scored is not None:
        yield predictions(services, loaded, scored)
    if "performance" in wanted:
        yield performance(services, loaded, model, champion, scored)


def drift(
    services: Services, loaded: LoadedBatch, model: ModelSpec, champion: Champion | None
) -> AssetResult:
    """The batch's inputs against the data the champion was trained on."""
    limits = loaded.product.charter.drift
    reference = _reference(services, loaded.product, champion)
    features = [name for name in model.features if name not in limits.ignore]
    if reference is None:
        outcome = _nothing_yet("data_drift", "there is no champion to compare with yet")
    else:
        outcome = measure_drift(
            reference,
            loaded.frame,
            features,
            category_columns(reference, model),
            limits,
            model.seed,
        )
    drifted = outcome.details.get("drifted")
    return AssetResult(
        asset="drift",
        metadata={
            "profile": profile(loaded.frame[[name for name in features if name in loaded.frame]]),
            "champion": champion.version if champion else "",
            "drifted": len(drifted) if isinstance(drifted, list) else 0,
        },
        pictures=drift_bars(outcome, limits.limit),
        checks=(outcome,),
    )


def predictions(services: Services, loaded: LoadedBatch, scored: Scored) -> AssetResult:
    """The scores, kept in the lake."""
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


def performance(
    services: Services,
    loaded: LoadedBatch,
    model: ModelSpec,
    champion: Champion | None,
    scored: Scored | None,
) -> AssetResult:
    """How right the champion was."""
    charter = loaded.product.charter
    checks = ("performance", "calibration", "fairness", "concept_drift")
    why = loaded.label_problem and f"labels cannot be read: {loaded.label_problem}"
    if scored is None or why:
        why = why or "there is no champion to judge yet"
        return AssetResult(
            asset="performance", checks=tuple(_nothing_yet(check, why) for check in checks)
        )
    limits, baseline = charter.thresholds, _baseline(champion)
    if charter.labels:
        scored = withhold_immature(scored, charter.labels.minimum_coverage)
    outcomes = (
        _judge(loaded, model, scored, baseline),
        measure_calibration(scored, limits, model.seed),
        measure_fairness(scored, limits, model.seed),
        measure_concept_drift(scored, baseline, charter.concept_drift, model.seed),
    )
    return AssetResult(
        asset="performance",
        metadata={
            "model_version": scored.model_version,
            "labelled": int(scored.labelled.sum()),
            "out_of_fold": scored.out_of_fold,
            **_agreed(loaded, outcomes),
        },
        pictures=curves(services, loaded, outcomes[0], baseline),
        checks=outcomes,
    )


def _judge(
    loaded: LoadedBatch, model: ModelSpec, scored: Scored, baseline: list[dict[str, Json]]
) -> CheckOutcome:
    if scored.labelled.any():
        limits = loaded.product.charter.thresholds
        return measure_performance(scored, limits, baseline, model.seed)
    checks = loaded.state.checks
    calibration, drifted = checks.get("performance/calibration"), checks.get("drift/data_drift")
    # Without an agreed limit calibration passes for information; an estimate asks for more.
    calibrated = calibration and calibration.details.get("consistent_with_perfect") is True
    return estimate_performance(
        scored,
        calibration.verdict if calibration and calibrated else None,
        drifted.verdict if drifted else None,
        model.seed,
    )


def _agreed(loaded: LoadedBatch, outcomes: Iterable[CheckOutcome]) -> dict[str, Json]:
    # Plain numbers, so that Dagster draws them over the batches by itself.
    agreed = {limit.metric.value for limit in loaded.product.charter.thresholds}
    return {
        figure.metric: figure.value
        for outcome in outcomes
        for figure in outcome.figures
        if figure.metric in agreed and figure.value is not None and not figure.subject
    }


def _baseline(champion: Champion | None) -> list[dict[str, Json]]:
    figures = champion.baseline if champion else ()
    return [figure for figure in figures if isinstance(figure, dict)]


def _reference(
    services: Services, product: Product, champion: Champion | None
) -> pd.DataFrame | None:
    if champion is None or not champion.inputs:
        return None
    frames = [
        load_snapshot(services, product, partition, digest)
        for partition, digest in champion.inputs.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _nothing_yet(check: str, why: str) -> CheckOutcome:
    return CheckOutcome(
        check=check,
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.WARNING,
        summary=f"Not measured: {why}.",
    )


def _ends_the_step(outcome: CheckOutcome) -> bool:
    return outcome.verdict is Verdict.FAIL and outcome.severity is Severity.CRITICAL


def _rows(value: Json) -> list[dict[str, Json]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
