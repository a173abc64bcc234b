"""Class labels as text: one spelling, wherever a class comes from.

The same class may arrive as 0, 0.0, False or "0" depending on how a source stores it and on
whether a value is missing (pandas turns whole numbers with gaps into floats). Truth, predictions
and the charter's `positive` are compared as text, so every one of them passes through here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def as_labels(values: pd.Series) -> pd.Series:
    """Writes class labels as text.

    Whole numbers lose their decimals (`1.0` is `"1"`), booleans become `"True"` and `"False"`,
    text stays as it is. Missing values stay missing.

    Args:
        values: Labels of one type, any index.

    Returns:
        Text (pandas `str`), same index and name.
    """
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype("str")
    present = values.notna()
    text = pd.Series(np.nan, index=values.index, name=values.name, dtype="str")
    if not bool(present.any()):
        return text
    known = values[present]
    if pd.api.types.is_bool_dtype(known.dtype) or not pd.api.types.is_numeric_dtype(known.dtype):
        return text.mask(present, known.map(_label).astype("str"))
    codes, distinct = pd.factorize(known.to_numpy())
    spelled = np.array([_label(value) for value in distinct], dtype=object)
    text[present] = pd.Series(spelled[codes], index=known.index, dtype="str")
    return text


def _label(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
