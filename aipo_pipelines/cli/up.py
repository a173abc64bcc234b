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

from aipo_pipelines.cli.changed_charters import CharterNews
from aipo_pipelines.cli.output import result, talk
from aipo_pipelines.cli.products import catalogue, products_option
from aipo_pipelines.cli.serving import Place, address_to_open, close_to_others, services_of
from aipo_pipelines.cli.stopped_sensors import StandstillNews
from aipo_pipelines.cli.times import tell_simulated
from aipo_pipelines.door.gate import HOST_NAME
from aipo_pipelines.door.sockets import socket_folder
from aipo_pipelines.errors import ServiceError, UsageError
from aipo_pipelines.policy.text import counted
from aipo_pipelines.resources.home import Home, open_private, resolve_home
from aipo_pipelines.resources.processes import (
    RunningService,
    require_free_port,
    running,
    wait_until_up,
)
from aipo_pipelines.resources.products_root import existing

START_SECONDS = 120.0
CHARTER_SECONDS = 10.0
STANDSTILL_SECONDS = 60.0


def _gone(context: click.Context, parameter: click.Parameter, value: int | None) -> None:
    del context, parameter
    if value is not None:
        raise UsageError(
            "--mlflow-port has gone: MLflow has no port of its own any more. It is behind the "
            "door of --port, at /mlflow/; leave the option out"
        )


def _host_names(
    context: click.Context, parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    del context, parameter
    for name in names:
        if HOST_NAME.fullmatch(name) is None:
            raise UsageError(
                f"--allow-host {name} is no name of a host; expected one such as "
                "aipo.example.com, without a scheme, a port or a path"
            )
    return names


@click.command()
@products_option
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=3000,
    show_default=True,
    help="Port of the door to both UIs.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    callback=_host_names,
    help="A name by which people reach the door, for a proxy in front of it; may be repeated.",
)
@click.option("--mlflow-port", type=int, hidden=True, expose_value=False, callback=_gone)
def up(products: Path, port: int, allow_host: tuple[str, ...]) -> None:
    """Run Postgres (unless AIPO_DATABASE_URL names one), MLflow and Dagster until Ctrl-C.

    New batches are measured as they arrive, incidents reach people, and all of it is shown in
    the Dagster UI. What was measured before is found again at the next start.

    The address that is printed carries a token; only who has it gets in. Programs find it in
    door.token of the home.

    \b
    Example:
      aipo up --port 3000
    """
    existing(products)
    close_to_others()
    home = resolve_home(os.environ).create()
    require_free_port(port, "Dagster and MLflow", "--port")
    signal.signal(signal.SIGTERM, _stop)
    # A shell that starts this in the background has it ignore Ctrl-C; the signal is meant for it.
    signal.signal(signal.SIGINT, _stop)
    with _alone(home):
        from aipo_pipelines.cli.session import open_session

        talk().print("starting the databases ...")
        known = catalogue(products)
        with open_session(known, products) as session, socket_folder(home) as sockets:
            tell_simulated(session.services.clock)
            session.heal()
            place = Place(home=home, sockets=sockets, port=port, hosts=allow_host)
            session.environ.setdefault("AIPO_MLFLOW_URL", place.mlflow_url)
            address = address_to_open(place)
            specs = services_of(session.environ, place)
            talk().print("starting MLflow and Dagster ...")
            with contextlib.suppress(KeyboardInterrupt), running(specs) as services:
                wait_until_up(services, START_SECONDS)
                result().print(address, markup=False)
                talk().print("Dagster is at /dagster/, MLflow at /mlflow/ of that address")
                loaded = counted(len(known), "product")
                talk().print(
                    f"{loaded} from {products}; logs in {home.logs}; Ctrl-C stops", markup=False
                )
                talk().print(
                    f"notices to `log` are written to {home.logs / 'dagster-daemon.log'}",
                    markup=False,
                )
                sys.stdout.flush()
                standstill = StandstillNews(
                    services=session.services,
                    products=known,
                    dagster_url=session.services.dagster_url,
                )
                _serve(services, CharterNews(products, session.services), standstill)
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


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with open_private(home.path / "up.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError(
                f"aipo up already runs on {home.path}; stop it, or choose another AIPO_HOME"
            ) from error
        yield
