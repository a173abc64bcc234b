"""When and why a feed withdrew a batch: part of the fact of that batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A feed does not contain a batch any more.

    Attributes:
        entry: Entry of the withdrawal.
        at: When the ledger recorded it.
        reason: Why the feed is known not to contain it, in words.
        failed: Checks, `asset/check`, that the withdrawn version had failed.
    """

    entry: int
    at: datetime
    reason: str
    failed: tuple[str, ...] = ()
