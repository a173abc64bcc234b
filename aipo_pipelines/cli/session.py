"""A session of the command: services, Dagster instance and jobs, opened together."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import dagster as dg

from aipo_pipelines.assets.pages import JOB
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.home import PRIVATE, Home, make_folder, resolve_home
from aipo_pipelines.resources.opening import open_services
from aipo_pipelines.resources.products_root import bundled
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.stored_clock import StoredClock
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.loop import QUIET, Done, Loop, Progress
from aipo_pipelines.sensors.recorder import record_events
from aipo_pipelines.sensors.watchdog import watch


@dataclass(frozen=True, kw_only=True)
class Session:
    """Services, Dagster instance and products of a command; a context manager that closes them.

    Attributes:
        environ: Environment for child processes.
    """

    products: Mapping[str, Product]
    services: Services
    instance: dg.DagsterInstance
    environ: dict[str, str]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # First the instance, because it uses the database that the services stop.
        self.instance.dispose()
        self.services.close()

    def drive(
        self,
        name: str,
        show: Callable[[Progress], None],
        report: Callable[[str], None] = lambda _: None,
    ) -> Done:
        """Takes in the new batches of a product and acts until nothing is pending.

        Raises:
            DatabaseError: The ledger's or Dagster's database did not answer.
        """
        clock = self.services.clock
        with self.services.ledger.product_lock(name):
            # First, because the agreement in force decides which assets and jobs exist.
            adopt_charter(self.services, self.products[name], time.sleep)
        agreed = self.services.in_force(self.products[name])
        products = {**self.products, name: agreed}
        definitions = build_definitions(products, self.services)
        loop = Loop(
            services=self.services,
            instance=self.instance,
            products=products,
            job=definitions.resolve_job_def,
            show=show,
            report=report,
            wait=clock.wait if isinstance(clock, StoredClock) else time.sleep,
        )
        with _dagster_answers():
            return loop.run(name)

    def publish(self) -> bool:
        """Writes the pages for people by their own job, unless this job ran last.

        Returns:
            Whether they are written; the run contains the errors.

        Raises:
            DatabaseError: The ledger's or Dagster's database did not answer.
        """
        with _dagster_answers():
            # Pages written by the newest run are up to date.
            newest = self.instance.get_runs(limit=1)
            if newest and newest[0].job_name == JOB and newest[0].is_success:
                return True
            job = build_definitions(self.products, self.services).resolve_job_def(JOB)
            written = job.execute_in_process(
                instance=self.instance, run_config=QUIET, raise_on_error=False
            )
            record_events(self.services, self.instance, self.products)
        return written.success

    def heal(self) -> None:
        """Closes the leftovers of a former start, unless another process launches runs.

        Raises:
            DatabaseError: The ledger's or Dagster's database did not answer.
        """
        with _dagster_answers():
            self._heal()

    def _heal(self) -> None:
        record_events(self.services, self.instance, self.products)
        for product in self.products.values():
            with self.services.ledger.product_lock(product.name, wait=False) as held:
                # Without the lock, another process works on the product and closes its leftovers.
                if held:
                    watch(self.services, self.instance, product)


def open_session(products: Mapping[str, Product], root: Path) -> Session:
    """Opens services and the Dagster instance of the home folder.

    Raises:
        HomeError: The home folder cannot be used.
        DatabaseError: Postgres cannot be reached, started or set up.
    """
    environ = child_environment(resolve_home(os.environ).create(), root)
    # Dagster and libraries in this process read the environment, too.
    os.environ.update(environ)
    services = open_services(environ)
    instance = dg.DagsterInstance.from_config(environ["DAGSTER_HOME"])
    return Session(products=products, services=services, instance=instance, environ=environ)


def child_environment(home: Home, root: Path) -> dict[str, str]:
    """The environment of everything this command starts; makes Dagster's home folder."""
    folder = home.dagster
    make_folder(folder, PRIVATE)
    for name in ("dagster.yaml", "workspace.yaml"):
        _install(folder / name, bundled(name).read_bytes())
    return dict(os.environ) | {
        "AIPO_HOME": str(home.path),
        "AIPO_PRODUCTS": str(root.resolve()),
        # A team may load the products in its own code location, together with its own definitions.
        "AIPO_WORKSPACE": os.environ.get("AIPO_WORKSPACE") or str(folder / "workspace.yaml"),
        "DAGSTER_HOME": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "GX_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def _install(path: Path, content: bytes) -> None:
    """Writes the complete content of a file in one step."""
    if path.is_file() and path.read_bytes() == content:
        return
    # Another command may start now and read the file. From an empty file Dagster would make another
    # instance, without any run.
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(unfinished).replace(path)


@contextmanager
def _dagster_answers() -> Iterator[None]:
    from aipo_pipelines.dagster_internals.database_errors import DATABASE_ERRORS

    try:
        yield
    except DATABASE_ERRORS as error:
        # The message of the library quotes the statement with its data.
        raise DatabaseError(
            f"Dagster's database did not answer ({type(error).__name__}). Is Postgres running and "
            "reachable? Trying again is safe: nothing is lost, and nothing is done twice."
        ) from None
