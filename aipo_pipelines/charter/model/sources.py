"""The sources of the data, their approvals, and how records fall into batches."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from aipo_pipelines.charter.model.base import Duration, Part, Text

# ISO 3166 codes, and groups such as EEA that the standards define.
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,3}(-[A-Z0-9]{1,3})?$")]


class SourceFormat(StrEnum):
    """How a source is stored."""

    CSV = "csv"
    DELTA = "delta"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    SQL = "sql"


def _as_list(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


class LawfulBasis(StrEnum):
    """The lawful bases of GDPR article 6(1), and `none_needed` for data about no person."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    NONE_NEEDED = "none_needed"


class Approval(Part):
    """A recorded approval of a source: the people, the first day, the last day.

    Attributes:
        by: Names or addresses of people who hold `decision_rights.data_source`, as many as its
            quorum; a single name may be written without brackets.
    """

    by: Annotated[tuple[Text, ...], BeforeValidator(_as_list), Field(min_length=1)]
    on: date
    until: date

    @property
    def names(self) -> str:
        """The people who approved, in words."""
        return " and ".join(self.by)


class Authorisation(Part):
    """A recorded authorisation to use one data category of a source.

    Attributes:
        category: Fideslang key (`user.contact.email`); also covers the keys below it.
        obligation: How the obligation that the standards name was met, in words.
        by: A person who holds `decision_rights.data_source`, or the legal counsel.
    """

    category: Text
    obligation: Text
    by: Text
    on: date
    until: date


class Source(Part):
    """One data source.

    Attributes:
        location: Path or glob relative to the charter's folder, or absolute; a URL of fsspec such
            as `s3://bucket/feed/*.csv`; for a Delta table its folder; for SQL a SQLAlchemy URL.
            In URLs and paths alike `${NAME}` is read from the environment. Files of this machine
            lie below the charter's folder, below `AIPO_HOME/feeds`, or in a place that the
            installation lists (`AIPO_DATA`), and names are those that it lists (`AIPO_VARIABLES`).
        table: SQL only: table to read.
        query: SQL only: query to read instead of a table.
        owner: Team or person who delivers it.
        categories: Fideslang data category by column.
        retention: How long records may be kept.
    """

    location: Text
    format: SourceFormat
    table: Text | None = None
    query: Text | None = None
    owner: Text
    regions: tuple[Region, ...] = Field(min_length=1)
    lawful_basis: LawfulBasis
    categories: dict[str, Text] = Field(default_factory=dict)
    authorisations: tuple[Authorisation, ...] = ()
    approval: Approval | None = None
    retention: Duration | None = None


class FileBatches(Part):
    """Every file is one batch; its name without endings is the batch's key.

    If records have no time, a date in the name (`2026-09-30`, `20260930`, `2026-W40`, `2026-09`,
    `2026-Q3`) is that of the batch: the end of the period.
    """

    by: Literal["file"]


class FolderBatches(Part):
    """Every folder with its files is one batch; the values in its path are the batch's key.

    The path counts below the fixed part of the location: with `events/*/*.parquet` the folder
    `events/day=2026-01-01` is the batch `2026-01-01`, and `events/north` is the batch `north`. A
    date in the key is that of the batch, as for files.
    """

    by: Literal["folder"]


class TimeBatches(Part):
    """One batch per window of time of a column; the window's first day is the batch's key.

    A window between others is withdrawn if the source no longer has records of it.

    Attributes:
        column: Date or timestamp column.
        every: Length of the window; `month` follows the calendar.
        starting: Day on which the first window begins; windows follow one another from there.
        complete_after: How long after its end a window counts as complete.
    """

    by: Literal["time"]
    column: Text
    every: Duration | Literal["month"]
    starting: date | None = None
    complete_after: Duration | None = None


class RowBatches(Part):
    """One batch per number of rows, in the order of the source; `0001` is the first key."""

    by: Literal["rows"]
    rows: int = Field(ge=1)


Batches = Annotated[
    FileBatches | FolderBatches | TimeBatches | RowBatches, Field(discriminator="by")
]


class Labels(Part):
    """The true outcomes by which the model is judged.

    Attributes:
        column: Label column.
        positive: For binary classification, the value that counts as the event, as text.
        source: Name of a second source that brings labels later; None if the batch has them.
        delay: How long after a batch's date its labels are usually complete.
        minimum_coverage: Share of a batch's records that must be labelled before it is judged.
    """

    column: Text
    positive: Text | None = None
    source: Text | None = None
    delay: Duration | None = None
    minimum_coverage: float = Field(default=0.95, gt=0, le=1)
