"""`aipo up`: runs all services until Ctrl-C."""

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
from typing import TYPE_CHECKING

import click

from aipo_pipelines.cli.changed_charters import CharterNews
from aipo_pipelines.cli.output import result, talk
from aipo_pipelines.cli.products import catalogue, products_option
from aipo_pipelines.cli.serving import Place, address_to_open, close_to_others, services_of
from aipo_pipelines.cli.stopped_sensors import StandstillNews
from aipo_pipelines.cli.times import note_simulated
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

if TYPE_CHECKING:
    from aipo_pipelines.cli.session import Session

START_SECONDS = 120.0
CHARTER_SECONDS = 10.0
STANDSTILL_SECONDS = 60.0


def _removed(context: click.Context, parameter: click.Parameter, value: int | None) -> None:
    del context, parameter
    if value is not None:
        raise UsageError(
            "--mlflow-port was removed: MLflow has no port of its own any more. It is behind the "
            "door of --port, at /mlflow/; leave the option out"
        )


def _host_names(
    context: click.Context, parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    del context, parameter
    for name in names:
        if HOST_NAME.fullmatch(name) is None:
            raise UsageError(
                f"--allow-host {name} is not the name of a host; expected a name such as "
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
    help="Name of a host by which people reach the door through a proxy; may be repeated.",
)
@click.option("--mlflow-port", type=int, hidden=True, expose_value=False, callback=_removed)
def up(products: Path, port: int, allow_host: tuple[str, ...]) -> None:
    """Run Postgres (unless AIPO_DATABASE_URL names one), MLflow and Dagster until Ctrl-C.

    New batches are measured as they arrive, and people are notified of incidents. The Dagster UI
    shows everything, including the results of earlier starts.

    The printed address contains a token, and the door opens only with it. Programs find the token
    in door.token of the home.

    \b
    Example:
      aipo up --port 3000
    """
    # Wrong usage must be reported before the databases start, which takes seconds.
    existing(products)
    close_to_others()
    home = resolve_home(os.environ).create()
    require_free_port(port, "Dagster and MLflow", "--port")
    signal.signal(signal.SIGTERM, _stop)
    # A shell that starts this command in the background makes it ignore Ctrl-C. But the signal is
    # meant for it.
    signal.signal(signal.SIGINT, _stop)
    with _alone(home):
        from aipo_pipelines.cli.session import open_session

        talk().print("starting the databases ...")
        known = catalogue(products)
        with open_session(known, products) as session, socket_folder(home) as sockets:
            place = Place(home=home, sockets=sockets, port=port, hosts=allow_host)
            _run(session, place, products)
            talk().print("stopping the databases ...")
    talk().print("stopped")


def _run(session: Session, place: Place, products: Path) -> None:
    """Starts MLflow and Dagster, and serves them until Ctrl-C."""
    note_simulated(session.services.clock)
    # Before the daemon starts, because afterwards it launches runs, too.
    session.heal()
    session.environ.setdefault("AIPO_MLFLOW_URL", place.mlflow_url)
    address = address_to_open(place)
    specs = services_of(session.environ, place)
    talk().print("starting MLflow and Dagster ...")
    with contextlib.suppress(KeyboardInterrupt), running(specs) as services:
        wait_until_up(services, START_SECONDS)
        _show_places(address, place.home, counted(len(session.products), "product"), products)
        standstill = StandstillNews(
            services=session.services,
            products=session.products,
            dagster_url=session.services.dagster_url,
        )
        _serve(services, CharterNews(products, session.services), standstill)


def _show_places(address: str, home: Home, loaded: str, products: Path) -> None:
    result().print(address, markup=False)
    talk().print("Dagster is at /dagster/, MLflow at /mlflow/ of that address")
    talk().print(f"{loaded} from {products}; logs in {home.logs}; Ctrl-C stops", markup=False)
    talk().print(
        f"notices to `log` are written to {home.logs / 'dagster-daemon.log'}", markup=False
    )
    # A program that reads the address waits for it now.
    sys.stdout.flush()


def _serve(
    services: list[RunningService], charters: CharterNews, standstill: StandstillNews
) -> None:
    watched = ((charters.news, CHARTER_SECONDS), (standstill.news, STANDSTILL_SECONDS))
    # The sensors are checked at once, because they may have stopped long ago. The charters were
    # read a moment ago.
    due = [time.monotonic() + CHARTER_SECONDS, time.monotonic()]
    while True:
        for service in services:
            service.fail_if_gone()
        for position, (news, seconds) in enumerate(watched):
            if time.monotonic() >= due[position]:
                due[position] = time.monotonic() + seconds
                if message := news():
                    talk().print(message, markup=False)
        # Short enough for a quick end, and long enough to need no processor time.
        time.sleep(0.3)


def _stop(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    # Two daemons in one home would launch every run twice.
    with open_private(home.path / "up.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError(
                f"aipo up already runs on {home.path}; stop it, or choose another AIPO_HOME"
            ) from error
        yield
