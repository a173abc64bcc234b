"""The ledger on the embedded Postgres and on the oldest version that is supported."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.postgres.schema import installing
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.ledger.protocol import Ledger
from tests.integration.ledger.samples import T0, Add, nothing

OLD = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Addresses of an empty ledger: as the application, and as an administrator."""

    url: str
    admin_url: str


@pytest.fixture(params=["postgres", "memory"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "memory":
        return InMemoryLedger()
    return PostgresLedger(request.getfixturevalue("fresh_ledger_url"))


@pytest.fixture
def add(ledger: Ledger) -> Add:
    def append(*drafts: Draft, now: datetime = T0) -> tuple[Entry, ...]:
        return ledger.append(drafts[0].product, drafts, now=now, decide=nothing, fold=apply)

    return append


@pytest.fixture(params=["embedded", "postgres15"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty ledger of the test's own, on each supported server."""
    if request.param == "postgres15":
        old: Place = request.getfixturevalue("old_place")
        return old
    databases = request.getfixturevalue("fresh_ledger")
    return Place(url=databases.ledger_url, admin_url=databases.admin_url)


@pytest.fixture
def url(place: Place) -> str:
    """Address of the ledger as the application."""
    return place.url


@pytest.fixture
def admin(place: Place) -> Iterator[psycopg.Connection]:
    """A superuser's connection to the ledger's database."""
    with psycopg.connect(place.admin_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def old_place(old_server: str) -> Iterator[Place]:
    """An empty ledger on PostgreSQL 15, set up by a role that is no superuser."""
    name = f"aipo_ledger_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_address("postgres", "postgres", old_server), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE ledger OWNER steward".encode())
        yield Place(
            url=_address("aipo", name, old_server),
            admin_url=_address("postgres", name, old_server),
        )
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def old_server() -> Iterator[str]:
    """Folder of the socket of a throw-away PostgreSQL 15."""
    if not (OLD / "initdb").exists():
        pytest.skip("PostgreSQL 15 of Debian is not installed")
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="aipo-pg15-"))
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    control: list[str | Path] = [OLD / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    _run(account, OLD / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N")
    _run(account, *control, "-o", f"-c listen_addresses= -k {folder} -c fsync=off", "start")
    with psycopg.connect(_address("postgres", "postgres", str(folder)), autocommit=True) as admin:
        admin.execute("CREATE ROLE steward LOGIN CREATEROLE")
        admin.execute("CREATE ROLE aipo LOGIN")
        admin.execute("CREATE DATABASE ledger OWNER steward")
    with installing(lambda: psycopg.connect(_address("steward", "ledger", str(folder)))):
        pass
    yield str(folder)
    _run(account, *control, "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def _run(account: pwd.struct_passwd | None, *words: str | Path) -> None:
    user, group = (account.pw_uid, account.pw_gid) if account else (None, None)
    out = subprocess.DEVNULL
    subprocess.run(words, check=True, stdout=out, cwd="/", user=user, group=group)


def _address(user: str, database: str, folder: str) -> str:
    return f"postgresql://{user}@localhost/{database}?host={folder}"
