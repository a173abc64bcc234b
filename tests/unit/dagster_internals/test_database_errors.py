"""Errors of Dagster's database."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from aipo_pipelines.dagster_internals.database_errors import DATABASE_ERRORS


def test_a_database_that_does_not_answer_is_one_of_these_errors() -> None:
    with pytest.raises(DATABASE_ERRORS, match="refused"):
        create_engine("postgresql://aipo@127.0.0.1:1/aipo_dagster").connect()


def test_a_statement_that_the_database_refuses_is_one_of_these_errors() -> None:
    with create_engine("sqlite://").connect() as connection, pytest.raises(DATABASE_ERRORS):
        connection.execute(text("SELECT * FROM no_such_table"))


@pytest.mark.parametrize("error", [ValueError, OSError, KeyError, RuntimeError])
def test_errors_of_programs_are_not_taken_for_errors_of_the_database(
    error: type[Exception],
) -> None:
    assert not issubclass(error, DATABASE_ERRORS)
