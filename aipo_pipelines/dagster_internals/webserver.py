"""Dagster's webserver as an application that any server can serve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster._cli.workspace.cli_target import workspace_opts_to_load_target
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster_shared.cli import WorkspaceOpts
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.cli import (
    DEFAULT_DB_STATEMENT_TIMEOUT,
    DEFAULT_POOL_MAX_OVERFLOW,
    DEFAULT_POOL_RECYCLE,
)
from dagster_webserver.version import __version__
from starlette.applications import Starlette

_POLL_MILLISECONDS = 2000


@contextmanager
def dagster_app(workspace: str, path_prefix: str) -> Iterator[Starlette]:
    """Dagster's UI for the instance of `DAGSTER_HOME`.

    Args:
        workspace: The file that names the code locations.
        path_prefix: Path under which people see it.
    """
    target = workspace_opts_to_load_target(WorkspaceOpts(workspace=(workspace,)))
    with dg.DagsterInstance.get() as instance:
        # As the command dagster-webserver does: a page asks much at once.
        instance.optimize_for_webserver(
            DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW
        )
        with WorkspaceProcessContext(
            instance, version=__version__, workspace_load_target=target
        ) as context:
            # Within both contexts: the pages ask the instance and the code locations while served.
            yield create_app_from_workspace_process_context(
                context, path_prefix, _POLL_MILLISECONDS
            )
