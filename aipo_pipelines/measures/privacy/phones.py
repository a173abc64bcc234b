"""Telephone numbers, as the `phonenumbers` package (Google's metadata) knows them.

A number with its country code proves itself. One without is a plain number like any other, so it
counts only where the column says it holds telephone numbers, or where nearly all cells are valid
in a region of the source in which a random number of that length is mostly not.
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
_TRIED = 50
_PREFIX = 6
_REPEATS = 100


def phone_numbers(name: str, cells: Sequence[str], regions: Sequence[str]) -> int:
    """Number of cells with a telephone number; 0 where they are too few to mean anything.

    Args:
        name: Name of the column, which may hint at what it holds.
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
    candidates = [
        cell.strip()
        for cell in cells
        if _NATIONAL.fullmatch(cell.strip()) and not _DATE.fullmatch(cell.strip())
    ]
    hinted = not _HINTS.isdisjoint(words_of(name))
    least = min(2, len(cells)) if hinted else max(_LEAST, 0.5 * len(cells))
    if not candidates or len(candidates) < least:
        return 0
    needed = (0.5 if hinted else 0.9) * len(candidates)
    tried = candidates[:_TRIED]
    if sum(_is_valid(cell, region) for cell in tried) < 0.5 * len(tried):
        return 0
    proven = sum(_is_valid(cell, region) for cell in candidates)
    if proven < max(needed, least) or not (hinted or _is_telling(candidates, region)):
        return 0
    return proven


def _is_telling(candidates: Sequence[str], region: str) -> bool:
    """Whether validity says anything: numbers are spread, and random ones are mostly invalid."""
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
