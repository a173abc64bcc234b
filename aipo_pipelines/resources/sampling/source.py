"""A sample of whatever somebody names: a file, several of them, or a table of a database."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from aipo_pipelines.charter.model.addresses import VARIABLE, holds_secret, public_address
from aipo_pipelines.charter.model.sources import LawfulBasis, Source, SourceFormat
from aipo_pipelines.charter.reading.allowed import OPERATOR, database_file
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError, SourceError
from aipo_pipelines.resources.feeds.delta import DeltaReader
from aipo_pipelines.resources.feeds.parquet import with_plain_json
from aipo_pipelines.resources.feeds.sql import SqlReader
from aipo_pipelines.resources.feeds.store import MAGIC
from aipo_pipelines.resources.feeds.stores import open_store
from aipo_pipelines.resources.feeds.tables import to_frame
from aipo_pipelines.resources.sampling.delimited import LayoutWishes, sample_delimited
from aipo_pipelines.resources.sampling.delta import delta_table, sample_delta
from aipo_pipelines.resources.sampling.json_lines import sample_json_lines
from aipo_pipelines.resources.sampling.several import glob_of_folder, is_delivered, one_table
from aipo_pipelines.resources.sampling.streams import Progress
from aipo_pipelines.resources.sampling.thinning import even_places

SAMPLE = 50_000
"""Records a sample holds at least, where there are as many; of text, up to twice that are kept."""

_PARQUET = (".parquet", ".pq")
_JSON_LINES = (".jsonl", ".ndjson")
_UNKNOWN = (".json", ".xlsx", ".xls", ".avro", ".orc", ".feather")
_TABLE = "--table names a table of a database, and --data"
_ROWS_AT_ONCE = 20_000
_FEWEST_OF_A_FILE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What somebody named as the data.

    Attributes:
        data: Path, folder, glob or fsspec URL of files, or URL of a database with or without
            `#table`.
        table: Table of a database, where the URL does not say it.
        layout: What is told about how a file is written.
        folder: Folder the product is going to lie in; its locations start there.
        environ: Where `${NAME}` of a URL is looked up.
    """

    data: str
    folder: Path
    table: str | None = None
    layout: LayoutWishes = field(default_factory=LayoutWishes)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def sample_source(named: Named, progress: Progress) -> tuple[Place, Table]:
    """Samples a source.

    Returns:
        Where it is, as a charter writes it, and the sample.

    Raises:
        DraftError: There is no such source, or no table can be made of it.
    """
    if "://" in named.data:
        is_of_files = named.data.partition("://")[0] in fsspec.available_protocols()
        return _of_address(named, progress) if is_of_files else _of_database(named)
    path = Path(named.data)
    if path.is_dir() and (delta := delta_table(named.data, named.environ)):
        location = _location(path, named.folder)
        return _delta_place(location, path.resolve().name), _of_delta(delta, named)
    if path.is_dir():
        return _of_glob(replace(named, data=glob_of_folder(path)), progress)
    if not path.is_file():
        if MAGIC.search(named.data):
            return _of_glob(named, progress)
        raise DraftError(f"there is no file {path}; expected the data to draft from")
    kind, table = _of_file(path, named, progress)
    return Place(location=_location(path, named.folder), format=kind, shown_as=path.name), table


def _of_glob(named: Named, progress: Progress) -> tuple[Place, Table]:
    """A sample of all files that a glob on this machine names."""
    kind, told, table = _of_files(named, progress)
    return Place(
        location=_location(Path(named.data), named.folder), format=kind, shown_as=told
    ), table


def _of_address(named: Named, progress: Progress) -> tuple[Place, Table]:
    """A sample of the files behind an address of fsspec."""
    is_open = public_address(named.data) == named.data or "${" in named.data
    if holds_secret(named.data) or not is_open:
        raise DraftError(
            "--data is an address with credentials or a query in it, which no charter may hold; "
            "write them as ${NAME}, in single quotes, and set NAME"
        )
    if delta := delta_table(named.data, named.environ):
        return _delta_place(named.data, PurePath(named.data).name), _of_delta(delta, named)
    kind, told, table = _of_files(named, progress)
    return Place(location=named.data, format=kind, shown_as=told), table


def _delta_place(location: str, name: str) -> Place:
    return Place(location=location, format=SourceFormat.DELTA, shown_as=f"Delta table {name}")


def _of_delta(reader: DeltaReader, named: Named) -> Table:
    if named.table is not None:
        raise DraftError(f"{_TABLE} is a Delta table; leave it out")
    return sample_delta(reader, SAMPLE)


