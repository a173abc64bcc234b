"""Objects in schemas that come first by default never replace the objects of the ledger."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.dagster.storage import AipoStorage
from aipo_pipelines.resources.databases import setup
from aipo_pipelines.resources.databases.addresses import Databases
from aipo_pipelines.resources.databases.connecting import connect
from aipo_pipelines.resources.tracker.mlflow_tracker import Tracker
from tests.integration.ledger.samples import T0, arrival, nothing

pytestmark = pytest.mark.integration

FORGED = (
    "CREATE TABLE aipo.ledger_head AS SELECT * FROM public.ledger_head",
    "UPDATE aipo.ledger_head SET size = 99",
    "CREATE TABLE aipo.facts AS SELECT * FROM public.facts",
    """CREATE FUNCTION aipo.ledger_begin(bigint, text) RETURNS TABLE (size bigint,
    recorded_at timestamptz, generation bigint, entry bigint) LANGUAGE sql
    AS 'SELECT 99::bigint, NULL::timestamptz, 99::bigint, 99::bigint'""",
    "CREATE FUNCTION aipo.lower(tstzrange) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "CREATE FUNCTION aipo.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT '\\x00'::bytea$$",
    "GRANT USAGE ON SCHEMA aipo TO aipo",
    "GRANT SELECT ON ALL TABLES IN SCHEMA aipo TO aipo",
)


def test_the_ledger_is_read_and_written_past_a_schema_named_like_the_role(
    fresh_ledger: Databases,
) -> None:
    with psycopg.connect(fresh_ledger.admin_url or "", autocommit=True) as admin:
        admin.execute("CREATE SCHEMA aipo")
        for statement in FORGED:
            admin.execute(statement.encode())
    ledger = PostgresLedger(fresh_ledger.ledger_url)
    ledger.append("churn", [arrival("1")], now=T0, decide=nothing, fold=apply)
    assert (ledger.size(), set(ledger.state("churn").batches)) == (1, {"1"})
    assert ledger.verify().size == 1
    assert ledger.compare(fold=apply).differences == ()


def test_the_application_makes_no_schema_and_no_temporary_object_in_the_ledger(
    fresh_ledger_url: str,
) -> None:
    with psycopg.connect(fresh_ledger_url, autocommit=True) as application:
        for statement in ("CREATE SCHEMA aipo", "CREATE TEMP TABLE facts (id int)"):
            with pytest.raises(errors.InsufficientPrivilege):
                application.execute(statement.encode())


def test_a_function_of_the_ledger_ignores_the_search_path_of_its_caller(
    fresh_ledger: Databases,
) -> None:
    PostgresLedger(fresh_ledger.ledger_url).append(
        "churn", [arrival("1")], now=T0, decide=nothing, fold=apply
    )
    with psycopg.connect(fresh_ledger.admin_url or "", autocommit=True) as admin:
        admin.execute("CREATE SCHEMA aipo")
        for statement in FORGED:
            admin.execute(statement.encode())
    with psycopg.connect(fresh_ledger.ledger_url, autocommit=True) as application:
        application.execute("SET search_path = aipo, pg_catalog, public")
        row = application.execute("SELECT size FROM public.ledger_begin(1, 'churn')").fetchone()
    assert row == (1,)


def test_set_up_looks_at_public_tables_alone(fresh_databases: Databases) -> None:
    for url in (fresh_databases.dagster_url, fresh_databases.mlflow_url):
        with psycopg.connect(url) as application:
            application.execute("CREATE SCHEMA aipo")
            application.execute("CREATE TABLE aipo.aipo_setup AS SELECT 'forged' AS version")
        with connect(url) as application:
            assert setup.seen_version(application) != "forged"


def test_dagster_stores_its_events_past_a_schema_named_like_the_role(
    fresh_databases: Databases,
) -> None:
    with psycopg.connect(fresh_databases.dagster_url) as application:
        application.execute("CREATE SCHEMA aipo")
        application.execute("CREATE TABLE aipo.runs (LIKE public.runs INCLUDING ALL)")
    storage = AipoStorage(fresh_databases.dagster_url)
    with storage.run_storage.connect() as connection:
        shown = connection.exec_driver_sql("SELECT 'runs'::regclass::oid = 'public.runs'::regclass")
        assert shown.scalar() is True


def test_mlflow_finds_its_tables_past_a_schema_named_like_the_role(
    fresh_databases: Databases, tmp_path: Path
) -> None:
    with psycopg.connect(fresh_databases.mlflow_url) as application:
        application.execute("CREATE SCHEMA aipo")
        for table in ("registered_models", "registered_model_aliases", "experiments"):
            copied = f"CREATE TABLE aipo.{table} (LIKE public.{table} INCLUDING ALL)"
            application.execute(copied.encode())
        application.execute("INSERT INTO aipo.registered_models (name) VALUES ('churn')")
        application.execute(
            "INSERT INTO aipo.registered_model_aliases VALUES ('champion', 9, 'churn')"
        )
    tracker = Tracker(fresh_databases.mlflow_url, str(tmp_path))
    assert tracker.champion_version("churn") is None
