"""A real server: PostgreSQL from Debian's packages, over TCP with a password."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from aipo_pipelines.embedded_postgres.account import Account, run_as, server_account
from aipo_pipelines.embedded_postgres.sockets import own_folder
from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import Databases, resolve_databases
from aipo_pipelines.resources.databases.initialise import initialise, is_initialised
from aipo_pipelines.resources.home import Home
from tests.integration.ledger.samples import T0, arrival, nothing
from tests.pages import commands_of

pytestmark = pytest.mark.integration

NOWHERE = Home(Path("/nonexistent"))
PASSWORD = "p@ss/w:rd%41 ü?#&"


@pytest.fixture(scope="module")
def debian() -> Path:
    """The programs of the newest installed version."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: each.parent.name)
    if not installed:
        pytest.skip("no PostgreSQL from Debian's packages (apt-get install postgresql)")
    return installed[-1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_cluster(programs: Path, folder: Path, account: Account) -> Path:
    data, password_file = folder / "data", folder / "password"
    password_file.write_text(PASSWORD + "\n")
    password_file.chmod(0o644)
    command = [str(programs / "initdb"), "-D", str(data), "-U", "boss", "-E", "UTF8"]
    command += ["-A", "scram-sha-256", f"--pwfile={password_file}", "--no-locale", "--no-sync"]
    completed = run_as(account, command, Path("/"), 60)
    assert completed.returncode == 0, completed.stderr
    return data


@pytest.fixture(scope="module")
def server(debian: Path, module_folder: Path) -> Iterator[str]:
    """Host and port of a server that knows the superuser `boss`."""
    folder = module_folder / "debian"
    account = server_account(folder, "aipo")
    own_folder(folder, account)
    data = make_cluster(debian, folder, account)
    port = free_port()
    switch = {"user": account.uid, "group": account.gid} if account.switch else {}
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-k", str(folder)]
    process = subprocess.Popen(  # type: ignore[call-overload]  # options vary by account
        [debian / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, cwd="/", **switch
    )
    try:
        await_server(f"postgresql://boss:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def await_server(url: str) -> None:
    for attempt in range(200):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if attempt == 199:
                raise
            time.sleep(0.05)
        else:
            return


def given(server: str, role: str, password: str = PASSWORD) -> Databases:
    url = f"postgresql://{role}:{quote(password, safe='')}@{server}/postgres"
    return resolve_databases({"AIPO_DATABASE_URL": url}, NOWHERE)


def execute(databases: Databases, *statements: bytes) -> None:
    with psycopg.connect(databases.admin_url or "", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_an_administrator_without_the_rights_learns_what_to_ask_for(server: str) -> None:
    execute(given(server, "boss"), b"CREATE ROLE intern LOGIN PASSWORD 'secret'")
    with pytest.raises(DatabaseError, match="ALTER ROLE intern CREATEROLE CREATEDB"):
        initialise(given(server, "intern", "secret"))


@pytest.fixture(scope="module")
def manager(server: str) -> Databases:
    """An administrator that is no superuser: what a managed service gives."""
    boss = given(server, "boss")
    execute(boss, b"CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'secret'")
    return given(server, "manager", "secret")


def test_all_three_databases_are_made_on_a_real_server(manager: Databases) -> None:
    initialise(manager)
    assert is_initialised(manager)
    with psycopg.connect(manager.ledger_url) as connection:
        assert connection.execute("SELECT count(*) FROM ledger_entries").fetchone() == (0,)
        assert connection.info.user == "aipo"


def test_the_application_itself_may_use_what_was_set_up(server: str) -> None:
    boss = given(server, "boss")
    initialise(boss)
    password = str(conninfo_to_dict(boss.ledger_url)["password"])
    own = given(server, "aipo", password)
    assert own.admin_url is None
    initialise(own)
    assert is_initialised(own)


def test_a_stranger_cannot_connect_to_the_ledger(server: str) -> None:
    boss = given(server, "boss")
    initialise(boss)
    execute(boss, b"CREATE ROLE stranger LOGIN PASSWORD 'secret'")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(f"postgresql://stranger:secret@{server}/aipo_ledger")


def test_a_ledger_is_dumped_and_restored_as_its_page_says(
    manager: Databases, debian: Path, tmp_path: Path
) -> None:
    initialise(manager)
    with closing(PostgresLedger(manager.ledger_url)) as ledger:
        ledger.append("churn", [arrival("1")], now=T0, decide=nothing, fold=apply)
        before = ledger.verify()
    shown = commands_of("docs/how-to/back-up-and-restore.md", "console")
    dump, restore = (command for command in shown if "aipo_ledger.dump" in command)
    server = manager.admin_url_of("x").partition("/x")[0]
    environ = {"PATH": f"{debian}:{os.environ['PATH']}", "SERVER": server}

    def type_in(command: str) -> None:
        subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environ, check=True)

    type_in(dump)
    execute(manager, b"DROP DATABASE aipo_ledger")
    initialise(manager)
    type_in(restore)
    with closing(PostgresLedger(manager.ledger_url)) as ledger:
        assert ledger.verify() == before
