"""`dataset` and `data_quality` of one batch: its arrival, and whether it may be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from pandas.api import types

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.charter.privacy.permission import permitted
from aipo_pipelines.evidence.details.data_quality import FailingRule, ObligationRow
from aipo_pipelines.evidence.details.dataset import FreshnessDetails
from aipo_pipelines.evidence.metadata.monitoring import DataQualityMetadata, DatasetMetadata
from aipo_pipelines.evidence.outcome import CheckOutcome, Json
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.contract.freshness import check_freshness
from aipo_pipelines.measures.contract.schema import check_schema
from aipo_pipelines.measures.contract.volume import check_volume
from aipo_pipelines.measures.data.newest_date import newest_real
from aipo_pipelines.measures.privacy.check import check_privacy
from aipo_pipelines.resources.services import RunServices


def dataset(loaded: LoadedBatch) -> AssetResult:
    """The snapshot of the batch, and whether it arrived as agreed."""
    contract, batch = loaded.product.contract, loaded.batch
    outcomes = (
        check_schema(loaded.conformed, contract),
        _noting_slips(
            check_freshness(batch.occurred_at if batch.dated else None, batch.arrived_at, contract),
            loaded,
        ),
        _noting_copy(check_volume(len(loaded.frame), contract), batch.copy_of),
    )
    return AssetResult(
        asset="dataset",
        metadata=DatasetMetadata(
            rows=len(loaded.frame),
            columns=loaded.frame.shape[1],
            version=len(batch.versions),
            batch_date=batch.occurred_at.isoformat(),
            digest=batch.digest,
            same_content_as=batch.copy_of or None,
        ),
        checks=outcomes,
        data_version=batch.digest,
    )


def _noting_slips(
    outcome: CheckOutcome[FreshnessDetails], loaded: LoadedBatch
) -> CheckOutcome[FreshnessDetails]:
    """The outcome with the number of records that are dated far after all others."""
    name = loaded.product.charter.time_column
    if name not in loaded.frame or not types.is_datetime64_any_dtype(loaded.frame[name].dtype):
        return outcome
    _, slips = newest_real(loaded.frame[name].to_numpy(dtype="datetime64[us]"))
    if not slips:
        return outcome
    # Such dates are slips: they must not make a batch look newer than it is.
    subject = "1 record is" if slips == 1 else f"{slips} records are"
    return replace(
        outcome,
        summary=f"{outcome.summary} {subject} dated far after all others: no date of a batch.",
        details=replace(outcome.details, slipped_records=slips),
    )


def _noting_copy(outcome: CheckOutcome, original: str) -> CheckOutcome:
    if not original:
        return outcome
    return replace(outcome, summary=f"{outcome.summary} The same content as batch {original}.")


def data_quality(services: RunServices, loaded: LoadedBatch) -> AssetResult:
    """Contract and privacy of the batch."""
    product = loaded.product
    source = permitted(product, product.charter.sources[product.charter.feed])
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
        metadata=DataQualityMetadata(contract=f"{product.contract.id} {product.contract.version}"),
        tables={
            "failing expectations": _rows(contract.details.failing),
            "obligations": _rows(privacy.details.obligations),
        },
        checks=(contract, privacy),
    )


def _rows(findings: Sequence[FailingRule] | Sequence[ObligationRow]) -> list[dict[str, Json]]:
    return [asdict(finding) for finding in findings]
