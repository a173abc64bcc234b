"""Rules that the database itself keeps, regardless of the program that connects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import errors

from aipo_pipelines.errors import DatabaseError, LedgerAlteredError
from aipo_pipelines.ledger.append import Head, Settlement
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.integrity.canonical import body_hash, header
from aipo_pipelines.ledger.integrity.merkle import leaf_hash
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.rows import append_parameters
from aipo_pipelines.ledger.postgres.schema import installing
from aipo_pipelines.ledger.postgres.sql import QUERIES
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from tests.integration.ledger.conftest import Place

pytestmark = pytest.mark.integration
T0 = datetime(2026, 11, 23, 12, 0, 0, 1000, tzinfo=UTC)
TABLES = (
    "ledger_entries",
    "entry_bodies",
    "body_erasures",
    "facts",
    "ledger_head",
    "ledger_products",
    "recorder_positions",
)
APPEND_ONLY = TABLES[:3]


@pytest.fixture
def ledger(url: str) -> PostgresLedger:
    """Three entries about batches of one product."""
    ledger = PostgresLedger(url)
    add(ledger, *(draft(number) for number in range(3)))
    return ledger


@pytest.fixture
def app(url: str, ledger: PostgresLedger) -> Iterator[psycopg.Connection]:
    assert ledger
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def draft(number: int) -> Draft:
    event = BatchArrived(
        partition=str(number),
        digest="a",
        labels_digest="",
        location='f"\\\n\x01.csv',
        rows=10,
        batch_date=None,
    )
    return Draft(
        product="churn",
        subject=f"batch/{number}",
        actor='owner:Zoë "\\\n\x01\x7f/\u2028🦊',
        occurred_at=T0,
        key=f"k{number}",
        event=event,
    )


def add(ledger: PostgresLedger, *drafts: Draft, now: datetime = T0) -> None:
    ledger.append("churn", drafts, now=now, decide=lambda *_: (), fold=apply)


def prepared(number: int, size: int) -> dict[str, Any]:
    """Parameters of an append as the application would send them."""
    settlement = Settlement(
        product="churn",
        state=ProductState(product="churn"),
        head=Head(size=size, recorded_at=T0),
        now=T0,
        lookup=lambda _: {},
    )
    settlement.settle([draft(number)], decide=lambda *_: (), fold=lambda state, _: state)
    return append_parameters("churn", settlement.sealed)


def tamper(admin: psycopg.Connection, statement: bytes) -> None:
    """Switches the triggers off, changes rows and switches them on, as only a superuser can."""
    with admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute(statement)


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"])
def test_the_application_has_no_right_to_write_a_table(app: psycopg.Connection, right: str) -> None:
    for table in TABLES:
        row = app.execute("SELECT has_table_privilege(%s, %s)", [table, right]).fetchone()
        assert (table, row) == (table, (False,))


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE ledger_entries SET actor = 'x'",
        b"DELETE FROM ledger_entries",
        b"TRUNCATE ledger_entries CASCADE",
        b"INSERT INTO entry_bodies VALUES (9, '', '')",
    ],
)
def test_the_application_cannot_write_past_the_functions(
    app: psycopg.Connection, statement: bytes
) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET index = index", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
@pytest.mark.parametrize("role", ["aipo_owner", "postgres"])
def test_even_owner_and_superuser_are_refused_while_the_triggers_are_on(
    ledger: PostgresLedger, admin: psycopg.Connection, statement: str, role: str
) -> None:
    admin.execute("SET ROLE aipo_owner" if role == "aipo_owner" else "RESET ROLE")
    for table in APPEND_ONLY:
        with pytest.raises(psycopg.Error, match="the ledger is append-only"):
            admin.execute(statement.format(table).encode())
    assert ledger.verify().size == 3


def test_a_setting_of_the_session_erases_nothing(app: psycopg.Connection) -> None:
    app.execute("SELECT set_config('aipo.erasing', '0', false)")
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("DELETE FROM entry_bodies WHERE index = 0")


def test_the_application_may_not_erase_a_body(app: psycopg.Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT ledger_erase_body(0, 'request')")


def test_the_eraser_erases_a_body_and_every_proof_holds(
    ledger: PostgresLedger, admin: psycopg.Connection
) -> None:
    before = ledger.verify()
    admin.execute("SET ROLE aipo_eraser")
    admin.execute("SELECT ledger_erase_body(1, 'erasure request 17')")
    after = ledger.verify()
    assert (after.root, after.erased) == (before.root, (1,))
    assert (ledger.entry(1).body, ledger.entry(1).subject) == ({}, "batch/1")


def test_a_body_cannot_be_erased_twice(ledger: PostgresLedger, admin: psycopg.Connection) -> None:
    admin.execute("SELECT ledger_erase_body(1, 'request')")
    with pytest.raises(psycopg.Error, match="entry 1 has no body to erase"):
        admin.execute("SELECT ledger_erase_body(1, 'request')")
    assert ledger.verify().erased == (1,)


def test_an_erased_entry_may_be_handed_in_again(
    ledger: PostgresLedger, admin: psycopg.Connection
) -> None:
    admin.execute("SELECT ledger_erase_body(1, 'request')")
    add(ledger, draft(1))
    assert ledger.size() == 3


@pytest.mark.parametrize("member", ["leaves", "bodies", "salts", "actors"])
def test_an_entry_that_does_not_fit_its_hash_is_refused(
    app: psycopg.Connection, member: str
) -> None:
    parameters = prepared(3, 3)
    (value,) = parameters[member]
    parameters[member] = [value[:-1] + (b"?" if isinstance(value, bytes) else "?")]
    with pytest.raises(psycopg.Error, match="not those of the entries"):
        app.execute(QUERIES["append"], parameters)


def test_the_same_parameters_unchanged_are_accepted(
    app: psycopg.Connection, ledger: PostgresLedger
) -> None:
    app.execute(QUERIES["append"], prepared(3, 3))
    assert ledger.verify().size == 4


@pytest.mark.parametrize("size", [2, 4])
def test_an_entry_for_another_place_is_refused(app: psycopg.Connection, size: int) -> None:
    with pytest.raises(psycopg.Error, match=f"prepared for index {size}, the ledger ends before 3"):
        app.execute(QUERIES["append"], prepared(3, size))


def test_a_used_key_is_refused_by_the_database_too(app: psycopg.Connection) -> None:
    with pytest.raises(errors.UniqueViolation):
        app.execute(QUERIES["append"], prepared(2, 3))


def test_the_leaf_hash_can_be_computed_from_the_row_alone(
    ledger: PostgresLedger, app: psycopg.Connection
) -> None:
    entry = ledger.entry(2)
    row = app.execute("SELECT salt, body FROM entry_bodies WHERE index = 2").fetchone()
    assert row is not None
    assert leaf_hash(header(entry, body_hash(row[0], row[1]))) == entry.leaf_hash


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (b"UPDATE ledger_entries SET actor = 'x' WHERE index = 1", 1),
        (b"UPDATE ledger_entries SET recorded_at = now() WHERE index = 2", 2),
        (b"UPDATE ledger_entries SET kind = 'of_a_newer_program' WHERE index = 0", 0),
        (b"UPDATE entry_bodies SET body = '{}' WHERE index = 1", 1),
        (b"DELETE FROM entry_bodies WHERE index = 2", 2),
        (b"DELETE FROM ledger_entries WHERE index = 1", 1),
        (b"DELETE FROM ledger_entries WHERE index = 2", 2),
        (b"UPDATE ledger_entries SET index = index + 10 WHERE index = 0", 0),
    ],
)
def test_an_alteration_by_a_superuser_is_found_and_named(
    ledger: PostgresLedger, admin: psycopg.Connection, statement: bytes, index: int
) -> None:
    tamper(admin, statement)
    with pytest.raises(LedgerAlteredError, match=f"first bad index is {index}:"):
        ledger.verify()


def test_the_schema_can_be_installed_again(ledger: PostgresLedger, place: Place) -> None:
    before = ledger.verify()
    with installing(lambda: psycopg.connect(place.admin_url)):
        pass
    assert ledger.verify() == before
    add(ledger, draft(3))
    assert ledger.size() == 4


def test_every_object_belongs_to_a_role_that_cannot_log_in(admin: psycopg.Connection) -> None:
    owners = admin.execute(
        "SELECT DISTINCT r.rolname, r.rolcanlogin FROM pg_roles r JOIN ("
        " SELECT relowner AS owner FROM pg_class WHERE relname = ANY (%s)"
        " UNION SELECT proowner FROM pg_proc WHERE proname LIKE 'ledger\\_%%') o"
        " ON o.owner = r.oid",
        [list(TABLES)],
    ).fetchall()
    assert owners == [("aipo_owner", False)]


def test_functions_that_run_as_the_owner_pin_their_search_path(
    admin: psycopg.Connection,
) -> None:
    loose = admin.execute(
        "SELECT proname FROM pg_proc WHERE proname LIKE 'ledger\\_%'"
        " AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)"
    ).fetchall()
    assert loose == []


def test_a_refused_schema_says_which_role_tried(url: str) -> None:
    with (
        pytest.raises(DatabaseError, match="as role 'aipo'"),
        installing(lambda: psycopg.connect(url)),
    ):
        pass


def test_a_commit_waits_for_the_disk(ledger: PostgresLedger) -> None:
    with ledger._connections.transaction() as connection:  # noqa: SLF001 - no public way to ask
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
