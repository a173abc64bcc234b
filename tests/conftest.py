"""One embedded Postgres for a whole test run, and cheap fresh databases on it.

With pytest-xdist all workers share it: the first to need it starts it, and the process that runs
the workers stops it and removes its folder.

Which fixture to take:

* `fresh_ledger_url`: an empty ledger of the test's own (about 30 ms, loads neither Dagster nor
  MLflow); `fresh_ledger` also knows the administrator's address of it.
* `fresh_databases`: empty ledger, Dagster and MLflow databases of the test's own (about 100 ms);
  `module_databases`: the same for all tests of a module.
* `aipo_home`, `database_urls`: the shared home and its databases, for tests that do not mind.
* `fresh_home`: a home with a server of its own, already initialised, for tests that run programs
  with `AIPO_HOME` set (about half a second).
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from psycopg import sql

from aipo_pipelines.embedded_postgres import locks
from aipo_pipelines.resources.databases import setup
from aipo_pipelines.resources.databases.addresses import (
    APPLICATION,
    DAGSTER,
    LEDGER,
    MLFLOW,
    OWNER,
    TRACKER,
    Databases,
    resolve_databases,
)
from aipo_pipelines.resources.databases.connecting import connect
from aipo_pipelines.resources.databases.embedded import release_server, stop_server
from aipo_pipelines.resources.databases.initialise import initialise
from aipo_pipelines.resources.databases.roles import ensure_server
from aipo_pipelines.resources.home import Home

_RUN = "AIPO_TEST_RUN"
_TEMPLATES = {LEDGER: "template_ledger", DAGSTER: "template_dagster", MLFLOW: "template_mlflow"}
_OWNERS = {LEDGER: OWNER, DAGSTER: APPLICATION, MLFLOW: TRACKER}

# How long an example takes says how busy the machine is, not whether the program is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    # A run in the background of a shell ignores Ctrl-C, and so would every program it starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Threads of several workers on few cores wait for each other in busy loops: one model then
    # takes minutes. Set before scikit-learn is loaded, and inherited by every program started.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Libraries make a million objects that stay: garbage is looked for as seldom as in `aipo`.
    gc.set_threshold(50_000)
    # Workers of pytest-xdist inherit the variable and so find the same folder.
    if not hasattr(config, "workerinput"):
        os.environ[_RUN] = uuid.uuid4().hex[:12]


def pytest_collection_finish() -> None:
    # What collecting made stays to the end: nothing is gained by looking for garbage in it.
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    release_server(Home(run_folder() / "shared"))
    stop_server(Home(run_folder() / "shared"))
    shutil.rmtree(run_folder(), ignore_errors=True)


@pytest.fixture(scope="session")
def ledger_server() -> Iterator[Databases]:
    """The shared server with roles and an empty ledger; Dagster and MLflow not set up."""
    home = Home(run_folder() / "shared")
    databases = resolve_databases({}, home)
    with _alone(databases) as admin:
        _flush_nothing(admin)
        password = urlsplit(databases.admin_url or "").password or ""
        if not _exists(admin, "template_ledger"):
            ensure_server(admin, password)
            setup.set_up_ledger(databases.admin_url_of(LEDGER))
            _clone(admin, LEDGER, _TEMPLATES[LEDGER], OWNER)
    yield databases
    release_server(home)


@pytest.fixture(scope="session")
def database_urls(ledger_server: Databases) -> Databases:
    """The three databases of the shared server, all set up."""
    initialise(ledger_server)
    with _alone(ledger_server) as admin:
        for name, template in _TEMPLATES.items():
            if not _exists(admin, template):
                _clone(admin, name, template, _OWNERS[name])
    return ledger_server


@pytest.fixture(scope="session")
def aipo_home(database_urls: Databases) -> Home:
    """The shared home; its server runs and is initialised."""
    assert database_urls
    return Home(run_folder() / "shared")


@pytest.fixture
def fresh_ledger(ledger_server: Databases) -> Iterator[Databases]:
    """An empty ledger of the test's own; `ledger_url` and `admin_url` both lead to it."""
    with _clones(ledger_server, LEDGER) as names:
        yield replace(
            ledger_server,
            ledger_url=_elsewhere(ledger_server.ledger_url, names[0]),
            admin_url=ledger_server.admin_url_of(names[0]),
        )


@pytest.fixture
def fresh_ledger_url(fresh_ledger: Databases) -> str:
    """The address of an empty ledger of the test's own, as the application."""
    return fresh_ledger.ledger_url


