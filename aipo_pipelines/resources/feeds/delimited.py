"""Reads delimited text (CSV) strictly: every cell as text, nothing guessed, nothing skipped.

Only a truly empty cell is missing; what other texts mean is said by the contract and applied by
`aipo_pipelines.measures.conform`. No message quotes a cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from aipo_pipelines.charter.contract import Contract, FileLayout
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.headings import holds_names, holds_record
from aipo_pipelines.resources.feeds.names import unique_names
from aipo_pipelines.resources.feeds.text import is_blank, read_text, separator_line


def read_delimited(
    path: Path,
    location: str,
    contract: Contract,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> pd.DataFrame:
    """Reads a CSV file, compressed with gzip or not, as its contract's layout declares it.

    Without a header line the columns are named as the contract delivers them, in order.

    Raises:
        SourceUnreadableError: The file is empty, truncated, in another encoding, beyond its
            bounds, or has a line with more or fewer cells than its header.
        OSError: The file cannot be opened.
    """
    layout = contract.layout
    _check_layout(layout)
    data = read_text(path, layout.encoding, location, bounds)
    if is_blank(memoryview(data)[separator_line(data)[1] :]):
        raise SourceUnreadableError(
            f"{location} is empty; expected at least a header line. Deliver the file again."
        )
    named, skipped = separator_line(data)
    if named not in ("", layout.delimiter):
        raise SourceUnreadableError(
            f"{location} begins with a line that names {named!r} as its delimiter, and its "
            f"contract says {layout.delimiter!r}; expected the same. Correct the contract's "
            "`delimiter`, or the delivery."
        )
    first, start = _first_record(data, skipped, layout, location)
    bounds.check(location, columns=len(first))
    if layout.header == "none":
        start = skipped
        names = _names_by_order(contract, len(first))
        if holds_names(first, contract):
            raise SourceUnreadableError(
                f"{location} begins with a line of column names, and its contract says "
                "`header: none`: read so, the names would be a record. Correct the contract's "
                "`header` to name or position, or deliver the file without that line."
            )
    else:
        if layout.header == "position" and holds_record(first, contract):
            raise SourceUnreadableError(
                f"{location} begins with a record, and its contract says `header: position`: read "
                "so, the record would be taken for names and lost. Correct the contract's `header` "
                "to none, or deliver the file with a header line."
            )
        names = unique_names(name.strip() if layout.strip else name for name in first)
    return _parse(data, start, names, layout, location)


def _check_layout(layout: FileLayout) -> None:
    quote_fits = len(layout.quote.encode()) <= 1
    if len(layout.delimiter.encode()) != 1 or not quote_fits:
        raise SourceUnreadableError(
            f"The contract's layout has delimiter {layout.delimiter!r} and quote "
            f"{layout.quote!r}; expected one ASCII character each. Correct the contract."
        )


def _lines(data: bytes, consumed: list[int]) -> Iterator[str]:
    for line in io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""):
        consumed[0] += len(line.encode())
        yield line


def _records(data: bytes, layout: FileLayout, consumed: list[int]) -> Any:
    lines = _lines(data, consumed)
    if not layout.quote:
        return csv.reader(lines, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=layout.delimiter, quotechar=layout.quote, strict=True)


def _first_record(
    data: bytes, skipped: int, layout: FileLayout, location: str
) -> tuple[list[str], int]:
    """The first record that is not blank, and the position of the byte after it."""
    consumed = [skipped]
    try:
        first = next(record for record in _records(data[skipped:], layout, consumed) if record)
    except csv.Error:
        raise SourceUnreadableError(
            f"{location} has a first line that never ends as its layout (delimiter, quote) says; "
            "expected a header. Correct the contract or deliver the file again."
        ) from None
    return first, consumed[0]


def _names_by_order(contract: Contract, width: int) -> list[str]:
    declared = [column.delivered_as for column in contract.columns][:width]
    return unique_names(declared + [""] * (width - len(declared)))


def _parse(
    data: bytes, start: int, names: list[str], layout: FileLayout, location: str
) -> pd.DataFrame:
    body = memoryview(data)[start:]
    if is_blank(body):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
    quoted = bool(layout.quote) and layout.quote.encode() in data
    if quoted and not _quotes_are_regular(body, layout):
        _walk(data, start, len(names), layout, location)
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=arrow_csv.ReadOptions(column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char=layout.quote if quoted else False,
                newlines_in_values=quoted,
                # In a table of one column an empty line is a record with an empty cell.
                ignore_empty_lines=len(names) > 1,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                null_values=[""],
                strings_can_be_null=True,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        _walk(data, start, len(names), layout, location)
        raise SourceUnreadableError(
            f"{location} cannot be cut into lines and cells ({type(error).__name__}); expected "
            f"{len(names)} cells in each line. Deliver the file again."
        ) from None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _quotes_are_regular(body: memoryview, layout: FileLayout) -> bool:
    """Whether all quotes plainly open or close a cell.

    Arrow closes a quote that was left open, and swallows lines on the way. Counted alternately,
    regular quotes open after a border and close before one; a doubled quote closes and opens.
    """
    text = np.frombuffer(body, dtype=np.uint8)
    places = np.flatnonzero(text == ord(layout.quote))
    if places.size % 2:
        return False
    borders = np.frombuffer(f"\r\n{layout.delimiter}{layout.quote}".encode(), dtype=np.uint8)
    before = text[places[::2][places[::2] > 0] - 1]
    after = text[places[1::2][places[1::2] < text.size - 1] + 1]
    return bool(np.isin(before, borders).all() and np.isin(after, borders).all())


def _walk(data: bytes, start: int, width: int, layout: FileLayout, location: str) -> None:
    """Goes through the file record by record; slow, so only where something may be wrong.

    Raises:
        SourceUnreadableError: A line does not fit; its number is given.
    """
    offset = data.count(b"\n", 0, start) or data.count(b"\r", 0, start)
    records = _records(data[start:], layout, [0])
    try:
        for record in records:
            if record and len(record) != width:
                raise SourceUnreadableError(
                    f"{location} has {len(record)} cells in line {offset + records.line_num}; "
                    f"expected {width} as in its first line. The file may be truncated, or a "
                    "cell holds a delimiter without quotes. Deliver the file again."
                )
    except csv.Error:
        raise SourceUnreadableError(
            f"{location} has a quote in or before line {offset + records.line_num} that is opened "
            "and never properly closed; the file may be truncated. Deliver the file again."
        ) from None
