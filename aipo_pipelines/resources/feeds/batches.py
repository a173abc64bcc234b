"""How deliveries become batches: by file, by rows in order, or by windows of time.

- *By file and by folder* every file or folder is a batch of its own (`file_batches`).
- *By rows and by time* the source is one table that is divided (`table_batches`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from aipo_pipelines.errors import SourceMissingError
from aipo_pipelines.resources.feeds.delivery import DeliveredTable, Offer
from aipo_pipelines.resources.feeds.listing import Listing


class Batching(Protocol):
    """Makes batches of the deliveries that a reader offers."""

    def listing(self, offer: Offer, now: datetime) -> Listing:
        """The complete batches of an offer."""
        ...

    def load(self, offer: Offer, partition: str) -> DeliveredTable:
        """One batch as delivered.

        Raises:
            SourceError: The batch is not there or cannot be read.
        """
        ...

    def free_memory(self) -> None:
        """Frees tables that were only kept for a request that may follow at once."""
        ...


def gone(partition: str) -> SourceMissingError:
    """The error for a batch that the feed does not hold any more."""
    return SourceMissingError(
        f"The feed no longer holds batch {partition!r}; expected it to stay. Deliver it again."
    )
