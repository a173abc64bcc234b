"""How the records fall into batches: windows of time, rows in order, or files as delivered."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import PurePath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.dates.dates_in_names import date_in
from aipo_pipelines.charter.model.sources import (
    Batches,
    FileBatches,
    FolderBatches,
    RowBatches,
    TimeBatches,
)
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.roles import Roles, is_running
from aipo_pipelines.drafting.table import Table

HELD_OUT = 0.3
"""Share of the newest batch that a challenger is judged on: the default of a charter."""

# Whole weeks, so that each window has every weekday equally often.
_WINDOWS = tuple(timedelta(weeks=weeks) for weeks in (1, 4, 13, 26, 52))
# Fewer windows leave nothing to compare: one batch trains, one judges, one is new.
_FEWEST_WINDOWS = 3
# A smaller file without a time is more likely one delivery than a stream of records.
_STREAM = 5_000
# Enough batches to see a trend in a sample, few enough that each has a meaningful size.
_BATCHES = 20
_FEWEST_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A rule for batches, and the batches that it makes of the source.

    Attributes:
        rows: Records of a usual batch.
        fewest: Records of the smallest batch seen.
        batches: Number of batches in the source.
        reason: Why this rule, in words.
        is_ordered: Whether batches are known to follow one another in time.
    """

    rule: Batches
    rows: int
    fewest: int
    batches: int
    reason: str
    is_ordered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBatches:
    """The batches that the first model waits for; their end judges its release.

    Attributes:
        count: Number of these batches.
        rows: Records of a usual batch.
    """

    count: int
    rows: int

    def held_out(self, size: int) -> int:
        """Records that can be held out if a usual batch has `size` records of this kind."""
        return int(size * self.count * HELD_OUT)

    def in_words(self) -> str:
        """The batches, in words."""
        return "the first batch" if self.count == 1 else f"the first {self.count} batches"


def cut_records(
    profiles: Sequence[Profile],
    roles: Roles,
    table: Table,
    needed: int,
    agreed: Batches | None = None,
) -> Cut:
    """Chooses the rule for batches, or keeps the rule of an earlier draft.

    In this order, the first that applies:

    1. The rule of an earlier draft, because a person may have decided it since.
    2. One batch per file or folder, if the source has several: suppliers know their deliveries.
    3. Windows of the records' time.
    4. Rows in the order of the file, if it looks like a stream.
    5. The whole file as one batch.

    Args:
        profiles: The columns.
        roles: Key and time.
        table: The sample.
        needed: Records that a batch should have, so that enough of them can be held out.
        agreed: The rule of an earlier draft; None for a first draft.
    """
    cut = _as_agreed(agreed, profiles, table)
    if cut is None and table.parts:
        cut = _by_parts(table, roles)
    if cut is None and roles.time is not None:
        cut = _by_time(_named(profiles, roles.time), table, needed)
    # Rows of a list of customers have no order in time: only rows of a stream are cut by number.
    is_stream = roles.time is None and table.rows >= _STREAM and not _is_list(profiles, roles)
    if cut is None and is_stream:
        cut = _by_rows(table, needed)
    return cut or _whole_file(table)


def _as_agreed(agreed: Batches | None, profiles: Sequence[Profile], table: Table) -> Cut | None:
    """The batches by the rule of an earlier draft; None if it does not fit the data."""
    if isinstance(agreed, RowBatches):
        return _of_rows(agreed, table, "so many records each, in the order of the file")
    if not isinstance(agreed, TimeBatches):
        return None
    times = [profile for profile in profiles if profile.name == agreed.column and profile.is_time]
    return _of_windows(agreed, times[0], table) if times and len(times[0].present) else None


def _named(profiles: Sequence[Profile], name: str) -> Profile:
    return next(profile for profile in profiles if profile.name == name)


def _whole_file(table: Table) -> Cut:
    return Cut(
        rule=FileBatches(by="file"),
        rows=table.rows,
        fewest=table.rows,
        batches=1,
        reason="the file is one delivery; nothing in it says that it should be cut into parts",
        is_ordered=False,
    )


def _by_parts(table: Table, roles: Roles) -> Cut:
    """Files of one feed are deliveries: a batch for each file, or for each folder of files."""
    folders: dict[str, int] = {}
    for part in table.parts:
        folder = str(PurePath(part.name).parent)
        folders[folder] = folders.get(folder, 0) + part.rows
    # One file beside the folders is a delivery that has no folder, so the files are the batches.
    by_folder = "." not in folders
    sizes = [*folders.values()] if by_folder else [part.rows for part in table.parts]
    rule: Batches = FolderBatches(by="folder") if by_folder else FileBatches(by="file")
    usual = int(np.median(sizes))
    names = [*folders] if by_folder else [part.name for part in table.parts]
    # Folders are sorted by name, so deliveries are in order only if something says so.
    dated = roles.time is not None or all(map(date_in, names))
    is_ordered = dated or bool(roles.rising) or _are_numbered(names)
    return Cut(
        rule=rule,
        rows=usual,
        fewest=min(sizes),
        batches=len(sizes),
        reason=f"{len(sizes)} {rule.by}s, each a delivery of about {usual:,} records",
        is_ordered=is_ordered,
    )


