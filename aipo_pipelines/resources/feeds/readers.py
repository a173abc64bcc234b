"""Opens the reader of one source of a product: files, a Delta table, or a SQL table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import FolderBatches, RowBatches, SourceFormat
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delivery import Reader
from aipo_pipelines.resources.feeds.delta import DeltaReader, stores_of
from aipo_pipelines.resources.feeds.files import FileReader
from aipo_pipelines.resources.feeds.sql import SqlReader
from aipo_pipelines.resources.feeds.stores import open_store


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The settings of an installation that every reader is opened with.

    Attributes:
        environ: The variables that `${NAME}` in locations is read from.
        allowed: The modules, variables and places that the installation allows charters to use.
        settle_seconds: A file that is younger than this counts as still being written.
    """

    environ: Mapping[str, str]
    allowed: Allowed
    settle_seconds: float


def open_reader(product: Product, name: str, surroundings: Surroundings) -> Reader:
    """Opens the reader of a source, by its format; nothing is read yet.

    Raises:
        SourceError: The location names a variable that is not set or not allowed, or a place that
            no charter may read.
    """
    charter = product.charter
    source = charter.sources[name]
    is_feed = name == charter.feed
    order = _record_order(product)
    # Chunks of rows have keys by number: the same rows must come in the same order at every look.
    ordered = is_feed and isinstance(charter.batches, RowBatches)
    environ, allowed = surroundings.environ, surroundings.allowed
    bounds = Bounds.of(environ)
    if source.format is SourceFormat.DELTA:
        return DeltaReader(
            name=name,
            location=source.location,
            stores=stores_of(product.folder, source.location, environ, allowed),
            order=order,
            ordered=ordered,
            bounds=bounds,
        )
    if source.format is SourceFormat.SQL:
        return SqlReader(
            name=name,
            source=source,
            folder=product.folder,
            environ=environ,
            allowed=allowed,
            order=order,
            ordered=ordered,
            bounds=bounds,
        )
    return FileReader(
        store=open_store(product.folder, source.location, environ, allowed),
        kind=source.format,
        contract=product.contract if is_feed else _with_header(product.contract),
        settle_seconds=surroundings.settle_seconds,
        by_folder=is_feed and isinstance(charter.batches, FolderBatches),
        bounds=bounds,
    )


def _with_header(contract: Contract) -> Contract:
    """The contract for a source of labels, whose files always have a header line.

    The contract declares the header of the feed only, and says nothing about the labels' header.
    """
    return replace(contract, layout=replace(contract.layout, header="name"))


def _record_order(product: Product) -> tuple[str, ...]:
    """The columns that order records, time first, by the names in which they are delivered."""
    own = (product.charter.time_column, *product.charter.identifiers)
    return tuple(_delivered_as(product, column) for column in own if column)


def _delivered_as(product: Product, name: str) -> str:
    column = product.contract.column(name)
    return name if column is None else column.delivered_as
