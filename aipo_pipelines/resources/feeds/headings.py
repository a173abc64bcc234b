"""Decides from its cells whether the first line of a file is a header line.

The contract declares a header line or none. If the file differs, one record would be lost, or the
names would become a record: both are found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract, LogicalType
from aipo_pipelines.measures.data.cells import cast_column

_NO_LETTER = re.compile(r"[\W_]+")


def holds_names(first: Sequence[str], contract: Contract) -> bool:
    """Whether most cells of a first line are names of columns, and no cell is a value of its type.

    The spelling may differ: `Customer ID` is `customer_id`. A record may contain such words by
    chance, but it also has values in the columns of numbers and dates.

    Args:
        first: The cells of the first line.
        contract: Its columns in the order of the file.
    """
    names = {
        _folded(name) for column in contract.columns for name in (column.name, column.delivered_as)
    } - {""}
    if 2 * sum(_folded(cell) in names for cell in first) <= len(first):
        return False
    return not any(_are_values(first, contract))


def holds_record(first: Sequence[str], contract: Contract) -> bool:
    """Whether every cell of a first line that can be checked is a value of its column's type.

    Numbered columns (0, 1, 2, ... or from 1) have names too. A record that has only texts cannot
    be distinguished from names.

    Args:
        first: The cells of the first line.
        contract: Its columns in the order of the file.
    """
    if list(first) in ([str(n + begin) for n in range(len(first))] for begin in (0, 1)):
        return False
    values = list(_are_values(first, contract))
    return bool(values) and all(values)


def _are_values(first: Sequence[str], contract: Contract) -> Iterator[bool]:
    """For each cell that is not empty and whose column is no text: is it a value of its type?"""
    for cell, column in zip(first, contract.columns, strict=False):
        if cell and column.logical_type is not LogicalType.STRING:
            yield not cast_column(pd.Series([cell], dtype="str"), column, contract.layout)[1]


def _folded(name: str) -> str:
    return _NO_LETTER.sub("", name).casefold()
