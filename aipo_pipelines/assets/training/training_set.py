"""`training_set`: the approved batches a model is trained on, and whether they may be used."""

from __future__ import annotations

from datetime import date

from aipo_pipelines.assets.loading.window import TrainingWindow
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.training.holdout_size import held_out_of, reach
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.thresholds import AppliesTo
from aipo_pipelines.charter.privacy.permission import holds_on
from aipo_pipelines.evidence.details.training import AuthorisedDetails, SufficientDetails
from aipo_pipelines.evidence.metadata.training import TrainingSetMetadata
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Severity,
    Verdict,
    overall,
)
from aipo_pipelines.measures.gates.leakage import Labelled, find_leaks
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.labels import STRAYS


def describe_window(
    product: Product, model: ModelSpec, window: TrainingWindow, today: str
) -> AssetResult:
    """The training set with its checks: authorised, sufficient, free of leaks.

    Args:
        product: The product.
        model: Its training specification.
        window: The records for training and for evaluation.
        today: ISO date in UTC.
    """
    label = Columns.of(product.charter).label or ""
    frame = window.records.frame.assign(**{label: window.records.truth})
    labelled = Labelled(
        frame=frame,
        label=label,
        task=model.task,
        batches=window.records.batches,
        series=model.forecasting.series if model.forecasting else None,
    )
    outcomes = (
        authorised(product, today),
        sufficient(product, model, window),
        find_leaks(labelled, model.features, model.seed),
    )
    return AssetResult(
        asset="training_set",
        metadata=TrainingSetMetadata(
            rows=len(frame),
            labelled=int(window.records.truth.notna().sum()),
            window=tuple(window.partitions),
            waiting_for_labels=tuple(window.waiting),
            repeated_records=window.repeats.records,
            copies=window.repeats.copies,
            emptied=window.repeats.emptied,
            alike=window.repeats.alike,
            identified=window.repeats.rows_identify,
        ),
        checks=outcomes,
    )


def authorised(product: Product, today: str) -> CheckOutcome[AuthorisedDetails]:
    """Check `authorised`: every source has a valid approval today, by people with the right."""
    day = date.fromisoformat(today)
    expired = [
        name
        for name, source in product.charter.sources.items()
        if not holds_on(source, product, day)
    ]
    return CheckOutcome(
        check="authorised",
        verdict=Verdict.FAIL if expired else Verdict.PASS,
        severity=Severity.CRITICAL,
        summary=(
            f"No approval holds today for {', '.join(expired)}."
            if expired
            else "Every source has an approval that holds today."
        ),
        details=AuthorisedDetails(unapproved=tuple(expired)),
    )


def sufficient(
    product: Product, model: ModelSpec, window: TrainingWindow
) -> CheckOutcome[SufficientDetails]:
    """Check `sufficient`: enough labelled records for every limit, every gate and every fold.

    Each record counts once. The window is also insufficient if too few records are held out, or if
    too many labels are neither class. The training is tried again when more records arrive.
    """
    # Cross-validation needs at least two labelled records for each fold.
    needed = max([limit.minimum_sample for limit in product.charter.thresholds] + [2 * model.folds])
    labelled = int(window.records.truth.notna().sum())
    figure = _enough("labelled_records", labelled, needed, len(window.records.frame))
    held = _held_out(product, model, window)
    unclear = _unclear(window, labelled) if window.unclear else None
    # The sentences name every reason, so that a person knows what to correct first.
    waiting = len(window.waiting)
    sentences = [
        f"{labelled} labelled records; at least {needed} are needed.",
        f"{held.value:.0f} of them are held out to judge; at least {held.limit:.0f} are needed.",
        *([f"Labels of {waiting} approved batches are not in yet."] if waiting else ()),
        *window.repeats.sentences,
        *([f"{_labels(window.strays)} neither class: left out."] if window.strays else ()),
        *([unclear.note] if unclear else ()),
    ]
    figures = (figure, held, *([unclear] if unclear else ()))
    return CheckOutcome(
        check="sufficient",
        verdict=overall(figures),
        severity=Severity.CRITICAL,
        summary=" ".join(sentences),
        figures=figures,
        details=SufficientDetails(
            waiting_for_labels=tuple(window.waiting),
            repeated_records=window.repeats.records,
            copies=window.repeats.copies,
            emptied=window.repeats.emptied,
            alike=window.repeats.alike,
            identified=window.repeats.rows_identify,
            strange_labels=window.strays + window.unclear,
        ),
    )


def _held_out(product: Product, model: ModelSpec, window: TrainingWindow) -> Figure:
    """The number of held-out records and the number that the gates need."""
    # A model that no gate can judge is not trained: it would only wait for a decision.
    charter = product.charter
    gates = [limit for limit in charter.thresholds if AppliesTo.RELEASE in limit.applies_to]
    needed = max([charter.release.minimum_sample, *(limit.minimum_sample for limit in gates)])
    pool = reach(charter, model, window.records, window.partitions)
    held = window.records.truth.loc[held_out_of(charter, model, window.records, pool)]
    return _enough("held_out_records", int(held.notna().sum()), needed, len(held))


def _unclear(window: TrainingWindow, labelled: int) -> Figure:
    """Labels that are neither class of a binary task, too many for typing errors."""
    return Figure(
        metric="unclear_labels",
        value=float(window.unclear),
        n=labelled,
        limit=float(int(STRAYS * labelled)),
        direction=Direction.AT_MOST,
        verdict=Verdict.INSUFFICIENT,
        note=(
            f"{_labels(window.unclear)} neither the event nor the most frequent other word, too "
            "many for typing errors. List words for unknown labels under `missingValues` "
            "of the contract, correct the labels, or set model.task to multiclass."
        ),
    )


def _labels(count: int) -> str:
    return "1 label is" if count == 1 else f"{count} labels are"


def _enough(metric: str, count: int, needed: int, n: int) -> Figure:
    return Figure(
        metric=metric,
        value=float(count),
        n=n,
        limit=float(needed),
        verdict=Verdict.PASS if count >= needed else Verdict.INSUFFICIENT,
    )
