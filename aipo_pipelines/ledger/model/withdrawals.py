"""When and why a feed withdrew a batch: part of the fact of that batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A batch is not held by its feed any more.

    Attributes:
        entry: Entry of the withdrawal.
        at: When the ledger recorded it.
        reason: Why the feed is known not to hold it, in words.
        failed: Checks, `asset/check`, that the version withdrawn had failed.
    """

    entry: int
    at: datetime
    reason: str
    failed: tuple[str, ...] = ()
