"""Reads JSON lines strictly: one object a line, nothing guessed, nothing rounded.

Keys are columns; one that a record does not have is missing there. Values keep the types JSON
gives them, also where those of one key differ, because a number that was delivered for a text has
already lost its zeros. A number that a float would change keeps all its digits; lists and objects
are kept as canonical JSON. No message quotes a value.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
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
from aipo_pipelines.resources.mixed import exact, to_mixed

Record = dict[str, Any]

_RECORDS_AT_ONCE = 50_000
_MOST_KEYS = 10_000


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
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="\n")
    return records_frame(json_records(lines, location), location)


def json_records(lines: Iterable[str], location: str) -> Iterator[Record]:
    """The objects of lines that are not blank.

    Raises:
        SourceUnreadableError: A line is no JSON object, or holds what no table can.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_float=exact, parse_constant=_no_word)
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        try:
            record = decoder.decode(line)
            if "\\u" in line:
                # Half of a pair of surrogates is no character of any text.
                json.dumps(record, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise SourceUnreadableError(
                f"{location} has in line {number} {_told(error)}; expected one JSON object a "
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
        records: Objects as `json_records` gives them.
        location: Where they are from, as shown to people.
        names: Keys known to be somewhere; each becomes a column even if no record has it.

    Raises:
        SourceUnreadableError: There are more keys than any table has columns.
    """
    chunks: list[tuple[int, dict[str, Any]]] = []
    known = dict.fromkeys(names)
    unread = iter(records)
    while chunk := list(islice(unread, _RECORDS_AT_ONCE)):
        here = dict.fromkeys(key for record in chunk for key in record)
        known |= here
        if len(known) > _MOST_KEYS:
            raise SourceUnreadableError(
                f"{location} has more than {_MOST_KEYS:,} different keys; expected the same few in "
                "each object. They seem to be values: write them as values of one key."
            )
        arrays = {name: _array(record.get(name) for record in chunk) for name in here}
        chunks.append((len(chunk), arrays))
    columns = [
        one_column([part.get(name, pa.nulls(rows)) for rows, part in chunks]) for name in known
    ]
    if not columns:
        return pd.DataFrame(index=range(sum(rows for rows, _ in chunks)))
    return to_frame(pa.Table.from_arrays(columns, names=list(known)))


def _array(values: Iterable[object]) -> Any:
    array = value_array(values)
    # Where no number fits a float, none of them is rounded to one.
    return to_mixed(array.to_pylist()) if pa.types.is_decimal(array.type) else array


def _once(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise _RepeatedError
    return record


def _no_word(_: str) -> None:
    raise _WordError


def _told(error: Exception) -> str:
    """What is wrong with a line, without its content."""
    if isinstance(error, _WordError):
        return "NaN or Infinity, which JSON does not have"
    if isinstance(error, _RepeatedError):
        return "an object with the same key twice"
    if isinstance(error, RecursionError):
        return "values nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return "half of a surrogate pair, which is no character"
    if isinstance(error, JSONDecodeError):
        return f"what is no JSON from character {error.colno} on (it may be cut off)"
    return "a number with too many digits"


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "a single value"
