"""The columns that identify a record, its time, and the column that names its series."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.model.problem import did_you_mean, listed, printable
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.values import common_form
from aipo_pipelines.errors import DraftError
from aipo_pipelines.measures.privacy.vocabulary import words_of

_KEY_WORDS = frozenset(
    {
        "id",
        "key",
        "index",
        "idx",
        "uuid",
        "guid",
        "number",
        "no",
        "nr",
        "num",
        "nummer",
        "instant",
        "code",
        "row",
    }
)
_KEY_ENDING = re.compile(r"(?i)(^|[a-z_])(id|nr|no|key)$")
_CALENDAR = frozenset(
    {"hr", "hour", "minute", "day", "weekday", "week", "month", "mnth", "quarter", "year", "yr",
     "season", "period", "holiday", "time", "date"}
)  # fmt: skip
_TIME_WORDS = frozenset({"date", "time", "timestamp", "datetime", "week", "day", "month", "at"})
# Keys of more columns are rarely meant, and more columns would take too long to try.
_MOST_IN_KEY = 3
_FEWEST_CODES = 30
# 12 columns have 286 pairs and triples; each is one pass over the sample.
_MOST_TRIED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The roles of columns.

    Attributes:
        identifiers: Columns that are unique together; empty if no such columns were found.
        time: Column of the records' time; None if there is no such column.
        other_times: Further columns of dates, which a person may prefer.
        series: Column that names a series, with one record of each series per time, or None.
        rising: Time-like columns, which grow with each delivery like a year or a counter.
    """

    identifiers: tuple[str, ...]
    time: str | None
    other_times: tuple[str, ...]
    series: str | None
    rising: tuple[str, ...] = ()


def named(profiles: Sequence[Profile], name: str, option: str) -> Profile:
    """The column that a person named.

    Raises:
        DraftError: There is no such column.
    """
    for profile in profiles:
        if profile.name == name:
            return profile
    known = [printable(profile.name) for profile in profiles]
    hint = did_you_mean(name, known, f"choose one of them for {option}")
    raise DraftError(f"the data has no column {name!r}; expected one of {listed(known)}; {hint}")


def find_roles(
    profiles: Sequence[Profile],
    categories: Mapping[str, str],
    named_time: str | None,
    label: str | None,
) -> Roles:
    """Finds key, time and series.

    Args:
        profiles: The columns.
        categories: Suspected personal data by column; a date of birth is no time of a record.
        named_time: Time column that a person named, or None.
        label: Label that a person named; it has no other role.

    Raises:
        DraftError: The named time column does not exist or holds no dates.
    """
    candidates = [profile for profile in profiles if profile.name != label]
    time, more = _time(candidates, categories, named_time)
    key = _single_key(candidates)
    series = _series(candidates, time) if time else None
    # A key of its own is surest; a panel is known by series and time; a joint key is tried last,
    # because several columns are unique together by chance in a small sample.
    if key is not None:
        identifiers: tuple[str, ...] = (key,)
    elif time and series:
        identifiers = (series, time)
    else:
        identifiers = _joint_key(candidates, time) or _day_key(candidates, time)
    return Roles(
        identifiers=identifiers,
        time=time,
        other_times=more,
        series=series,
    )


