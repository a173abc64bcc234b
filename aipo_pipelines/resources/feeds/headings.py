"""Whether the first line of a file is a header line, whatever its contract says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract, LogicalType
from aipo_pipelines.measures.data.cells import cast_column

_NO_LETTER = re.compile(r"[\W_]+")


def holds_names(first: Sequence[str], contract: Contract) -> bool:
    """Whether most cells of a first line are names of columns, and none is a value of its type.

    Spelling counts loosely: `Customer ID` is `customer_id`. A record that happens to hold such
    words has numbers and dates where they are declared.

    Args:
        first: The cells of the first line.
        contract: Its columns in the order of the file.
    """
    names = {_folded(name) for one in contract.columns for name in (one.name, one.delivered_as)} - {
        ""
    }
    if 2 * sum(_folded(cell) in names for cell in first) <= len(first):
        return False
    return not any(_are_values(first, contract))


def holds_record(first: Sequence[str], contract: Contract) -> bool:
    """Whether every cell of a first line that can be checked is a value of its column's type.

    Columns that are numbered (0, 1, 2, ... or from 1) have names all the same. A record of texts
    only cannot be distinguished from names.

    Args:
        first: The cells of the first line.
        contract: Its columns in the order of the file.
    """
    if list(first) in ([str(n + begin) for n in range(len(first))] for begin in (0, 1)):
        return False
    values = list(_are_values(first, contract))
    return bool(values) and all(values)


def _are_values(first: Sequence[str], contract: Contract) -> Iterator[bool]:
    """Of each cell that is not empty and whose column is no text: is it a value of its type?"""
    for cell, column in zip(first, contract.columns, strict=False):
        if cell and column.logical_type is not LogicalType.STRING:
            yield not cast_column(pd.Series([cell], dtype="str"), column, contract.layout)[1]


def _folded(name: str) -> str:
    return _NO_LETTER.sub("", name).casefold()
