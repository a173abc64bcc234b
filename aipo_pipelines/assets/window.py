"""`training_set`: the approved batches a model is trained on, and whether it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from aipo_pipelines.assets.batch import earlier_records, load_snapshot, truth_of
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.ledger.state import Batch, ProductState
from aipo_pipelines.measures.leakage import find_leaks
from aipo_pipelines.measures.outcome import CheckOutcome, Figure, Severity, Verdict, overall
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.policy.training import approved
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.tracker.protocol import TrainingInput

# No contract can name a column like this: names of properties hold no NUL.
TRUTH, BATCH, ROW = "\0truth", "\0batch", "\0row"


@dataclass(frozen=True, kw_only=True)
class TrainingWindow:
    """The records of a window, one unique row number each.

    Attributes:
        batches: Batch of each row.
        rows: Position of each row inside its batch.
        history: Approved records before the window, for lags of the target.
    """

    frame: pd.DataFrame
    truth: pd.Series
    batches: pd.Series
    rows: pd.Series
    inputs: tuple[TrainingInput, ...]
    history: pd.DataFrame | None


def approved_window(product: Product, state: ProductState) -> tuple[Batch, ...]:
    """The approved batches the charter's window names, oldest first."""
    size = product.charter.retraining.window.batches
    batches = approved(state)
    return batches[-size:] if size else batches


def load_window(
    services: Services, product: Product, state: ProductState, partitions: Sequence[str]
) -> TrainingWindow:
    """Loads the approved batches of a window.

    Args:
        services: What the pipelines talk to.
        product: The product.
        state: Its state.
        partitions: Batches of the window; where empty, those the charter's window names now.

    Raises:
        TrainingError: None of them is approved.
    """
    named = [batch for batch in approved(state) if batch.partition in partitions]
    batches = named or (() if partitions else approved_window(product, state))
    if not batches:
        raise TrainingError(
            f"the window of {product.name} holds no approved batch; expected at least one that "
            f"kept its contract; see: aipo history {product.name} --kind batch_quarantined"
        )
    parts = [_part(services, product, batch) for batch in batches]
    table = pd.concat(parts, ignore_index=True)
    inputs = tuple(
        TrainingInput(partition=batch.partition, digest=batch.digest, rows=len(part))
        for batch, part in zip(batches, parts, strict=True)
    )
    return TrainingWindow(
        frame=table.drop(columns=[TRUTH, BATCH, ROW]),
        truth=table[TRUTH],
        batches=table[BATCH],
        rows=table[ROW],
        inputs=inputs,
        history=earlier_records(services, product, state, batches[0].occurred_at),
    )


def _part(services: Services, product: Product, batch: Batch) -> pd.DataFrame:
    frame = load_snapshot(services, product, batch.partition, batch.digest)
    truth = truth_of(services, product, batch, frame)
    return frame.assign(**{TRUTH: truth, BATCH: batch.partition, ROW: range(len(frame))})


def describe_window(
    product: Product, model: ModelSpec, window: TrainingWindow, today: str
) -> AssetResult:
    """The training set with its checks: authorised, sufficient, free of leaks."""
    label = Columns.of(product.charter).label or ""
    frame = window.frame.assign(**{label: window.truth})
    outcomes = (
        authorised(product, today),
        sufficient(product, model, window),
        find_leaks(frame, label, model.features, model.task, model.seed),
    )
    return AssetResult(
        asset="training_set",
        metadata={
            "rows": len(window.frame),
            "labelled": int(window.truth.notna().sum()),
            "window": [one.partition for one in window.inputs],
        },
        checks=outcomes,
    )


def authorised(product: Product, today: str) -> CheckOutcome:
    """Check `authorised`: every source has an approval that holds today."""
    expired = [
        name
        for name, source in product.charter.sources.items()
        if source.approval is None
        or not (source.approval.on.isoformat() <= today <= source.approval.until.isoformat())
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
    labelled = int(window.truth.notna().sum())
    figure = Figure(
        metric="labelled_records",
        value=float(labelled),
        n=len(window.frame),
        limit=float(needed),
        verdict=Verdict.PASS if labelled >= needed else Verdict.INSUFFICIENT,
    )
    return CheckOutcome(
        check="sufficient",
        verdict=overall((figure,)),
        severity=Severity.CRITICAL,
        summary=f"{labelled} labelled records; at least {needed} are needed.",
        figures=(figure,),
    )
