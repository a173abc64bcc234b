"""The twelve weeks of the demonstration, and how a week's file gets into a feed.

The weeks have fixed dates, so that every demonstration shows the same story. A week begins on a
Monday and ends on a Sunday. The first week begins on 6 July 2026, and each week is delivered on the
Monday morning after it.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

# Only for types: most commands need only the dates, and pandas takes long to import.
if TYPE_CHECKING:
    import pandas as pd

WEEKS = 12
FIRST_MONDAY = date(2026, 7, 6)
_MORNING = time(6, tzinfo=UTC)


def first_day(week: int) -> date:
    """The Monday on which a week begins; weeks count from 1."""
    return FIRST_MONDAY + timedelta(weeks=week - 1)


def last_day(week: int) -> date:
    """The Sunday on which a week ends."""
    return first_day(week) + timedelta(days=6)


def delivered_at(week: int) -> datetime:
    """The time of a week's delivery: the Monday after it, at 06:00 UTC."""
    return datetime.combine(first_day(week + 1), _MORNING)


def deliver(folder: Path, stem: str, week: int, frame: pd.DataFrame) -> Path:
    """Writes the file of a week into a feed's folder, completely or not at all.

    Args:
        folder: Created if it is missing; a file of the same week is replaced.
        stem: Beginning of the names of the files.
        week: Number of the week from 1.
        frame: Its records.

    Returns:
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}_{last_day(week).isoformat()}.csv"
    # Hidden until it is complete: a feed ignores files of such a name.
    unfinished = path.with_name(f".{path.name}.part")
    frame.to_csv(unfinished, index=False, lineterminator="\n")
    # Dated at its delivery: a file of this moment would have to wait until it counts as written.
    moment = delivered_at(week).timestamp()
    os.utime(unfinished, (moment, moment))
    unfinished.replace(path)
    return path
