"""`challenger`: the winner of a round as a registered version, which is never fitted again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

import pandas as pd

from aipo_pipelines.assets.loading.out_of_fold import store_out_of_fold
from aipo_pipelines.assets.loading.window import TrainingWindow
from aipo_pipelines.assets.reporting.figure_rows import number_rows
from aipo_pipelines.assets.reporting.links import model_link
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.assets.training.holdout import HeldOut
from aipo_pipelines.assets.training.selection import Winner
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.metadata.training import ChallengerMetadata
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.measures.performance.release_figures import baseline_figures
from aipo_pipelines.measures.risk.cost import costs_of
from aipo_pipelines.resources.services import RunServices
from aipo_pipelines.resources.tracker.protocol import TrainedModel, TrainingRecord


def record_of(
    product: Product,
    spec: ModelSpec,
    window: TrainingWindow,
    winner: Winner,
    held: HeldOut,
    trigger: Trigger,
    now: datetime,
) -> TrainingRecord:
    """The record of a training: everything that is stored besides the model.

    Args:
        product: The product.
        spec: Its training specification.
        window: The records that the models of the round may be trained on.
        winner: The selected challenger.
        held: The records it was evaluated on.
        trigger: The reason why the training was due.
        now: When it was trained, aware UTC.
    """
    return TrainingRecord(
        product=product.name,
        spec=spec,
        figures=(
            *baseline_figures(winner.challenger.scored, spec.seed),
            *costs_of(product.charter.outcome_map, winner.challenger.scored, spec.seed),
        ),
        inputs=window.inputs(winner.challenger.records),
        trained_at=now,
        charter_version=product.charter.version,
        charter_digest=product.digest,
        contract_version=product.contract.version,
        contract_digest=product.contract.digest,
        code_version=version("aipo-pipelines"),
        trigger=trigger,
        choice=winner.challenger.choice,
        held_out=held.place,
        losses=winner.losses,
        out_of_fold=baseline_figures(winner.unseen, spec.seed),
    )


def challenger(
    services: RunServices,
    winner: Winner,
    held: HeldOut,
    record: TrainingRecord,
    trained: TrainedModel,
    against: str,
    unused: tuple[str, ...],
) -> AssetResult:
    """The asset of a new version.

    Args:
        services: What the pipelines talk to.
        winner: The selected challenger.
        held: The records it was evaluated on.
        record: The record of its training.
        trained: The registered version.
        against: Version of the champion; empty without a champion.
        unused: Versions that killed attempts left behind.
    """
    metadata = _metadata(winner, held, record, trained)
    chosen = winner.challenger
    # Stored with the version: later runs recognise its records by this table.
    stored = store_out_of_fold(
        services, record.product, winner.unseen, chosen.records, chosen.scored, held.records
    )
    left_behind = tuple(
        f"version {name} was left behind by an attempt that was killed" for name in unused
    )
    return AssetResult(
        asset="challenger",
        metadata=replace(
            metadata,
            out_of_fold=stored,
            against=against,
            unused=tuple(unused),
            warnings=(*metadata.warnings, *left_behind),
        ),
        tables={
            "windows": list(_windows(winner)),
            "baseline (held out)": number_rows(record.figures),
            "out of fold": number_rows(record.out_of_fold),
        },
        links=model_link(services, record.product, trained.version),
        data_version=trained.digest,
    )


def _metadata(
    winner: Winner, held: HeldOut, record: TrainingRecord, trained: TrainedModel
) -> ChallengerMetadata:
    """The facts about a training that the ledger stores."""
    chosen = winner.challenger
    inputs = {batch.partition: batch.digest for batch in record.inputs}
    return ChallengerMetadata(
        version=trained.version,
        mlflow_run_id=trained.run_id,
        model_uri=trained.model_uri,
        model_digest=trained.digest,
        trained_at=record.trained_at,
        trigger=str(record.trigger),
        seed=record.spec.seed,
        rows=chosen.fitted.rows,
        warnings=(*chosen.fitted.warnings, *_one_class(chosen.scored.truth, held)),
        choice=chosen.choice,
        window=tuple(chosen.partitions),
        # The held-out batches, too: the version knows their records, as it was selected by them.
        inputs=inputs | dict(held.digests),
        held_out=held.place,
        baseline=record.figures,
        out_of_fold_figures=record.out_of_fold,
        losses=dict(winner.losses),
        failed=dict(winner.failed),
    )


def _one_class(truth: pd.Series | None, held: HeldOut) -> Iterator[str]:
    if truth is not None and truth.nunique() < 2:  # noqa: PLR2004 - a comparison needs two classes
        yield (
            f"the held-out part of batch {held.partition} has one value of the label in "
            f"{len(truth)} records: rankings and rates cannot be judged on it"
        )


def _windows(winner: Winner) -> Iterator[dict[str, Json]]:
    for choice, loss in winner.losses.items():
        won = "goes on" if choice == winner.challenger.choice else ""
        yield {"window": choice, "mean loss (held out)": f"{loss:.4g}", "note": won}
    for choice, reason in winner.failed.items():
        yield {"window": choice, "mean loss (held out)": "-", "note": f"failed: {reason}"}
