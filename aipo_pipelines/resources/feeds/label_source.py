"""The second source of a product, which brings the labels later than the batches."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.errors import SourceError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.delivery import Offer, Reader
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.feeds.labels import read_labels
from aipo_pipelines.resources.feeds.remembered import Remembered, mark_of


class LabelSource:
    """Reads late labels, again only after their source changed."""

    def __init__(
        self, reader: Reader, contract: Contract, location: str, remembered: Remembered
    ) -> None:
        self.reader = reader
        self._contract = contract
        self._location = location
        self._remembered = remembered
        self._labels: tuple[str, pd.DataFrame] | None = None
        self._left_out = ""

    def load(self, identifiers: Sequence[str], label: str) -> pd.DataFrame:
        """All labels delivered so far; an empty table if nothing was delivered yet.

        Raises:
            SourceError: The source cannot be read.
        """
        nothing = pd.DataFrame(columns=pd.Index([*identifiers, label]), dtype="str")
        try:
            offer = self.reader.offer()
        except SourceMissingError:
            # Labels come later than the batches, so their folder may not exist yet.
            return nothing
        stamp = "\n".join(delivery.stamp for delivery in offer.deliveries)
        if self._labels is None or self._labels[0] != stamp:
            labels = self._read(offer, identifiers, label)
            self._labels = (stamp, nothing if labels is None else labels)
            # The digests were made with older labels: another label changes the digest of a batch.
            if self._remembered.labels != mark_of(stamp):
                self._remembered.labels = mark_of(stamp)
                self._remembered.labels_digests.clear()
        return self._labels[1]

    def problem(self, identifiers: Sequence[str], label: str) -> SourceError | None:
        """The reason why labels cannot be read now, also if the source does not exist yet."""
        try:
            with as_problem_of(self._location):
                self.reader.offer()
                self.load(identifiers, label)
        except SourceError as error:
            return error
        return None

    def left_out(self) -> SourceUnreadableError | None:
        """The labels that could not be read at the last reading, while others were read."""
        return SourceUnreadableError(self._left_out) if self._left_out else None

    def _read(self, offer: Offer, identifiers: Sequence[str], label: str) -> pd.DataFrame | None:
        pieces = [
            read_labels(
                self.reader.read(delivery),
                self._contract,
                identifiers,
                label,
                delivery.location,
                in_order=self.reader.has_order,
            )
            for delivery in offer.deliveries
        ]
        self._left_out = " ".join(piece.left_out for piece in pieces if piece.left_out)
        # An empty table has columns without a type, which would change the type of the others.
        filled = [piece.table for piece in pieces if len(piece.table)]
        return pd.concat(filled, ignore_index=True) if filled else None
