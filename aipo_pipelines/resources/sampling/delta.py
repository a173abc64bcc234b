"""A sample of a Delta table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError, SourceError, SourceMissingError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delta import DeltaReader, stores_of
from aipo_pipelines.resources.feeds.store import MAGIC
from aipo_pipelines.resources.sampling.thinning import even_places

_OF_ONE_FILE = ("http://", "https://")


def delta_table(location: str, environ: Mapping[str, str]) -> DeltaReader | None:
    """The Delta table in a folder, on this machine or at an address; None if there is no table.

    Raises:
        DraftError: The place cannot be read.
    """
    # A web server offers no list of files, so the log of a table cannot be found there.
    if MAGIC.search(location) or location.startswith(_OF_ONE_FILE):
        return None
    try:
        stores = stores_of(Path.cwd(), location, environ, OPERATOR)
        bounds = Bounds.of(environ)
        reader = DeltaReader(name="data", location=location, stores=stores, bounds=bounds)
        reader.offer()
    except SourceMissingError:
        return None
    except SourceError as error:
        raise DraftError(str(error)) from None
    return reader


def sample_delta(reader: DeltaReader, most: int) -> Table:
    """At most so many records of the newest version of a table.

    Raises:
        DraftError: The table cannot be read, or has no record.
    """
    try:
        frame, total = reader.sample(lambda count: even_places(count, most))
    except SourceError as error:
        raise DraftError(str(error)) from None
    if not total:
        raise DraftError("the Delta table has no record; expected records")
    return Table(frame=frame, rows=total, is_text=False)
