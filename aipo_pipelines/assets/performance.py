"""`performance` of one batch: how right the champion was."""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.assets.batch import LoadedBatch
from aipo_pipelines.assets.graph import CHECKS
from aipo_pipelines.assets.pictures import curves
from aipo_pipelines.assets.report import AssetResult, not_measured
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.ledger.model_state import Champion
from aipo_pipelines.measures.calibration import measure_calibration
from aipo_pipelines.measures.concept_drift import measure_concept_drift
from aipo_pipelines.measures.estimate import estimate_performance
from aipo_pipelines.measures.fairness import measure_fairness
from aipo_pipelines.measures.outcome import CheckOutcome, Json, Verdict
from aipo_pipelines.measures.pairs import withhold_immature
from aipo_pipelines.measures.performance import measure_performance
from aipo_pipelines.measures.scored import Scored
from aipo_pipelines.resources.services import Services


def performance_not_measured(why: str) -> AssetResult:
    """The asset with all its checks insufficient, and why."""
    checks = tuple(not_measured(check, why) for check in CHECKS["performance"])
    return AssetResult(asset="performance", checks=checks)


def performance(
    services: Services,
    loaded: LoadedBatch,
    model: ModelSpec,
    scored: Scored,
    drifted: Verdict | None,
) -> AssetResult:
    """Judges the champion's answers on one batch.

    Args:
        services: What the pipelines talk to.
        loaded: The batch.
        model: Its training specification.
        scored: The champion's answers.
        drifted: Verdict of `data_drift` on this batch; None if it was not measured.
    """
    if loaded.label_problem:
        return performance_not_measured(f"labels cannot be read: {loaded.label_problem}")
    if scored.out_of_fold and scored.predicted.empty:
        why = "the champion was trained on this batch, and no fold left any of its records out"
        return performance_not_measured(why)
    charter = loaded.product.charter
    limits, baseline = charter.thresholds, _baseline(loaded.state.champion)
    if charter.labels:
        scored = withhold_immature(scored, charter.labels.minimum_coverage)
    outcomes = (
        _judge(loaded, model, scored, drifted),
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
    loaded: LoadedBatch, model: ModelSpec, scored: Scored, drifted: Verdict | None
) -> CheckOutcome:
    if scored.labelled.any():
        limits, baseline = loaded.product.charter.thresholds, _baseline(loaded.state.champion)
        return measure_performance(scored, limits, baseline, model.seed)
    calibration = loaded.state.checks.get("performance/calibration")
    # Without an agreed limit calibration passes for information; an estimate asks for more.
    calibrated = calibration and calibration.details.get("consistent_with_perfect") is True
    verdict = calibration.verdict if calibration and calibrated else None
    return estimate_performance(scored, verdict, drifted, model.seed)


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
