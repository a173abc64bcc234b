"""MLflow's server on a socket instead of a port, and not as root.

    python -m aipo_pipelines.door.mlflow_server --socket PATH --models PLACE
                                    [--as UID:GID [--relay FOLDER --postgres FOLDER]]

The command `mlflow server` listens on a port, and every account of the machine reaches a port. This
module serves the same application with the same settings. MLFLOW_BACKEND_STORE_URI holds a password
and is handed over by the environment.

Started by root, it forks. The child loads MLflow, becomes the other account and serves. The parent
stays root and only passes connections on to Postgres. MLflow is loaded before root's rights are
given up, because the account may have no way to an interpreter that was installed for root.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import warnings
from importlib import import_module
from pathlib import Path

import click
from starlette.types import ASGIApp

from aipo_pipelines.door.app import MLFLOW_PATH
from aipo_pipelines.door.artifacts import confine
from aipo_pipelines.door.relay import relay
from aipo_pipelines.door.serving import serve
from aipo_pipelines.door.sockets import bound
from aipo_pipelines.embedded_postgres.account import Account

POSTGRES_SOCKET = ".s.PGSQL.5432"
"""Name of Postgres' socket in its folder, as its clients expect it."""

_LATE = ("encodings.idna", "multiprocessing.pool", "xml.etree.ElementTree", "zipfile")
"""Modules of the standard library that MLflow imports while it serves."""


def load(models: str) -> ASGIApp:
    """MLflow's application, with the settings of the environment.

    Args:
        models: The place of the models in the lake.
    """
    store, root = os.environ["MLFLOW_BACKEND_STORE_URI"], os.environ["MLFLOW_DEFAULT_ARTIFACT_ROOT"]
    # By these names `mlflow server` hands its options to the processes that serve.
    os.environ |= {
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": root,
        "_MLFLOW_STATIC_PREFIX": MLFLOW_PATH,
        "_MLFLOW_SGI_NAME": "uvicorn",
        "_MLFLOW_IN_JOB_EXECUTOR": "false",
        "MLFLOW_ENABLE_WORKSPACES": "false",
        # The door has looked at host and origin.
        "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.server.fastapi_app import app
        from mlflow.server.handlers import initialize_backend_stores

        for name in _LATE:
            import_module(name)
    initialize_backend_stores(store, store, root)
    confine((models, root))
    served: ASGIApp = app
    return served


@click.command()
@click.option("--socket", "path", type=click.Path(path_type=Path), required=True)
@click.option("--models", required=True)
@click.option("--as", "account", default="")
@click.option("--relay", "relayed", type=click.Path(path_type=Path))
@click.option("--postgres", type=click.Path(path_type=Path))
def main(
    path: Path, models: str, account: str, relayed: Path | None, postgres: Path | None
) -> None:
    """Serves MLflow until a signal comes."""
    place = bound(path)
    if not account:
        serve(load(models), place)
        return
    uid, _, gid = account.partition(":")
    other = Account(int(uid), int(gid), switch=True)
    near = bound(relayed / POSTGRES_SOCKET, owner=other) if relayed else None
    child = os.fork()
    if child:
        place.close()
        raise SystemExit(_stay(child, near, postgres))
    if near is not None:
        near.close()
    app = load(models)
    step_down(other, Path(os.environ["HOME"]))
    serve(app, place)


def step_down(account: Account, folder: Path) -> None:
    """Becomes an account for the rest of the process, with only its own group."""
    # In this order: after setuid the process may change neither its groups nor its group.
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    os.chdir(folder)


def _stay(child: int, near: socket.socket | None, postgres: Path | None) -> int:
    """Passes connections on until the child has ended; returns its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # A signal goes to the whole group: the child ends by it, and this process after the child.
        signal.signal(number, signal.SIG_IGN)

    async def until_ended() -> int:
        """Passes connections on while the child runs."""
        ended = asyncio.create_task(asyncio.to_thread(os.waitpid, child, 0))
        if near is not None and postgres is not None:
            await relay(near, postgres / POSTGRES_SOCKET, ended)
        return os.waitstatus_to_exitcode((await ended)[1])

    code = asyncio.run(until_ended())
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    main()
