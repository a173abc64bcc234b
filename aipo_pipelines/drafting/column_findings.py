"""Odd findings about single columns that a person should see before signing the draft.

This module corrects nothing and drops no cell. About suspected personal data it reports counts,
never values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.drafting.columns import MISSING_WORDS, Profile
from aipo_pipelines.drafting.roles import Roles, is_called_key
from aipo_pipelines.drafting.split_columns import SPLIT_REASON, is_split
from aipo_pipelines.drafting.table import Table

_NUMBER = r"[+-]?\d[\d.,\u00a0\u202f]*"
_WITH_UNIT = re.compile(rf"({_NUMBER}) ?(%|[^\W\d_]{{1,12}}\.?|[$\u20ac\u00a3\u00a5])")
_WITH_CURRENCY = re.compile(rf"([$\u20ac\u00a3\u00a5]|[A-Z]{{3}} ) ?({_NUMBER})")
_PLAIN = re.compile(_NUMBER + r"([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,'\u00a0\u202f ]\d{3})+([.,]\d+)?")
# Not all cells: a column of numbers with a unit often has a remark in a few cells.
_MOST_UNITS = 3
_MOSTLY = 0.9
_RATHER = 0.8
_SHOWN = 3
_MOST_CATEGORIES = 50
# A value in less than this share of the file is in one part of it.
_LOCAL = 0.3
# Fewer cells are in one part of a file by chance.
_FEWEST_LOCAL = 20
_FEWEST_JUDGED = 5
_OFTEN = 0.01
# If a third of the values has a part of its own, the file is sorted by groups.
_SORTED = 0.34
_STRETCH = 0.05
# A sensor that hangs repeats its value far longer than any other value was repeated.
_LONGER = 4
# A true key repeats nothing. A few repetitions mean that records were delivered twice.
_KEY_SHARE = 0.95
_FEWEST_KEYS = 100


Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something odd about a column, or about the table.

    Attributes:
        is_open: Whether a person must decide what it means.
    """

    text: str
    is_open: bool = True


def column_remarks(
    profile: Profile, table: Table, roles: Roles, categories: Mapping[str, str]
) -> tuple[Remark, ...]:
    """Odd findings about a column.

    Args:
        profile: The column.
        table: The sample.
        roles: Key and time of the table.
        categories: Suspected personal data by column.
    """
    remarks = [*(() if profile.name in categories else _alone(profile)), *_near_key(profile, roles)]
    if is_split(profile):
        remarks.append(Remark(text=f"{SPLIT_REASON}: is it needed in the feed?"))
    if profile.kind is LogicalType.STRING and profile.distinct:
        counts = profile.present.astype(str).value_counts()
        remarks += _texts(counts, is_personal=profile.name in categories)
    if profile.name != roles.time and profile.name not in roles.rising:
        remarks += _in_one_part(profile, table, is_personal=profile.name in categories)
    return tuple(remarks)


def _alone(profile: Profile) -> Iterator[Remark]:
    if profile.distinct == 1:
        gaps = " or is empty" if profile.missing else ""
        yield Remark(text=f"every record has the same value{gaps}", is_open=False)


def _near_key(profile: Profile, roles: Roles) -> Iterator[Remark]:
    n = len(profile.present)
    is_key = is_called_key(profile) and profile.kind in (LogicalType.STRING, LogicalType.INTEGER)
    # Too few values are nearly unique by chance.
    if not is_key or profile.name in roles.identifiers or n < _FEWEST_KEYS:
        return
    if _KEY_SHARE * n <= profile.distinct < n:
        again = n - profile.distinct
        yield Remark(
            text=f"nearly a key: {again:,} of {n:,} values came up before. Were records delivered "
            "twice, or is it no key?"
        )


def _texts(counts: pd.Series, *, is_personal: bool) -> Iterator[Remark]:
    """Odd findings about texts, by how often each text came up."""
    words = [text for text in counts.index if text.strip().lower() in MISSING_WORDS]
    if words and len(words) < len(counts):
        times = int(counts[words].sum())
        yield Remark(
            text=f"{_quoted(words)} in {times:,} cells: does it stand for a missing value? Then "
            "list it under `missingValues`"
        )
    rest = counts.drop(words)
    # Every further remark quotes cells, and cells of personal data are never quoted.
    if not rest.sum() or is_personal:
        return
    if len(rest) <= _MOST_CATEGORIES:
        yield from _spellings(rest)
    remark = _numbers_as_text(rest)
    if remark is not None:
        yield remark


