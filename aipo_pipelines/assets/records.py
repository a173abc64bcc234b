"""Records of several batches, with where each came from and which record it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.identity import Hashes
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
    """

    frame: pd.DataFrame
    truth: pd.Series
    batches: pd.Series
    rows: pd.Series
    identity: pd.Series

    def where(self, mask: pd.Series | NDArray[np.bool_]) -> Records:
        """The records of a mask."""
        return Records(
            frame=self.frame[mask],
            truth=self.truth[mask],
            batches=self.batches[mask],
            rows=self.rows[mask],
            identity=self.identity[mask],
        )

    def unlike(self, identities: Hashes) -> Records:
        """Those that are none of some records."""
        known = self.identity.isin(identities)
        return self.where(~known) if known.any() else self

    def past(self, columns: Columns) -> pd.DataFrame:
        """The records as history for lags of the target."""
        return with_truth(self.frame, self.truth, columns)
