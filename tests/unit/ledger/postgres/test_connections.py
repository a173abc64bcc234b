"""Addresses of the ledger's database."""

import pytest

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.ledger.postgres.store import PostgresLedger

SECRET = "hunter2"


def test_an_address_that_cannot_be_read_is_refused_without_its_password() -> None:
    with pytest.raises(DatabaseError, match="expected postgresql://") as refusal:
        PostgresLedger(f"postgresql://aipo:{SECRET}%zz@host/db")
    assert SECRET not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_ledger_shows_where_it_is_and_no_password() -> None:
    shown = repr(PostgresLedger(f"postgresql://aipo:{SECRET}@db.example/aipo_ledger"))
    assert shown == "PostgresLedger(aipo_ledger at db.example)"


def test_a_missing_database_is_reported_without_the_password() -> None:
    ledger = PostgresLedger(f"postgresql://aipo:{SECRET}@127.0.0.1:1/aipo_ledger")
    with pytest.raises(DatabaseError, match=r"\(aipo_ledger at 127.0.0.1\) did not answer") as away:
        ledger.size()
    assert SECRET not in str(away.value)
