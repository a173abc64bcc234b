"""The fold's part about batches that their feed took back.

Such a batch stays in the state, because its key and its place in trainings are history. What was
said about it is void: it leaves the series of verdicts, and evidence that rested on it comes to no
verdict. It must not be replaced by what an older batch said long ago, nor by nothing at all: until
what stands is measured again, nobody knows. Void evidence belongs to no batch and so stands before
every other one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from aipo_pipelines.ledger import events, fold_actions
from aipo_pipelines.ledger.batch_events import BatchWithdrawn
from aipo_pipelines.ledger.entry import Entry
from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.model_state import Champion
from aipo_pipelines.ledger.state import Batch, BatchStatus, CheckState, ProductState
from aipo_pipelines.ledger.withdrawal_state import Withdrawal
from aipo_pipelines.measures.outcome import Verdict

_Void = Callable[[Evidence], Evidence]


def withdraw(state: ProductState, entry: Entry, event: events.Body) -> ProductState:
    """A feed took a batch back, unless a newer version of it has arrived meanwhile."""
    gone = cast("BatchWithdrawn", event)
    batch = state.batches.get(gone.partition)
    if batch is None or not batch.stands or batch.entry != gone.arrival:
        return state
    withdrawal = Withdrawal(
        entry=entry.index,
        at=entry.recorded_at,
        reason=gone.reason,
        failed=_failed(state, batch.partition),
    )
    taken_back = replace(batch, status=BatchStatus.WITHDRAWN, judgements=(), withdrawn=withdrawal)
    state = replace(state, batches={**state.batches, batch.partition: taken_back})
    return fold_actions.withdraw_measurements(_without(state, taken_back), batch.partition)


def _failed(state: ProductState, partition: str) -> tuple[str, ...]:
    return tuple(
        key
        for key, check in state.checks.items()
        for one in check.recent
        if one.partition == partition and one.verdict is Verdict.FAIL
    )


def _without(state: ProductState, batch: Batch) -> ProductState:
    """The state in which everything that was said about a batch is void."""
    void = _voiding(batch)
    return replace(
        state,
        checks={key: _check(check, batch.partition, void) for key, check in state.checks.items()},
        champion=state.champion and _champion(state.champion, void),
        predecessor=state.predecessor and _champion(state.predecessor, void),
        candidates={
            version: replace(one, as_live=_all(one.as_live, void))
            for version, one in state.candidates.items()
        },
    )


def _voiding(batch: Batch) -> _Void:
    withdrawal = batch.withdrawn
    assert withdrawal is not None  # noqa: S101 - it was just set
    summary = (
        f"Batch {batch.partition}, which it was about, was withdrawn by its feed on "
        f"{withdrawal.at:%Y-%m-%d}: {withdrawal.reason}."
    )

    def void(said: Evidence) -> Evidence:
        if said.partition != batch.partition:
            return said
        return replace(
            said,
            partition="",
            verdict=Verdict.INSUFFICIENT,
            summary=summary,
            figures=(),
            evidence_at=withdrawal.at,
            withdrawn=batch.partition,
        )

    return void


def _check(check: CheckState, partition: str, void: _Void) -> CheckState:
    check = replace(
        check,
        recent=tuple(one for one in check.recent if one.partition != partition),
        undecided=tuple(one for one in check.undecided if one.partition != partition),
        decided=check.decided and void(check.decided),
    )
    newest = void(check.newest)
    if newest == check.newest:
        return check
    return replace(
        check,
        partition=newest.partition,
        verdict=newest.verdict,
        summary=newest.summary,
        figures=newest.figures,
        evidence_at=newest.evidence_at,
        run_id="",
        details={},
        withdrawn=newest.withdrawn,
    )


def _champion(champion: Champion, void: _Void) -> Champion:
    return replace(
        champion,
        as_live=_all(champion.as_live, void),
        in_service=_all(champion.in_service, void),
    )


def _all(said: Mapping[str, Evidence], void: _Void) -> Mapping[str, Evidence]:
    return {key: void(one) for key, one in said.items()}
