"""Connections to the ledger's database: settings, reuse, forks, errors."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from aipo_pipelines.errors import DatabaseError, DatabaseRefusedError
from aipo_pipelines.ledger.postgres.connections import Connections
from aipo_pipelines.resources.databases.addresses import Databases

pytestmark = pytest.mark.integration

TERMINATE = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture
def connections(fresh_ledger_url: str) -> Iterator[Connections]:
    connections = Connections(fresh_ledger_url)
    yield connections
    connections.close()


@pytest.fixture
def administration(fresh_ledger: Databases) -> Iterator[Connections]:
    """Connections of an administrator, who may make tables."""
    connections = Connections(fresh_ledger.admin_url or "")
    yield connections
    connections.close()


def backend(connections: Connections) -> int:
    """The process of the server behind a connection that is used for a moment."""
    with connections.transaction() as connection:
        return connection.info.backend_pid


def setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_every_connection_has_the_settings_that_the_ledger_relies_on(
    connections: Connections,
) -> None:
    names = ("synchronous_commit", "TimeZone", "search_path", "transaction_isolation")
    with connections.transaction() as connection:
        values = [setting(connection, name) for name in names]
    assert values == ["on", "UTC", "public,pg_temp", "read committed"]


def test_no_setting_of_the_address_replaces_these_settings(fresh_ledger_url: str) -> None:
    hostile = psycopg.conninfo.make_conninfo(
        fresh_ledger_url,
        options="-c search_path=other -c synchronous_commit=off -c work_mem=5MB",
        application_name="test",
    )
    with Connections(hostile).session() as connection:
        assert setting(connection, "search_path") == "public,pg_temp"
        assert setting(connection, "synchronous_commit") == "on"
        # Other settings of the address are kept.
        assert setting(connection, "work_mem") == "5MB"
        assert setting(connection, "application_name") == "test"


def test_a_connection_is_used_again_by_the_next_transaction(connections: Connections) -> None:
    assert backend(connections) == backend(connections)


def test_transactions_at_the_same_time_have_connections_of_their_own(
    connections: Connections,
) -> None:
    with connections.transaction() as first, connections.transaction() as second:
        assert first.info.backend_pid != second.info.backend_pid


def test_closed_connections_are_replaced(connections: Connections) -> None:
    before = backend(connections)
    connections.close()
    assert backend(connections) != before


def test_a_transaction_is_committed_at_its_end_and_undone_by_an_error(
    administration: Connections,
) -> None:
    with administration.transaction() as connection:
        connection.execute("CREATE TEMPORARY TABLE noted (number int)")

    def break_within() -> None:
        with administration.transaction() as connection:
            connection.execute("INSERT INTO noted VALUES (1)")
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        break_within()
    with administration.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM noted").fetchone() == (0,)


def test_all_idle_connections_to_a_server_that_restarted_are_replaced(
    connections: Connections, fresh_ledger_url: str
) -> None:
    with connections.transaction() as first, connections.transaction() as second:
        stale = {first.info.backend_pid, second.info.backend_pid}
    with psycopg.connect(fresh_ledger_url, autocommit=True) as other:
        other.execute(TERMINATE)
    with connections.transaction() as first, connections.transaction() as second:
        assert {first.info.backend_pid, second.info.backend_pid}.isdisjoint(stale)


def test_a_session_is_a_connection_of_its_own_that_ends(
    connections: Connections, fresh_ledger_url: str
) -> None:
    shared = backend(connections)
    with connections.session() as session:
        pid = session.info.backend_pid
        assert pid != shared
        assert session.autocommit
    alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(fresh_ledger_url) as other:
        assert other.execute(alive, [pid]).fetchone() == (0,)


def test_a_forked_process_leaves_the_connections_of_its_parent_alone(
    connections: Connections,
) -> None:
    before = backend(connections)
    child = os.fork()
    if child == 0:
        # Only the exit status leads back to the test.
        own = backend(connections)
        connections.close()
        os._exit(0 if own != before else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert backend(connections) == before


def test_a_statement_that_the_server_refuses_is_reported_without_its_values(
    connections: Connections,
) -> None:
    with (
        pytest.raises(DatabaseRefusedError, match=r"refused: .*no_such_table") as refusal,
        connections.transaction() as connection,
    ):
        connection.execute("SELECT %s FROM no_such_table", ["Anna Berg"])
    assert "Anna" not in str(refusal.value)


def test_a_text_that_is_too_long_is_reported_as_such(administration: Connections) -> None:
    with administration.transaction() as connection:
        connection.execute("CREATE TEMPORARY TABLE named (name text UNIQUE)")
    incompressible = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(9000))
    with (
        pytest.raises(DatabaseRefusedError, match="longer than Postgres takes"),
        administration.transaction() as connection,
    ):
        connection.execute("INSERT INTO named VALUES (%s)", [incompressible])


def test_a_server_that_is_away_is_reported_with_its_place_and_without_the_password() -> None:
    away = Connections("postgresql://aipo:hunter2@127.0.0.1:1/aipo_ledger")
    with (
        pytest.raises(
            DatabaseError, match=r"\(aipo_ledger at 127\.0\.0\.1\) did not answer"
        ) as error,
        away.transaction(),
    ):
        pass
    assert "hunter2" not in str(error.value)
    assert repr(away) == "Connections(aipo_ledger at 127.0.0.1)"


def test_an_address_without_a_host_leads_to_the_default_host() -> None:
    assert Connections("dbname=aipo_ledger").name == "aipo_ledger at the default host"
