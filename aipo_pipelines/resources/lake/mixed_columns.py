"""Columns in which cells of several types came: each cell is kept as what it was delivered as.

A number beside texts is still no text, and a whole number beside fractions keeps its digits. In a
table of pandas such a column holds Python's own values (dtype object): text, whole numbers,
floats, decimals, booleans. Arrow and Parquet hold it as JSON, a cell each; whatever JSON has no
word for (a date, a list) is text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

MIXED = pa.json_(pa.large_string())
"""The Arrow type of such a column."""
_ABSENT = {type(None), type(pd.NA), type(pd.NaT)}


def one_type(values: Collection[object]) -> bool:
    """Whether values that are there are of one type, so that no cell has to change for another.

    Whole numbers and fractions are numbers alike; a time with a zone and one without are not.
    """
    kinds = {type(value) for value in values} - _ABSENT
    if len(kinds) > 1:
        return kinds <= {int, float} or kinds <= {int, Decimal}
    if kinds and issubclass(next(iter(kinds)), datetime):
        zones = {value.tzinfo is None for value in values if isinstance(value, datetime)}
        return len(zones) == 1
    return True


def to_mixed(values: Iterable[object]) -> Any:
    """Python's values as an Arrow array of JSON."""
    cells = pa.array([_written(value) for value in values], pa.large_string())
    return pa.ExtensionArray.from_storage(MIXED, cells)


def is_mixed(kind: Any) -> bool:
    """Whether an Arrow type is the one of such columns."""
    return bool(kind == MIXED)


def to_values(column: Any) -> list[Any]:
    """The values of an Arrow array of JSON, as they were handed to `to_mixed`."""
    storage = column.cast(pa.large_string()) if is_mixed(column.type) else column
    return [None if text is None else _read(text) for text in storage.to_pylist()]


def as_objects(values: list[Any]) -> np.ndarray:
    """Values as a column of pandas; an empty one keeps the type too."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def spelled(value: object) -> str | None:
    """Writes one value as text: containers as JSON with sorted keys, all others as they print."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return None
    return str(value)


def exact(text: str) -> float | Decimal:
    """A number as a float where that is the same number, otherwise with all its digits."""
    number = float(text)
    written = repr(number)
    if written == text or (number - number == 0 and Decimal(written) == Decimal(text)):
        return number
    return Decimal(text)


def _written(value: object) -> str | None:
    text = spelled(value)
    if text is None:
        return None
    if isinstance(value, bool | np.bool_):
        return text.lower()
    if not isinstance(value, int | float | Decimal | np.integer | np.floating):
        return json.dumps(text, ensure_ascii=False)
    # Without quotes, as Python's own JSON has it: infinity is a number here, and no text.
    return text if Decimal(text).is_finite() else json.dumps(float(text))


def _read(text: str) -> Any:
    return json.loads(text, parse_float=exact)
