"""How Dagster starts a run, ends it and asks whether its process is alive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import dagster as dg
from dagster._core.launcher import (
    CheckRunHealthResult,
    LaunchRunContext,
    RunLauncher,
    WorkerStatus,
)
from dagster._grpc.types import ExecuteRunArgs

from aipo_pipelines.dagster_internals.configuring import ConfigurableClass, ConfigurableClassData
from aipo_pipelines.errors import ServiceError

__all__ = [
    "CheckRunHealthResult",
    "ConfiguredLauncher",
    "LaunchRunContext",
    "WorkerStatus",
    "execute_command",
    "is_without_process",
]


class ConfiguredLauncher(RunLauncher[dg.DagsterInstance], ConfigurableClass):
    """A launcher that `dagster.yaml` names, without settings."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster's base has no types

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The entry of `dagster.yaml` this was made from."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """The settings in `dagster.yaml`: none."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Makes a launcher; nothing is started yet."""
        del config_value
        return cls(inst_data)

    @property
    def instance(self) -> dg.DagsterInstance:
        """The instance that this launcher belongs to."""
        return self._instance

    def command_of(self, run: dg.DagsterRun) -> tuple[str, ...]:
        """Words of Dagster's command line that execute a run, for `execute_command`.

        Raises:
            ServiceError: The run does not say where its code is.
        """
        if run.job_code_origin is None:
            raise ServiceError(
                f"run {run.run_id} does not say where its code is; start it again in the UI"
            )
        words = ExecuteRunArgs(
            job_origin=run.job_code_origin,
            run_id=run.run_id,
            instance_ref=self._instance.get_ref(),
        ).get_command_args()
        # Before "api" come the interpreter and the module, which a forked process has already.
        return tuple(words[words.index("api") :])


def execute_command(command: tuple[str, ...]) -> Any:
    """Executes words of Dagster's command line in this process; returns its exit code."""
    # Imported here: it loads every command of Dagster, and only a run's process needs them.
    from dagster._cli import cli

    return cli.main(command, prog_name="dagster", standalone_mode=False)


def is_without_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the launcher of a run knows that its process is gone."""
    launcher = instance.run_launcher
    # Other launchers than ours may not know; then nothing is known, which is no proof of death.
    if not launcher.supports_check_run_worker_health:
        return False
    return launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND
