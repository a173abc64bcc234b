"""Records of several batches, with where each came from and which record it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.preparation import with_truth


@dataclass(frozen=True, kw_only=True)
class Records:
    """Records of several batches; all members share one unique index.

    Attributes:
        frame: What a model and its judges need of them; nothing else is kept in memory.
        truth: Label of each row, NA where not known.
        batches: Batch of each row.
        rows: Position of each row inside its batch.
        identity: Which record each row is; its name is the scheme (`models.identity`).
        alike: A number for each group of rows that are alike inside one batch, under the index of
            those rows; None when there are none. A group is never split: whoever learnt from one
            row of it knows the others word by word.
    """

    frame: pd.DataFrame
    truth: pd.Series
    batches: pd.Series
    rows: pd.Series
    identity: pd.Series
    alike: pd.Series | None = None

    def where(self, mask: pd.Series | NDArray[np.bool_]) -> Records:
        """The records of a mask."""
        frame = self.frame[mask]
        index = frame.index
        return Records(
            frame=frame,
            truth=self.truth[mask],
            batches=self.batches[mask],
            rows=self.rows[mask],
            identity=self.identity[mask],
            alike=None if self.alike is None else self.alike[self.alike.index.isin(index)],
        )

    def unsplit(self, index: pd.Index) -> pd.Index:
        """Some rows without those that are alike to one of the others."""
        if self.alike is None:
            return index
        inside = self.alike.index.isin(index)
        split = self.alike[inside & self.alike.isin(self.alike[~inside])]
        return index[~index.isin(split.index)]

    def past(self, columns: Columns) -> pd.DataFrame:
        """The records as history for lags of the target."""
        return with_truth(self.frame, self.truth, columns)
