"""The services of `aipo up`: MLflow and Dagster on sockets, and the door in front of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.door.account import furnish, lend_models, mlflow_account, relay_folder
from aipo_pipelines.door.app import MLFLOW_PATH, TOKEN
from aipo_pipelines.door.secret import renew_token
from aipo_pipelines.door.sockets import DAGSTER, MLFLOW
from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.resources.databases.addresses import resolve_databases
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.processes import ServiceSpec

_DAEMON = "aipo_pipelines.resources.dagster.daemon"
_PLAIN = frozenset(
    ["PATH", "LANG", "LANGUAGE", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "OMP_NUM_THREADS"]
)
_STORES = ("MLFLOW_", "AWS_", "AZURE_", "GOOGLE_", "LC_", "REQUESTS_", "SSL_")
_ROOT_UMASK, _UMASK = 0o027, 0o077


@dataclass(frozen=True, kw_only=True)
class Place:
    """The places of one start.

    Attributes:
        home: The home folder.
        sockets: Folder of the sockets behind the door.
        port: Port of the door.
        hosts: Names of hosts that the door accepts besides those of this machine.
    """

    home: Home
    sockets: Path
    port: int
    hosts: Sequence[str] = ()

    @property
    def mlflow_url(self) -> str:
        """The address of MLflow's pages."""
        return f"http://127.0.0.1:{self.port}{MLFLOW_PATH}"


def close_to_others() -> None:
    """Makes new files of this command and its services unreadable for other accounts."""
    # As root, the group of a folder may read its new files: MLflow's account reads models that way.
    os.umask(_ROOT_UMASK if os.geteuid() == 0 else _UMASK)


def address_to_open(place: Place) -> str:
    """Makes a new token and returns the address that carries it."""
    return f"http://127.0.0.1:{place.port}/?{TOKEN}={renew_token(place.home.token)}"


def services_of(environ: Mapping[str, str], place: Place) -> list[ServiceSpec]:
    """The services of one start; the door's token must have been made."""
    workspace, logs = environ["AIPO_WORKSPACE"], place.home.logs
    daemon = ServiceSpec(
        name="Dagster's daemon",
        # Otherwise every sensor logs each of its checks: gigabytes in a year.
        command=_module(_DAEMON, "run", "--log-level", "warning", "--workspace", workspace),
        environ=environ,
        log=logs / "dagster-daemon.log",
    )
    socket = place.sockets / DAGSTER
    webserver = ServiceSpec(
        name="Dagster's webserver",
        command=_module(
            "aipo_pipelines.door.dagster_webserver",
            *("--socket", str(socket), "--workspace", workspace),
        ),
        environ=environ,
        log=logs / "dagster-webserver.log",
        address=f"unix:{socket}",
    )
    hosts = [argument for name in place.hosts for argument in ("--allow-host", name)]
    door = ServiceSpec(
        name="The door",
        command=_module(
            "aipo_pipelines.door",
            *("--port", str(place.port), "--sockets", str(place.sockets)),
            *("--token-file", str(place.home.token), *hosts),
        ),
        environ=environ,
        log=logs / "door.log",
        address=f"http://127.0.0.1:{place.port}/",
    )
    # The door is last, because it passes requests on to the others.
    return [_mlflow(environ, place), daemon, webserver, door]


def _mlflow(environ: Mapping[str, str], place: Place) -> ServiceSpec:
    home, account = place.home, mlflow_account(place.home)
    folder, socket = furnish(home, account), place.sockets / MLFLOW
    lake = environ.get("AIPO_LAKE") or str(home.lake)
    # Absolute, because the server works in another folder.
    lake = lake if "://" in lake else str(Path(lake).absolute())
    # A configured lake keeps the permissions that its owner gave it.
    if account is not None and lake == str(home.lake):
        lend_models(home.lake, account)
    url = resolve_databases(environ, home).mlflow_url
    arguments: list[str] = []
    if account is not None:
        url, arguments = reached_by(account, url, relay_folder(home, place.sockets, account))
    inherited = {
        name: value for name, value in environ.items() if name in _PLAIN or name.startswith(_STORES)
    }
    return ServiceSpec(
        name="MLflow",
        command=_module(
            "aipo_pipelines.door.mlflow_server",
            *("--socket", str(socket), "--models", f"{lake}/mlflow", *arguments),
        ),
        # Clients of MLflow may get it to read its environment, so it contains no password of other
        # services. The database's address contains a password: every account can read the arguments
        # of a process, but not its environment.
        environ=inherited
        | {
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "MLFLOW_BACKEND_STORE_URI": url,
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": str(folder / "artifacts"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
        log=home.logs / "mlflow.log",
        address=f"unix:{socket}",
    )


def reached_by(account: Account, url: str, relay: Path) -> tuple[str, list[str]]:
    """The database's address for MLflow's account, and the arguments that start its server.

    Args:
        account: The account of the server.
        url: The address for this account.
        relay: Folder of a socket that leads to the socket of Postgres, if Postgres has a socket.
    """
    from sqlalchemy.engine import make_url

    arguments = ["--as", f"{account.uid}:{account.gid}"]
    parsed = make_url(url)
    host = parsed.query.get("host", "")
    # An address with a name or a number of a host is reachable for every account.
    if not isinstance(host, str) or not host.startswith("/"):
        return url, arguments
    relayed = parsed.update_query_dict({"host": str(relay)}).render_as_string(hide_password=False)
    return relayed, [*arguments, "--relay", str(relay), "--postgres", host]


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)
