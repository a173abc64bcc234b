"""Connects to MLflow: without its messages and its global state, and with a short timeout.

Clients are made for explicit addresses. The fluent interface (`mlflow.start_run` and similar
functions) is not used, because it keeps an address and a current run for the whole process.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aipo_pipelines.errors import TrackerError

TIMEOUT_SECONDS = 3
ADVICE = "run `aipo up`, or check AIPO_DATABASE_URL and that Postgres answers there"


def quieten() -> None:
    """Switches MLflow's telemetry and messages off; must run before MLflow is first imported."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")


@contextmanager
def quiet_import() -> Iterator[None]:
    """Suppresses the warnings of MLflow about its own type hints while it is imported."""
    quieten()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def prompt_address(tracking_uri: str) -> str:
    """Adds a connection timeout to a Postgres address; other addresses stay unchanged."""
    from sqlalchemy.engine import make_url

    if not tracking_uri.startswith("postgres"):
        return tracking_uri
    url = make_url(tracking_uri)
    # An operator's own timeout in the address counts more.
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(TIMEOUT_SECONDS)})
    return url.render_as_string(hide_password=False)


def probe(tracking_uri: str) -> None:
    """Checks that the store answers and has MLflow's tables, because MLflow would try for a minute.

    Raises:
        TrackerError: It does not answer within the timeout, or has no MLflow tables.
    """
    import psycopg

    if not tracking_uri.startswith("postgres"):
        return
    # psycopg does not know the driver in `postgresql+psycopg://`.
    scheme, _, rest = tracking_uri.partition("://")
    try:
        with psycopg.connect(f"{scheme.partition('+')[0]}://{rest}") as connection:
            table = connection.execute("SELECT to_regclass('model_versions')").fetchone()
    except psycopg.Error as error:
        reason = type(error).__name__
        raise TrackerError(f"the MLflow store does not answer ({reason}): {ADVICE}") from error
    # MLflow would create missing tables itself: several run processes at once would collide.
    if table is None or table[0] is None:
        raise TrackerError(
            "found no MLflow tables in the MLflow database, expected an initialised database: run "
            "any `aipo` command once; run processes never migrate"
        )


def client(tracking_uri: str) -> Any:
    """Makes an MLflow client for one address, for runs and for the registry.

    Raises:
        TrackerError: The store does not answer, or is not set up.
    """
    probe(tracking_uri)
    with quiet_import():
        from mlflow import MlflowClient

    with translated("be opened"):
        return MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)


@contextmanager
def translated(action: str) -> Iterator[None]:
    """Replaces errors of MLflow, its database and its artifact store by errors of this package.

    Args:
        action: The action of the block, as in "the model could not be stored".

    Raises:
        TrackerError: The block failed; names the action.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except MlflowException as error:
        raise TrackerError(f"the model could not {action}; MLflow says: {error.message}") from error
    except SQLAlchemyError as error:
        raise TrackerError(
            f"the model could not {action}: the MLflow database failed "
            f"({type(error).__name__}); {ADVICE}"
        ) from error
    except OSError as error:
        raise TrackerError(
            f"the model could not {action}: {error.strerror or error}; look at the space and the "
            "rights of the lake"
        ) from error
