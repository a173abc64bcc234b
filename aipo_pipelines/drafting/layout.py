"""The layout of a delimited file: encoding, delimiter and header line, found by evidence.

Nothing that matters is guessed. If the first bytes do not decide, an error names the option that
does. No message quotes a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.errors import DraftError
from aipo_pipelines.measures.privacy.identifiers import is_value

DELIMITERS = (",", ";", "\t", "|")
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NO_TEXT = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3", "an SQLite database; name it as sqlite:///FILE#TABLE"),
    (b"PAR1", "a Parquet file; give it the ending .parquet"),
)
_MUST_AGREE = (
    ("encoding", "--encoding"),
    ("delimiter", "--delimiter"),
    ("header", "--header or --no-header"),
)
# Enough lines to see an uneven width, few enough to read at once.
_LINES = 500
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROL = 0.001
THOUSANDS = (".", ",", "'", "\u2019", " ")
# The other cells of a column of numbers are words for missing values.
_MOSTLY = 0.95


def find_encoding(head: bytes, name: str) -> str:
    """The encoding of a text whose first bytes are these.

    Args:
        head: The first bytes, uncompressed.
        name: What the file is called in messages.

    Returns:
        utf-8, utf-16 or utf-32 by its byte order mark. Otherwise utf-8 if the bytes fit it, except
        a character cut off at the end. Otherwise cp1252.

    Raises:
        DraftError: It is no text.
    """
    for start, kind_of_file in _NO_TEXT:
        if head.startswith(start):
            raise DraftError(f"{name} is {kind_of_file}; expected a CSV file: export it as one")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        raise DraftError(
            f"{name} holds NUL bytes, so it is binary or UTF-16 without a byte order mark; "
            "expected a CSV file: export it as UTF-8, or say --encoding"
        )
    try:
        head.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError as error:
        # The head ends after a number of bytes, which may be inside a character of up to four.
        cut_off = error.start >= len(head) - 3 and error.reason == "unexpected end of data"
        encoding = "utf-8" if cut_off else single_byte(head)
    text = head.decode(encoding, errors="replace")
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise DraftError(f"{name} is binary; expected a CSV file: export the data to CSV")
    return encoding


def single_byte(data: bytes) -> str:
    """The encoding of bytes that are no UTF-8: cp1252, or latin-1 if cp1252 lacks a byte."""
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def find_delimiter(text: str, name: str) -> str:
    """The delimiter of a text, by how evenly each one cuts the lines.

    Raises:
        DraftError: None cuts the lines into more than one cell.
    """
    # Evenness decides, and of equally even cuts the widest: a comma in a text cuts unevenly.
    widths = {delimiter: Counter(map(len, _records(text, delimiter))) for delimiter in DELIMITERS}
    scores = {delimiter: _evenness(counts) for delimiter, counts in widths.items()}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    if scores[best] == (0.0, 0):
        raise DraftError(
            f"{name} seems to have one column; expected at least two, divided by a comma, "
            "semicolon, tab or vertical bar. If another sign divides them, say --delimiter"
        )
    return best


def _records(text: str, delimiter: str) -> list[list[str]]:
    """The first records, without the last, which may be cut off."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        for record in reader:
            if record:
                records.append(record)
            if len(records) > _LINES:
                break
    except csv.Error:
        return []
    return records[:-1] if len(records) > _LINES else records


def _evenness(widths: Counter[int]) -> tuple[float, int]:
    """Share of the lines with the most frequent width, and that width; (0, 0) for one cell."""
    if not widths:
        return 0.0, 0
    width, lines = widths.most_common(1)[0]
    return (lines / widths.total(), width) if width > 1 else (0.0, 0)


def has_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the first record holds names rather than cells.

    It does not if one of its cells looks like a value (a number, an address), or comes up again in
    the same column.
    """
    named = [cell.strip() for cell in first]
    if any(is_value(cell) for cell in named if cell):
        return False
    for place, cell in enumerate(named):
        if cell and any(place < len(record) and record[place].strip() == cell for record in rest):
            return False
    return True


def check_header(names: Sequence[str], name: str) -> None:
    """Refuses names that repeat: such a name would mean two columns.

    Raises:
        DraftError: The header line has a name twice, or no name at all.
    """
    repeated = [column for column, times in Counter(names).items() if times > 1 and column]
    if repeated:
        shown = ", ".join(repr(column) for column in repeated[:5])
        raise DraftError(
            f"{name} has columns of the same name: {shown}; expected each name once: rename them"
        )
    if not any(names):
        raise DraftError(f"{name} has a header line without a name; expected names of columns")


def check_same_layout(layouts: Sequence[FileLayout], names: Sequence[str]) -> None:
    """Refuses files of one feed with different layouts: a contract has one layout.

    Raises:
        DraftError: One differs from the first in encoding, delimiter or header line.
    """
    for layout, name in zip(layouts, names, strict=True):
        for part, option in _MUST_AGREE:
            first, here = getattr(layouts[0], part), getattr(layout, part)
            if first != here:
                raise DraftError(
                    f"{names[0]} has {part} {first!r} and {name} has {here!r}; expected files of "
                    f"one kind: say {option} if it is the same for all, or name only files alike"
                )


def finds_decimal_comma(columns: Sequence[Sequence[str]], delimiter: str) -> bool:
    """Whether numbers have a decimal comma: more columns have it than have a decimal point.

    Args:
        columns: Cells by column, blanks stripped, without empty cells.
        delimiter: If it is the comma, the comma cannot be the decimal sign as well.
    """
    if delimiter == ",":
        return False
    comma = re.compile(r"[+-]?(\d+|\d{1,3}([.'\u2019\s]\d{3})+),\d+")
    point = re.compile(r"[+-]?\d+\.\d+")
    votes = sum(
        _are_mostly_numbers_of(cells, comma) - _are_mostly_numbers_of(cells, point)
        for cells in columns
    )
    return votes > 0


def finds_thousands(columns: Sequence[Sequence[str]], decimal: str, delimiter: str) -> str:
    """The sign between thousands of numbers; empty if no sign is certain.

    One group alone may be a fraction (`1.234`). So a sign counts only if a number has two groups,
    or a group and a fraction, and all numbers of that column agree. Blanks also divide telephone
    numbers, so a blank counts only beside a fraction.

    Args:
        columns: Cells by column, blanks stripped, without empty cells.
        decimal: The decimal sign.
        delimiter: It cannot be the sign.
    """
    point = re.escape(decimal)
    for sign in THOUSANDS:
        if sign in (decimal, delimiter):
            continue
        sign_form = r"\s" if sign == " " else re.escape(sign)
        grouped = rf"[+-]?[1-9]\d{{0,2}}({sign_form}\d{{3}})+"
        more = rf"{point}\d+" if sign == " " else rf"({sign_form}\d{{3}}|{point}\d+)"
        certain = re.compile(grouped + more)
        number = re.compile(rf"({grouped}|[+-]?\d{{1,3}})({point}\d+)?")
        for cells in columns:
            fitting = sum(number.fullmatch(cell) is not None for cell in cells)
            if fitting >= _MOSTLY * len(cells) and any(map(certain.fullmatch, cells)):
                return sign
    return ""


def _are_mostly_numbers_of(cells: Sequence[str], form: re.Pattern[str]) -> bool:
    whole = re.compile(r"[+-]?\d+")
    fractions = sum(form.fullmatch(cell) is not None for cell in cells)
    numbers = fractions + sum(whole.fullmatch(cell) is not None for cell in cells)
    return fractions > 0 and numbers > len(cells) / 2
