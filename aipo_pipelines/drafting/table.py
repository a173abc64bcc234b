"""The sample a product is drafted from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from aipo_pipelines.charter.model.contract import FileLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several files that a sample was taken from.

    Attributes:
        name: Its path below the fixed part of the location.
        rows: Records it holds.
        looked_at: How many of them are in the sample.
    """

    name: str
    rows: int
    looked_at: int


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sample of a table, in the order of its source.

    Attributes:
        frame: Records as delivered: every cell text for delimited files, native types otherwise;
            empty cells are NA. Column names are unique.
        rows: Number of records of the whole source.
        layout: How the file is written; the default if it is no text.
        is_text: Whether it is a delimited file, whose cells are all text.
        parts: The files it was taken from, in the order of the sample; empty for a single file.
    """

    frame: pd.DataFrame
    rows: int
    layout: FileLayout = field(default_factory=FileLayout)
    is_text: bool = True
    parts: tuple[Part, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the sample is all there is."""
        return len(self.frame) == self.rows

    @property
    def seen(self) -> str:
        """How much was looked at, in words."""
        of_files = f" of {len(self.parts)} files" if self.parts else ""
        if self.is_whole:
            return f"all {self.rows:,} records{of_files}"
        spread = "spread evenly over the source"
        return f"{len(self.frame):,} of {self.rows:,} records{of_files}, {spread}"
