"""Everything a home keeps, as text to search: three databases, logs, artefacts, lake."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from aipo_pipelines.resources.databases.addresses import DAGSTER, LEDGER, MLFLOW, resolve_databases
from aipo_pipelines.resources.home import Home

_TABLES = (
    "SELECT schemaname, tablename FROM pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)
_SNAPSHOTS = re.compile(r"lake/snapshots/[^/]+/(?!predictions|out-of-fold)[^/]+/[^/]+\.parquet")


def find_in_home(home: Path, words: Sequence[str]) -> set[tuple[str, str]]:
    """The places of texts in a home: pairs of text and place.

    Left out are the snapshots of batches, which are the data itself, and the files of Postgres,
    whose content is read as tables.
    """
    places = (*_rows(home), *_files(home))
    return {(text, place) for place, content in places for text in words if text in content}


def _rows(home: Path) -> Iterator[tuple[str, str]]:
    databases = resolve_databases({}, Home(home))
    for name in (LEDGER, DAGSTER, MLFLOW):
        with psycopg.connect(databases.admin_url_of(name)) as connection:
            for schema, table in connection.execute(_TABLES).fetchall():
                rows = connection.execute(
                    sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
                )
                for row in rows:
                    yield f"{name}: {table}", "\n".join(map(_text, row))


def _files(home: Path) -> Iterator[tuple[str, str]]:
    for path in home.rglob("*"):
        place = path.relative_to(home).as_posix()
        left_out = place.startswith("postgres/server/") or _SNAPSHOTS.fullmatch(place)
        if path.is_file() and not left_out:
            yield place, path.read_bytes().decode("latin-1")


def _text(value: object) -> str:
    if not isinstance(value, bytes | memoryview):
        return str(value)
    raw = bytes(value)
    try:
        return zlib.decompress(raw).decode("latin-1")
    except zlib.error:
        return raw.decode("latin-1")
