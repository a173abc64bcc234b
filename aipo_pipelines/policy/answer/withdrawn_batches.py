"""Notes about batches that their feed withdrew."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.ledger.model.withdrawals import Withdrawal
from aipo_pipelines.policy.statements.batches import (
    BatchCaveat,
    ModelOnWithdrawnBatches,
    WithdrawnBatch,
)


def withdrawn_batches(state: ProductState) -> tuple[WithdrawnBatch, ...]:
    """The batches that their feed withdrew, in the order of the withdrawals."""
    return tuple(_withdrawn(batch, withdrawal) for batch, withdrawal in _withdrawals(state))


def withdrawn_caveats(state: ProductState) -> Iterator[BatchCaveat]:
    """Failures of withdrawn batches, and models that were trained or evaluated on them."""
    pairs = _withdrawals(state)
    for batch, withdrawal in pairs:
        # A withdrawal must not hide a failure, until a newer batch has a verdict.
        if withdrawal.failed and not _is_outlived(state, batch, withdrawal):
            yield _withdrawn(batch, withdrawal)
    if not pairs:
        return
    withdrawn = {batch.partition for batch, _ in pairs}
    if state.champion is not None:
        yield from _resting(state.champion.model, withdrawn, is_decided=True)
    for candidate in state.candidates.values():
        if candidate.decision is None:
            yield from _resting(candidate.model, withdrawn, is_decided=False)


def _withdrawals(state: ProductState) -> list[tuple[Batch, Withdrawal]]:
    pairs = [
        (batch, batch.withdrawn) for batch in state.batches.values() if batch.withdrawn is not None
    ]
    return sorted(pairs, key=lambda pair: pair[1].entry)


def _withdrawn(batch: Batch, withdrawal: Withdrawal) -> WithdrawnBatch:
    return WithdrawnBatch(
        partition=batch.partition,
        failed=tuple(map(CheckKey.parse, withdrawal.failed)),
        at=withdrawal.at,
        reason=withdrawal.reason,
    )


def _resting(
    model: ModelVersion, withdrawn: Collection[str], *, is_decided: bool
) -> Iterator[ModelOnWithdrawnBatches]:
    # Models of older programs recorded no inputs, only the window.
    trained = tuple(batch for batch in (model.inputs or model.window) if batch in withdrawn)
    evaluated = tuple(
        batch for batch in model.window if batch in withdrawn and batch not in trained
    )
    for is_trained, batches in ((True, trained), (False, evaluated)):
        if batches:
            yield ModelOnWithdrawnBatches(
                version=model.version,
                is_decided=is_decided,
                trained=is_trained,
                partitions=batches,
            )


def _is_outlived(state: ProductState, batch: Batch, withdrawal: Withdrawal) -> bool:
    """True if a newer batch arrived after the withdrawal, and has a verdict."""
    return any(
        other.status in (BatchStatus.APPROVED, BatchStatus.QUARANTINED)
        and other.first_entry > withdrawal.entry
        and other.position > batch.position
        and not other.copy_of
        for other in state.batches.values()
    )
