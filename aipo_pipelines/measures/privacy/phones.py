"""Telephone numbers, as the `phonenumbers` package (Google's metadata) knows them.

A number with its country code proves itself. A number without a country code looks like every
other number. It counts in two cases:

- The name of the column says that it has telephone numbers.
- Nearly all cells are valid in a region of the source, and most random numbers of the same length
  are not valid there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from aipo_pipelines.measures.privacy.vocabulary import words_of

_INTERNATIONAL = re.compile(r"(?<![\w+])\+\d[\d\s().-]{6,18}\d(?!\d)")
_NATIONAL = re.compile(r"(?=(?:\D*\d){7,15}\D*$)[\d(][\d\s().\-/]{5,19}\d")
_DATE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}")
_HINTS = frozenset(
    {"cell", "cellphone", "fax", "handy", "mobile", "msisdn", "phone", "tel", "telephone"}
)
_LEAST = 5
"""Cells, and different first digits, that numbers without a country code need."""

_TRIED = 50
"""Cells that decide whether the rest is parsed: parsing is the slowest part of the search."""

_PREFIX = 6
"""Digits that show whether numbers are spread: consecutive order numbers share them."""

_REPEATS = 100
"""Random numbers that show how many are valid by chance."""


def phone_numbers(name: str, cells: Sequence[str], regions: Sequence[str]) -> int:
    """Number of cells with a telephone number; 0 if they are too few to mean anything.

    Args:
        name: Name of the column, which may be a hint.
        cells: Examined cells as text.
        regions: ISO 3166 codes of the regions whose national numbers count.
    """
    international = [hit.group() for cell in cells if (hit := _INTERNATIONAL.search(cell))]
    proven = sum(_is_valid(number, None) for number in international)
    needed = max(min(2, len(cells)), 0.5 * len(international))
    if proven and proven >= needed:
        return proven
    return max((_national(name, cells, region) for region in regions), default=0)


def _national(name: str, cells: Sequence[str], region: str) -> int:
    stripped = (cell.strip() for cell in cells)
    candidates = [cell for cell in stripped if _may_be_national(cell)]
    hinted = not _HINTS.isdisjoint(words_of(name))
    least = min(2, len(cells)) if hinted else max(_LEAST, 0.5 * len(cells))
    if not candidates or len(candidates) < least:
        return 0
    needed = (0.5 if hinted else 0.9) * len(candidates)
    # In some regions half of all numbers of a length are valid. So without a hint nine of ten
    # candidates must be valid, and random numbers mostly not.
    tried = candidates[:_TRIED]
    if _valid_count(tried, region) < 0.5 * len(tried):
        return 0
    proven = _valid_count(candidates, region)
    if proven < max(needed, least) or not (hinted or _is_conclusive(candidates, region)):
        return 0
    return proven


def _may_be_national(cell: str) -> bool:
    return bool(_NATIONAL.fullmatch(cell)) and not _DATE.fullmatch(cell)


def _valid_count(candidates: Sequence[str], region: str) -> int:
    """The number of candidates that are valid numbers of a region."""
    return sum(_is_valid(cell, region) for cell in candidates)


def _is_conclusive(candidates: Sequence[str], region: str) -> bool:
    """Whether validity means anything: numbers are spread, and random numbers mostly invalid."""
    prefixes = {re.sub(r"\D", "", cell)[:_PREFIX] for cell in candidates}
    if len(prefixes) < _LEAST:
        return False
    chance = random.Random(0)  # noqa: S311 - a yardstick, no secret
    lengths = [len(re.sub(r"\D", "", cell)) for cell in candidates[:_TRIED]]
    drawn = [
        str(chance.randrange(10 ** (length - 1), 10**length))
        for length in (lengths[place % len(lengths)] for place in range(_REPEATS))
    ]
    return sum(_is_valid(number, region) for number in drawn) <= 0.5 * _REPEATS


def _is_valid(text: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False
