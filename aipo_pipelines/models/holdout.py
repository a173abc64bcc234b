"""The split of the newest labelled batch: its first part trains, the rest judges.

Records are split in the order of their time, so that a model is judged on what came after what it
learnt from. Forecasts are split between two moments: a time is never on both sides, because its
records share what happened then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.models.columns import Columns

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Positions of a batch's rows on either side.

    Attributes:
        trained: Rows to train on, in order of time; may be empty.
        held_out: Rows to judge on, in order of time; never empty for a batch with rows.
    """

    trained: Positions
    held_out: Positions


def split_batch(frame: pd.DataFrame, spec: ModelSpec, columns: Columns, share: float) -> Split:
    """Splits a batch in time.

    Args:
        frame: The batch, one row per record.
        spec: Training specification; only its task counts.
        columns: Time column of the product; where the batch has none, the order of rows counts.
        share: Share that is held out, between 0 and 1: of the records, or of the distinct times
            of a forecasting product. At least one is held out; where a batch to forecast knows
            one time only, all of it is.
    """
    times = frame[columns.time].reset_index(drop=True) if columns.time in frame.columns else None
    place: NDArray[np.float64] = np.arange(len(frame), dtype=np.float64)
    if times is not None and spec.task is Task.FORECASTING:
        # Rows without a time have no place in it: they are never learnt from.
        place = np.asarray(times.rank(method="dense").fillna(np.inf) - 1, dtype=np.float64)
    elif times is not None:
        place[times.sort_values(kind="stable").index] = np.arange(len(frame))
    known = place[np.isfinite(place)]
    steps = int(known.max()) + 1 if len(known) else 0
    cut = min(round(steps * (1 - share)), steps - 1)
    order = np.argsort(place, kind="stable")
    return Split(trained=order[place[order] < cut], held_out=order[place[order] >= cut])
