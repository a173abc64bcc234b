"""Events of a batch: its arrivals, the decisions of rules about it, its withdrawal by its feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchArrived:
    """The feed has a new batch, a new version of a batch, or late labels for a batch.

    Attributes:
        batch_date: Date of the data (end of its window); None if the data have no date.
        labels_only: True if only labels changed: the snapshot stays, performance is measured
            again.
        cells: Digest of its cells, independent of the order of the columns; empty for a file, and
            if not known.
        records: Digest of its records, independent of their order; empty if rows do not show the
            end of a record, and if not known.
        before_first: Number of records of its feed that are older than the first window and belong
            to no batch; None if not known.
    """

    kind: ClassVar[Literal["batch_arrived"]] = "batch_arrived"

    partition: str
    digest: str
    labels_digest: str
    location: str
    rows: int
    batch_date: datetime | None
    labels_only: bool = False
    cells: str = ""
    records: str = ""
    before_first: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchApproved:
    """By rule: the batch met its contract and may be scored and trained on."""

    kind: ClassVar[Literal["batch_approved"]] = "batch_approved"

    partition: str
    digest: str
    evaluation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuarantined:
    """By rule: the batch failed a check whose response is quarantine.

    Attributes:
        checks: The checks that it failed, as `asset/check`.
    """

    kind: ClassVar[Literal["batch_quarantined"]] = "batch_quarantined"

    partition: str
    digest: str
    checks: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWithdrawn:
    """A feed no longer contains a batch. The batch is kept, but is evidence for nothing.

    Attributes:
        digest: Content digest of the version that is withdrawn.
        arrival: Entry of its arrival; a version that arrived later is not withdrawn.
        reason: Why the feed is known not to contain it, in words.
    """

    kind: ClassVar[Literal["batch_withdrawn"]] = "batch_withdrawn"

    partition: str
    digest: str
    arrival: int
    reason: str


BatchEvent = BatchArrived | BatchApproved | BatchQuarantined | BatchWithdrawn
