"""What is worth knowing about batches that their feed withdrew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aipo_pipelines.ledger.model.models import Candidate, Champion
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.ledger.model.withdrawals import Withdrawal
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.text import listed


def withdrawn_batches(state: ProductState) -> tuple[tuple[Batch, Withdrawal], ...]:
    """The batches that their feed withdrew, in the order in which it did."""
    gone = [(one, one.withdrawn) for one in state.batches.values() if one.withdrawn is not None]
    found = [(one, withdrawal) for one, withdrawal in gone if withdrawal is not None]
    return tuple(sorted(found, key=lambda pair: pair[1].entry))


def withdrawal_sentence(batch: Batch, gone: Withdrawal) -> str:
    """That a batch was withdrawn, when, why, and what it had failed."""
    failed = listed([check_name(key) for key in gone.failed])
    which = f", which failed {failed}," if failed else ""
    return (
        f"Batch {batch.partition}{which} was withdrawn by its feed on {gone.at:%Y-%m-%d}: "
        f"{gone.reason}."
    )


def withdrawn_caveats(state: ProductState) -> Iterator[str]:
    """Failures that went with their batch, and models that rest on one that is gone."""
    gone = withdrawn_batches(state)
    for batch, withdrawal in gone:
        if withdrawal.failed and not _is_outlived(state, batch, withdrawal):
            yield withdrawal_sentence(batch, withdrawal)
    if not gone:
        return
    names = {batch.partition: withdrawal for batch, withdrawal in gone}
    if state.champion is not None:
        yield from _resting(f"Version {state.champion.version}", state.champion, names)
    for one in state.candidates.values():
        if one.decision is None:
            who = f"Version {one.version}, which is not decided on yet,"
            yield from _resting(who, one, names)


def _resting(
    who: str, model: Champion | Candidate, names: Mapping[str, Withdrawal]
) -> Iterator[str]:
    learnt = [one for one in (model.inputs or model.window) if one in names]
    judged = [one for one in model.window if one in names and one not in learnt]
    for how, found in (("trained", learnt), ("judged", judged)):
        if found:
            yield (
                f"{who} was {how} on {listed(found)}, which its feed has withdrawn since: another "
                "training leaves that out."
            )


def _is_outlived(state: ProductState, batch: Batch, gone: Withdrawal) -> bool:
    """Whether a newer batch has come since and was judged."""
    return any(
        one.status in (BatchStatus.APPROVED, BatchStatus.QUARANTINED)
        and one.first_entry > gone.entry
        and one.position > batch.position
        and not one.copy_of
        for one in state.batches.values()
    )
