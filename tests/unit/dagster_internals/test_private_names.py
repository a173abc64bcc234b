"""Dagster's internals are as the adapter expects them, and no other module uses them."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as db
from dagster import AssetCheckSeverity

from tests.dagster_internals import (
    AssetKeyTable,
    DaemonHeartbeatsTable,
    InstigatorsTable,
    JobTickTable,
    SqlEventLogStorageTable,
)
from tests.unit.dagster_internals.private_names import (
    FOLDER,
    Use,
    changed,
    missing_columns,
    private_imports,
    private_imports_of,
)

ROOT = Path(__file__).parents[3]
ADAPTER = ROOT / "aipo_pipelines" / FOLDER
ELSEWHERE = {
    ROOT / "bench" / "dagster_internals.py",
    ROOT / "tests" / "dagster_internals.py",
}
"""The benchmarks and the tests use more of Dagster, each in one file."""

LAUNCHER = "dagster._core.launcher:RunLauncher"
POSTGRES = "dagster_postgres:Postgres"
POOL = ("self", "statement_timeout", "pool_recycle", "max_overflow")
CONNECTION = ("self", "postgres_url", "should_autocreate_tables", "inst_data", "token_provider")
USES = (
    Use(by="compute_logs", name="dagster._core.execution.compute_logs:redirect_to_file"),
    Use(
        by="compute_logs",
        name="dagster._core.storage.compute_log_manager:CapturedLogContext",
    ),
    Use(by="compute_logs", name="dagster._core.storage.compute_log_manager:ComputeIOType.STDOUT"),
    Use(by="compute_logs", name="dagster._core.storage.compute_log_manager:ComputeIOType"),
    Use(
        by="compute_logs", name="dagster._core.storage.local_compute_log_manager:IO_TYPE_EXTENSION"
    ),
    Use(
        by="compute_logs",
        name="dagster._core.storage.local_compute_log_manager:LocalComputeLogManager",
        takes=("base_dir", "polling_timeout", "inst_data"),
    ),
    Use(
        by="compute_logs",
        name="dagster._core.storage.local_compute_log_manager:"
        "LocalComputeLogManager.get_captured_local_path",
        takes=("self", "log_key", "extension", "partial"),
    ),
    Use(
        by="compute_logs",
        name="dagster._core.storage.local_compute_log_manager:"
        "LocalComputeLogManager.complete_artifact_path",
        takes=("self", "log_key"),
    ),
    Use(by="compute_logs", name="dagster._utils:ensure_file", takes=("path",)),
    Use(by="compute_logs", name="dagster._utils:touch_file", takes=("path",)),
    Use(by="configuring", name="dagster._config:UserConfigSchema"),
    Use(by="configuring", name="dagster._serdes:ConfigurableClass"),
    Use(
        by="configuring",
        name="dagster._serdes:ConfigurableClass.from_config_value",
        takes=("inst_data", "config_value"),
    ),
    Use(by="configuring", name="dagster._serdes:ConfigurableClassData"),
    Use(by="daemon", name="dagster._daemon.sensor:MIN_INTERVAL_LOOP_TIME"),
    Use(by="daemon", name="dagster._daemon.cli:main"),
    Use(by="database_errors", name="dagster_postgres.utils:DagsterPostgresException"),
    Use(by="event_log", name="dagster._core.events.log:EventLogEntry"),
    Use(by="event_log", name="dagster._serdes:deserialize_value"),
    Use(by="event_log", name=f"{POSTGRES}EventLogStorage.index_connection", takes=("self",)),
    Use(by="events", name="dagster._core.events.log:EventLogEntry"),
    Use(by="interrupts", name="dagster._utils.interrupts:capture_interrupts", takes=()),
    Use(
        by="jobs",
        name="dagster._core.definitions.unresolved_asset_job_definition:"
        "UnresolvedAssetJobDefinition",
    ),
    Use(by="launching", name="dagster._core.launcher:CheckRunHealthResult"),
    Use(by="launching", name="dagster._core.launcher:LaunchRunContext"),
    Use(by="launching", name=LAUNCHER),
    Use(by="launching", name=f"{LAUNCHER}._instance"),
    Use(by="launching", name=f"{LAUNCHER}.launch_run", takes=("self", "context")),
    Use(by="launching", name=f"{LAUNCHER}.terminate", takes=("self", "run_id")),
    Use(by="launching", name=f"{LAUNCHER}.check_run_worker_health", takes=("self", "run")),
    Use(by="launching", name="dagster._core.launcher:WorkerStatus.NOT_FOUND"),
    Use(by="launching", name="dagster._core.launcher:WorkerStatus"),
    Use(by="launching", name="dagster._cli:cli"),
    Use(by="launching", name="dagster._grpc.types:ExecuteRunArgs"),
    Use(
        by="launching", name="dagster._grpc.types:ExecuteRunArgs.get_command_args", takes=("self",)
    ),
    Use(by="storage", name="dagster._core.storage.base_storage:DagsterStorage"),
    Use(by="storage", name=f"{POSTGRES}RunStorage.__init__", takes=CONNECTION),
    Use(by="storage", name=f"{POSTGRES}EventLogStorage.__init__", takes=CONNECTION),
    Use(by="storage", name=f"{POSTGRES}ScheduleStorage.__init__", takes=CONNECTION),
    Use(by="storage", name=f"{POSTGRES}RunStorage.optimize_for_webserver", takes=POOL),
    Use(by="storage", name=f"{POSTGRES}EventLogStorage.optimize_for_webserver", takes=POOL),
    Use(by="storage", name=f"{POSTGRES}ScheduleStorage.optimize_for_webserver", takes=POOL),
    Use(by="storage", name=f"{POSTGRES}EventLogStorage.has_table", takes=("self", "table_name")),
    Use(
        by="storage",
        name=f"{POSTGRES}EventLogStorage.has_asset_key_col",
        takes=("self", "column_name"),
    ),
    Use(
        by="webserver",
        name="dagster._cli.workspace.cli_target:workspace_opts_to_load_target",
    ),
    Use(by="webserver", name="dagster._core.workspace.context:WorkspaceProcessContext"),
    Use(by="webserver", name="dagster_shared.cli:WorkspaceOpts"),
    Use(
        by="webserver",
        name="dagster_webserver.app:create_app_from_workspace_process_context",
    ),
    Use(by="webserver", name="dagster_webserver.cli:DEFAULT_DB_STATEMENT_TIMEOUT"),
    Use(by="webserver", name="dagster_webserver.cli:DEFAULT_POOL_MAX_OVERFLOW"),
    Use(by="webserver", name="dagster_webserver.cli:DEFAULT_POOL_RECYCLE"),
    Use(by="webserver", name="dagster_webserver.version:__version__"),
)
COLUMNS = (
    (
        "event_log",
        SqlEventLogStorageTable,
        {"id", "dagster_event_type", "run_id", "asset_key", "event"},
    ),
    (
        "instigators",
        InstigatorsTable,
        {"status", "instigator_body", "instigator_type", "selector_id", "update_timestamp"},
    ),
    ("instigators", JobTickTable, {"status", "selector_id", "timestamp"}),
    ("instigators", DaemonHeartbeatsTable, {"daemon_type", "timestamp"}),
)


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.by}-{use.name}")
def test_dagster_still_has_what_the_adapter_uses(use: Use) -> None:
    assert changed(use) == ""


@pytest.mark.parametrize(
    ("by", "table", "columns"), COLUMNS, ids=[f"{by}-{table.name}" for by, table, _ in COLUMNS]
)
def test_dagster_still_has_the_columns_that_the_adapter_reads(
    by: str, table: db.Table, columns: set[str]
) -> None:
    assert missing_columns(by, table, columns) == ""


def test_a_name_that_moved_is_reported_with_the_module_that_needs_care() -> None:
    moved = Use(by="daemon", name="dagster._daemon.sensor:NO_SUCH_NAME")
    assert changed(moved) == (
        f"Dagster {dg.__version__}: `dagster._daemon.sensor:NO_SUCH_NAME` moved; the module "
        "aipo_pipelines/dagster_internals/daemon.py needs care"
    )


def test_another_signature_is_reported_with_both() -> None:
    other = Use(by="compute_logs", name="dagster._utils:touch_file", takes=("file",))
    assert "has another signature (path instead of ('file',))" in changed(other)


def test_a_lost_column_is_reported() -> None:
    change = missing_columns("event_log", AssetKeyTable, {"asset_key", "no_such_column"})
    assert "the table asset_keys has lost no_such_column" in change


def test_every_private_name_that_the_adapter_imports_is_checked() -> None:
    imported = {
        (file.stem, name) for file in ADAPTER.glob("*.py") for name in private_imports(file)
    }
    checked = {(use.by, use.name) for use in USES}
    # A module is imported whole to set one of its names, which is checked.
    imported.remove(("daemon", "dagster._daemon.sensor"))
    assert imported - checked == set()


def test_only_the_adapter_imports_internals_of_dagster() -> None:
    rooms = ("aipo_pipelines", "bench", "chaos", "differential", "tests")
    files = {file for room in rooms for file in (ROOT / room).rglob("*.py")}
    strangers = {
        str(file.relative_to(ROOT))
        for file in files - ELSEWHERE
        if file.parent != ADAPTER
        and any(name.startswith("dagster._") for name in private_imports(file))
    }
    assert strangers == set()


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("from dagster_shared.cli import WorkspaceOpts", ["dagster_shared.cli:WorkspaceOpts"]),
        ("import os, dagster_shared", ["dagster_shared"]),
        ("import dagster as dg\nfrom dagster import job", []),
        ("READ = 'import sys; import dagster_webserver.app'", ["dagster_webserver.app"]),
        ("def read():\n    run(['-c', 'import dagster_shared'])", ["dagster_shared"]),
        ("'Nobody may import dagster_shared here.'", []),
        ("NAME = 'dagster_shared'", []),
        ("'import dagster_shared\\0'", []),
    ],
)
def test_private_imports_are_found_in_programs_and_in_their_texts(
    program: str, names: list[str]
) -> None:
    assert [*private_imports_of(program)] == names


def test_dagster_still_names_the_two_severities_of_the_adapter() -> None:
    assert {severity.name for severity in AssetCheckSeverity} == {"WARN", "ERROR"}
