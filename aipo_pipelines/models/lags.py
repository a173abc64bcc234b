"""The past of the target in each series: lags and the seasonal-naive forecast.

A lag of k at a row is the target k observations earlier in the same series, counted over its
distinct times in order. So only strictly earlier times are used. Earlier batches (`history`) come
before the batch itself. In a batch with several steps a lag uses earlier rows of the same batch:
this is one-step-ahead forecasting, in which the truth is known after each step. It is no forecast
of the whole batch from its first day. A missing period is not filled in: then the lag is one
observation older.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.columns import Columns, require_columns


def lag_names(spec: ModelSpec, columns: Columns) -> tuple[str, ...]:
    """Names of the lag features (`Weekly_Sales_lag_52`), in the order of the charter."""
    steps = spec.forecasting.steps if spec.forecasting else ()
    return tuple(f"{columns.label}_lag_{step}" for step in steps)


def lag_table(
    frame: pd.DataFrame,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None,
    steps: Sequence[int],
) -> pd.DataFrame:
    """Looks the target up `steps` observations earlier, for every row of a batch.

    Args:
        frame: The batch; its label column may be missing if no truth is known yet.
        spec: Training specification with `forecasting`.
        columns: Label and time column.
        history: Earlier approved batches with series, time and label column, or None. A row of
            the batch replaces a row of the same series and time.
        steps: Positive lags.

    Returns:
        Table of float64, columns named by step, index of `frame`; NaN if there is no past.

    Raises:
        ModelError: A column is missing, or the time column is neither a time nor a number.
    """
    lags, label, time = _layout(spec, columns)
    known = _known(frame, lags, label, time, history)
    # Several rows of one period count once, so that a lag never shows the value of its own period.
    past = known.groupby(["series", "time"], sort=True)["target"].mean()
    by_series = past.groupby(level="series", sort=False)
    rows = pd.MultiIndex.from_arrays([frame[lags.series], frame[time]], names=["series", "time"])
    table = {step: by_series.shift(step).reindex(rows).to_numpy(np.float64) for step in steps}
    return pd.DataFrame(table, index=frame.index, columns=list(steps), dtype=np.float64)


def seasonal_naive(
    frame: pd.DataFrame, spec: ModelSpec, columns: Columns, *, history: pd.DataFrame | None
) -> pd.Series:
    """Forecasts every row by the target one season earlier in its series.

    Returns:
        float64, index of `frame`; NaN if the series is younger than a season.

    Raises:
        ModelError: As `lag_table`.
    """
    lags, _, _ = _layout(spec, columns)
    table = lag_table(frame, spec, columns, history=history, steps=[lags.season])
    return table[lags.season].rename("seasonal_naive")


def _layout(spec: ModelSpec, columns: Columns) -> tuple[Lags, str, str]:
    if spec.forecasting is None or columns.label is None or columns.time is None:
        raise ModelError(
            "expected model.forecasting, labels.column and time_column in the charter of a "
            "forecasting product: lags need series, target and time"
        )
    if any(step < 1 for step in spec.forecasting.steps):
        raise ModelError(
            f"found the lags {list(spec.forecasting.steps)} in model.forecasting.steps, expected "
            "whole numbers from 1: a lag of 0 would be the truth itself"
        )
    return spec.forecasting, columns.label, columns.time


def _known(
    frame: pd.DataFrame, lags: Lags, label: str, time: str, history: pd.DataFrame | None
) -> pd.DataFrame:
    """History and batch as series, time, target; if both have a row, the row of the batch counts.

    A delivery that comes again with corrections is newer than the history.
    """
    require_columns(frame, (lags.series, time), "the series and time columns")
    parts = [_slim(frame, lags.series, time, label)]
    if history is not None and len(history):
        require_columns(history, (lags.series, time, label), "the history columns")
        earlier = _slim(history, lags.series, time, label)
        keys = pd.MultiIndex.from_frame(parts[0][["series", "time"]])
        parts.insert(0, earlier[~pd.MultiIndex.from_frame(earlier[["series", "time"]]).isin(keys)])
    known = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    kind = known["time"].dtype
    # Texts would be ordered by the alphabet, and a lag could then be a later value.
    if len(known) and not (
        pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_numeric_dtype(kind)
    ):
        raise ModelError(
            f"found {kind} in the time column {time!r}, expected dates, timestamps of one time "
            "zone, or numbers: declare its type in the contract"
        )
    return known


def _slim(frame: pd.DataFrame, series: str, time: str, label: str) -> pd.DataFrame:
    target = frame[label] if label in frame.columns else pd.Series(np.nan, index=frame.index)
    try:
        numbers = target.astype(np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None:
        raise ModelError(
            f"found {target.dtype} in the label column {label!r}, expected numbers to forecast"
        )
    return pd.DataFrame({"series": frame[series], "time": frame[time], "target": numbers})
