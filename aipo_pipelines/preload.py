"""Imports the modules of a run once, in the server from which every run is forked.

Because of the fork, an import here must not start a thread, which would be missing in the child. It
must not open a connection or read our configuration either. Each run reads the charters again.
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
"""Modules that runs import, and the largest modules that libraries import late."""


def preload() -> None:
    """Imports all modules, and excludes their objects from garbage collection.

    Raises:
        ImportError: A module is missing.
    """
    # At import, libraries decide whether they send statistics to their makers.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    quieten()
    # During the imports the collector would need a fifth of the time, and find almost no garbage.
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in MODULES:
                import_module(name)
    finally:
        gc.enable()
    gc.collect()
    # The collector writes to each object that it visits, and so copies its memory in every child.
    gc.freeze()


preload()
