"""The body of an entry about a batch that its feed withdrew."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWithdrawn:
    """A feed no longer holds a batch: it is kept, and speaks for nothing any more.

    Attributes:
        digest: Content digest of the version that is withdrawn.
        arrival: Entry of its arrival; a version that arrived later is not withdrawn.
        reason: Why the feed is known not to hold it, in words.
    """

    partition: str
    digest: str
    arrival: int
    reason: str
