"""A Dagster instance on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from aipo_pipelines.resources.dagster.storage import AipoStorage
from tests.dagster_internals import (
    DefaultRunCoordinator,
    DefaultRunLauncher,
    InstanceType,
    LocalArtifactStorage,
    NoOpComputeLogManager,
)


@contextmanager
def instance_on(url: str, folder: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster as the package configures it, except that logs of steps are dropped."""
    storage = AipoStorage(url)
    with dg.DagsterInstance(
        # In memory, because no other process needs it.
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=LocalArtifactStorage(str(folder)),
        run_storage=storage.run_storage,
        event_storage=storage.event_log_storage,
        schedule_storage=storage.schedule_storage,
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=DefaultRunLauncher(),
        settings={"telemetry": {"enabled": False}},
    ) as instance:
        yield instance
