"""A sample of the data that a person names: a file, several files, or a table of a database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

import fsspec
import pandas as pd

from aipo_pipelines.charter.model.addresses import holds_secret, public_address
from aipo_pipelines.charter.model.sources import LawfulBasis, Source, SourceFormat
from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError, SourceError
from aipo_pipelines.resources.feeds.delta import DeltaReader
from aipo_pipelines.resources.feeds.sql import SqlReader
from aipo_pipelines.resources.feeds.store import MAGIC
from aipo_pipelines.resources.feeds.stores import open_store
from aipo_pipelines.resources.sampling.delimited import LayoutOptions, sample_delimited
from aipo_pipelines.resources.sampling.delta import delta_table, sample_delta
from aipo_pipelines.resources.sampling.files import glob_of_folder, is_delivered, one_table
from aipo_pipelines.resources.sampling.json_lines import sample_json_lines
from aipo_pipelines.resources.sampling.locations import without_secret, written_location
from aipo_pipelines.resources.sampling.parquet import sample_parquet
from aipo_pipelines.resources.sampling.streams import Progress
from aipo_pipelines.resources.sampling.thinning import even_places

SAMPLE = 50_000
"""The least number of records of a sample, if there are so many; a file of text keeps up to twice
as many."""

_PARQUET = (".parquet", ".pq")
_JSON_LINES = (".jsonl", ".ndjson")
_UNKNOWN = (".json", ".xlsx", ".xls", ".avro", ".orc", ".feather")
_TABLE = "--table names a table of a database, and --data"
_FEWEST_OF_A_FILE = 1_000
"""The least number of records of each file, also if there are very many files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The data that a person named.

    Attributes:
        data: Path, folder, glob or fsspec URL of files, or URL of a database with or without
            `#table`.
        table: Table of a database, if the URL does not contain it.
        layout: The parts of a file's layout that the person named.
        folder: Future folder of the product; its locations start there.
        environ: The variables that `${NAME}` in a URL is read from.
    """

    data: str
    folder: Path
    table: str | None = None
    layout: LayoutOptions = field(default_factory=LayoutOptions)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def sample_source(named: Named, progress: Progress) -> tuple[Place, Table]:
    """Samples a source.

    1. An address of fsspec is a Delta table or files; any other address is a database.
    2. A folder is a Delta table, or its files are the deliveries of a feed.
    3. Any other path is a file or a glob.

    Returns:
        Its place, as a charter writes it, and the sample.

    Raises:
        DraftError: There is no such source, or no table can be made of it.
    """
    if "://" in named.data:
        is_of_files = named.data.partition("://")[0] in fsspec.available_protocols()
        return _of_address(named, progress) if is_of_files else _of_database(named)
    path = Path(named.data)
    # Before the files of the folder: those of a Delta table also hold deleted rows.
    if path.is_dir() and (delta := delta_table(named.data, named.environ)):
        location = written_location(path, named.folder)
        return _delta_place(location, path.resolve().name), _of_delta(delta, named)
    if path.is_dir():
        return _of_glob(replace(named, data=glob_of_folder(path)), progress)
    if not path.is_file():
        if MAGIC.search(named.data):
            return _of_glob(named, progress)
        raise DraftError(f"there is no file {path}; expected the data to draft from")
    kind, table = _of_file(path, named, progress)
    location = written_location(path, named.folder)
    return Place(location=location, format=kind, shown_as=path.name), table


def _of_glob(named: Named, progress: Progress) -> tuple[Place, Table]:
    """A sample of all files that a glob on this machine names."""
    kind, name, table = _of_files(named, progress)
    location = written_location(Path(named.data), named.folder)
    return Place(location=location, format=kind, shown_as=name), table


def _of_address(named: Named, progress: Progress) -> tuple[Place, Table]:
    """A sample of the files behind an address of fsspec."""
    # Refused before it is opened: the draft would write the address into a charter, which is no
    # place for a secret.
    is_open = public_address(named.data) == named.data or "${" in named.data
    if holds_secret(named.data) or not is_open:
        raise DraftError(
            "--data is an address with credentials or a query in it, which no charter may hold; "
            "write them as ${NAME}, in single quotes, and set NAME"
        )
    if delta := delta_table(named.data, named.environ):
        return _delta_place(named.data, PurePath(named.data).name), _of_delta(delta, named)
    kind, name, table = _of_files(named, progress)
    return Place(location=named.data, format=kind, shown_as=name), table


def _delta_place(location: str, name: str) -> Place:
    return Place(location=location, format=SourceFormat.DELTA, shown_as=f"Delta table {name}")


def _of_delta(reader: DeltaReader, named: Named) -> Table:
    if named.table is not None:
        raise DraftError(f"{_TABLE} is a Delta table; leave it out")
    return sample_delta(reader, SAMPLE)


def _of_files(named: Named, progress: Progress) -> tuple[SourceFormat, str, Table]:
    """Format, a name to show to people, and a sample of all files at a location."""
    kinds, samples = [], []
    try:
        store = open_store(Path.cwd(), named.data, named.environ, OPERATOR)
        files = [file for file in store.find() if is_delivered(file.below)]
        if not files:
            raise DraftError(f"there is no file {named.data}; expected the data to draft from")
        # All files share the size of one sample, so that many files do not fill the memory.
        most = max(_FEWEST_OF_A_FILE, SAMPLE // len(files))
        for file in files:
            with store.opened(file) as path:
                kind, table = _of_file(path, named, progress, most)
            kinds.append(kind)
            samples.append(table)
    except FileNotFoundError:
        raise DraftError(
            f"{named.data} disappeared while it was read; expected a file that stays"
        ) from None
    except SourceError as error:
        raise DraftError(str(error)) from None
    if len(files) == 1:
        return kinds[0], files[0].below.name, samples[0]
    if len({*kinds}) > 1:
        raise DraftError(
            f"{named.data} names files of several kinds ({', '.join(sorted({*kinds}))}); expected "
            "one kind"
        )
    names = [file.below for file in files]
    return kinds[0], f"{len(files)} files", one_table(samples, names)


def _of_file(
    path: Path, named: Named, progress: Progress, most: int = SAMPLE
) -> tuple[SourceFormat, Table]:
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    if ending in _UNKNOWN:
        raise DraftError(
            f"{path.name} is a {ending} file; expected .csv, .jsonl (both also with .gz) or "
            ".parquet, or the URL of a database: export it as one of these"
        )
    if named.table is not None:
        raise DraftError(f"{_TABLE} is a file; leave it out")
    if ending in _PARQUET:
        return SourceFormat.PARQUET, sample_parquet(path, most)
    if ending in _JSON_LINES:
        encoding = named.layout.encoding
        return SourceFormat.JSON_LINES, sample_json_lines(path, encoding, most, progress)
    return SourceFormat.CSV, sample_delimited(path, named.layout, most, progress)


def _of_database(named: Named) -> tuple[Place, Table]:
    """A sample of a table of a database, whose URL may end in `#table`."""
    location, _, part = named.data.partition("#")
    table = named.table or part
    if not table:
        raise DraftError(
            "--data is the URL of a database; expected a table too: add #TABLE, or say --table"
        )
    # Only location and table are used: the other fields are required by the type of a charter.
    source = Source(
        location=location,
        format=SourceFormat.SQL,
        table=table,
        owner="-",
        regions=("EU",),
        lawful_basis=LawfulBasis.NONE_NEEDED,
    )
    reader = SqlReader(
        name="data", source=source, folder=Path.cwd(), environ=named.environ, allowed=OPERATOR
    )
    try:
        frame, total = reader.sample(lambda count: even_places(count, SAMPLE))
    except SourceError as error:
        raise DraftError(str(error)) from None
    # Nothing can be drafted from a table without records, although its columns are known.
    if not total:
        raise DraftError(f"the table {table!r} has no record; expected records")
    place = Place(
        location=without_secret(location, named.folder),
        format=SourceFormat.SQL,
        table=table,
        shown_as=f"table {table}",
    )
    return place, Table(frame=pd.DataFrame(frame), rows=total, is_text=False)
