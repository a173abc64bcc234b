"""Where the cases play: a home of their own, our services, and a bare instance beside ours.

The bare instance has its own database on the same Postgres server and pools its connections as
ours does, so that neither is ahead by its storage.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import psycopg

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.session import Session, open_session
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.resources.databases.addresses import Databases, resolve_databases
from aipo_pipelines.resources.home import Home, resolve_home
from aipo_pipelines.sensors.loop import Done, Loop
from bench.product import write_products

BARE = "bench_bare"
PASSABLE = 0o711
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Configuration of a run that prints nothing on the console."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An open home.

    Attributes:
        folder: Everything of the case lies below it.
        bare: Dagster's own instance, for the bare program.
        bare_url: Its database, as the administrator.
    """

    folder: Path
    session: Session
    bare: dg.DagsterInstance
    bare_url: str

    @property
    def products(self) -> Mapping[str, Product]:
        """The products of the case."""
        return self.session.products

    def loop(self) -> Loop:
        """Drives a product as `aipo run` does."""
        definitions = build_definitions(self.products, self.session.services)
        return Loop(
            services=self.session.services,
            instance=self.session.instance,
            products=self.products,
            job=definitions.resolve_job_def,
            show=lambda _: None,
        )


def settle(loop: Loop, name: str) -> Done:
    """Drives a product to rest.

    Raises:
        RuntimeError: A run broke, or the feed could not be read.
    """
    done = loop.run(name)
    if done.failed or done.problems:
        raise RuntimeError(f"{done.failed} runs of {name} broke; problems: {done.problems}")
    return done


@contextmanager
def new_stage(names: tuple[str, ...], *, with_model: bool = True) -> Iterator[Stage]:
    """A fresh home with products; removed afterwards, its server stopped."""
    from aipo_pipelines.resources.databases.embedded import release_server, stop_server

    folder = Path(tempfile.mkdtemp(prefix="aipo-bench-"))
    # As root, the server runs as another user, who must pass through this folder.
    folder.chmod(PASSABLE)
    write_products(folder / "products", names, folder / "feeds", with_model=with_model)
    for name in names:
        (folder / "feeds" / name).mkdir(parents=True)
    try:
        with open_stage(folder) as stage:
            yield stage
    finally:
        home = Home(folder / "home")
        release_server(home)
        stop_server(home)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Opens a home that was made before, in this process."""
    os.environ["AIPO_HOME"] = str(folder / "home")
    os.environ["AIPO_DATA"] = str(folder)
    # Settings of the person who starts the benchmark would lead to a database with real data.
    os.environ.pop("AIPO_DATABASE_URL", None)
    os.environ.pop("AIPO_LAKE", None)
    products = {product.name: product for product in load_products(folder / "products")}
    with open_session(products, folder / "products") as session:
        databases = resolve_databases(os.environ, resolve_home(os.environ))
        url = _bare_database(databases)
        bare = _bare_instance(folder / "bare", url)
        try:
            yield Stage(folder=folder, session=session, bare=bare, bare_url=url)
        finally:
            bare.dispose()


def _bare_database(databases: Databases) -> str:
    if databases.admin_url is None:
        raise RuntimeError("the embedded server is needed: its administrator makes a database")
    # Postgres creates no database inside a transaction.
    with psycopg.connect(databases.admin_url, autocommit=True) as admin:
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [BARE])
        if known.fetchone() is None:
            admin.execute(f"CREATE DATABASE {BARE}")
    return databases.admin_url_of(BARE)


def _bare_instance(folder: Path, url: str) -> dg.DagsterInstance:
    folder.mkdir(exist_ok=True)
    # JSON is YAML.
    config = {"storage": {"postgres": {"postgres_url": url}}, "telemetry": {"enabled": False}}
    (folder / "dagster.yaml").write_text(json.dumps(config), encoding="utf-8")
    instance = dg.DagsterInstance.from_config(str(folder))
    for part in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
        if part is not None:
            # The pool of connections that our storage has. Without it, each query would open one.
            part.optimize_for_webserver(60_000, 3_600, 4)
    return instance
