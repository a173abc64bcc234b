"""`aipo up`: everything running until Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from aipo_pipelines.cli.charter_news import CharterNews
from aipo_pipelines.cli.moment import tell_simulated
from aipo_pipelines.cli.output import result, talk
from aipo_pipelines.cli.products import catalogue, products_option
from aipo_pipelines.cli.standstill import StandstillNews
from aipo_pipelines.errors import ServiceError
from aipo_pipelines.policy.wording import counted
from aipo_pipelines.resources.home import Home, resolve_home
from aipo_pipelines.resources.postgres.databases import resolve_databases
from aipo_pipelines.resources.processes import (
    RunningService,
    ServiceSpec,
    require_free_port,
    running,
    wait_until_up,
)

START_SECONDS = 120.0
CHARTER_SECONDS = 10.0
STANDSTILL_SECONDS = 60.0
DAEMON = "aipo_pipelines.resources.daemon"


@click.command()
@products_option
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI.")
@click.option("--mlflow-port", default=5000, show_default=True, help="Port of the MLflow UI.")
def up(products: Path, port: int, mlflow_port: int) -> None:
    """Run Postgres (unless AIPO_DATABASE_URL names one), MLflow and Dagster until Ctrl-C.

    New batches are measured as they arrive, incidents reach people, and all of it is shown in
    the Dagster UI. What was measured before is found again at the next start.

    \b
    Example:
      aipo up --port 3000
    """
    known = catalogue(products)
    home = resolve_home(os.environ).create()
    require_free_port(port, "Dagster", "--port")
    require_free_port(mlflow_port, "MLflow", "--mlflow-port")
    signal.signal(signal.SIGTERM, _stop)
    # A shell that starts this in the background has it ignore Ctrl-C; the signal is meant for it.
    signal.signal(signal.SIGINT, _stop)
    with _alone(home):
        from aipo_pipelines.cli.session import open_session

        talk().print("starting the databases ...")
        with open_session(known, products) as session:
            tell_simulated(session.services.clock)
            session.heal()
            session.environ["AIPO_MLFLOW_URL"] = f"http://127.0.0.1:{mlflow_port}"
            specs = _services(session.environ, home, port, mlflow_port)
            talk().print("starting MLflow and Dagster ...")
            with contextlib.suppress(KeyboardInterrupt), running(specs) as services:
                wait_until_up(services, START_SECONDS)
                result().print(f"Dagster  http://127.0.0.1:{port}")
                result().print(f"MLflow   http://127.0.0.1:{mlflow_port}")
                loaded = counted(len(known), "product")
                talk().print(
                    f"{loaded} from {products}; logs in {home.logs}; Ctrl-C stops", markup=False
                )
                sys.stdout.flush()
                standstill = StandstillNews(
                    services=session.services,
                    products=known,
                    dagster_url=session.services.dagster_url,
                )
                _serve(services, CharterNews(products), standstill)
            talk().print("stopping the databases ...")
    talk().print("stopped")


def _serve(
    services: list[RunningService], charters: CharterNews, standstill: StandstillNews
) -> None:
    watched = ((charters.news, CHARTER_SECONDS), (standstill.news, STANDSTILL_SECONDS))
    # What stands still since an earlier time is named at once.
    due = [time.monotonic() + CHARTER_SECONDS, time.monotonic()]
    while True:
        for service in services:
            service.fail_if_gone()
        for place, (news, seconds) in enumerate(watched):
            if time.monotonic() >= due[place]:
                due[place] = time.monotonic() + seconds
                if told := news():
                    talk().print(told, markup=False)
        time.sleep(0.3)


def _stop(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt


def _services(
    environ: dict[str, str], home: Home, port: int, mlflow_port: int
) -> list[ServiceSpec]:
    scripts = Path(sys.executable).parent
    workspace = environ["AIPO_WORKSPACE"]
    mlflow = ServiceSpec(
        name="MLflow",
        command=(
            str(scripts / "mlflow"),
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(mlflow_port),
            "--workers",
            "1",
        ),
        # The database's address holds a password: never among the arguments.
        environ=environ
        | {
            "MLFLOW_BACKEND_STORE_URI": resolve_databases(environ, home).mlflow_url,
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": str(home.lake / "mlflow"),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
        log=home.logs / "mlflow.log",
        address=f"http://127.0.0.1:{mlflow_port}/health",
    )
    webserver = ServiceSpec(
        name="Dagster's webserver",
        command=(
            str(scripts / "dagster-webserver"),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workspace",
            workspace,
        ),
        environ=environ,
        log=home.logs / "dagster-webserver.log",
        address=f"http://127.0.0.1:{port}/server_info",
    )
    daemon = ServiceSpec(
        name="Dagster's daemon",
        # At every look a sensor would tell that it looked: gigabytes in a year.
        command=(
            *(sys.executable, "-m", DAEMON, "run"),
            *("--log-level", "warning", "--workspace", workspace),
        ),
        environ=environ,
        log=home.logs / "dagster-daemon.log",
    )
    return [mlflow, daemon, webserver]


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    lock = home.path / "up.lock"
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError(
                f"aipo up already runs on {home.path}; stop it, or choose another AIPO_HOME"
            ) from error
        yield
