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
    ". If they are new records of the same subjects, add the columns that distinguish them to "
    "`identifiers` in the charter"
)


def performance_not_measured(charter: Charter, reason: str) -> AssetResult:
    """The asset with all its checks insufficient, for this reason."""
    checks = _insufficient(charter, reason)
    return AssetResult(asset="performance", metadata=PerformanceMetadata(), checks=checks)


def _insufficient(charter: Charter, reason: str) -> tuple[CheckOutcome, ...]:
    return tuple(not_measured(check, reason) for check in checks_of(charter, "performance"))


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
    # Before the labels are counted: a record that was judged elsewhere is no evidence here.
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
    reason = "the champion was trained on this batch, and no fold left any of its records out"
    if left_out:
        reason = f"{'; '.join(left_out)}{_SUBJECTS}"
    # One check shows the counts: the others would only repeat them.
    counted = _counted(scored, PerformanceDetails())
    checks = tuple(
        replace(outcome, details=counted) if outcome.check == "performance" else outcome
        for outcome in _insufficient(loaded.product.charter, reason)
    )
    metadata = PerformanceMetadata(
        known_records=scored.known or None,
        judged_records=scored.judged or None,
        alike=scored.alike or None,
        strange_labels=scored.strange or None,
        unlearnt_labels=scored.unlearnt or None,
    )
    return AssetResult(asset="performance", metadata=metadata, checks=checks)


def _compared(
    services: RunServices, loaded: LoadedBatch, model: ModelSpec, scored: Scored
) -> Iterator[CheckOutcome]:
    charter = loaded.product.charter
    checks = checks_of(charter, "performance")
    # Both comparisons ask models, whose lags need the past; no other check does.
    history = history_of(services, loaded) if {SUCCESSION, VALUE} & set(checks) else None
    if charter.labels and "labels" in checks:
        batch = loaded.batch
        date = batch.occurred_at if has_date(batch) else None
        complete = _all_labels(loaded, model, scored)
        labels = measure_labels(complete, charter.labels, date, services.clock.now())
        yield _with_left_out(labels, loaded, complete)
    if SUCCESSION in checks:
        yield succession(services, loaded, model, scored, history)
    if VALUE in checks:
        yield retraining_value(services, loaded, model, scored, history)


def _all_labels(loaded: LoadedBatch, model: ModelSpec, scored: Scored) -> Scored:
    """The labels of all records of the batch."""
    # Out-of-fold scores leave out records without a label, which this check must count.
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
        # An estimate without labels has no costs: nobody knows which answers were errors.
        costs = costs_of(loaded.product.charter.outcome_map, scored, model.seed)
        summary = measured.summary
        if scored.out_of_fold:
            summary = f"{summary} {_out_of_fold(loaded.product.charter)}"
        return replace(measured, summary=summary, figures=(*measured.figures, *costs))
    return estimate_performance(scored, _calibrated(services, loaded), drifted, model.seed)


def _calibrated(services: RunServices, loaded: LoadedBatch) -> Verdict | None:
    """The verdict of the last calibration check that counts now, if it lets scores be trusted."""
    # Not the newest check: without labels it is always insufficient, and an estimate is made
    # while labels are missing.
    now = services.clock.now()
    stand = check_freshness(loaded.product.charter, loaded.state, "performance/calibration", now)
    evidence = stand.evidence if stand.is_fresh else None
    # Without an agreed limit calibration passes for information; an estimate needs more.
    return evidence.verdict if evidence and is_within_chance(evidence.figures) else None


def _out_of_fold(charter: Charter) -> str:
    unseen = f"each record was judged by a model that had not seen it{charter.as_far_as_known}"
    return f"The champion was trained on this batch: {unseen}, not by the version in charge."


def _with_left_out(
    outcome: CheckOutcome[LeftOutT], loaded: LoadedBatch, scored: Scored
) -> CheckOutcome[LeftOutT]:
    """The outcome with the numbers of records and labels of the batch that do not count."""
    left_out = [*_known(loaded, scored), *_judged_before(loaded, scored)]
    sentences = [outcome.summary, *(f"{sentence}." for sentence in left_out)]
    if scored.alike:
        sentences.append(
            f"{scored.alike} of {len(loaded.frame)} rows are alike to rows that version "
            f"{scored.model_version} learnt from, no more than chance gives: they are judged."
        )
    if scored.strange:
        sentences.append(f"{scored.strange} labels are neither class: they are no truth.")
    if scored.unlearnt:
        sentences.append(f"{scored.unlearnt} labels are of a class that the model never learnt.")
    summary = " ".join(sentences)
    return replace(outcome, summary=summary, details=_counted(scored, outcome.details))


def _counted(scored: Scored, details: LeftOutT) -> LeftOutT:
    """Details with the numbers of records and labels that do not count, and of rows alike."""
    return replace(
        details,
        known_records=scored.known,
        judged_records=scored.judged,
        alike=scored.alike,
        strange_labels=scored.strange,
        unlearnt_labels=scored.unlearnt,
    )


def _known(loaded: LoadedBatch, scored: Scored) -> Iterator[str]:
    """Says that records are left out because the version knows them."""
    if not scored.known:
        return
    if loaded.identity.named:
        subject = (
            f"{scored.known} of {len(loaded.frame)} records were learnt from, or held out, when"
        )
    else:
        subject = (
            f"{scored.known} of {len(loaded.frame)} rows are alike to rows that were learnt from, "
            "or held out, more than chance gives, when"
        )
    yield f"{subject} version {scored.model_version} was trained: they are not judged"


def _judged_before(loaded: LoadedBatch, scored: Scored) -> Iterator[str]:
    """Says that records are left out because they were judged in another batch."""
    if not scored.judged:
        return
    if loaded.identity.named:
        subject = f"{scored.judged} of {len(loaded.frame)} records were judged in another batch"
    else:
        subject = (
            f"{scored.judged} of {len(loaded.frame)} rows are alike to rows that were judged in "
            "another batch, more than chance gives"
        )
    yield f"{subject}: they are not judged again"


def _agreed(loaded: LoadedBatch, outcomes: Iterable[CheckOutcome]) -> dict[str, float]:
    # Plain numbers, so that Dagster itself draws them over the batches.
    agreed = {limit.metric.value for limit in loaded.product.charter.thresholds}
    return {
        figure.metric: figure.value
        for outcome in outcomes
        for figure in outcome.figures
        if figure.metric in agreed and figure.value is not None and not figure.subject
    }


def _signed_off(state: ProductState) -> tuple[Figure, ...]:
    return state.champion.model.baseline if state.champion else ()


def _original(state: ProductState) -> tuple[Figure, ...] | None:
    """Figures of the original baseline; None if it is unknown or the champion's own."""
    original, champion = original_of(state), state.champion
    if original is None or champion is None or original.version == champion.version:
        return None
    return original.baseline
