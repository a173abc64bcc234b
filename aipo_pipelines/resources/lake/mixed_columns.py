"""Columns with cells of several types: each cell keeps the type that it was delivered with.

A number between texts is still a number, and a whole number between fractions keeps its digits. In
a table of pandas such a column holds Python's own values (dtype object): text, whole numbers,
floats, decimals, booleans. Arrow and Parquet hold each cell as JSON. A value that JSON cannot
express (a date, a list) becomes text.
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
    """Whether all present values have one type, so that no cell has to change for another cell.

    Whole numbers and fractions are both numbers. Times with a zone and times without a zone are not
    of one type.
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
    """Whether an Arrow type is the type of such columns."""
    return bool(kind == MIXED)


def to_values(column: Any) -> list[Any]:
    """The values of an Arrow array of JSON, as `to_mixed` was given them."""
    storage = column.cast(pa.large_string()) if is_mixed(column.type) else column
    return [None if text is None else _read(text) for text in storage.to_pylist()]


def as_objects(values: list[Any]) -> np.ndarray:
    """Values as a column of pandas; an empty column has the type too."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def spelled(value: object) -> str | None:
    """Writes one value as text: containers as JSON with sorted keys, other values as printed."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return None
    return str(value)


def exact(text: str) -> float | Decimal:
    """A number as a float if the float is the same number, otherwise with all its digits."""
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
    # Infinity without quotes, as in Python's own JSON, so that it stays a number and no text.
    return text if Decimal(text).is_finite() else json.dumps(float(text))


def _read(text: str) -> Any:
    return json.loads(text, parse_float=exact)
