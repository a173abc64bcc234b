"""Class labels as text: each class has one spelling, for every source.

The same class may arrive as 0, 0.0, False or "0" depending on how a source stores it and on
whether a value is missing (pandas turns whole numbers with gaps into floats). Truth, predictions
and the charter's `positive` are compared as text, so all of them are converted here.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

STRAYS = 0.01
"""Up to this share of the labels, words other than the two classes are typing errors."""


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
    # Each distinct value is spelled once: a label has few values and many rows.
    codes, distinct = pd.factorize(known.to_numpy())
    spelled = np.array([_label(value) for value in distinct], dtype=object)
    text[present] = pd.Series(spelled[codes], index=known.index, dtype="str")
    return text


def of_classes(labels: pd.Series, classes: Collection[str]) -> tuple[pd.Series, int]:
    """The labels of a binary task, in which other words than the two classes count as missing.

    Args:
        labels: Labels as text, missing if not known.
        classes: Both classes.

    Returns:
        The labels, with other words missing, and the number of these words.
    """
    strange = labels.notna() & ~labels.isin(list(classes))
    count = int(strange.sum())
    return (labels.mask(strange) if count else labels), count


def two_classes(labels: pd.Series, positive: str) -> tuple[str, ...]:
    """The classes of a binary task by its labels: the event, and the most frequent other label.

    Args:
        labels: Labels as text, missing if not known.
        positive: The positive class, as text.
    """
    counts = labels[labels != positive].value_counts()
    return (positive, *(str(name) for name in counts.index[:1]))


def without_strays(labels: pd.Series, positive: str) -> tuple[pd.Series, int, int]:
    """Labels of a binary task without a few words that are neither class.

    Besides the positive class, the most frequent word is the other class. If more than a hundredth
    of the labels is neither class, these words may have a meaning, and nothing is left out.

    Args:
        labels: Labels, missing if not known.
        positive: The positive class, as text.

    Returns:
        The labels, the number of labels left out, and the number of labels that are neither class,
        left out or not.
    """
    texts = as_labels(labels)
    read, strange = of_classes(texts, two_classes(texts, positive))
    if not strange or strange > STRAYS * texts.notna().sum():
        return labels, 0, strange
    return labels.mask(read.isna()), strange, strange


def _label(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
