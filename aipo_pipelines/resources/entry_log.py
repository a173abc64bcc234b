"""A log record for every entry that the ledger took.

All changes pass the ledger, so each is logged here, once, no matter which process asked for it.
Persons are not named, and the values that an entry holds are not logged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.notices import NoticeDelivered
from aipo_pipelines.ledger.events.runs import EventSetAside, RunClaimed, RunEnded, RunFailed
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.logs import LogAction, logger_of, note

logger = logger_of("aipo_pipelines.ledger")

_ACTIONS: Mapping[str, LogAction] = MappingProxyType(
    {
        BatchArrived.kind: LogAction.INTAKE,
        BatchWithdrawn.kind: LogAction.INTAKE,
        ActionStarted.kind: LogAction.CLAIM,
        ActionRenewed.kind: LogAction.CLAIM,
        RunClaimed.kind: LogAction.CLAIM,
        ActionFinished.kind: LogAction.RUN,
        ActionFailed.kind: LogAction.RUN,
        ActionLost.kind: LogAction.RUN,
        RunEnded.kind: LogAction.RUN,
        RunFailed.kind: LogAction.RUN,
        AssetMaterialised.kind: LogAction.RECORD,
        CheckEvaluated.kind: LogAction.RECORD,
        EventSetAside.kind: LogAction.RECORD,
        NoticeDelivered.kind: LogAction.NOTIFY,
    }
)
"""The action of each kind in the log; all other kinds are decisions, by a rule or a person."""

_FREQUENT = frozenset({AssetMaterialised.kind, CheckEvaluated.kind})
"""A batch makes dozens of these."""


def log_entries(entries: Iterable[Entry], before: ProductState | None = None) -> None:
    """Logs each new entry, with its product, batch, run and index.

    Args:
        entries: The new entries.
        before: State of the product before them, which knows the batches of actions.
    """
    # Checked first: usually the log shows no entries, and a batch makes dozens of them.
    if not logger.isEnabledFor(logging.INFO):
        return
    for entry in entries:
        note(
            logger,
            _ACTIONS.get(entry.kind, LogAction.DECIDE),
            _sentence(entry),
            product=entry.product,
            batch=_batch(entry, before),
            run=str(entry.body.get("run_id") or ""),
            entry=entry.index,
            level=logging.DEBUG if entry.kind in _FREQUENT else logging.INFO,
        )


def _sentence(entry: Entry) -> str:
    event = entry.kind.replace("_", " ")
    if entry.kind == NoticeDelivered.kind:
        # The channel is the scheme of the address; the rest of it may hold a password.
        event = f"{'notice' if entry.body.get('told') else 'no notice'} delivered"
        event += f" through {entry.body.get('channel')}"
    return f"{entry.product}: {event} ({entry.subject}, entry {entry.index})"


def _batch(entry: Entry, before: ProductState | None) -> str:
    partition = entry.body.get("partition")
    if isinstance(partition, str) and partition:
        return partition
    # An entry about an action holds only the number of the action.
    action = before.actions.get(str(entry.body.get("action"))) if before else None
    if action is not None:
        return action.partition
    room, _, name = entry.subject.partition("/")
    return name if room == "batch" else ""
