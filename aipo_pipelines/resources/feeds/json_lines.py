"""Reads JSON lines strictly: one object on each line, nothing guessed, nothing rounded.

Keys are columns; if a record does not have a key, its cell is missing. Values keep the types that
JSON gives them, also if the types of one key differ, because a number that was delivered for a text
has already lost its zeros. A number that a float would change keeps all its digits. Lists and
objects are kept as canonical JSON. No message quotes a value.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.tables import one_column, to_frame, value_array
from aipo_pipelines.resources.feeds.text import is_blank, read_text
from aipo_pipelines.resources.lake.mixed_columns import exact, to_mixed

Record = dict[str, Any]

_RECORDS_AT_ONCE = 50_000
_CHARACTERS_AT_ONCE = 1 << 22
"""Python's own values take up to thirty times the memory of their text, so a part is read at a
time."""
_LONGEST_LINE = 1 << 24
"""Characters: a whole file on one line, as a list of objects is, must not become one text."""
_MOST_KEYS = 10_000
"""Objects with more keys use values as keys: each would become a column."""
_CELL = 16
"""Bytes that a cell takes besides its text, also if its record does not have the key."""


class _WordError(ValueError):
    """A word that JSON does not have."""


class _RepeatedError(ValueError):
    """An object has a key twice."""


def read_json_lines(
    path: Path,
    location: str,
    encoding: str,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> pd.DataFrame:
    """Reads a file of JSON lines, compressed with gzip or not.

    Raises:
        SourceUnreadableError: The file is empty, truncated, in another encoding, beyond its
            bounds, or has a line that is no JSON object; the number of the line is given.
        OSError: The file cannot be opened.
    """
    data = read_text(path, encoding, location, bounds)
    if is_blank(data):
        raise SourceUnreadableError(
            f"{location} is empty; expected one JSON object a line. Deliver the file again."
        )
    columns = _Columns(location, bounds)
    for number, lines in _pieces(data, location):
        records = list(json_records(lines, location, number))
        columns.add(records, sum(map(len, lines)))
        # Freed before the next piece is made, so that only one piece is in memory.
        del records, lines
    # The text of the file is freed before the table is made, which is of the same size.
    del data
    return columns.frame()


def json_records(lines: Iterable[str], location: str, start: int = 1) -> Iterator[Record]:
    """The objects of lines that are not blank.

    Args:
        lines: The lines.
        location: The place of their file, as shown to people.
        start: Number of the first line.

    Raises:
        SourceUnreadableError: A line is no JSON object, or holds a value that no table can hold.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_float=exact, parse_constant=_no_word)
    for number, line in enumerate(lines, start=start):
        if line.isspace():
            continue
        try:
            record = decoder.decode(line)
            if "\\u" in line:
                # Half of a pair of surrogates is no character, and cannot be stored as text. Only
                # an escape can write it, so other lines are not checked.
                json.dumps(record, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise SourceUnreadableError(
                f"{location} has in line {number} {_problem(error)}; expected one JSON object a "
                "line. Deliver the file again."
            ) from None
        if not isinstance(record, dict):
            raise SourceUnreadableError(
                f"{location} has in line {number} {_kind(record)}; expected one JSON object a "
                "line. A list of objects is written as one object a line, without commas between."
            )
        yield record


def records_frame(
    records: Iterable[Record], location: str, names: Iterable[str] = ()
) -> pd.DataFrame:
    """Makes a table of records: a column per key, in the order in which keys are first met.

    Args:
        records: Objects from `json_records`.
        location: The place of their file, as shown to people.
        names: Known keys of the source; each becomes a column even if none of these records has it.

    Raises:
        SourceUnreadableError: There are more keys than any table has columns.
    """
    columns = _Columns(location, Bounds(columns=_MOST_KEYS), names)
    unread = iter(records)
    while chunk := list(islice(unread, _RECORDS_AT_ONCE)):
        columns.add(chunk)
    return columns.frame()


class _Columns:
    """Takes records, a part at a time, and makes a column of each key."""

    def __init__(self, location: str, bounds: Bounds, names: Iterable[str] = ()) -> None:
        self._location = location
        self._bounds = bounds
        self._known = dict.fromkeys(names)
        self._chunks: list[tuple[int, dict[str, Any]]] = []
        self._rows = self._text = 0

    def add(self, records: Sequence[Record], text: int = 0) -> None:
        """Adds records.

        Args:
            records: Objects, in order.
            text: Number of characters of their lines.

        Raises:
            SourceUnreadableError: There are more keys than any table has columns, or more than the
                bounds allow.
        """
        here = dict.fromkeys(key for record in records for key in record)
        self._known |= here
        if len(self._known) > _MOST_KEYS:
            raise SourceUnreadableError(
                f"{self._location} has more than {_MOST_KEYS:,} different keys; expected the same "
                "few in each object. They seem to be values: write them as values of one key."
            )
        self._rows += len(records)
        self._text += text
        rows, columns = self._rows, len(self._known)
        size = self._text + rows * columns * _CELL
        self._bounds.check(self._location, size=size, rows=rows, columns=columns)
        arrays = {name: _array(record.get(name) for record in records) for name in here}
        self._chunks.append((len(records), arrays))

    def frame(self) -> pd.DataFrame:
        """The table of all records."""
        if not self._known:
            return pd.DataFrame(index=range(self._rows))
        columns = [self._column(name) for name in self._known]
        return to_frame(pa.Table.from_arrays(columns, names=list(self._known)))

    def _column(self, name: str) -> Any:
        return one_column([arrays.pop(name, pa.nulls(rows)) for rows, arrays in self._chunks])


def _pieces(data: bytes, location: str) -> Iterator[tuple[int, list[str]]]:
    """The lines in parts, each part with the number of its first line."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="\n")
    number, size, lines = 1, 0, list[str]()
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise SourceUnreadableError(
                f"{location} has {_LONGEST_LINE:,} characters or more in line "
                f"{number + len(lines)}; expected one JSON object a line. A list of objects is "
                "written as one object a line, without commas between."
            )
        lines.append(line)
        size += len(line)
        if len(lines) == _RECORDS_AT_ONCE or size >= _CHARACTERS_AT_ONCE:
            yield number, lines
            number, size, lines = number + len(lines), 0, []
    if lines:
        yield number, lines


def _array(values: Iterable[object]) -> Any:
    array = value_array(values)
    # Arrow made decimals, because no number fits a float. They stay exact in a mixed column.
    return to_mixed(array.to_pylist()) if pa.types.is_decimal(array.type) else array


def _once(pairs: list[tuple[str, Any]]) -> Record:
    # JSON allows a repeated key, and a dictionary would keep only its last value, silently.
    record = dict(pairs)
    if len(record) < len(pairs):
        raise _RepeatedError
    return record


def _no_word(_: str) -> None:
    raise _WordError


def _problem(error: Exception) -> str:
    """The problem of a line, without its content."""
    if isinstance(error, _WordError):
        return "NaN or Infinity, which JSON does not have"
    if isinstance(error, _RepeatedError):
        return "an object with the same key twice"
    if isinstance(error, RecursionError):
        return "values nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return "half of a surrogate pair, which is no character"
    if isinstance(error, JSONDecodeError):
        return f"a text that is no JSON from character {error.colno} on (it may be cut off)"
    return "a number with too many digits"


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "a single value"
