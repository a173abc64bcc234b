"""Reads single columns of a delivered table as the contract declares them.

Only the contract decides what a delivered text means. So feeds and measures read every date and
identifier in the same way.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract, LogicalType
from aipo_pipelines.measures.data.conform import conform_named
from aipo_pipelines.measures.data.newest_date import newest_real
from aipo_pipelines.resources.feeds.windows import Times, aware


def read_times(raw: pd.DataFrame, contract: Contract, name: str) -> Times:
    """Times of the records, datetime64[us] in naive UTC; NaT if missing or unreadable."""
    frame = conform_named(raw, contract, [name])
    times = frame[name] if name in frame.columns else pd.Series(pd.NaT, index=raw.index)
    # Microseconds, because nanoseconds end in the year 2262, before some dates of contracts.
    readable = pd.to_datetime(times, errors="coerce").astype("datetime64[us]")
    return readable.to_numpy()


def has_times(contract: Contract, name: str | None) -> bool:
    """Whether a column holds dates; counted steps order the records, but do not date them."""
    column = contract.column(name) if name is not None else None
    return column is not None and column.logical_type in (LogicalType.DATE, LogicalType.TIMESTAMP)


def latest(raw: pd.DataFrame, contract: Contract, name: str | None) -> datetime | None:
    """Time of the newest record whose time is no mistake, aware UTC; None if no time is known."""
    if name is None or not has_times(contract, name):
        return None
    newest, _ = newest_real(read_times(raw, contract, name))
    return None if newest is None else aware(newest)
