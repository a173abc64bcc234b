"""Batches in the fold that their feed withdrew.

Such a batch stays in the state, because its key and its use in trainings are history. Evidence
about it is invalid: it leaves the series of verdicts, and the check has no verdict. The verdict of
an older batch must not take its place, and the evidence must not disappear: the answer is unknown
until the remaining batches are measured again. Invalid evidence belongs to no batch, so all other
evidence comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.fold.batch_order import placed_again, position_of
from aipo_pipelines.ledger.fold.invalid_evidence import (
    invalid,
    with_evidence_of_models,
    with_newest,
)
from aipo_pipelines.ledger.model.state import BatchStatus, BatchVerdict, CheckState, ProductState
from aipo_pipelines.ledger.model.withdrawals import Withdrawal


@dataclass(frozen=True, slots=True)
class _Withdrawn:
    """A withdrawn batch: makes evidence about it invalid."""

    partition: str
    withdrawal: Withdrawal

    def change(self, evidence: Evidence, *, overtaken: bool = False) -> Evidence:
        """Makes evidence invalid if it is about the batch, or is not the newest any more."""
        is_about = evidence.partition == self.partition
        if not is_about and not overtaken:
            return evidence
        event = f"was withdrawn by its feed on {self.withdrawal.at:%Y-%m-%d}"
        reason = (
            f", which it was about, {event}: {self.withdrawal.reason}."
            if is_about
            else f" {event}, and without it another batch than {evidence.partition} is the newest."
        )
        return invalid(
            evidence, self.partition, f"Batch {self.partition}{reason}", self.withdrawal.at
        )


def withdraw(state: ProductState, entry: Entry, event: BatchWithdrawn) -> ProductState:
    """A feed withdrew a batch; ignored if a newer version has arrived meanwhile."""
    batch = state.batches.get(event.partition)
    # The feed was read before another version arrived, so the withdrawal is not true any more.
    if batch is None or not batch.stands or batch.entry != event.arrival:
        return state
    withdrawal = Withdrawal(
        entry=entry.index,
        at=entry.recorded_at,
        reason=event.reason,
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
    state = _without(state, _Withdrawn(batch.partition, withdrawal))
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


def _without(state: ProductState, withdrawn: _Withdrawn) -> ProductState:
    """The state in which all evidence about a batch is invalid."""
    checks = {key: _check(state, check, withdrawn) for key, check in state.checks.items()}
    return with_evidence_of_models(replace(state, checks=checks), withdrawn.change)


def _check(state: ProductState, check: CheckState, withdrawn: _Withdrawn) -> CheckState:
    """A check without a batch, its series in the new order of the other batches."""
    # Without the batch others may have moved, so the series are sorted again.
    partition = withdrawn.partition
    recent = [verdict for verdict in check.recent if verdict.partition != partition]
    recent.sort(key=lambda verdict: position_of(state, verdict.partition))
    undecided = [evidence for evidence in check.undecided if evidence.partition != partition]
    undecided.sort(key=lambda evidence: position_of(state, evidence.partition))
    decided = check.decided
    if decided is not None:
        decisive = (other for other in recent if other.verdict is not Verdict.INSUFFICIENT)
        overtaken = _is_overtaken(state, decided.partition, decisive)
        decided = withdrawn.change(decided, overtaken=overtaken)
    newest = withdrawn.change(check.newest, overtaken=_is_overtaken(state, check.partition, recent))
    check = replace(check, recent=tuple(recent), undecided=tuple(undecided), decided=decided)
    return check if newest == check.newest else with_newest(check, newest)


def _is_overtaken(state: ProductState, partition: str, known: Iterable[BatchVerdict]) -> bool:
    """Whether a judged batch comes after the batch of the newest evidence."""
    place = position_of(state, partition)
    return any(
        position_of(state, verdict.partition) > place for verdict in known if verdict.partition
    )
