"""The embedded server of a home: our names for it, and its errors as ours.

`aipo_pipelines.embedded_postgres` knows neither our home nor our variables. Here it is given the
folder and the name of the server, and each of its errors gets the advice that only we can give.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from aipo_pipelines.embedded_postgres import server
from aipo_pipelines.embedded_postgres.errors import (
    FileError,
    FolderError,
    ProgramsError,
    ServerError,
)
from aipo_pipelines.embedded_postgres.server import IDLE_SECONDS, Access
from aipo_pipelines.errors import EmbeddedServerError, HomeError
from aipo_pipelines.resources.home import PASSABLE, PRIVATE, Home, make_folder

# Homes of earlier versions carry it: in the cluster's superuser and as the owner of their files.
_NAME = "aipo"


def hold_server(home: Home, *, idle_seconds: float = IDLE_SECONDS) -> Access:
    """Makes sure that the server runs until this process ends or releases it.

    Args:
        home: The home folder; made if missing.
        idle_seconds: How long after its last user the server is stopped, should it be started now.

    Raises:
        HomeError: The home folder cannot be used.
        EmbeddedServerError: The server cannot be initialised or started.
    """
    # Checking the folders writes to each of them, so it is left out as long as nothing changed.
    if not server.holds(home.postgres):
        home.create()
        make_folder(home.postgres, PASSABLE if os.geteuid() == 0 else PRIVATE)
    with _as_ours():
        return server.hold_server(home.postgres, _NAME, idle_seconds=idle_seconds)


def release_server(home: Home) -> None:
    """Gives up this process's hold, if it has one; the server lives on for a few seconds."""
    server.release_server(home.postgres)


def stop_server(home: Home) -> None:
    """Stops the server now, even under its users, and waits until it has gone.

    Raises:
        HomeError: A file of the server cannot be used.
        EmbeddedServerError: It did not stop.
    """
    with _as_ours():
        server.stop_server(home.postgres)


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except FileError as error:
        raise HomeError(
            f"{error} Set AIPO_HOME to another folder, or correct its owner."
        ) from error
    except FolderError as error:
        raise EmbeddedServerError(f"{error} Otherwise set AIPO_HOME to another folder.") from error
    except ProgramsError as error:
        raise EmbeddedServerError(
            f"{error} Otherwise set AIPO_DATABASE_URL to a server of your own."
        ) from error
    except ServerError as error:
        raise EmbeddedServerError(str(error)) from error
