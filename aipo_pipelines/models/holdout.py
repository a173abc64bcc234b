"""The split of the newest labelled batch: the first part for training, the rest for evaluation.

Records are split in the order of their time, so that a model is evaluated on records that are later
than its training. Forecasts are split between two times: the records of one time are never on both
sides, because they share the events of that time.
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
        held_out: Rows to evaluate on, in order of time; never empty for a batch with rows.
    """

    trained: Positions
    held_out: Positions


def split_batch(frame: pd.DataFrame, spec: ModelSpec, columns: Columns, share: float) -> Split:
    """Splits a batch in time.

    Args:
        frame: The batch, one row per record.
        spec: Training specification; only its task counts.
        columns: Time column of the product; without it the order of rows counts.
        share: Share that is held out, between 0 and 1: of the records, or of the distinct times
            of a forecasting product. At least one record or time is held out. If a batch to
            forecast has only one time, the whole batch is held out.
    """
    times = frame[columns.time].reset_index(drop=True) if columns.time in frame.columns else None
    place: NDArray[np.float64] = np.arange(len(frame), dtype=np.float64)
    if times is not None and spec.task is Task.FORECASTING:
        # Rows without a time have no place in the order. At its end they are never trained on.
        place = np.asarray(times.rank(method="dense").fillna(np.inf) - 1, dtype=np.float64)
    elif times is not None:
        place[times.sort_values(kind="stable").index] = np.arange(len(frame))
    known = place[np.isfinite(place)]
    steps = int(known.max()) + 1 if len(known) else 0
    # The last step is always held out: without any record no model could be evaluated.
    cut = min(round(steps * (1 - share)), steps - 1)
    order = np.argsort(place, kind="stable")
    return Split(trained=order[place[order] < cut], held_out=order[place[order] >= cut])
