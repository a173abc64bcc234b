"""`performance` of one batch: how right the champion was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.assets.loading.judged_records import keep_judged, leave_out_judged
from aipo_pipelines.assets.loading.scoring import history_of
from aipo_pipelines.assets.monitoring.comparisons import (
    SUCCESSION,
    VALUE,
    retraining_value,
    succession,
)
from aipo_pipelines.assets.monitoring.pictures import curves
from aipo_pipelines.assets.reporting.results import AssetResult, not_measured
from aipo_pipelines.assets.reporting.specs import checks_of
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.evidence.details.performance import LeftOut, PerformanceDetails
from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.measures.calibration.check import is_within_chance, measure_calibration
from aipo_pipelines.measures.drift.concept import measure_concept_drift
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.metrics.aligned import withhold_immature
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.check import measure_performance
from aipo_pipelines.measures.performance.estimate import estimate_performance
from aipo_pipelines.measures.performance.label_coverage import measure_labels
from aipo_pipelines.measures.risk.cost import costs_of
from aipo_pipelines.models.preparation import truth_by
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.resources.services import RunServices

LeftOutT = TypeVar("LeftOutT", bound=LeftOut)

_SUBJECTS = (
    ". If they are new records of the same subjects, add what tells them apart to `identifiers` in "
    "the charter"
)


def performance_not_measured(charter: Charter, why: str) -> AssetResult:
    """The asset with all its checks insufficient, and why."""
    checks = tuple(not_measured(check, why) for check in checks_of(charter, "performance"))
    return AssetResult(asset="performance", metadata=PerformanceMetadata(), checks=checks)


def performance(
    services: RunServices,
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
    charter = loaded.product.charter
    if loaded.label_problem:
        return performance_not_measured(charter, f"labels cannot be read: {loaded.label_problem}")
    scored = leave_out_judged(services, loaded, scored)
    if scored.predicted.empty and (scored.out_of_fold or scored.judged):
        return _nothing_left(loaded, scored)
    limits, baseline = charter.thresholds, _signed_off(loaded.state)
    if charter.labels:
        scored = withhold_immature(scored, charter.labels.minimum_coverage)
    outcomes = (
        _with_left_out(_judge(services, loaded, model, scored, drifted), loaded, scored),
        measure_calibration(scored, limits, model.seed),
        measure_fairness(scored, limits, model.seed),
        measure_concept_drift(scored, baseline, charter.concept_drift, model.seed),
        *_compared(services, loaded, model, scored),
    )
    return AssetResult(
        asset="performance",
        metadata=PerformanceMetadata(
            model_version=scored.model_version,
            labelled=int(scored.labelled.sum()),
            out_of_fold=scored.out_of_fold,
            known_records=scored.known,
            judged_records=scored.judged,
            judged=keep_judged(services, loaded, scored),
            further=_agreed(loaded, outcomes),
        ),
        pictures=curves(services, loaded, outcomes[0], baseline),
        checks=outcomes,
    )


def _nothing_left(loaded: LoadedBatch, scored: Scored) -> AssetResult:
    """The asset of a batch whose records are all known, or were judged before."""
    left_out = [*_known(loaded, scored), *_judged_before(loaded, scored)]
    why = "the champion was trained on this batch, and no fold left any of its records out"
    told = f"{'; '.join(left_out)}{_SUBJECTS}" if left_out else why
    result = performance_not_measured(loaded.product.charter, told)
    counted = _counted(scored, PerformanceDetails())
    checks = tuple(
        replace(each, details=counted) if each.check == "performance" else each
        for each in result.checks
    )
    metadata = PerformanceMetadata(
        known_records=scored.known or None,
        judged_records=scored.judged or None,
        alike=scored.alike or None,
        strange_labels=scored.strange or None,
        unlearnt_labels=scored.unlearnt or None,
    )
    return replace(result, checks=checks, metadata=metadata)


def _compared(
    services: RunServices, loaded: LoadedBatch, model: ModelSpec, scored: Scored
) -> Iterator[CheckOutcome]:
    charter = loaded.product.charter
    checks = checks_of(charter, "performance")
    history = history_of(services, loaded) if {SUCCESSION, VALUE} & set(checks) else None
    if charter.labels and "labels" in checks:
        batch = loaded.batch
        date = batch.occurred_at if has_date(batch) else None
        whole = _whole(loaded, model, scored)
        labels = measure_labels(whole, charter.labels, date, services.clock.now())
        yield _with_left_out(labels, loaded, whole)
    if SUCCESSION in checks:
        yield succession(services, loaded, model, scored, history)
    if VALUE in checks:
        yield retraining_value(services, loaded, model, scored, history)


def _whole(loaded: LoadedBatch, model: ModelSpec, scored: Scored) -> Scored:
    """The labels of all records: out-of-fold scores leave out those without one."""
    classes = scored.classes
    truth, strange = truth_by(loaded.truth, model, classes)
    nothing = pd.Series(pd.NA, index=loaded.frame.index, dtype="object")
    predicted = nothing if truth is None else truth
    return Scored(
        task=model.task, predicted=predicted, truth=truth, strange=strange, classes=classes
    )


def _judge(
    services: RunServices,
    loaded: LoadedBatch,
    model: ModelSpec,
    scored: Scored,
    drifted: Verdict | None,
) -> CheckOutcome[PerformanceDetails]:
    if scored.labelled.any():
        limits, baseline = loaded.product.charter.thresholds, _signed_off(loaded.state)
        original = _original(loaded.state)
        measured = measure_performance(scored, limits, baseline, model.seed, original=original)
        costs = costs_of(loaded.product.charter.outcome_map, scored, model.seed)
        said = [measured.summary]
        if scored.out_of_fold:
            said.append(_out_of_fold(loaded.product.charter))
        return replace(measured, summary=" ".join(said), figures=(*measured.figures, *costs))
    return estimate_performance(scored, _calibrated(services, loaded), drifted, model.seed)


def _calibrated(services: RunServices, loaded: LoadedBatch) -> Verdict | None:
    """The verdict of the last calibration check that counts now, if it lets scores be trusted."""
    # Not the newest check: of a batch without labels that always is insufficient, and an estimate
    # is made while labels are missing.
    now = services.clock.now()
    stand = check_freshness(loaded.product.charter, loaded.state, "performance/calibration", now)
    said = stand.evidence if stand.is_fresh else None
    # Without an agreed limit calibration passes for information; an estimate asks for more.
    return said.verdict if said and is_within_chance(said.figures) else None


def _out_of_fold(charter: Charter) -> str:
    unseen = f"each record was judged by a model that had not seen it{charter.as_far_as_known}"
    return f"The champion was trained on this batch: {unseen}, not by the version in charge."


def _with_left_out(
    outcome: CheckOutcome[LeftOutT], loaded: LoadedBatch, scored: Scored
) -> CheckOutcome[LeftOutT]:
    """The outcome with how many records and labels of the batch do not count, where there are."""
    left_out = [*_known(loaded, scored), *_judged_before(loaded, scored)]
    said = [outcome.summary, *(f"{one}." for one in left_out)]
    if scored.alike:
        said.append(
            f"{scored.alike} of {len(loaded.frame)} rows are alike to rows that version "
            f"{scored.model_version} learnt from, no more than chance gives: they are judged."
        )
    if scored.strange:
        said.append(f"{scored.strange} labels are neither class: they are no truth.")
    if scored.unlearnt:
        said.append(f"{scored.unlearnt} labels are of a class that the model never learnt.")
    return replace(outcome, summary=" ".join(said), details=_counted(scored, outcome.details))


def _counted(scored: Scored, details: LeftOutT) -> LeftOutT:
    """Details with how many records and labels do not count, or are judged though alike."""
    return replace(
        details,
        known_records=scored.known,
        judged_records=scored.judged,
        alike=scored.alike,
        strange_labels=scored.strange,
        unlearnt_labels=scored.unlearnt,
    )


def _known(loaded: LoadedBatch, scored: Scored) -> Iterator[str]:
    """That records are left out because the version knows them."""
    if not scored.known:
        return
    if loaded.identity.named:
        said = f"{scored.known} of {len(loaded.frame)} records were learnt from, or held out, when"
    else:
        said = (
            f"{scored.known} of {len(loaded.frame)} rows are alike to rows that were learnt from, "
            "or held out, more than chance gives, when"
        )
    yield f"{said} version {scored.model_version} was trained: they are not judged"


def _judged_before(loaded: LoadedBatch, scored: Scored) -> Iterator[str]:
    """That records are left out because they were judged in another batch."""
    if not scored.judged:
        return
    if loaded.identity.named:
        said = f"{scored.judged} of {len(loaded.frame)} records were judged in another batch"
    else:
        said = (
            f"{scored.judged} of {len(loaded.frame)} rows are alike to rows that were judged in "
            "another batch, more than chance gives"
        )
    yield f"{said}: they are not judged again"


def _agreed(loaded: LoadedBatch, outcomes: Iterable[CheckOutcome]) -> dict[str, float]:
    # Plain numbers, so that Dagster draws them over the batches by itself.
    agreed = {limit.metric.value for limit in loaded.product.charter.thresholds}
    return {
        figure.metric: figure.value
        for outcome in outcomes
        for figure in outcome.figures
        if figure.metric in agreed and figure.value is not None and not figure.subject
    }


def _signed_off(state: ProductState) -> tuple[Figure, ...]:
    return state.champion.baseline if state.champion else ()


def _original(state: ProductState) -> tuple[Figure, ...] | None:
    """Figures of the original baseline; None if there is none but the champion's own."""
    original, champion = original_of(state), state.champion
    if original is None or champion is None or original.version == champion.version:
        return None
    return original.baseline
