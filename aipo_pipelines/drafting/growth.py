"""Changes from delivery to delivery: columns that only grow, and values that come later.

The sample does not contain the next delivery. If a column grew with each delivery so far, a set or
a highest value for it would certainly refuse the next delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.measures.privacy.vocabulary import words_of

TIME_LIKE = "time-like: grows with each delivery, and a model would learn that the past is over"

_YEARS = (1900, 2100)
_YEAR_WORDS = frozenset({"year", "yr", "jahr"})
_BESIDE_YEAR = frozenset({"calendar", "fiscal", "financial", "survey", "report", "reporting", "of"})
_CYCLES: Mapping[str, int] = {
    **dict.fromkeys(("day", "tag"), 366),
    **dict.fromkeys(("week", "weekof", "wk", "woche", "kw"), 53),
    **dict.fromkeys(("month", "mnth", "monat"), 12),
    **dict.fromkeys(("quarter", "quartal"), 4),
}
"""The highest number of a step of time before the calendar begins again."""

# If five cells of a value are expected before it first came, chance misses all in 0.7 % (e^-5).
_FEWEST_EXPECTED = 5.0
# Three parts rise by chance in one of six orders; four in one of 24.
_FEWEST_SLICES = 4
_SLICES = 6
_MOST_SLICES = 12
_FEWEST_STEPS = 3
_FAR = 0.2

Stages = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How the values of one column change over the deliveries.

    Attributes:
        rises: It is time-like: it grows with each delivery, or in the order of the records.
        perhaps: Only its name says so.
        later: Values that first came in a later delivery, and not by chance.
        is_higher: Its highest value rose from part to part of the sample.
        is_lower: Its lowest value fell from part to part.
    """

    rises: bool = False
    perhaps: bool = False
    later: int = 0
    is_higher: bool = False
    is_lower: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The trends of a table's columns; columns without one are left out."""

    trends: Mapping[str, Trend] = field(default_factory=dict)

    def of(self, name: str) -> Trend:
        """The trend of a column."""
        return self.trends.get(name, Trend())

    @property
    def rising(self) -> tuple[str, ...]:
        """The time-like columns."""
        return tuple(name for name, trend in self.trends.items() if trend.rises)

    @property
    def perhaps(self) -> tuple[str, ...]:
        """The columns that only their names call time-like."""
        return tuple(name for name, trend in self.trends.items() if trend.perhaps)


def find_growth(profiles: Sequence[Profile], table: Table, time: str | None) -> Growth:
    """Finds what changes over deliveries, over time, or in the order of a single file.

    Args:
        profiles: The columns.
        table: The sample.
        time: Column of the records' time; None if there is no such column.
    """
    times = next((profile.cells for profile in profiles if profile.name == time), None)
    orders = [*_orders(table, times)]
    trends = {
        profile.name: _trend(profile, table, times, orders)
        for profile in profiles
        if profile.name != time
    }
    return Growth(trends={name: trend for name, trend in trends.items() if trend != Trend()})


def stages_of(table: Table) -> Stages:
    """Number of the delivery of each record in the sample: of its file, or of its folder."""
    folders = [str(PurePath(part.name).parent) for part in table.parts]
    keys = folders if "." not in folders else [part.name for part in table.parts]
    numbers = pd.factorize(np.array(keys, dtype=object))[0]
    return np.repeat(numbers, [part.looked_at for part in table.parts]).astype(np.int64)


def _orders(table: Table, times: pd.Series | None) -> Iterator[Stages]:
    """The orders that records are known to come in."""
    if table.parts:
        yield stages_of(table)
    if times is not None:
        yield np.unique(times.to_numpy(dtype="datetime64[us]"), return_inverse=True)[1].astype(
            np.int64
        )


def _trend(
    profile: Profile, table: Table, times: pd.Series | None, orders: Sequence[Stages]
) -> Trend:
    rises = _rises(profile, table, times)
    perhaps = not rises and _is_called_year(profile)
    if rises or perhaps:
        return Trend(rises=rises, perhaps=perhaps)
    later = max((_later(profile, stages) for stages in orders), default=0)
    if not profile.is_number:
        return Trend(later=later)
    ends = [_ends(profile, _slices(stages)) for stages in orders]
    span = float(profile.present.max() - profile.present.min())
    return Trend(
        later=later,
        is_higher=any(_grows([high for _, high in each], span) for each in ends),
        is_lower=any(_grows([-low for low, _ in each], span) for each in ends),
    )


