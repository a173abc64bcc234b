"""What a run's process needs, imported once: by the server that every run is forked from.

Invariants, because of the fork: an import here starts no thread that would be missed in the child,
opens no connection and reads no configuration of ours. Charters are read by each run anew.
"""

from __future__ import annotations

import gc
import os
import warnings
from importlib import import_module

from aipo_pipelines.dagster_internals import RUN_MODULES
from aipo_pipelines.resources.tracker.connection import quieten

MODULES: tuple[str, ...] = (
    *RUN_MODULES,
    "aipo_pipelines.definitions",
    "aipo_pipelines.resources.dagster.storage",
    "aipo_pipelines.resources.databases.embedded",
    "aipo_pipelines.reports.drawings",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.tree",
    "skops.io",
    "great_expectations",
    "mlflow",
    "mlflow.sklearn",
    "mlflow.pyfunc.model",
    "mlflow.store.artifact.artifact_repository_registry",
    "mlflow.store.db.utils",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "idnumbers",
    "phonenumbers",
)
"""Modules that runs import, and the largest that libraries import late."""


def preload() -> None:
    """Imports all of them and keeps the garbage collector from touching what they made.

    While libraries are imported it would look for garbage again and again, for a fifth of the time,
    and find next to none. Objects that it never visits stay in memory shared by all forked
    processes.

    Raises:
        ImportError: One of them is missing.
    """
    # Libraries decide when they are imported whether they report to their makers.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    quieten()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in MODULES:
                import_module(name)
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()


preload()
