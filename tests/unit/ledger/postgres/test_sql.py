"""The statements by name."""

import re
from pathlib import Path

import pytest

import aipo_pipelines.ledger.postgres
from aipo_pipelines.ledger.postgres.sql import QUERIES, parse

ROOM = Path(aipo_pipelines.ledger.postgres.__file__).parent


def test_statements_are_split_by_their_names() -> None:
    text = "-- about the file\n\n-- name: one\nSELECT 1;\n\n-- name: two\n-- why\nSELECT 2\n"
    assert parse(text) == {"one": b"SELECT 1", "two": b"-- why\nSELECT 2"}


def test_a_name_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'one' twice"):
        parse("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;")


def test_a_name_without_a_statement_is_refused() -> None:
    with pytest.raises(ValueError, match="below 'one'"):
        parse("-- name: one\n\n-- name: two\nSELECT 2;")


def test_every_statement_is_used_and_every_use_has_a_statement() -> None:
    code = "".join(path.read_text() for path in ROOM.glob("*.py"))
    used = set(re.findall(r'(?:QUERIES\[|fetch\(connection, |name = )"(\w+)"', code))
    used |= set(re.findall(r'else "(entries_\w+)"', code))
    assert used == set(QUERIES)


def test_no_statement_carries_a_value_of_its_own() -> None:
    for statement in QUERIES.values():
        assert not re.search(rb"%[^(]", statement)