def _rises(profile: Profile, table: Table, times: pd.Series | None) -> bool:
    # With cells of another type the order of values means little.
    if profile.distinct <= 1 or profile.misfits:
        return False
    ordered = table.parts and _is_ordered_kind(profile)
    if ordered and _rises_by_delivery(profile, stages_of(table)):
        return True
    if not profile.is_number or profile.missing:
        return False
    if times is not None:
        order = times.argsort(kind="stable").to_numpy()
        return bool(profile.cells.iloc[order].is_monotonic_increasing)
    return not table.parts and _counts_on(profile) and bool(profile.cells.is_monotonic_increasing)


def _is_ordered_kind(profile: Profile) -> bool:
    """Whether it holds numbers, or texts with digits such as `2026-W40`."""
    if profile.kind is LogicalType.STRING:
        return bool(profile.present.astype(str).str.contains(r"\d").all())
    return profile.is_number


def _rises_by_delivery(profile: Profile, stages: Stages) -> bool:
    """Whether no delivery has a lower value than an earlier delivery, and enough are higher."""
    ends = _ends(profile, stages)
    apart = all(before[1] <= after[0] for before, after in pairwise(ends))
    each = all(before[1] < after[1] for before, after in pairwise(ends))
    return len(ends) > 1 and apart and (each or profile.distinct >= _FEWEST_STEPS)


def _ends(profile: Profile, stages: Stages) -> list[tuple[float, float]]:
    """Lowest and highest value of each delivery that has values; for texts, their sorted places."""
    cells = profile.cells
    if not profile.is_number:
        codes, _ = pd.factorize(cells, sort=True)
        cells = pd.Series(codes, index=cells.index, dtype="float64").replace(-1.0, np.nan)
    numbers = pd.Series(cells.to_numpy(dtype=np.float64, na_value=np.nan))
    grouped = numbers.groupby(stages)
    ends = pd.DataFrame({"low": grouped.min(), "high": grouped.max()}).dropna()
    return [(float(low), float(high)) for low, high in ends.to_numpy()]


def _slices(stages: Stages) -> Stages:
    """Few deliveries unchanged; many deliveries, or times, in slices with equally many records."""
    if len(np.unique(stages)) <= _MOST_SLICES:
        return stages
    # All records of one delivery stay in one slice.
    before = np.searchsorted(np.sort(stages), stages)
    return (before * _SLICES // len(stages)).astype(np.int64)


def _grows(ends: Sequence[float], span: float) -> bool:
    """Whether each of several parts goes beyond the part before it, and not only a little.

    Chance hardly does that. A share that creeps up to 1 moves by hardly anything.
    """
    if len(ends) < _FEWEST_SLICES or ends[-1] - ends[0] < _FAR * span:
        return False
    return all(before < after for before, after in pairwise(ends))


def _later(profile: Profile, stages: Stages) -> int:
    """How many values first came in a later delivery, although they came often after that."""
    codes, values = pd.factorize(profile.cells, use_na_sentinel=True)
    known = codes >= 0
    codes, here = codes[known], stages[known]
    if not len(codes):
        return 0
    first = np.full(len(values), here.max() + 1)
    np.minimum.at(first, codes, here)
    before = np.searchsorted(np.sort(here), first)
    rate = np.bincount(codes, minlength=len(values)) / np.maximum(len(here) - before, 1)
    return int((rate * before >= _FEWEST_EXPECTED).sum())


def _is_called_year(profile: Profile) -> bool:
    """Whether a column is called year and could hold the years of records."""
    words = {*words_of(profile.name)}
    named = bool(words & _YEAR_WORDS) and words <= _YEAR_WORDS | _BESIDE_YEAR
    whole = profile.kind is LogicalType.INTEGER and profile.distinct > 1
    return named and whole and bool(profile.present.between(*_YEARS).all())


def _counts_on(profile: Profile) -> bool:
    """Whether its name is a step of time, and it counts on after the calendar begins again."""
    if profile.kind is not LogicalType.INTEGER:
        return False
    cycles = [_CYCLES[word] for word in words_of(profile.name) if word in _CYCLES]
    return _is_called_year(profile) or any(profile.present.max() > cycle for cycle in cycles)
