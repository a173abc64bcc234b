"""Opens the services of commands, runs and sensors, once per process."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.agreements import Agreements
from aipo_pipelines.resources.allocator import use_one_allocator
from aipo_pipelines.resources.databases.addresses import resolve_databases
from aipo_pipelines.resources.databases.initialise import initialise
from aipo_pipelines.resources.home import resolve_home
from aipo_pipelines.resources.installation import allowed_here
from aipo_pipelines.resources.lake.lake import Lake
from aipo_pipelines.resources.notifier import AppriseNotifier
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.resources.services import Services
from aipo_pipelines.resources.stored_clock import home_clock
from aipo_pipelines.resources.tracker.mlflow_tracker import Tracker


def open_services(environ: Mapping[str, str] | None = None) -> Services:
    """Opens ledger, feeds, lake, tracker, clock and notifier as the environment says.

    Starts the embedded Postgres and sets up the databases if necessary. The other services connect
    when they are used, so a command may open everything and use the ledger alone.

    Args:
        environ: Environment variables; None for those of this process.

    Raises:
        HomeError: The home folder cannot be used.
        UsageError: The home is simulated and the ledger is elsewhere.
        DatabaseError: Postgres cannot be reached, started or set up.
    """
    use_one_allocator()
    variables = os.environ if environ is None else environ
    home = resolve_home(variables).create()
    # The clock before the databases: a simulated clock must never meet a ledger that others share.
    clock = home_clock(home.clock, is_ledger_here=not variables.get("AIPO_DATABASE_URL"))
    databases = resolve_databases(variables, home)
    initialise(databases)
    lake_root = variables.get("AIPO_LAKE") or str(home.lake)
    # With the home that was found: the list of allowed things is read from it at every look.
    environment = {**variables, "AIPO_HOME": str(home.path)}
    return Services(
        ledger=PostgresLedger(databases.ledger_url),
        feeds=Feeds(environ=environment, folder=home.feeds),
        lake=Lake(lake_root),
        tracker=Tracker(databases.mlflow_url, f"{lake_root}/mlflow"),
        clock=clock,
        notifier=AppriseNotifier.of(variables),
        mlflow_url=variables.get("AIPO_MLFLOW_URL", ""),
        agreements=Agreements(home.agreements, allowed_here(environment), settle_seconds=1.0),
        dagster_url=databases.dagster_url,
    )


_opening = threading.Lock()
_shared: list[Services] = []


def shared_services() -> Services:
    """The services of this process, opened once: Dagster asks for its resources at every tick.

    Raises:
        HomeError: As `open_services`.
        DatabaseError: As `open_services`.
    """
    # Sensors run in threads: two threads at the same time must get the same connections.
    with _opening:
        if not _shared:
            _shared.append(open_services())
        return _shared[0]
