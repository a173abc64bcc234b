"""Everything of Dagster that is not public: the one place that knows its internals.

Dagster promises nothing about modules that begin with an underscore and about its tables. Each
module here uses them for one concern and offers plain, typed values. No other module imports
`dagster._…`, so a new version of Dagster concerns this folder alone. The tests compare every name,
signature and column that is used here with the installed version, and say which module to look at.

This module imports nothing of Dagster, because commands that need no Dagster import it too.
"""

from __future__ import annotations

RUN_MODULES = (
    "dagster._cli",
    "dagster._cli.api",
    "dagster._core.storage.local_compute_log_manager",
    "dagster_postgres",
)
"""Modules of Dagster that a run imports only when it needs them."""
