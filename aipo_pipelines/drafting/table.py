"""The sample a product is drafted from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from aipo_pipelines.charter.contract import FileLayout


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sample of a table, in the order of its source.

    Attributes:
        frame: Records as delivered: every cell text for delimited files, native types otherwise;
            empty cells are NA. Column names are unique.
        rows: Number of records of the whole source.
        layout: How the file is written; the default where it is no text.
        is_text: Whether it is a delimited file, whose cells are all text.
    """

    frame: pd.DataFrame
    rows: int
    layout: FileLayout = field(default_factory=FileLayout)
    is_text: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether the sample is all there is."""
        return len(self.frame) == self.rows

    @property
    def seen(self) -> str:
        """How much was looked at, in words."""
        if self.is_whole:
            return f"all {self.rows:,} records"
        return f"{len(self.frame):,} of {self.rows:,} records, spread evenly over the source"
