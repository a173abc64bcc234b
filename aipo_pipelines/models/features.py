"""Makes the table that a model reads from a batch.

Numbers become float64 with NaN for missing; categories become text with a word for missing. The
columns are in the order of the charter, lags of the target after them. The training rows decide
once which features are categories, and scoring uses this decision: a batch whose numbers happen to
be all missing must not change the model's input.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.columns import Columns, require_columns
from aipo_pipelines.models.labels import as_labels
from aipo_pipelines.models.lags import lag_names, lag_table

MISSING = "(missing)"
"""The category of a missing value."""


def category_columns(frame: pd.DataFrame, spec: ModelSpec) -> tuple[str, ...]:
    """Names the features that are categories: declared categories, text and booleans."""
    return tuple(
        name
        for name in spec.features
        if name in spec.categorical or (name in frame.columns and _is_category(frame[name].dtype))
    )


def build_features(
    frame: pd.DataFrame,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None = None,
    categories: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Builds the model's input.

    Args:
        frame: Batch, one row per record. For lags it has the label column if labels are known.
        spec: Training specification.
        columns: Label and time column of the product.
        history: Earlier approved batches, for lags of the target.
        categories: Features that are categories, as decided in training; None decides by `frame`.

    Returns:
        Table with the index of `frame`: features in order, then lags; float64 and text.

    Raises:
        ModelError: A feature is missing, is the label itself, or cannot be read as numbers.
    """
    if columns.label in spec.features:
        raise ModelError(
            f"found the label {columns.label!r} among model.features: a model must not see the "
            "truth it predicts; remove it (its past values are declared in model.forecasting)"
        )
    require_columns(frame, spec.features, "the feature")
    chosen = category_columns(frame, spec) if categories is None else categories
    table: dict[str, pd.Series] = {
        name: as_labels(frame[name]).fillna(MISSING)
        if name in chosen
        else _numbers(frame[name], name)
        for name in spec.features
    }
    if spec.forecasting and spec.forecasting.steps:
        steps = spec.forecasting.steps
        lags = lag_table(frame, spec, columns, history=history, steps=steps)
        names = lag_names(spec, columns)
        table |= {name: lags[step] for name, step in zip(names, steps, strict=True)}
    return pd.DataFrame(table, index=frame.index)


def infinite_columns(features: pd.DataFrame) -> tuple[str, ...]:
    """Names the number columns that hold plus or minus infinity."""
    numbers = features.select_dtypes(np.number)
    return tuple(str(name) for name in numbers if np.isinf(numbers[name].to_numpy()).any())


def _is_category(kind: object) -> bool:
    numeric = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)  # type: ignore[arg-type]
    return not numeric and not pd.api.types.is_datetime64_any_dtype(kind)  # type: ignore[arg-type]


def _numbers(values: pd.Series, name: str) -> pd.Series:
    try:
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            numbers = _seconds(values)
        else:
            numbers = values.astype(np.float64)
    except (TypeError, ValueError):
        numbers = None
    # Raised outside the handler, so that the error does not carry the library's message: that one
    # quotes the value.
    if numbers is None:
        raise ModelError(
            f"found {values.dtype} in the feature {name!r}, expected numbers as in training; "
            "declare its type in the contract, or list it in model.categorical and retrain"
        )
    return numbers


def _seconds(values: pd.Series) -> pd.Series:
    """Writes timestamps as seconds since 1970: a model can learn a trend, but no calendar.

    Counted in microseconds: nanoseconds end in 2262, before many dates of a "valid until" column.
    """
    moments = pd.to_datetime(values, utc=True).dt.tz_convert(None).dt.as_unit("us")
    return (moments - pd.Timestamp(0).as_unit("us")).dt.total_seconds()
