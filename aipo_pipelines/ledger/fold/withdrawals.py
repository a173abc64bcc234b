"""The fold's part about batches that their feed withdrew.

Such a batch stays in the state, because its key and its place in trainings are history. What was
said about it is void: it leaves the series of verdicts, and evidence that rested on it comes to no
verdict. It must not be replaced by what an older batch said long ago, nor by nothing at all: until
what stands is measured again, nobody knows. Void evidence belongs to no batch and so stands before
every other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.fold.batch_order import placed_again
from aipo_pipelines.ledger.fold.checks import position_of
from aipo_pipelines.ledger.fold.void import void, void_of_models, with_void
from aipo_pipelines.ledger.model.state import BatchStatus, BatchVerdict, CheckState, ProductState
from aipo_pipelines.ledger.model.withdrawals import Withdrawal


@dataclass(frozen=True, slots=True)
class _Gone:
    """A batch that was withdrawn: makes void what was said about it."""

    partition: str
    withdrawal: Withdrawal

    def void(self, said: Evidence, *, overtaken: bool = False) -> Evidence:
        """Evidence without what it said, if it was about the batch or is the newest no longer."""
        about = said.partition == self.partition
        if not about and not overtaken:
            return said
        on = f"was withdrawn by its feed on {self.withdrawal.at:%Y-%m-%d}"
        why = (
            f", which it was about, {on}: {self.withdrawal.reason}."
            if about
            else f" {on}, and without it another batch than {said.partition} is the newest."
        )
        return void(said, self.partition, f"Batch {self.partition}{why}", self.withdrawal.at)


def withdraw(state: ProductState, entry: Entry, gone: BatchWithdrawn) -> ProductState:
    """A feed withdrew a batch, unless a newer version of it has arrived meanwhile."""
    batch = state.batches.get(gone.partition)
    # The feed was read before another version arrived: it was right then and is wrong now.
    if batch is None or not batch.stands or batch.entry != gone.arrival:
        return state
    withdrawal = Withdrawal(
        entry=entry.index,
        at=entry.recorded_at,
        reason=gone.reason,
        failed=_failed(state, batch.partition),
    )
    withdrawn = replace(
        batch,
        status=BatchStatus.WITHDRAWN,
        judgements=(),
        unmet=tuple(replace(unmet, failure=None) for unmet in batch.unmet),
        withdrawn=withdrawal,
    )
    state = placed_again(replace(state, batches={**state.batches, batch.partition: withdrawn}))
    state = _without(state, _Gone(batch.partition, withdrawal))
    return fold_actions.withdraw_measurements(state, batch.partition)


def _failed(state: ProductState, partition: str) -> tuple[str, ...]:
    unmet = {
        other.check for other in state.batches[partition].unmet if other.verdict is Verdict.FAIL
    }
    return tuple(
        key
        for key, check in state.checks.items()
        if key in unmet
        or any(
            verdict.partition == partition and verdict.verdict is Verdict.FAIL
            for verdict in check.recent
        )
    )


def _without(state: ProductState, gone: _Gone) -> ProductState:
    """The state in which everything that was said about a batch is void."""
    checks = {key: _check(state, check, gone) for key, check in state.checks.items()}
    return void_of_models(replace(state, checks=checks), gone.void)


def _check(state: ProductState, check: CheckState, gone: _Gone) -> CheckState:
    """A check without a batch, its series in the order in which the others stand by now."""
    recent = [verdict for verdict in check.recent if verdict.partition != gone.partition]
    recent.sort(key=lambda one: position_of(state, one.partition))
    undecided = [evidence for evidence in check.undecided if evidence.partition != gone.partition]
    undecided.sort(key=lambda one: position_of(state, one.partition))
    decided = check.decided
    if decided is not None:
        decisive = (other for other in recent if other.verdict is not Verdict.INSUFFICIENT)
        overtaken = _is_overtaken(state, decided.partition, decisive)
        decided = gone.void(decided, overtaken=overtaken)
    newest = gone.void(check.newest, overtaken=_is_overtaken(state, check.partition, recent))
    check = replace(check, recent=tuple(recent), undecided=tuple(undecided), decided=decided)
    return check if newest == check.newest else with_void(check, newest)


def _is_overtaken(state: ProductState, partition: str, known: Iterable[BatchVerdict]) -> bool:
    """Whether a batch that was judged stands after the one that spoke as the newest."""
    place = position_of(state, partition)
    return any(position_of(state, one.partition) > place for one in known if one.partition)
