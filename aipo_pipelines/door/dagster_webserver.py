"""Dagster's webserver on a socket instead of a port.

    python -m aipo_pipelines.door.dagster_webserver --socket PATH --workspace FILE

The command `dagster-webserver` listens on a port only, where every account of the machine reaches
it. This does what it does, with the same settings.
"""

from __future__ import annotations

from pathlib import Path

import click
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

from aipo_pipelines.door.app import DAGSTER_PATH
from aipo_pipelines.door.serving import serve
from aipo_pipelines.door.sockets import bound

_POLL_MILLISECONDS = 2000


@click.command()
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True)
@click.option("--workspace", required=True)
def main(path: Path, workspace: str) -> None:
    """Serves Dagster's UI until a signal comes."""
    target = workspace_opts_to_load_target(WorkspaceOpts(workspace=(workspace,)))
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(
            DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW
        )
        with WorkspaceProcessContext(
            instance, version=__version__, workspace_load_target=target
        ) as context:
            app = create_app_from_workspace_process_context(
                context, DAGSTER_PATH, _POLL_MILLISECONDS
            )
            serve(app, bound(path))


if __name__ == "__main__":
    main()
