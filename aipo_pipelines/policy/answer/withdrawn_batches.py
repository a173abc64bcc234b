"""Notes about batches that their feed withdrew."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.ledger.model.withdrawals import Withdrawal
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.text import listed


def withdrawn_batches(state: ProductState) -> tuple[tuple[Batch, Withdrawal], ...]:
    """The batches that their feed withdrew, in the order of the withdrawals."""
    pairs = [
        (batch, batch.withdrawn) for batch in state.batches.values() if batch.withdrawn is not None
    ]
    return tuple(sorted(pairs, key=lambda pair: pair[1].entry))


def withdrawal_sentence(batch: Batch, withdrawal: Withdrawal) -> str:
    """A sentence about a withdrawn batch: its failures, the date and the reason."""
    failed = listed([check_name(key) for key in withdrawal.failed])
    failures = f", which failed {failed}," if failed else ""
    return (
        f"Batch {batch.partition}{failures} was withdrawn by its feed on "
        f"{withdrawal.at:%Y-%m-%d}: {withdrawal.reason}."
    )


def withdrawn_caveats(state: ProductState) -> Iterator[str]:
    """Failures of withdrawn batches, and models that were trained or evaluated on them."""
    pairs = withdrawn_batches(state)
    for batch, withdrawal in pairs:
        # A withdrawal must not hide a failure, until a newer batch has a verdict.
        if withdrawal.failed and not _is_outlived(state, batch, withdrawal):
            yield withdrawal_sentence(batch, withdrawal)
    if not pairs:
        return
    withdrawn = {batch.partition for batch, _ in pairs}
    if state.champion is not None:
        yield from _resting(f"Version {state.champion.version}", state.champion.model, withdrawn)
    for candidate in state.candidates.values():
        if candidate.decision is None:
            subject = f"Version {candidate.version}, which is not decided on yet,"
            yield from _resting(subject, candidate.model, withdrawn)


def _resting(subject: str, model: ModelVersion, withdrawn: Collection[str]) -> Iterator[str]:
    # Models of older programs recorded no inputs, only the window.
    trained = [batch for batch in (model.inputs or model.window) if batch in withdrawn]
    evaluated = [batch for batch in model.window if batch in withdrawn and batch not in trained]
    for verb, batches in (("trained", trained), ("evaluated", evaluated)):
        if batches:
            yield (
                f"{subject} was {verb} on {listed(batches)}, which its feed has withdrawn since: "
                "the next training leaves it out."
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
