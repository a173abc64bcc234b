"""A reader of files that remembers which deliveries were read."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from aipo_pipelines.resources.feeds.delivery import Delivery
from aipo_pipelines.resources.feeds.files import FileReader


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingReader(FileReader):
    """Reads files, and keeps the places of the deliveries that were read."""

    reads: list[str] = field(default_factory=list)

    def read(self, delivery: Delivery) -> pd.DataFrame:
        self.reads.append(delivery.location)
        return FileReader.read(self, delivery)