def _are_numbered(names: Sequence[str]) -> bool:
    """Whether names differ by their numbers alone, and these rise from delivery to delivery."""
    forms = {re.sub(r"\d+", "0", name) for name in names}
    counts = [tuple(map(int, re.findall(r"\d+", name))) for name in names]
    return len(forms) == 1 and all(before < after for before, after in pairwise(counts))


def batch_of_rows(cut: Cut, frame: pd.DataFrame, table: Table) -> pd.Series | None:
    """The batch of each record of the sample; None if all records are one batch.

    Args:
        cut: From `cut_records`.
        frame: The sample in the contract's types.
        table: The sample as delivered, of the same records.
    """
    rule = cut.rule
    if isinstance(rule, TimeBatches):
        moments = frame[rule.column].to_numpy(dtype="datetime64[us]")
        return pd.Series(_first_days(rule, moments), index=frame.index)
    if isinstance(rule, RowBatches):
        # The sample is spread evenly, so its n-th record is a share of the way into the source.
        places = np.arange(len(frame)) * table.rows // len(frame) // rule.rows
        return pd.Series(places + 1, index=frame.index)
    if table.parts:
        by_folder = isinstance(rule, FolderBatches)
        keys = [str(PurePath(part.name).parent) if by_folder else part.name for part in table.parts]
        return pd.Series(np.repeat(keys, [part.looked_at for part in table.parts]), frame.index)
    return None


def _is_list(profiles: Sequence[Profile], roles: Roles) -> bool:
    """Whether records are a list of things with a key: their order means nothing."""
    keys = [profile for profile in profiles if profile.name in roles.identifiers]
    return bool(keys) and not any(is_running(key) for key in keys)


def _by_time(time: Profile, table: Table, needed: int) -> Cut | None:
    moments = time.present.to_numpy(dtype="datetime64[us]")
    first: date = moments.min().astype("datetime64[D]").item()
    # The sample is a share of the source, so its counts are scaled to the source.
    every = table.rows / max(len(moments), 1)
    chosen: tuple[timedelta, NDArray[np.float64]] | None = None
    for length in _WINDOWS:
        sizes = np.bincount(_windows_of(moments, first, length).astype(np.int64))
        counts = (sizes[sizes > 0] * every).astype(np.float64)
        # Longer windows would be even fewer.
        if len(counts) < _FEWEST_WINDOWS:
            break
        chosen = length, counts
        # The shortest window with enough records: longer windows show a change later.
        if np.median(counts) >= needed:
            break
    if chosen is None:
        return None
    length, counts = chosen
    rule = TimeBatches(by="time", column=time.name, every=length, starting=first)
    return _windows_cut(rule, counts)


def _of_windows(rule: TimeBatches, time: Profile, table: Table) -> Cut:
    moments = time.present.to_numpy(dtype="datetime64[us]")
    sizes = pd.Series(_first_days(rule, moments)).value_counts().to_numpy(dtype=np.float64)
    return _windows_cut(rule, (sizes * (table.rows / len(moments))).astype(np.float64))


def _windows_cut(rule: TimeBatches, counts: NDArray[np.float64]) -> Cut:
    usual, fewest = int(np.median(counts)), int(counts.min())
    length = f"{rule.every.days} days" if isinstance(rule.every, timedelta) else f"a {rule.every}"
    return Cut(
        rule=rule,
        rows=usual,
        fewest=fewest,
        batches=len(counts),
        reason=f"{len(counts)} windows of {length} by {rule.column}, usually of about {usual:,} "
        f"records, the smallest of {fewest:,}; records are cut by their time, in any order of the "
        "file",
        is_ordered=True,
    )


def _first_days(rule: TimeBatches, moments: NDArray[np.datetime64]) -> NDArray[np.object_]:
    """First day of the window that each moment falls into; None if there is no moment."""
    if isinstance(rule.every, timedelta):
        first = rule.starting or pd.Series(moments).min().date()
        windows, length = _windows_of(moments, first, rule.every), rule.every
        codes, known = pd.factorize(windows, use_na_sentinel=True)
        days = [str(first + int(number) * length) for number in known]
    else:
        months = moments.astype("datetime64[M]").astype("datetime64[s]")
        codes, known = pd.factorize(months, use_na_sentinel=True)
        days = [str(first_day)[:10] for first_day in known]
    return np.array([*days, None], dtype=object)[codes]


def _windows_of(
    moments: NDArray[np.datetime64], first: date, length: timedelta
) -> NDArray[np.float64]:
    """Number of the window that each moment falls into; NaN if there is no moment."""
    passed = (moments - np.datetime64(first, "us")) / np.timedelta64(length, "us")
    return np.floor(passed.astype(np.float64))


def _by_rows(table: Table, needed: int) -> Cut:
    least = max(needed, _FEWEST_ROWS, table.rows / _BATCHES)
    # Rounded up to two digits: people agree on 1,300 rows, not on 1,287.
    size = 10 ** (math.floor(math.log10(least)) - 1)
    rows = math.ceil(least / size) * size
    reason = (
        "no column of dates and no key, so the order of the file is taken for the order in time; "
        "a rest of fewer records waits until there are enough"
    )
    return _of_rows(RowBatches(by="rows", rows=rows), table, reason)


def _of_rows(rule: RowBatches, table: Table, reason: str) -> Cut:
    return Cut(
        rule=rule,
        rows=rule.rows,
        fewest=rule.rows,
        batches=table.rows // rule.rows,
        reason=reason,
        is_ordered=True,
    )
