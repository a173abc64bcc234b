"""What is odd about single columns: things that a person should see before they sign the draft.

Nothing is corrected here and no cell is dropped. Of suspected personal data counts are told, never
values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aipo_pipelines.charter.contract import LogicalType
from aipo_pipelines.drafting.columns import MISSING_WORDS, Profile
from aipo_pipelines.drafting.roles import Roles, is_called_key
from aipo_pipelines.drafting.table import Table

_NUMBER = r"[+-]?\d[\d.,\u00a0\u202f]*"
_WITH_UNIT = re.compile(rf"({_NUMBER}) ?(%|[^\W\d_]{{1,12}}\.?|[$\u20ac\u00a3\u00a5])")
_WITH_CURRENCY = re.compile(rf"([$\u20ac\u00a3\u00a5]|[A-Z]{{3}} ) ?({_NUMBER})")
_PLAIN = re.compile(_NUMBER + r"([eE][+-]?\d+)?")
_MOST_UNITS = 3
_MOSTLY = 0.9
_RATHER = 0.8
_SHOWN = 3
_MOST_CATEGORIES = 50
_LOCAL = 0.3
"""Share of the file from which on a value no longer stands in one part of it only."""

_FEWEST_LOCAL = 20
_STILL = 0.99
_KEY_SHARE = 0.95
_FEWEST_KEYS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something odd about a column, or about the table.

    Attributes:
        is_open: Whether a person must decide what it means.
    """

    text: str
    is_open: bool = True


def column_remarks(
    one: Profile, table: Table, roles: Roles, categories: Mapping[str, str]
) -> tuple[Remark, ...]:
    """What is odd about a column.

    Args:
        one: The column.
        table: The sample.
        roles: Key and time of the table.
        categories: Suspected personal data by column.
    """
    found = [*_alone(one), *_near_key(one, roles)]
    if one.kind is LogicalType.STRING and one.distinct:
        counts = one.present.astype(str).value_counts()
        found += _texts(counts, is_personal=one.name in categories)
    if one.name != roles.time and one.name not in roles.rising:
        found += _in_one_part(one, table, is_personal=one.name in categories)
    return tuple(found)


def _alone(one: Profile) -> Iterator[Remark]:
    if one.distinct == 1:
        gaps = " or is empty" if one.missing else ""
        yield Remark(text=f"every record has the same value{gaps}", is_open=False)


def _near_key(one: Profile, roles: Roles) -> Iterator[Remark]:
    n = len(one.present)
    is_key = is_called_key(one) and one.kind in (LogicalType.STRING, LogicalType.INTEGER)
    if not is_key or one.name in roles.identifiers or n < _FEWEST_KEYS:
        return
    if _KEY_SHARE * n <= one.distinct < n:
        again = n - one.distinct
        yield Remark(
            text=f"nearly a key: {again:,} of {n:,} values came up before. Were records delivered "
            "twice, or is it no key?"
        )


def _texts(counts: pd.Series, *, is_personal: bool) -> Iterator[Remark]:
    """Oddities of texts, by how often each one came up."""
    words = [text for text in counts.index if text.strip().lower() in MISSING_WORDS]
    if words and len(words) < len(counts):
        times = int(counts[words].sum())
        yield Remark(
            text=f"{_quoted(words)} in {times:,} cells: does it stand for a missing value? Then "
            "list it under `missingValues`"
        )
    rest = counts.drop(words)
    total = int(rest.sum())
    if not total or is_personal:
        return
    units = _units(rest)
    if units:
        yield Remark(
            text=f"numbers with a unit ({_quoted(units)}), so they are read as text: deliver them "
            "as plain numbers, and the unit in the name"
        )
        return
    plain = [text for text in rest.index if _PLAIN.fullmatch(text.strip())]
    share = float(rest[plain].sum()) / total
    if _RATHER <= share < 1:
        others = [text for text in rest.index if text not in set(plain)]
        yield Remark(
            text=f"{share:.1%} of the cells are numbers and {int(rest[others].sum()):,} are not "
            f"({_quoted(others)}), so all are read as text"
        )


def _units(counts: pd.Series) -> list[str]:
    """The few units that nearly all cells are written with; empty where they are not."""
    found: dict[str, int] = {}
    for text, times in counts.items():
        match = _WITH_UNIT.fullmatch(str(text)) or _WITH_CURRENCY.fullmatch(str(text))
        if match:
            unit = next(part for part in match.groups() if not _PLAIN.fullmatch(part)).strip()
            found[unit] = found.get(unit, 0) + int(times)
    is_rule = 0 < len(found) <= _MOST_UNITS < len(counts)
    return [*found] if is_rule and sum(found.values()) >= _MOSTLY * counts.sum() else []


def _in_one_part(one: Profile, table: Table, *, is_personal: bool) -> Iterator[Remark]:
    """Values, or gaps, that stand in one part of the file only, while others stand all over."""
    codes, names = pd.factorize(one.cells, use_na_sentinel=True)
    many = len(names) > _MOST_CATEGORIES or one.kind is LogicalType.NUMBER
    if many:
        usual = int(np.bincount(codes[codes >= 0]).argmax())
        codes, names = np.where(codes < 0, -1, (codes != usual).astype(np.int64)), names[[usual]]
    first, last, sizes = _spans(codes, 2 if many else len(names))
    enough = sizes >= _FEWEST_LOCAL
    spans = last - first + 1
    local = enough & (spans < _LOCAL * len(codes))
    if many:
        # Of numbers only a stretch counts in which nothing else comes: the column stood still.
        local = enough & (sizes >= _STILL * spans) & (2 * spans < len(codes))
        local[1] = False
    # Where all values have a part of their own, the file is sorted by the column: that is no news.
    if not local.any() or 2 * local.sum() > enough.sum():
        return
    scale = table.rows / len(codes)
    for place in np.flatnonzero(local)[:_SHOWN]:
        gone = place == len(sizes) - 1
        value = "no value stands" if gone else _named(names[place], is_personal=is_personal)
        start, end = int(first[place] * scale) + 1, int((last[place] + 1) * scale)
        yield Remark(
            text=f"{value} in records {start:,} to {end:,} only ({sizes[place]:,} of those looked "
            "at): is it new, gone, or delivered from another place?"
        )


def _spans(
    codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]], kinds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last place and number of each code, of the missing ones (-1) at the end."""
    places = np.arange(len(codes))
    moved = np.where(codes < 0, kinds, codes)
    first, last = np.full(kinds + 1, len(codes)), np.full(kinds + 1, -1)
    np.minimum.at(first, moved, places)
    np.maximum.at(last, moved, places)
    return first, last, np.bincount(moved, minlength=kinds + 1)


def _named(value: object, *, is_personal: bool) -> str:
    return "one of the values stands" if is_personal else f"{_quoted([str(value)])} stands"


def _quoted(texts: Sequence[str]) -> str:
    more = ", ..." if len(texts) > _SHOWN else ""
    return ", ".join(f"`{text[:40]}`" for text in texts[:_SHOWN]) + more
