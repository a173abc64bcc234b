"""The feeds of the products of one process, opened when they are needed and kept open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.resources.feeds import Feed, open_feed
from aipo_pipelines.resources.feeds.environment import expand
from aipo_pipelines.resources.feeds.remembered import Remembered, mark_of
from aipo_pipelines.resources.installation import allowed_here
from aipo_pipelines.resources.lake.storage import safe_segment

Mark = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """The feeds of all products; each stays open, so that an unchanged source is read once.

    Attributes:
        environ: Variables that `${NAME}` in locations stands for.
        folder: Keeps the results of reading for later processes; None keeps nothing.
        settle_seconds: Age below which a file counts as still being written.
    """

    environ: Mapping[str, str]
    folder: Path | None = None
    settle_seconds: float = 1.0
    _open: dict[tuple[str, str, str, Allowed], Feed] = field(default_factory=dict)
    _looked: dict[str, Mark] = field(default_factory=dict)

    @property
    def allowed(self) -> Allowed:
        """The things that the installation allows charters to use, as it lists them now.

        Raises:
            HomeError: The list cannot be read.
        """
        return allowed_here(self.environ)

    def of(self, product: Product) -> Feed:
        """The feed of a product, as its charter and contract say now.

        Raises:
            SourceError: A location names an environment variable that is not set or not allowed,
                or leads to a place that no charter may read.
            HomeError: The list of allowed things cannot be read.
        """
        allowed = self.allowed
        # A changed charter, contract or list of allowed things makes it another feed.
        identity = (product.name, product.digest, product.contract.digest, allowed)
        if identity not in self._open:
            self._open[identity] = open_feed(
                product,
                environ=self.environ,
                allowed=allowed,
                settle_seconds=self.settle_seconds,
                remembered=self._remembered(product, allowed),
            )
        return self._open[identity]

    def _remembered(self, product: Product, allowed: Allowed) -> Remembered | None:
        if self.folder is None:
            return None
        labels = product.charter.labels
        sources = (product.charter.feed, labels and labels.source)
        locations = [product.charter.sources[name].location for name in sources if name]
        # If any of these values changes, the remembered results are useless: all is read again.
        rests_on = (
            version("aipo-pipelines"),
            product.digest,
            product.contract.digest,
            str(product.folder),
            *(expand(location, self.environ, allowed) for location in locations),
        )
        path = self.folder / f"{safe_segment(product.name)}.json"
        return Remembered.at(path, mark_of("\n".join(rests_on)))

    def changed(self, product: Product, now: datetime) -> bool:
        """Whether another look at a feed may find something: cheap, reads no content."""
        return self._looked.get(product.name) != self.mark(product, now)

    def looked(self, product: Product, mark: Mark) -> None:
        """Remembers that a feed was taken in while it had that mark."""
        self._looked[product.name] = mark

    def mark(self, product: Product, now: datetime) -> Mark:
        """A mark of the feed; it changes if another look may find more."""
        # With the digests: a changed charter or contract reads the same files in another way.
        return product.digest, product.contract.digest, self.of(product).fingerprint(now)
