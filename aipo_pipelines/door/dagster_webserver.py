"""Dagster's webserver on a socket instead of a port.

    python -m aipo_pipelines.door.dagster_webserver --socket PATH --workspace FILE

The command `dagster-webserver` listens on a port only, and every account of the machine reaches a
port. This module serves the same application with the same settings.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from aipo_pipelines.dagster_internals.webserver import dagster_app
from aipo_pipelines.door.app import DAGSTER_PATH
from aipo_pipelines.door.serving import serve
from aipo_pipelines.door.sockets import bound
from aipo_pipelines.logs import set_up


@click.command()
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True)
@click.option("--workspace", required=True)
def main(path: Path, workspace: str) -> None:
    """Serves Dagster's UI until a signal comes."""
    set_up(os.environ)
    with dagster_app(workspace, DAGSTER_PATH) as app:
        serve(app, bound(path))


if __name__ == "__main__":
    main()
