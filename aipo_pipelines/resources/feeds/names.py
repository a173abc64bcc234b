"""Names of batches and columns, and the order that people expect of file names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from urllib.parse import quote

_COMPRESSIONS = frozenset({".gz"})
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", "~")
_NUMBER = re.compile(r"(\d+)")
# Dagster or Postgres refuse control characters, lone surrogates and `...` in a partition key or a
# text. `%` is escaped too, so that different names stay different.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff%]|(?<=\\.)\\.(?=\\.)")


def natural_order(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """A key for sorting that puts `batch2` before `batch10`."""
    parts = _NUMBER.split(name)
    numbered = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part
    )
    return numbered, name


def batch_key(path: PurePath) -> str:
    """Key of a batch that is one file: its path without endings, safe as a partition key.

    First `.gz` is removed, then the ending after the last dot. An ending of digits is part of the
    name (`2026.01` stays whole).
    """
    if path.suffix.lower() in _COMPRESSIONS:
        path = path.with_suffix("")
    # Digits after a dot are mostly a part of a date, and two batches would have one key.
    ending = path.suffix[1:]
    if ending and not ending.isdecimal():
        path = path.with_suffix("")
    return safe_key(path.as_posix())


def safe_key(name: str) -> str:
    """Percent-encodes the characters a partition key may not hold; keeps names apart."""
    return _UNSAFE.sub(
        lambda match: f"%{ord(match[0]):02X}" if match[0] < "\x80" else _quoted(match[0]), name
    )


def printable(name: str) -> str:
    """A file's name on one line: a character that cannot be shown is written as its code."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name
    )


def _quoted(character: str) -> str:
    return quote(character, safe="", errors="surrogatepass")


def is_unfinished(path: PurePath) -> bool:
    """Whether a file is hidden, or has a name that programs give to a file they still write."""
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in path.parts)
    return hidden or path.name.lower().endswith(_UNFINISHED)


def is_sign_of_writing(name: str) -> bool:
    """Whether a name in a folder shows that a program still writes there."""
    return name == "_temporary" or name.lower().endswith(_UNFINISHED)


def unique_names(names: Iterable[str]) -> list[str]:
    """Different column names for a table: a missing name becomes a number, a repeated name a mark.

    `a, a, ""` becomes `a, a.1, column_3`; the check of the contract then reports unknown names.
    """
    proposed = [name or f"column_{place}" for place, name in enumerate(names, start=1)]
    different: list[str] = []
    # All proposed names are taken from the start: a mark must not take the name of a later column.
    taken = set(proposed)
    for name in proposed:
        unique, repeat = name, 0
        if name in different:
            while unique in taken:
                repeat += 1
                unique = f"{name}.{repeat}"
        taken.add(unique)
        different.append(unique)
    return different
