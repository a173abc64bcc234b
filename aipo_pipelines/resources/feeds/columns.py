"""Reads single columns of a delivered table in the contract's words.

The contract alone says what a delivered text means, so feeds and measures read every date and
identifier the same way.
"""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract, LogicalType
from aipo_pipelines.measures.data.conform import conform_named
from aipo_pipelines.measures.data.newest_date import newest_real
from aipo_pipelines.resources.feeds.windows import Times, aware


def read_times(raw: pd.DataFrame, contract: Contract, name: str) -> Times:
    """Times of the records, datetime64[us] in naive UTC; NaT where missing or unreadable."""
    frame = conform_named(raw, contract, [name])
    times = frame[name] if name in frame.columns else pd.Series(pd.NaT, index=raw.index)
    readable = pd.to_datetime(times, errors="coerce").astype("datetime64[us]")
    return readable.to_numpy()


def tells_time(contract: Contract, name: str | None) -> bool:
    """Whether a column holds dates; steps that are counted order records and date nothing."""
    column = contract.column(name) if name is not None else None
    return column is not None and column.logical_type in (LogicalType.DATE, LogicalType.TIMESTAMP)


def latest(raw: pd.DataFrame, contract: Contract, name: str | None) -> datetime | None:
    """Time of the newest record whose time is no slip, aware UTC; None where none is known."""
    if name is None or not tells_time(contract, name):
        return None
    newest, _ = newest_real(read_times(raw, contract, name))
    return None if newest is None else aware(newest)
