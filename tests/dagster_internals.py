"""Private parts of Dagster that tests use; no other file among the tests imports them."""

from __future__ import annotations

import dagster._daemon.sensor as sensor_daemon
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.instance import InstanceType
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs.schema import DaemonHeartbeatsTable
from dagster._core.storage.schedules.schema import InstigatorsTable, JobTickTable
from dagster._core.test_utils import create_run_for_test, instance_for_test
from dagster._daemon.types import DaemonHeartbeat
from dagster._serdes import deserialize_value, serialize_value
from dagster._utils.error import serializable_error_info_from_exc_info
from dagster._utils.schedules import cron_string_iterator, is_valid_cron_schedule

__all__ = [
    "AssetKeyTable",
    "DaemonHeartbeat",
    "DaemonHeartbeatsTable",
    "DagsterEvent",
    "DefaultRunCoordinator",
    "DefaultRunLauncher",
    "InstanceRef",
    "InstanceType",
    "InstigatorState",
    "InstigatorStatus",
    "InstigatorType",
    "InstigatorsTable",
    "JobTickTable",
    "LocalArtifactStorage",
    "NoOpComputeLogManager",
    "ReconstructableRepository",
    "RegisteredCodeLocationOrigin",
    "RemoteInstigatorOrigin",
    "RemoteRepositoryOrigin",
    "ScheduleInstigatorData",
    "SensorInstigatorData",
    "SqlEventLogStorageTable",
    "StepMaterializationData",
    "TickData",
    "TickStatus",
    "create_run_for_test",
    "cron_string_iterator",
    "deserialize_value",
    "instance_for_test",
    "is_valid_cron_schedule",
    "partition_loading_context",
    "sensor_daemon",
    "serializable_error_info_from_exc_info",
    "serialize_value",
]
