"""A sample of a CSV file: finds the layout of the file, and reads every record once.

The whole file is read, line by line. So its size and its encoding are known, and a line with too
few or too many cells is found. Only the sample is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.drafting.layout import (
    check_header,
    find_delimiter,
    find_encoding,
    finds_decimal_comma,
    finds_thousands,
    has_header,
    single_byte,
)
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.names import unique_names
from aipo_pipelines.resources.feeds.text import separator_line
from aipo_pipelines.resources.sampling.streams import PROGRESS_EVERY, Progress, opened_stream
from aipo_pipelines.resources.sampling.thinning import Thinner

HEAD = 1 << 20
"""Bytes at the beginning of a file that decide about its layout."""
_LOOK = 1_000
"""Records, or cells of a column, that decide about a question of the layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOptions:
    """The parts of a file's layout that a person named; None for a part that must be found."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None


class _NoUtf8Error(Exception):
    """A later part of the file is no UTF-8, although its beginning is."""


def sample_delimited(path: Path, options: LayoutOptions, most: int, progress: Progress) -> Table:
    """Samples a CSV file, compressed with gzip or not.

    Args:
        path: The file.
        options: The parts of its layout that a person named.
        most: Least number of records that are kept; at most twice as many are kept.
        progress: Gets the position of the reading, now and then.

    Raises:
        DraftError: The file is empty, no text, damaged, has lines of different lengths, has one
            column, or its header line is not certain; no content is quoted.
    """
    head = _head(path)
    encoding = options.encoding or find_encoding(head, path.name)
    try:
        return _sample(path, head, encoding, options, most, progress)
    except _NoUtf8Error:
        if options.encoding:
            raise DraftError(
                f"{path.name} is not written in {options.encoding}; leave --encoding out, or "
                "correct it"
            ) from None
    # An encoding of single bytes accepts every byte, so the second attempt cannot fail this way.
    return _sample(path, head, single_byte(head), options, most, progress)


def _head(path: Path) -> bytes:
    with opened_stream(path) as (stream, _):
        head = stream.read(HEAD)
    if not head.strip():
        raise DraftError(f"{path.name} is empty; expected a header line and records")
    return head


def _sample(
    path: Path,
    head: bytes,
    encoding: str,
    options: LayoutOptions,
    most: int,
    progress: Progress,
) -> Table:
    """Samples the file in one encoding.

    1. Finds the delimiter and the header in the head of the file.
    2. Reads every record, checks its number of cells, and keeps the sample.
    3. Finds the signs of numbers in the sample.
    """
    text = _decoded(head, encoding, path)
    separator, skipped = separator_line(text.encode())
    text = text.encode()[skipped:].decode()
    delimiter = options.delimiter or separator or find_delimiter(text, path.name)
    layout = FileLayout(encoding=encoding, delimiter=delimiter)
    thinner: Thinner[list[str]] = Thinner(most)
    with opened_stream(path) as (stream, raw), closing(_records(stream, layout, path)) as records:
        if separator:
            next(records)
        first = next(records, [])
        if len(first) < 2:  # noqa: PLR2004 - one column is no table
            raise DraftError(
                f"{path.name} has one column, divided by {delimiter!r}; expected at least two; "
                "correct --delimiter"
            )
        names = _names(first, text, layout, options.header, path)
        if names is None:
            thinner.offer(first)
        size = path.stat().st_size
        for record in records:
            if len(record) != len(first):
                raise DraftError(_ragged(path, len(record), len(first), thinner.seen))
            thinner.offer(record)
            if thinner.seen % PROGRESS_EVERY == 0:
                progress(raw.tell(), size)
    header = "name" if names is not None else "none"
    return _table(thinner, names or [""] * len(first), replace(layout, header=header), path)


def _decoded(head: bytes, encoding: str, path: Path) -> str:
    try:
        # The head may end inside a character: `_records` finds bytes that are really wrong.
        text = head.decode(encoding, errors="ignore")
    except LookupError:
        raise DraftError(
            f"Python knows no encoding {encoding!r}; expected one such as utf-8 or cp1252"
        ) from None
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise DraftError(f"{path.name} is empty; expected a header line and records")
    return text


def _records(stream: BinaryIO, layout: FileLayout, path: Path) -> Generator[list[str], None, None]:
    encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
    lines = io.TextIOWrapper(stream, encoding=encoding, newline="")
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    try:
        for record in reader:
            if record:
                yield record
    except UnicodeDecodeError:
        raise _NoUtf8Error from None
    except csv.Error:
        raise DraftError(
            f"{path.name} has a quote in or before line {reader.line_num} that is opened and never "
            "properly closed, or a cell that is too long; expected one record on a line"
        ) from None
    finally:
        # Otherwise the wrapper would close the stream, which belongs to the caller.
        lines.detach()


def _names(
    first: list[str], text: str, layout: FileLayout, header: bool | None, path: Path
) -> list[str] | None:
    """The names of the header line; None if a person said that the file has no header line."""
    if header is False:
        return None
    names = [cell.strip() for cell in first]
    if header is None:
        look = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter)
        rest = [record for _, record in zip(range(_LOOK), look, strict=False)][1:]
        if not has_header(names, rest):
            raise DraftError(
                f"the first line of {path.name} reads like a record, not like names of columns; "
                "use --no-header if it is a record, or --header if it holds names"
            )
    check_header(names, path.name)
    return names


def _ragged(path: Path, cells: int, expected: int, records: int) -> str:
    return (
        f"record {records + 1} of {path.name} has {cells} cells; expected {expected} as in its "
        "first line. The file may be truncated, or a cell holds a delimiter without quotes"
    )


def _table(thinner: Thinner[list[str]], names: list[str], layout: FileLayout, path: Path) -> Table:
    if not thinner.seen:
        raise DraftError(f"{path.name} has a header line and no record; expected records")
    frame = pd.DataFrame(list(thinner), columns=pd.Index(unique_names(names)), dtype="str")
    # Only an empty cell is missing, as in the feed: the draft must describe what the feed delivers.
    frame = frame.mask(frame == "").astype("str")
    columns = [
        [cell for cell in frame[name].dropna().str.strip().head(_LOOK) if cell]
        for name in frame.columns
    ]
    if finds_decimal_comma(columns, layout.delimiter):
        layout = replace(layout, decimal=",")
    layout = replace(layout, thousands=finds_thousands(columns, layout.decimal, layout.delimiter))
    return Table(frame=frame, rows=thinner.seen, layout=layout)
