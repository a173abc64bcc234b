"""Records of several batches, each with its batch, its row and its identity."""

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
        frame: The columns that a model and its evaluation need.
        truth: Label of each row, NA if it is not known.
        batches: Batch of each row.
        rows: Position of each row inside its batch.
        identity: Identity of each row; its name is the scheme (`models.identity`).
        alike: A number for each group of rows that are alike inside one batch, with the index of
            those rows; None if no rows are alike.
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
        """Some rows without the rows that are alike to a row outside of them."""
        if self.alike is None:
            return index
        # A model that learnt from one row of a group knows the other rows word by word.
        inside = self.alike.index.isin(index)
        split = self.alike[inside & self.alike.isin(self.alike[~inside])]
        return index[~index.isin(split.index)]

    def past(self, columns: Columns) -> pd.DataFrame:
        """The records as history for lags of the target."""
        return with_truth(self.frame, self.truth, columns)