def _of_files(named: Named, progress: Progress) -> tuple[SourceFormat, str, Table]:
    """Format, what to show people, and a sample of all files at a location."""
    store = open_store(Path.cwd(), named.data, named.environ, OPERATOR)
    kinds, samples = [], []
    try:
        files = [one for one in store.find() if is_delivered(one.below)]
        if not files:
            raise DraftError(f"there is no file {named.data}; expected the data to draft from")
        most = max(_FEWEST_OF_A_FILE, SAMPLE // len(files))
        for file in files:
            with store.opened(file) as path:
                kind, table = _of_file(path, named, progress, most)
            kinds.append(kind)
            samples.append(table)
    except FileNotFoundError:
        raise DraftError(
            f"{named.data} went while it was read; expected a file that stays"
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
        return SourceFormat.PARQUET, _of_parquet(path, most)
    if ending in _JSON_LINES:
        encoding = named.layout.encoding
        return SourceFormat.JSON_LINES, sample_json_lines(path, encoding, most, progress)
    return SourceFormat.CSV, sample_delimited(path, named.layout, most, progress)


def _location(path: Path, folder: Path) -> str:
    """Relative to the product where the file lies in the same project, absolute otherwise."""
    absolute = path.resolve()
    project = folder.resolve().parent.parent
    if absolute.is_relative_to(project):
        text = Path(os.path.relpath(absolute, folder.resolve())).as_posix()
    else:
        text = absolute.as_posix()
    if "${" in text:
        raise DraftError(
            f"the path {path} holds ${{, which a charter reads as the name of a variable; rename it"
        )
    return text


def lent_to(place: Place, folder: Path) -> tuple[tuple[str, str], ...]:
    """What a charter in a folder needs to be lent so that it may read a place: kind and value."""
    variables = [("variable", match["name"]) for match in VARIABLE.finditer(place.location)]
    is_sql = place.format is SourceFormat.SQL
    path = database_file(place.location) if is_sql else place.location
    if not path or variables or (not is_sql and "://" in path):
        return tuple(variables)
    # Of a glob the folder up to its first wildcard: later files are to be read too.
    parts = Path(path).parts
    fixed = itertools.takewhile(lambda part: not MAGIC.search(part), parts)
    exists = is_sql or (folder / path).exists()
    return (("data", os.path.realpath(folder / path if exists else folder.joinpath(*fixed))),)


def _of_parquet(path: Path, most: int) -> Table:
    try:
        file = pq.ParquetFile(path)
        total = file.metadata.num_rows
        wanted = even_places(total, most)
        parts, start, position = [], 0, 0
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            end = start + batch.num_rows
            upto = position
            while upto < len(wanted) and wanted[upto] < end:
                upto += 1
            chosen = pa.array([place - start for place in wanted[position:upto]], pa.int64())
            parts.append(pa.Table.from_batches([batch]).take(chosen))
            start, position = end, upto
    except (pa.ArrowException, OSError):
        raise DraftError(f"{path.name} is no readable Parquet file; expected a whole one") from None
    if not total:
        raise DraftError(f"{path.name} has no record; expected records")
    return Table(
        frame=to_frame(with_plain_json(pa.concat_tables(parts))), rows=total, is_text=False
    )


def _of_database(named: Named) -> tuple[Place, Table]:
    location, _, part = named.data.partition("#")
    table = named.table or part
    if not table:
        raise DraftError(
            "--data is the URL of a database; expected a table too: add #TABLE, or say --table"
        )
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
    if not total:
        raise DraftError(f"the table {table!r} has no record; expected records")
    place = Place(
        location=_without_secret(location, named.folder),
        format=SourceFormat.SQL,
        table=table,
        shown_as=f"table {table}",
    )
    return place, Table(frame=pd.DataFrame(frame), rows=total, is_text=False)


def _without_secret(location: str, folder: Path) -> str:
    """The URL as a charter may hold it: a password becomes a variable of the environment."""
    written = _with_variable(location, folder)
    if holds_secret(written):
        raise DraftError(
            "--data is the URL of a database with a password in it, which no charter may hold; "
            "write it as ${NAME}, in single quotes, and set NAME"
        )
    return written


def _with_variable(location: str, folder: Path) -> str:
    if re.search(r"\$\{", location):
        return location
    try:
        url = make_url(location)
    except (ArgumentError, ValueError):
        raise DraftError("--data is no URL of a database that can be read") from None
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith(":"):
        return f"sqlite:///{_location(Path(url.database), folder)}"
    if url.password is None:
        return location
    variable = re.sub(r"\W", "_", folder.name).upper() + "_PASSWORD"
    shown = url.set(password="SECRET").render_as_string(hide_password=False)  # noqa: S106
    return shown.replace(":SECRET@", f":${{{variable}}}@", 1)
