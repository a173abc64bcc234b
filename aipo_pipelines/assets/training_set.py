"""`training_set`: the approved batches a model is trained on, and whether it may be."""

from __future__ import annotations

from datetime import date

from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.assets.window import TrainingWindow
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.charter.permission import holds_on
from aipo_pipelines.charter.product import Product
from aipo_pipelines.measures.leakage import Labelled, find_leaks
from aipo_pipelines.measures.outcome import CheckOutcome, Figure, Severity, Verdict, overall
from aipo_pipelines.models.columns import Columns


def describe_window(
    product: Product, model: ModelSpec, window: TrainingWindow, today: str
) -> AssetResult:
    """The training set with its checks: authorised, sufficient, free of leaks.

    Args:
        product: The product.
        model: Its training specification.
        window: What the model may be trained on, the records it is judged on included.
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
        metadata={
            "rows": len(frame),
            "labelled": int(window.records.truth.notna().sum()),
            "window": list(window.partitions),
            "waiting_for_labels": list(window.waiting),
        },
        checks=outcomes,
    )


def authorised(product: Product, today: str) -> CheckOutcome:
    """Check `authorised`: every source has an approval that holds today, by people who may."""
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
        details={"unapproved": list(expired)},
    )


def sufficient(product: Product, model: ModelSpec, window: TrainingWindow) -> CheckOutcome:
    """Check `sufficient`: enough labelled records for every live limit and every fold."""
    needed = max([limit.minimum_sample for limit in product.charter.thresholds] + [2 * model.folds])
    labelled = int(window.records.truth.notna().sum())
    figure = Figure(
        metric="labelled_records",
        value=float(labelled),
        n=len(window.records.frame),
        limit=float(needed),
        verdict=Verdict.PASS if labelled >= needed else Verdict.INSUFFICIENT,
    )
    waiting = len(window.waiting)
    more = f" Labels of {waiting} approved batches are not in yet." if waiting else ""
    return CheckOutcome(
        check="sufficient",
        verdict=overall((figure,)),
        severity=Severity.CRITICAL,
        summary=f"{labelled} labelled records; at least {needed} are needed.{more}",
        figures=(figure,),
        details={"waiting_for_labels": list(window.waiting)},
    )
