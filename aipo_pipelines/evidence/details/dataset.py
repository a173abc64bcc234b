"""Details of the checks on `dataset`: did the batch arrive as agreed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aipo_pipelines.evidence.details.base import Details


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDetails(Details):
    """Columns that are not as declared.

    Attributes:
        reordered: Whether the columns have another order.
        repeated_names: How often a name occurs in the header, if more than once.
        header_lines: Rows that repeat the header.
        wrong_types: Cells that do not have the declared type, by column.
    """

    missing_columns: tuple[str, ...] = ()
    undeclared_columns: tuple[str, ...] = ()
    reordered: bool = False
    repeated_names: Mapping[str, int] = field(default_factory=dict)
    header_lines: int = 0
    wrong_types: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessDetails(Details):
    """The date of the data and the time of its arrival, in ISO 8601.

    Attributes:
        batch_date: None if the batch has no date.
        slipped_records: Records dated far after all others: typing errors that do not count.
    """

    # The answer warns about them, as a wrong date can put a batch at a wrong place.
    state_members: ClassVar[tuple[str, ...]] = ("slipped_records",)

    batch_date: str | None = None
    arrived_at: str = ""
    slipped_records: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeDetails(Details):
    """Rows of the batch, and of the earlier batches in the comparison."""

    rows: int = 0
    earlier: tuple[int, ...] = ()
