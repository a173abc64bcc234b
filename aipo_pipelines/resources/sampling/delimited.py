"""A sample of a CSV file: its layout is found, and every record is looked at once.

The whole file is read, line by line, so that its size and its encoding are known and a ragged line
is found; only the sample is kept.
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
from aipo_pipelines.resources.sampling.streams import TELL_EVERY, Progress, opened_stream
from aipo_pipelines.resources.sampling.thinning import Thinner

HEAD = 1 << 20
_LOOK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutWishes:
    """What a person told about how a file is written; None where it is to be found."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None


class _NoUtf8Error(Exception):
    """Further down the file is no UTF-8 after all."""


def sample_delimited(path: Path, wishes: LayoutWishes, most: int, progress: Progress) -> Table:
    """Samples a CSV file, compressed with gzip or not.

    Args:
        path: The file.
        wishes: What is told about its layout.
        most: Records kept, at least; twice as many at most.
        progress: Told how far it is.

    Raises:
        DraftError: It is empty, no text, damaged, ragged, has one column, or its header line is in
            doubt; nothing it holds is quoted.
    """
    head = _head(path)
    encoding = wishes.encoding or find_encoding(head, path.name)
    try:
        return _sample(path, head, encoding, wishes, most, progress)
    except _NoUtf8Error:
        if wishes.encoding:
            raise DraftError(
                f"{path.name} is not written in {wishes.encoding}; leave --encoding out, or "
                "correct it"
            ) from None
    return _sample(path, head, single_byte(head), wishes, most, progress)


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
    wishes: LayoutWishes,
    most: int,
    progress: Progress,
) -> Table:
    text = _decoded(head, encoding, path)
    told, skipped = separator_line(text.encode())
    text = text.encode()[skipped:].decode()
    delimiter = wishes.delimiter or told or find_delimiter(text, path.name)
    layout = FileLayout(encoding=encoding, delimiter=delimiter)
    thinner: Thinner[list[str]] = Thinner(most)
    with opened_stream(path) as (stream, raw), closing(_records(stream, layout, path)) as records:
        if told:
            next(records)
        first = next(records, [])
        if len(first) < 2:  # noqa: PLR2004 - one column is no table
            raise DraftError(
                f"{path.name} has one column, divided by {delimiter!r}; expected at least two; "
                "correct --delimiter"
            )
        names = _names(first, text, layout, wishes.header, path)
        if names is None:
            thinner.offer(first)
        size = path.stat().st_size
        for record in records:
            if len(record) != len(first):
                raise DraftError(_ragged(path, len(record), len(first), thinner.seen))
            thinner.offer(record)
            if thinner.seen % TELL_EVERY == 0:
                progress(raw.tell(), size)
    header = "name" if names is not None else "none"
    return _table(thinner, names or [""] * len(first), replace(layout, header=header), path)


def _decoded(head: bytes, encoding: str, path: Path) -> str:
    try:
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
        lines.detach()


def _names(
    first: list[str], text: str, layout: FileLayout, told: bool | None, path: Path
) -> list[str] | None:
    """The names of the header line; None where there is none by a person's word."""
    if told is False:
        return None
    names = [cell.strip() for cell in first]
    if told is None:
        look = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter)
        rest = [record for _, record in zip(range(_LOOK), look, strict=False)][1:]
        if not has_header(names, rest):
            raise DraftError(
                f"the first line of {path.name} reads like a record, not like names of columns; "
                "say --no-header if it is one, or --header if it holds names"
            )
    check_header(names, path.name)
    return names


def _ragged(path: Path, found: int, expected: int, records: int) -> str:
    return (
        f"record {records + 1} of {path.name} has {found} cells; expected {expected} as in its "
        "first line. The file may be cut off, or a cell holds a delimiter without quotes"
    )


def _table(thinner: Thinner[list[str]], names: list[str], layout: FileLayout, path: Path) -> Table:
    if not thinner.seen:
        raise DraftError(f"{path.name} has a header line and no record; expected records")
    frame = pd.DataFrame(list(thinner), columns=pd.Index(unique_names(names)), dtype="str")
    # Only a truly empty cell is missing, as for the feed.
    frame = frame.mask(frame == "").astype("str")
    columns = [
        [cell for cell in frame[name].dropna().str.strip().head(_LOOK) if cell]
        for name in frame.columns
    ]
    if finds_decimal_comma(columns, layout.delimiter):
        layout = replace(layout, decimal=",")
    layout = replace(layout, thousands=finds_thousands(columns, layout.decimal, layout.delimiter))
    return Table(frame=frame, rows=thinner.seen, layout=layout)