def _time(
    profiles: Sequence[Profile], categories: Mapping[str, str], named_time: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """The column of the records' time, and further columns that may be it."""
    if named_time is not None:
        return _checked_time(named(profiles, named_time, "--time")), ()
    # A time with gaps would leave records without a batch.
    fitting = [
        profile
        for profile in profiles
        if profile.is_time
        and profile.missing == profile.misfits == 0
        and profile.name not in categories
    ]
    ranked = sorted(fitting, key=lambda profile: _TIME_WORDS.isdisjoint(words_of(profile.name)))
    names = [profile.name for profile in ranked]
    return (names[0] if names else None), tuple(names[1:])


def _checked_time(profile: Profile) -> str | None:
    """The name of a time column that a person named; None while its dates are not understood.

    Raises:
        DraftError: It holds no dates.
    """
    if profile.open_question:
        return None
    if not profile.is_time:
        raise DraftError(
            f"the column {profile.name!r} given as --time holds {profile.kind.value}s; expected "
            f"dates or timestamps; {_way_forward(profile)}"
        )
    return profile.name


def _way_forward(profile: Profile) -> str:
    """The advice if the time of records is not written as a date."""
    if not profile.is_number:
        return "name another, or leave --time out"
    return (
        "numbers of weeks or years put records in order and are no dates. Deliver one file for "
        "each week, year or range of them and name the folder: each file is a batch. Or leave "
        "--time out and write `batches: {by: rows, rows: N}` into the draft, if the records are in "
        "order. Or add a column of dates to the data"
    )


def _single_key(profiles: Sequence[Profile]) -> str | None:
    """The unique column that looks most like a key: by its name, as running number, or as code."""
    unique = [
        profile for profile in profiles
        if profile.is_unique and profile.kind in (LogicalType.INTEGER, LogicalType.STRING)
    ]  # fmt: skip
    # From the strongest sign to the weakest; the first unique column of a sign wins.
    for fits in (is_called_key, is_running, _is_code):
        for profile in unique:
            if fits(profile):
                return profile.name
    return None


def is_called_key(profile: Profile) -> bool:
    """Whether a column's name says that it identifies something."""
    return not _KEY_WORDS.isdisjoint(words_of(profile.name)) or bool(
        _KEY_ENDING.search(profile.name)
    )


def is_running(profile: Profile) -> bool:
    """Whether it counts the records: whole numbers that rise by one, or nearly so."""
    if profile.kind is not LogicalType.INTEGER or not profile.is_unique:
        return False
    numbers = profile.present.astype("int64")
    # Twice as many numbers as records: a few deleted records leave gaps in a running number.
    dense = int(numbers.max()) - int(numbers.min()) < 2 * len(numbers)
    return bool(numbers.is_monotonic_increasing) and dense


def _is_code(profile: Profile) -> bool:
    """Whether it is text of one form, or of one length without blanks, as codes are."""
    if profile.kind is not LogicalType.STRING or len(profile.present) < _FEWEST_CODES:
        return False
    texts = [str(text) for text in profile.present]
    same = len({len(text) for text in texts}) == 1 and not any(" " in text for text in texts)
    return same or bool(common_form(texts))


def _series(profiles: Sequence[Profile], time: str) -> str | None:
    """A column whose values have at most one record each at a time, and several over time."""
    times = next(profile for profile in profiles if profile.name == time)
    for profile in profiles:
        keyed = profile.kind in (LogicalType.INTEGER, LogicalType.STRING) and not profile.is_unique
        if not keyed or profile.missing or profile.distinct < 2:  # noqa: PLR2004 - two make a panel
            continue
        # The hour of a day also comes once per day: it is a part of the time, not a series.
        if not _CALENDAR.isdisjoint(words_of(profile.name)):
            continue
        pairs = pd.DataFrame({"series": profile.cells, "time": times.cells})
        if not pairs.duplicated().any() and times.distinct > 2:  # noqa: PLR2004
            return profile.name
    return None


def _day_key(profiles: Sequence[Profile], time: str | None) -> tuple[str, ...]:
    """The day, if each record has its own day; timestamps are no key, they differ by chance."""
    days = [
        profile for profile in profiles if profile.name == time and profile.kind is LogicalType.DATE
    ]
    return tuple(profile.name for profile in days if profile.is_unique)


def _may_be_part(profile: Profile, time: str | None) -> bool:
    """Whether a column may be a part of a key: it is complete, and called like a key."""
    is_complete = not profile.missing and not profile.misfits
    is_called = profile.name == time or is_called_key(profile)
    return is_complete and is_called and profile.distinct > 1


def _joint_key(profiles: Sequence[Profile], time: str | None) -> tuple[str, ...]:
    """The fewest columns that are unique together and look like parts of a key."""
    parts = [profile for profile in profiles if _may_be_part(profile, time)][:_MOST_TRIED]
    for size in range(2, _MOST_IN_KEY + 1):
        for chosen in combinations(parts, size):
            table = pd.DataFrame({profile.name: profile.cells for profile in chosen})
            if not table.duplicated().any():
                return tuple(profile.name for profile in chosen)
    return ()
