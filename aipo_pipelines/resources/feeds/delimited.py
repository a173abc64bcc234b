"""Reads delimited text (CSV) strictly: every cell as text, nothing guessed, nothing skipped.

Only an empty cell is missing. The contract decides what other texts mean, and
`aipo_pipelines.measures.data.conform` applies it. No message quotes a cell.

A table in memory takes eight bytes for each cell and its texts, so a file may become several times
as large. So the records are counted before any of them is parsed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from aipo_pipelines.charter.model.contract import Contract, FileLayout
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delimited_lines import (
    LONGEST_LINE,
    first_record,
    quotes_are_regular,
    refuse_wrong_line,
)
from aipo_pipelines.resources.feeds.headings import holds_names, holds_record
from aipo_pipelines.resources.feeds.names import unique_names
from aipo_pipelines.resources.feeds.text import is_blank, read_text, separator_line

_PLACE = 8
"""Bytes that store the end of a cell's text."""


def read_delimited(
    path: Path,
    location: str,
    contract: Contract,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> pd.DataFrame:
    """Reads a CSV file, compressed with gzip or not, as its contract's layout declares it.

    1. Reads the text and skips a line such as `sep=;`.
    2. Checks the first line against the contract's `header`, and names the columns. Without a
       header line the columns have the contract's names for delivery, in order.
    3. Checks the number of records, then the quotes, and parses the records.

    Raises:
        SourceUnreadableError: The file is empty, truncated, in another encoding, beyond its
            bounds, or has a line with more or fewer cells than its header.
        OSError: The file cannot be opened.
    """
    layout = contract.layout
    _check_layout(layout)
    data = read_text(path, layout.encoding, location, bounds)
    named, skipped = separator_line(data)
    if is_blank(memoryview(data)[skipped:]):
        raise SourceUnreadableError(
            f"{location} is empty; expected at least a header line. Deliver the file again."
        )
    if named not in ("", layout.delimiter):
        raise SourceUnreadableError(
            f"{location} begins with a line that names {named!r} as its delimiter, and its "
            f"contract says {layout.delimiter!r}; expected the same. Correct the contract's "
            "`delimiter`, or the delivery."
        )
    first, start = first_record(data, skipped, layout, location)
    bounds.check(location, columns=len(first))
    _check_first_line(first, contract, location)
    if layout.header == "none":
        names, start = _names_by_order(contract, len(first)), skipped
    else:
        names = unique_names(name.strip() if layout.strip else name for name in first)
    return _parse(data, start, names, layout, location, bounds)


def _check_first_line(first: list[str], contract: Contract, location: str) -> None:
    """Refuses a file whose first line contradicts the contract's `header`.

    With `header: name` this is not necessary: the check of the contract reports missing columns.
    """
    header = contract.layout.header
    if header == "none" and holds_names(first, contract):
        raise SourceUnreadableError(
            f"{location} begins with a line of column names, and its contract says "
            "`header: none`: read so, the names would be a record. Correct the contract's "
            "`header` to name or position, or deliver the file without that line."
        )
    if header == "position" and holds_record(first, contract):
        raise SourceUnreadableError(
            f"{location} begins with a record, and its contract says `header: position`: read "
            "so, the record would be taken for names and lost. Correct the contract's `header` "
            "to none, or deliver the file with a header line."
        )


def _check_layout(layout: FileLayout) -> None:
    quote_fits = len(layout.quote.encode()) <= 1
    if len(layout.delimiter.encode()) != 1 or not quote_fits:
        raise SourceUnreadableError(
            f"The contract's layout has delimiter {layout.delimiter!r} and quote "
            f"{layout.quote!r}; expected one ASCII character each. Correct the contract."
        )


def _names_by_order(contract: Contract, width: int) -> list[str]:
    declared = [column.delivered_as for column in contract.columns][:width]
    return unique_names(declared + [""] * (width - len(declared)))


def _parse(
    data: bytes, start: int, names: list[str], layout: FileLayout, location: str, bounds: Bounds
) -> pd.DataFrame:
    """Makes a table of the records after the header.

    1. Counts the records, and remembers if they may be beyond the bounds.
    2. Checks the quotes, if there are any: Arrow does not refuse an open quote.
    3. Parses at once, or in blocks if the table may be beyond the bounds.
    """
    # A view, because a copy would take the memory of the file again.
    body = memoryview(data)[start:]
    if is_blank(body):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
    quoted = bool(layout.quote) and layout.quote.encode() in data
    try:
        _check_records(data, start, len(names), layout, location, bounds)
        fits = True
    except SourceUnreadableError:
        # Delimiters and ends of lines between quotes are no records, so the count may be too high.
        if not quoted:
            raise
        fits = False
    if quoted and not quotes_are_regular(body, layout):
        refuse_wrong_line(data, start, len(names), layout, location)
    options = _options(names, layout, quoted=quoted)
    try:
        source = pa.BufferReader(pa.py_buffer(body))
        table = (
            arrow_csv.read_csv(source, **options)
            if fits
            else _read_by_blocks(source, options, location, bounds)
        )
    except pa.ArrowInvalid as error:
        # Arrow's message may quote a cell; `refuse_wrong_line` names the line instead.
        refuse_wrong_line(data, start, len(names), layout, location)
        raise SourceUnreadableError(
            f"{location} cannot be divided into lines and cells ({type(error).__name__}); expected "
            f"{len(names)} cells in each line, and no record of more than {LONGEST_LINE:,} bytes. "
            "Deliver the file again."
        ) from None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _check_records(
    data: bytes, start: int, width: int, layout: FileLayout, location: str, bounds: Bounds
) -> None:
    """Refuses a table beyond its bounds before it is parsed.

    Without quotes the count is exact: a record has one delimiter less than cells, and one line.
    """
    text = len(data) - start
    # Each cell has at least one byte, its delimiter or the end of its line. So a short text cannot
    # hold too many cells, and the slower count below is not needed.
    if text // width < bounds.rows and text + (text + width) * _PLACE <= bounds.bytes:
        return
    if width > 1:
        records = data.count(layout.delimiter.encode(), start) // (width - 1)
    else:
        ends = data.count(b"\n", start) + data.count(b"\r", start) - data.count(b"\r\n", start)
        records = ends + (not data.endswith((b"\r", b"\n")))
    bounds.check(location, rows=records, size=text + records * width * _PLACE)


def _options(names: list[str], layout: FileLayout, *, quoted: bool) -> dict[str, Any]:
    return {
        "read_options": arrow_csv.ReadOptions(column_names=names, block_size=LONGEST_LINE),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote if quoted else False,
            newlines_in_values=quoted,
            # In a table of one column an empty line is a record with an empty cell.
            ignore_empty_lines=len(names) > 1,
        ),
        "convert_options": arrow_csv.ConvertOptions(
            # Texts only, so that Arrow guesses nothing; large, for more than 2 GB in a column.
            column_types=dict.fromkeys(names, pa.large_string()),
            null_values=[""],
            strings_can_be_null=True,
            # `read_text` has checked the encoding already.
            check_utf8=False,
        ),
    }


def _read_by_blocks(source: Any, options: dict[str, Any], location: str, bounds: Bounds) -> Any:
    """Reads a text that may be beyond its bounds, on one processor, and stops at the bound."""
    pieces, rows, size = [], 0, 0
    with arrow_csv.open_csv(source, **options) as reader:
        for piece in reader:
            rows, size = rows + piece.num_rows, size + piece.nbytes
            bounds.check(location, rows=rows, size=size)
            pieces.append(piece)
        return pa.Table.from_batches(pieces, reader.schema)
