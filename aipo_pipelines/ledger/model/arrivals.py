"""When the content of a batch arrived: part of the fact of that batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Content was delivered under the name of a batch for the first time.

    Attributes:
        entry: Entry of that arrival.
        at: When the ledger recorded it.
    """

    entry: int
    at: datetime
