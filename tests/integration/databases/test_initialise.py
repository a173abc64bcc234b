"""First initialisation, on the embedded server."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.databases import setup
from aipo_pipelines.resources.databases.addresses import (
    LEDGER,
    MLFLOW,
    Databases,
    resolve_databases,
)
from aipo_pipelines.resources.databases.embedded import hold_server
from aipo_pipelines.resources.databases.initialise import (
    initialise,
    is_initialised,
)
from aipo_pipelines.resources.databases.roles import ensure_server
from aipo_pipelines.resources.home import Home

pytestmark = pytest.mark.integration

NOWHERE = Home(Path("/nonexistent"))
LOOK = """
import sys
from pathlib import Path
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.databases.addresses import resolve_databases
from aipo_pipelines.resources.databases.initialise import initialise
initialise(resolve_databases({}, Home(Path(sys.argv[1]))))
print(*sorted({"dagster", "mlflow", "sqlalchemy", "alembic"} & set(sys.modules)))
"""


def scalar(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    login, place = parts.netloc.split("@")
    return urlunsplit(parts._replace(netloc=f"{login.split(':')[0]}:{password}@{place}"))


def test_two_that_initialise_at_once_do_it_once(new_home: Callable[[str], Home]) -> None:
    databases = resolve_databases({}, new_home("home"))
    problems: list[BaseException] = []

    def attempt() -> None:
        try:
            initialise(databases)
        except BaseException as error:  # noqa: BLE001  # reported by the assertion below
            problems.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert is_initialised(databases)
    assert scalar(databases.dagster_url, "SELECT count(*) FROM aipo_identity") == 1


def test_initialising_again_only_looks_and_loads_nothing_heavy(aipo_home: Home) -> None:
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, str(aipo_home.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (looked.stdout, looked.stderr) == ("\n", "")


def _identity(databases: Databases) -> list[tuple[object, ...]]:
    with psycopg.connect(databases.dagster_url) as connection:
        return connection.execute("SELECT id FROM aipo_identity").fetchall()


def test_the_identity_stays_when_everything_is_done_again(fresh_databases: Databases) -> None:
    before = _identity(fresh_databases)
    with psycopg.connect(fresh_databases.dagster_url) as connection:
        connection.execute("UPDATE aipo_setup SET version = '0 dagster 1.0'")
    setup.set_up_dagster(fresh_databases.dagster_url)
    assert _identity(fresh_databases) == before
    assert is_initialised(fresh_databases)


def test_mlflow_set_up_again_stays_as_it_is(fresh_databases: Databases) -> None:
    revision = "SELECT version_num FROM alembic_version"
    before = scalar(fresh_databases.mlflow_url, revision)
    with psycopg.connect(fresh_databases.mlflow_url) as connection:
        connection.execute("DELETE FROM aipo_setup")
    setup.set_up_mlflow(fresh_databases.mlflow_url)
    assert scalar(fresh_databases.mlflow_url, revision) == before


def test_a_set_up_that_was_cut_short_is_not_taken_for_done(fresh_databases: Databases) -> None:
    with psycopg.connect(fresh_databases.mlflow_url) as connection:
        connection.execute("DELETE FROM aipo_setup")
    assert not is_initialised(fresh_databases)


def test_a_changed_password_of_the_application_is_put_right(fresh_home: Home) -> None:
    databases = resolve_databases({}, fresh_home)
    with psycopg.connect(databases.admin_url or "") as admin:
        admin.execute("ALTER ROLE aipo PASSWORD 'something else'")
    assert not is_initialised(databases)
    initialise(databases)
    assert is_initialised(databases)


def test_only_the_application_may_connect_to_the_databases(database_urls: Databases) -> None:
    with psycopg.connect(database_urls.admin_url or "", autocommit=True) as admin:
        may_connect = (
            "SELECT count(*) FROM pg_database, aclexplode(datacl) AS rights "
            "WHERE datname LIKE 'aipo\\_%' AND grantee = 0 AND privilege_type = 'CONNECT'"
        )
        assert admin.execute(may_connect).fetchone() == (0,)
    assert owners(database_urls) == OWNERS


@pytest.mark.parametrize("name", ["ledger_url", "dagster_url"])
def test_what_mlflow_knows_opens_no_other_database(database_urls: Databases, name: str) -> None:
    path = urlsplit(getattr(database_urls, name)).path
    tried = urlunsplit(urlsplit(database_urls.mlflow_url)._replace(path=path))
    with (
        pytest.raises(psycopg.OperationalError, match="permission denied for database"),
        psycopg.connect(tried),
    ):
        pass


def test_tables_that_an_earlier_version_made_as_the_application_are_handed_over(
    new_home: Callable[[str], Home],
) -> None:
    databases = resolve_databases({}, new_home("home"))
    initialise(databases)
    with psycopg.connect(databases.admin_url_of(MLFLOW)) as admin:
        admin.execute("REASSIGN OWNED BY aipo_mlflow TO aipo")
        admin.execute("DROP OWNED BY aipo_mlflow")
        admin.execute("DROP ROLE aipo_mlflow")
    assert not is_initialised(databases)

    initialise(databases)
    assert owners(databases) == OWNERS
    assert tables_of(databases.mlflow_url, "aipo") == []
    assert "registered_models" in tables_of(databases.mlflow_url, "aipo_mlflow")
    assert is_initialised(databases)


def test_an_installation_that_knows_the_applications_address_only_reaches_mlflows_tables(
    database_urls: Databases,
) -> None:
    known = urlsplit(database_urls.dagster_url)
    url = urlunsplit(known._replace(path="/postgres"))
    databases = resolve_databases({"AIPO_DATABASE_URL": url}, NOWHERE)
    assert is_initialised(databases)
    assert "registered_models" in tables_of(databases.mlflow_url, "aipo_mlflow")


OWNERS = {"aipo_ledger": "aipo_owner", "aipo_dagster": "aipo", "aipo_mlflow": "aipo_mlflow"}


def owners(databases: Databases) -> dict[str, str]:
    query = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname = ANY(%s)"
    with psycopg.connect(databases.admin_url or "") as admin:
        return dict(admin.execute(query, [list(OWNERS)]).fetchall())


def tables_of(url: str, owner: str) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = %s"
    with psycopg.connect(url) as connection:
        return [str(name) for (name,) in connection.execute(query, [owner])]


def test_the_application_cannot_touch_the_marker_of_the_ledger(database_urls: Databases) -> None:
    with (
        psycopg.connect(database_urls.ledger_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE aipo_setup SET version = 'x'")


def test_a_wrong_password_is_an_error_that_does_not_quote_it(database_urls: Databases) -> None:
    wrong = with_password(database_urls.admin_url or "", "Tr0ub4dor")
    databases = resolve_databases({"AIPO_DATABASE_URL": wrong}, NOWHERE)
    with pytest.raises(DatabaseError, match="Correct the role and password") as caught:
        initialise(databases)
    assert "Tr0ub4dor" not in str(caught.value)


def test_the_application_alone_cannot_set_up_the_ledger(ledger_server: Databases) -> None:
    # The shared server's own database `postgres` holds no ledger.
    nowhere = urlunsplit(urlsplit(ledger_server.ledger_url)._replace(path="/postgres"))
    databases = replace(ledger_server, ledger_url=nowhere, admin_url=None)
    with pytest.raises(DatabaseError, match="Run aipo once with AIPO_DATABASE_URL"):
        initialise(databases)


def test_a_server_that_is_away_is_an_error_that_says_what_to_check() -> None:
    url = "postgresql://admin:hidden@127.0.0.1:1/postgres"
    databases = resolve_databases({"AIPO_DATABASE_URL": url}, NOWHERE)
    with pytest.raises(DatabaseError, match="Check that the server runs") as caught:
        initialise(databases)
    assert "hidden" not in str(caught.value)


def test_an_administrator_does_not_have_to_be_superuser(new_home: Callable[[str], Home]) -> None:
    access = hold_server(new_home("home"))
    login = f"{access.user}:{access.password}"
    url = f"postgresql://{{}}@localhost/postgres?host={access.socket_folder}"
    with psycopg.connect(url.format(login), autocommit=True) as admin:
        admin.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'secret'")
    managed = resolve_databases({"AIPO_DATABASE_URL": url.format("manager:secret")}, NOWHERE)
    with psycopg.connect(managed.admin_url or "", autocommit=True) as manager:
        ensure_server(manager, "secret")
    setup.set_up_ledger(managed.admin_url_of(LEDGER))
    assert scalar(managed.ledger_url, "SELECT count(*) FROM ledger_entries") == 0
