"""The ledger's database is brought up to this version: once, whole, and never back."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest

from aipo_pipelines.embedded_postgres.binaries import packaged_folder
from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres import migrations
from aipo_pipelines.ledger.postgres.schema import installing
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.databases.setup import set_up_ledger
from tests.integration.ledger.samples import T0, arrival, nothing

pytestmark = pytest.mark.integration

RELEASED = migrations.FOLDER
FORMER = Path(__file__).parent / "homes" / "v0.1.0"
ROOT = "f2cf74d5361b95b022e4abd5a5061aff8a98e4df91cc442d36188720492907d1"
"""Root over the 123 entries in that home, as version 0.1.0 computed it."""
COLOURS = """CREATE TABLE colours (name text PRIMARY KEY);
INSERT INTO colours VALUES ('red');
ALTER TABLE recorder_positions ADD COLUMN colour text REFERENCES colours;
"""
SLEEPERS = """SELECT pid FROM pg_stat_activity
    WHERE wait_event = 'PgSleep' AND datname = current_database()"""
SCRIPT = """from aipo_pipelines.ledger.postgres.migrations import run_sql_of

revision = "0002"
down_revision = "0001"


def upgrade():
    run_sql_of(__file__)
"""


@pytest.fixture
def new_database(ledger_server: Databases) -> Iterator[Callable[[], str]]:
    """Makes databases that hold nothing yet; returns the administrator's address of each."""
    names: list[str] = []
    with psycopg.connect(ledger_server.admin_url or "", autocommit=True) as admin:

        def make() -> str:
            names.append(f"aipo_ledger_{uuid.uuid4().hex[:12]}")
            owned = f"CREATE DATABASE {names[-1]} OWNER aipo_owner TEMPLATE template0"
            admin.execute(owned.encode())
            return ledger_server.admin_url_of(names[-1])

        yield make
        for name in names:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def former(new_database: Callable[[], str]) -> str:
    """The administrator's address of a ledger that version 0.1.0 set up and wrote."""
    url = new_database()
    with psycopg.connect(url) as admin:
        admin.execute("SET LOCAL search_path = public, pg_temp")
        admin.execute("SET LOCAL ROLE aipo_owner")
        admin.execute(stored("schema.sql.gz"))
        admin.execute(
            "CREATE TABLE aipo_setup ("
            "one boolean PRIMARY KEY DEFAULT true CHECK (one), version text NOT NULL)"
        )
        admin.execute("GRANT SELECT ON aipo_setup TO aipo")
        # The schema put its own row there; the data holds it as it was later.
        admin.execute("DELETE FROM ledger_head")
        admin.execute("RESET ROLE")
        admin.execute(stored("data.sql.gz"))
    return url


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The SQL file of a second migration, which this program has for the time of a test."""
    folder = tmp_path / "100% migrations"
    shutil.copytree(RELEASED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrations, "FOLDER", folder)
    (folder / "versions" / "v0002_colours.py").write_text(SCRIPT)
    added = folder / "versions" / "v0002_colours.sql"
    added.write_text(COLOURS)
    return added


def stored(name: str) -> bytes:
    """A file of that home; compressed, because nobody edits or corrects what was released."""
    return gzip.decompress((FORMER / name).read_bytes())


def install(url: str) -> None:
    with installing(lambda: psycopg.connect(url)):
        pass


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def catalogue(url: str) -> str:
    """Everything that the database holds besides rows, with owners and rights."""
    parts = urlsplit(url)
    command = [
        str(packaged_folder() / "pg_dump"),
        "--schema-only",
        "--restrict-key=same",
        f"--host={parse_qs(parts.query)['host'][0]}",
        f"--username={unquote(parts.username or '')}",
        f"--dbname={parts.path.lstrip('/')}",
    ]
    environ = {"PGPASSWORD": unquote(parts.password or ""), "PATH": os.defpath}
    dumped = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert dumped.returncode == 0, dumped.stderr
    return dumped.stdout


def answers(ledger: PostgresLedger) -> dict[str, object]:
    return {name: known_of(state) for name, state in ledger.states().items()}


def known_of(state: ProductState) -> dict[str, object]:
    champion = state.champion
    return {
        "agreement": state.charter.version if state.charter else None,
        "champion": [champion.version, champion.decision, champion.model.trained_at.isoformat()]
        if champion
        else None,
        "batches": {str(key): str(batch.status) for key, batch in state.batches.items()},
        "checks": {str(key): str(check.verdict) for key, check in state.checks.items()},
        "decisions": {
            str(key): [decision.go, decision.reason, list(decision.approved_by)]
            for key, decision in state.decisions.items()
        },
        "trainings": {str(key): str(training.status) for key, training in state.trainings.items()},
    }


def test_the_catalogue_contains_the_objects_of_the_comparison(fresh_ledger: Databases) -> None:
    dumped = catalogue(fresh_ledger.admin_url or "")
    for expected in (
        "CREATE TABLE public.facts",
        "CREATE UNIQUE INDEX facts_current",
        "ADD CONSTRAINT ledger_entries_key_once UNIQUE",
        "CREATE FUNCTION public.ledger_append(",
        "CREATE TRIGGER refuse_rows",
        "ALTER FUNCTION public.ledger_append(",
        "OWNER TO aipo_owner",
        "GRANT SELECT ON TABLE public.facts TO aipo",
        "REVOKE ALL ON FUNCTION public.ledger_erase_body(",
    ):
        assert expected in dumped


def test_a_home_of_version_0_1_0_becomes_like_a_new_home(
    former: str, fresh_ledger: Databases
) -> None:
    fresh = catalogue(fresh_ledger.admin_url or "")
    assert catalogue(former) != fresh
    set_up_ledger(former)
    assert catalogue(former) == fresh
    assert rows(former, "SELECT version_num FROM ledger_version") == [("0001",)]


def test_a_home_of_version_0_1_0_keeps_its_entries_and_its_answers(former: str) -> None:
    entries = "SELECT e, b.salt, b.body FROM ledger_entries e JOIN entry_bodies b USING (index)"
    before = rows(former, f"{entries} ORDER BY index")
    set_up_ledger(former)
    ledger = PostgresLedger(former)
    verification = ledger.verify()
    assert (verification.size, verification.root.hex(), verification.erased) == (123, ROOT, ())
    assert rows(former, f"{entries} ORDER BY index") == before
    assert ledger.compare(fold=apply).differences == ()
    assert answers(ledger) == json.loads((FORMER / "answers.json").read_text())


def test_a_home_of_version_0_1_0_is_written_on(former: str) -> None:
    set_up_ledger(former)
    ledger = PostgresLedger(former)
    ledger.append("churn", [arrival("1")], now=T0, decide=nothing, fold=apply)
    assert ledger.verify().size == 124
    assert ledger.altered() == frozenset()


def test_functions_triggers_and_rights_that_differ_are_put_right(
    former: str, fresh_ledger: Databases
) -> None:
    with psycopg.connect(former) as admin:
        admin.execute(
            "CREATE OR REPLACE FUNCTION ledger_time(moment timestamptz) RETURNS text "
            "LANGUAGE sql AS $$ SELECT 'of another version' $$"
        )
        admin.execute("DROP TRIGGER refuse_rows ON ledger_entries")
        admin.execute("REVOKE SELECT ON facts FROM aipo")
        admin.execute("GRANT EXECUTE ON FUNCTION ledger_append TO PUBLIC")
    set_up_ledger(former)
    assert catalogue(former) == catalogue(fresh_ledger.admin_url or "")


def test_a_home_that_went_through_each_version_is_like_a_home_that_begins_with_the_last(
    new_database: Callable[[], str], next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown, fresh, later = new_database(), new_database(), migrations.FOLDER
    monkeypatch.setattr(migrations, "FOLDER", RELEASED)
    install(grown)
    assert rows(grown, "SELECT version_num FROM ledger_version") == [("0001",)]
    monkeypatch.setattr(migrations, "FOLDER", later)
    install(grown)
    install(fresh)
    assert next_version.parent.parent == later
    assert rows(grown, "SELECT version_num FROM ledger_version") == [("0002",)]
    assert catalogue(grown) == catalogue(fresh)


@pytest.mark.usefixtures("next_version")
def test_a_migration_runs_once(former: str) -> None:
    for _ in range(2):
        install(former)
    assert rows(former, "SELECT name FROM colours") == [("red",)]


def test_a_migration_that_fails_leaves_nothing_and_the_next_start_completes_it(
    former: str, next_version: Path
) -> None:
    before = catalogue(former)
    next_version.write_text(COLOURS + "SELECT 1 / 0;")
    with pytest.raises(DatabaseError, match="division by zero"):
        install(former)
    assert catalogue(former) == before

    next_version.write_text(COLOURS)
    install(former)
    assert rows(former, "SELECT version_num FROM ledger_version") == [("0002",)]
    assert rows(former, "SELECT name FROM colours") == [("red",)]
    assert PostgresLedger(former).verify().size == 123


def test_a_process_that_dies_in_a_migration_leaves_nothing_and_the_next_start_completes_it(
    former: str, next_version: Path
) -> None:
    before = catalogue(former)
    next_version.write_text(COLOURS + "SELECT pg_sleep(120);")
    program = (
        "import sys; from pathlib import Path; import psycopg\n"
        "from aipo_pipelines.ledger.postgres import migrations, schema\n"
        "migrations.FOLDER = Path(sys.argv[2])\n"
        "with schema.installing(lambda: psycopg.connect(sys.argv[1])): pass\n"
    )
    command = [sys.executable, "-c", program, former, str(migrations.FOLDER)]
    with subprocess.Popen(command) as process:
        assert eventually(lambda: len(rows(former, SLEEPERS)) == 1)
        process.kill()
    # The server notices a client that has gone only when it answers; no other test waits for it.
    for (pid,) in rows(former, SLEEPERS):
        rows(former, f"SELECT pg_terminate_backend({pid})")
    assert eventually(lambda: rows(former, SLEEPERS) == [])
    assert catalogue(former) == before

    next_version.write_text(COLOURS)
    install(former)
    assert rows(former, "SELECT version_num FROM ledger_version") == [("0002",)]


def test_a_block_that_fails_takes_the_migrations_with_it(former: str) -> None:
    before = catalogue(former)
    with (
        pytest.raises(RuntimeError, match="in the middle"),
        installing(lambda: psycopg.connect(former)),
    ):
        raise RuntimeError("in the middle")
    assert catalogue(former) == before


def test_a_connection_that_is_lost_in_a_migration_is_reported_as_a_database_error(
    former: str, next_version: Path
) -> None:
    next_version.write_text("SELECT pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(DatabaseError, match="could not be set up in database"):
        install(former)


def test_a_server_that_goes_away_before_the_commit_leaves_nothing(former: str) -> None:
    before = catalogue(former)
    with (
        pytest.raises(DatabaseError, match="could not be set up in database"),
        installing(lambda: psycopg.connect(former)) as connection,
    ):
        rows(former, f"SELECT pg_terminate_backend({connection.info.backend_pid}, 10000)")
    assert catalogue(former) == before


def test_two_that_migrate_at_once_run_each_migration_once(former: str, next_version: Path) -> None:
    next_version.write_text(COLOURS + "SELECT pg_sleep(0.5);")
    problems = together(lambda: install(former), 2)
    assert problems == []
    assert rows(former, "SELECT version_num FROM ledger_version") == [("0002",)]
    assert rows(former, "SELECT name FROM colours") == [("red",)]


def test_a_database_of_a_newer_version_is_refused_and_stays_as_it_is(
    former: str, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_version.exists()
    install(former)
    before = catalogue(former)
    monkeypatch.setattr(migrations, "FOLDER", RELEASED)
    with pytest.raises(DatabaseError) as caught:
        set_up_ledger(former)
    message = str(caught.value)
    assert "was set up by a newer version" in message
    assert "at change 0002" in message
    assert "knows changes up to 0001" in message
    assert "Install the version that set it up, or a later version." in message
    assert catalogue(former) == before


def test_the_application_cannot_touch_the_version_of_the_tables(fresh_ledger_url: str) -> None:
    with (
        psycopg.connect(fresh_ledger_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE ledger_version SET version_num = '9999'")


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def together(attempt: Callable[[], None], number: int) -> list[BaseException]:
    """The errors of threads that begin at once."""
    problems: list[BaseException] = []
    begin = threading.Barrier(number)

    def attempted() -> None:
        begin.wait()
        try:
            attempt()
        except BaseException as error:  # noqa: BLE001  # reported by the caller's assertion
            problems.append(error)

    threads = [threading.Thread(target=attempted) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems
