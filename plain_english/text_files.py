"""Reads documents, SQL and YAML files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from plain_english.prose import Contents, Prose

_FENCE = re.compile(r"\s*(```|~~~)")
_TABLE_RULE = re.compile(r"\s*\|?[\s:|-]+\|?\s*$")
_BAD_EXAMPLES = "before"
"""The heading of a column whose cells quote what not to write."""


def read_markdown(text: str) -> Contents:
    """A document without its blocks of code and without quoted bad examples."""
    return Contents((Prose("\n".join(_prose_lines(text)), 1),))


def _prose_lines(text: str) -> Iterator[str]:
    fence = ""
    columns: list[str] = []
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1) == fence):
            fence = "" if fence else mark.group(1)
            yield ""
            continue
        if fence or _is_machine_line(line):
            yield ""
            continue
        if not line.lstrip().startswith("|"):
            columns = []
            yield line
            continue
        columns = columns or [cell.strip().lower() for cell in line.split("|")]
        yield _checked(line, columns)


def _checked(row: str, columns: Sequence[str]) -> str:
    """A row of a table without its cells that quote what not to write."""
    # A row may have more cells than headings, if a cell contains the sign between cells.
    cells = zip_longest(row.split("|"), columns[: row.count("|") + 1], fillvalue="")
    return "|".join("" if column == _BAD_EXAMPLES else cell for cell, column in cells)


def _is_machine_line(line: str) -> bool:
    return bool(_TABLE_RULE.fullmatch(line)) or line.lstrip().startswith("<")


def read_comments(text: str, sign: str) -> Contents:
    """The comments of a file, without the quoted text on their lines.

    Args:
        text: Text of the file.
        sign: What starts a comment: `--` or `#`.
    """
    pattern = re.compile(rf"(?:^|\s){sign}+\s?(.*)$")
    lines = [pattern.search(line) for line in text.split("\n")]
    return Contents((Prose("\n".join(match.group(1) if match else "" for match in lines), 1),))
