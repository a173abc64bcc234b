"""Events of a batch: its arrivals, what rules decided about it, its withdrawal by its feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchArrived:
    """A batch, a new version of one, or late labels for one were found in the feed.

    Attributes:
        batch_date: Date of the data (end of its window), None if it has none.
        labels_only: True if only labels changed: the snapshot stays, performance is measured
            again.
        cells: Digest of its cells in whatever order of their columns; empty for a file, and if not
            known.
        records: Digest of its records in whatever order; empty if rows do not show where a record
            ends, and if not known.
        before_first: Records of its feed that lay before the first window and belong to no batch;
            None if not known.
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
    """A feed no longer holds a batch: it is kept, and is evidence for nothing any more.

    Attributes:
        digest: Content digest of the version that is withdrawn.
        arrival: Entry of its arrival; a version that arrived later is not withdrawn.
        reason: How it is known that the feed does not hold it, in words.
    """

    kind: ClassVar[Literal["batch_withdrawn"]] = "batch_withdrawn"

    partition: str
    digest: str
    arrival: int
    reason: str


BatchEvent = BatchArrived | BatchApproved | BatchQuarantined | BatchWithdrawn
