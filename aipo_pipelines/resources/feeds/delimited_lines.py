"""Reads delimited text line by line, to find its first record and the line that does not fit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.errors import SourceUnreadableError

LONGEST_LINE = 1 << 20
"""Arrow divides a file into blocks of this size, and refuses a line that is longer than a block."""
_AT_ONCE = 1 << 18
"""Bytes that are searched for quotes at once: the places of all quotes of a file could take eight
times its size."""


class _LongLineError(ValueError):
    """A line is too long to be parsed."""


def _lines(data: bytes, start: int, consumed: list[int]) -> Iterator[str]:
    source = io.BytesIO(data)
    source.seek(start)
    lines = io.TextIOWrapper(source, encoding="utf-8", newline="")
    # Read with a limit: a file without ends of lines would otherwise become one text in memory.
    while line := lines.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\r", "\n")):
            raise _LongLineError
        consumed[0] += len(line.encode())
        yield line


def _records(data: bytes, start: int, layout: FileLayout, consumed: list[int]) -> Any:
    lines = _lines(data, start, consumed)
    if not layout.quote:
        return csv.reader(lines, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)


def first_record(
    data: bytes, skipped: int, layout: FileLayout, location: str
) -> tuple[list[str], int]:
    """The first record that is not blank, and the position of the byte after it."""
    consumed = [skipped]
    try:
        first = next(record for record in _records(data, skipped, layout, consumed) if record)
    except (csv.Error, _LongLineError):
        raise SourceUnreadableError(
            f"{location} has a first line that does not end by the rules of its layout (delimiter, "
            f"quote), or that has a cell of more than {csv.field_size_limit():,} characters; "
            "expected a header. Correct the contract or deliver the file again."
        ) from None
    return first, consumed[0]


def quotes_are_regular(body: memoryview, layout: FileLayout) -> bool:
    """Whether every quote opens or closes a cell.

    Arrow closes a quote that was left open, and joins the lines up to there into one cell. In a
    regular file quotes open and close in turn: they open after a border and close before a border.
    A doubled quote closes and opens.
    """
    text = np.frombuffer(body, dtype=np.uint8)
    borders = np.frombuffer(f"\r\n{layout.delimiter}{layout.quote}".encode(), dtype=np.uint8)
    inside = 0
    for start in range(0, text.size, _AT_ONCE):
        block = text[start : start + _AT_ONCE]
        places = np.flatnonzero(block == ord(layout.quote)) + start
        opening, closing = places[inside::2], places[1 - inside :: 2]
        before = text[opening[opening > 0] - 1]
        after = text[closing[closing < text.size - 1] + 1]
        if not (np.isin(before, borders).all() and np.isin(after, borders).all()):
            return False
        inside = (inside + places.size) % 2
    return not inside


def refuse_wrong_line(
    data: bytes, start: int, width: int, layout: FileLayout, location: str
) -> None:
    """Reads the file record by record, only to find a line that does not fit; this is slow.

    Raises:
        SourceUnreadableError: A line does not fit; the message has its number.
    """
    offset = data.count(b"\n", 0, start) or data.count(b"\r", 0, start)
    consumed, whole = [0], 0
    records = _records(data, start, layout, consumed)
    try:
        for record in records:
            whole = consumed[0]
            if record and len(record) != width:
                raise SourceUnreadableError(
                    f"{location} has {len(record)} cells in line {offset + records.line_num}; "
                    f"expected {width} as in its first line. The file may be truncated, or a "
                    "cell holds a delimiter without quotes. Deliver the file again."
                )
    except _LongLineError:
        raise SourceUnreadableError(
            f"{location} has {LONGEST_LINE:,} characters or more in line "
            f"{offset + records.line_num + 1}; expected fewer. The file may have lost its ends of "
            "lines. Deliver the file again."
        ) from None
    except csv.Error:
        line = offset + records.line_num
        if consumed[0] - whole > (longest := csv.field_size_limit()):
            quoted = bool(layout.quote) and layout.quote.encode() in data
            hint = " If a quote opens it, the quote may never be closed." if quoted else ""
            raise SourceUnreadableError(
                f"{location} has a cell of more than {longest:,} characters in or before line "
                f"{line}; expected shorter cells.{hint} Deliver the file again."
            ) from None
        raise SourceUnreadableError(
            f"{location} has a quote in or before line {line} that is opened "
            "and never properly closed; the file may be truncated. Deliver the file again."
        ) from None