@pytest.fixture
def fresh_databases(database_urls: Databases) -> Iterator[Databases]:
    """Three empty, initialised databases of the test's own."""
    with _three(database_urls) as databases:
        yield databases


@pytest.fixture(scope="module")
def module_databases(database_urls: Databases) -> Iterator[Databases]:
    """Three initialised databases that the tests of one module share."""
    with _three(database_urls) as databases:
        yield databases


@contextmanager
def _three(database_urls: Databases) -> Iterator[Databases]:
    with _clones(database_urls, LEDGER, DAGSTER, MLFLOW) as names:
        yield replace(
            database_urls,
            ledger_url=_elsewhere(database_urls.ledger_url, names[0]),
            dagster_url=_elsewhere(database_urls.dagster_url, names[1]),
            mlflow_url=_elsewhere(database_urls.mlflow_url, names[2]),
            admin_url=database_urls.admin_url_of(names[0]),
        )


@pytest.fixture(scope="session")
def home_template() -> Path:
    """A home whose cluster is initialised and whose server is stopped; only copied, never used."""
    path = run_folder() / "template"
    lock = locks.open_lock(run_folder() / "template.lock")
    locks.wait_lock(lock, locks.EXCLUSIVE, 120)
    if not path.exists():
        staging = Home(run_folder() / "template.new")
        databases = resolve_databases({}, staging)
        with _alone(databases) as admin:
            _flush_nothing(admin)
        initialise(databases)
        stop_server(staging)
        release_server(staging)
        staging.path.rename(path)
    os.close(lock)
    return path


@pytest.fixture(scope="module")
def module_folder() -> Path:
    """A folder that other accounts may pass through, which pytest's own are not."""
    return _passable(run_folder() / uuid.uuid4().hex[:8])


@pytest.fixture
def new_home() -> Iterator[Callable[[str], Home]]:
    """Makes homes by name, whose folders do not exist yet; stops their servers afterwards."""
    homes: list[Home] = []

    def make(name: str = "home") -> Home:
        homes.append(Home(_passable(run_folder() / uuid.uuid4().hex[:8]) / name))
        return homes[-1]

    yield make
    for home in homes:
        release_server(home)
        stop_server(home)


@pytest.fixture
def fresh_home(home_template: Path, new_home: Callable[[str], Home]) -> Home:
    """An initialised home with a server of its own, which is not running yet."""
    home = new_home("home")
    subprocess.run(["cp", "-a", home_template, home.path], check=True)
    return home


def run_folder() -> Path:
    """Folder of this test run: under the temporary folder, because pytest's own bar other users."""
    return _passable(Path(tempfile.gettempdir()) / f"aipo-test-{os.environ[_RUN]}")


def _passable(path: Path) -> Path:
    """As root, the server's account must be able to pass."""
    path.mkdir(mode=0o711, exist_ok=True)
    return path


def _elsewhere(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def _alone(databases: Databases) -> Iterator[psycopg.Connection]:
    """An administrator's connection that shuts the other workers out."""
    assert databases.admin_url is not None
    with connect(databases.admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(20)")
        yield admin


def _flush_nothing(admin: psycopg.Connection) -> None:
    """Commits wait for no disk: tests kill processes, whose commits survive, but no machine."""
    # A page that is torn by a machine that stops is what whole pages are written for.
    for setting in ("fsync", "full_page_writes"):
        admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    admin.execute("SELECT pg_reload_conf()")


def _exists(admin: psycopg.Connection, name: str) -> bool:
    rows = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return rows.fetchone() is not None


def _clone(admin: psycopg.Connection, source: str, name: str, owner: str) -> None:
    words = {"name": name, "source": source, "owner": owner, "application": APPLICATION}
    known = {word: sql.Identifier(value) for word, value in words.items()}
    # Connecting is a right of the database, and rights are not copied from a template.
    for statement in (
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE {source}",
        "REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {name} TO {application}",
    ):
        admin.execute(sql.SQL(statement).format(**known))


@contextmanager
def _clones(databases: Databases, *sources: str) -> Iterator[list[str]]:
    assert databases.admin_url is not None
    names = [f"{source}_{uuid.uuid4().hex[:12]}" for source in sources]
    with connect(databases.admin_url, autocommit=True) as admin:
        for source, name in zip(sources, names, strict=True):
            _clone(admin, _TEMPLATES[source], name, _OWNERS[source])
        yield names
        for name in names:
            dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            admin.execute(dropped)