def _numbers_as_text(counts: pd.Series) -> Remark | None:
    """Why numbers are read as text: a unit, a sign between thousands, or a few other cells."""
    total = int(counts.sum())
    units = _units(counts)
    if units:
        return Remark(
            text=f"numbers with a unit ({_quoted(units)}), so they are read as text: deliver them "
            "as plain numbers, and the unit in the name"
        )
    grouped = [text for text in counts.index if _GROUPED.fullmatch(text.strip())]
    if counts[grouped].sum() >= _MOSTLY * total:
        return Remark(
            text=f"numbers with a sign between thousands ({_quoted(grouped[:1])}), which no "
            "contract can declare, so they are read as text: deliver them without it"
        )
    plain = [text for text in counts.index if _PLAIN.fullmatch(text.strip())]
    share = float(counts[plain].sum()) / total
    if not _RATHER <= share < 1:
        return None
    rest = [text for text in counts.index if text not in set(plain)]
    return Remark(
        text=f"{share:.1%} of the cells are numbers and {int(counts[rest].sum()):,} are not "
        f"({_quoted(rest)}), so all are read as text"
    )


def _spellings(counts: pd.Series) -> Iterator[Remark]:
    """Categories that differ from another category by case or blanks only."""
    # Case and blanks differ by hand or by program, and rarely by meaning.
    plain = counts.index.str.split().str.join(" ").str.casefold()
    for _, same in counts.groupby(plain):
        if len(same) > 1:
            yield Remark(
                text=f"{_quoted([*same.index])} differ by case or blanks only: are they the same? "
                "Then deliver one of them, and draft again"
            )


def _units(counts: pd.Series) -> list[str]:
    """The few units of nearly all cells; empty if the cells have no units."""
    cells_of: dict[str, int] = {}
    for text, times in counts.items():
        match = _WITH_UNIT.fullmatch(str(text)) or _WITH_CURRENCY.fullmatch(str(text))
        if match:
            unit = next(part for part in match.groups() if not _PLAIN.fullmatch(part)).strip()
            cells_of[unit] = cells_of.get(unit, 0) + int(times)
    total = int(counts.sum())
    # A column has one unit, or a few spellings of it; many different units are names.
    usual = sorted(cells_of, key=lambda unit: -cells_of[unit])[:_MOST_UNITS]
    is_rule = len(counts) > _MOST_UNITS and sum(cells_of[unit] for unit in usual) >= _MOSTLY * total
    return [unit for unit in usual if cells_of[unit] >= _OFTEN * total] if is_rule else []


def _in_one_part(profile: Profile, table: Table, *, is_personal: bool) -> Iterator[Remark]:
    """Values, or gaps, that are in one part of the file only, while others are everywhere."""
    value_codes, names = pd.factorize(profile.cells, use_na_sentinel=True)
    codes = np.where(value_codes < 0, len(names), value_codes).astype(np.int64)
    # Values of measurements hardly repeat, so only a long stretch of one value is odd.
    is_measured = len(names) > _MOST_CATEGORIES or profile.kind is LogicalType.NUMBER
    scale = table.rows / len(codes)
    for span in [*(_still(codes) if is_measured else _local(codes))][:_SHOWN]:
        if span.code == len(names):
            value = "no value"
        elif is_personal:
            value = "one of the values"
        else:
            value = _quoted([str(names[span.code])])
        first, last = int(span.first * scale) + 1, int((span.last + 1) * scale)
        records = f"records {first:,} to {last:,}"
        yield Remark(
            text=(f"{records} all have {value}" if is_measured else f"{value} in {records} only")
            + ": is it new, gone, not measured, or delivered from another place?"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """The part of the file that holds a value, by its code: the first and the last place."""

    code: int
    first: int
    last: int


def _local(codes: Codes) -> Iterator[_Span]:
    """Values that come up often, and in one part of the file only, unlike most values."""
    places, kinds = np.arange(len(codes)), int(codes.max()) + 1
    first, last = np.full(kinds, len(codes)), np.full(kinds, -1)
    np.minimum.at(first, codes, places)
    np.maximum.at(last, codes, places)
    sizes = np.bincount(codes)
    is_local = last - first + 1 < _LOCAL * len(codes)
    judged = sizes >= _FEWEST_JUDGED
    # If many values have a part of their own, the file is sorted by groups, which is no finding.
    if (judged & is_local).sum() > max(1, _SORTED * judged.sum()) or is_local[judged].all():
        return
    often = sizes >= max(_FEWEST_LOCAL, _OFTEN * len(codes))
    for code in np.flatnonzero(is_local & often):
        yield _Span(code=int(code), first=int(first[code]), last=int(last[code]))


def _still(codes: Codes) -> Iterator[_Span]:
    """The stretch of one value if it is far longer than any other: the column did not change."""
    ends = np.flatnonzero(np.append(codes[1:] != codes[:-1], np.True_))
    lengths = np.diff(ends, prepend=-1)
    longest = int(lengths.argmax())
    length = int(lengths[longest])
    other_lengths = np.delete(lengths, longest)
    if length < max(_FEWEST_LOCAL, _STRETCH * len(codes)) or not len(other_lengths):
        return
    if length > _LONGER * int(other_lengths.max()):
        last = int(ends[longest])
        yield _Span(code=int(codes[last]), first=last - length + 1, last=last)


def _quoted(texts: Sequence[str]) -> str:
    more = ", ..." if len(texts) > _SHOWN else ""
    return ", ".join(f"`{text[:40]}`" for text in texts[:_SHOWN]) + more
