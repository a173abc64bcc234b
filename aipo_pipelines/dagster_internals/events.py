"""What one event of Dagster's log says, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

import dagster as dg
from dagster._core.events.log import EventLogEntry

_INTERRUPTIONS = frozenset({"UNEXPECTED_TERMINATION", "RUN_WORKER_RESTART"})
_DATA_VERSION = "dagster/data_version"


class RunOutcome(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    FAILED = "failed"


_OUTCOMES = {
    "PIPELINE_SUCCESS": RunOutcome.SUCCEEDED,
    "PIPELINE_CANCELED": RunOutcome.CANCELLED,
    "PIPELINE_FAILURE": RunOutcome.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Materialisation:
    """An asset was made.

    Attributes:
        path: Parts of the asset's key.
        partition: Its partition, empty if none.
        data_version: Version of its data, empty if none.
        metadata: Values of Dagster's metadata by name.
    """

    path: tuple[str, ...]
    partition: str
    data_version: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A check of an asset came to a result.

    Attributes:
        path: Parts of the asset's key.
        check: Name of the check.
        partition: Its partition, empty if none.
        passed: Whether it passed.
        is_error: Whether a failure is an error, otherwise a warning.
        metadata: Values of Dagster's metadata by name.
    """

    path: tuple[str, ...]
    check: str
    partition: str
    passed: bool
    is_error: bool
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunError:
    """The error that a run ended with: the first in its chain of causes."""

    class_name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """A run ended.

    Attributes:
        outcome: How.
        error: Why, if Dagster knows it.
        is_interrupted: Whether it was ended from outside.
    """

    outcome: RunOutcome
    error: RunError | None
    is_interrupted: bool


Happening: TypeAlias = Materialisation | Evaluation | RunEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvent:
    """One event.

    Attributes:
        run_id: Its run, empty if none.
        job: Name of the run's job, empty if none.
        at: When it happened by Dagster's clock, aware UTC.
        happening: What happened.
    """

    run_id: str
    job: str
    at: datetime
    happening: Happening


def reported(entry: EventLogEntry) -> ReportedEvent | None:
    """What an entry of the log says, or None if it is of no kind that is read here."""
    event: Any = entry.dagster_event
    happening = _happening(event) if event is not None else None
    if happening is None:
        return None
    return ReportedEvent(
        run_id=entry.run_id or "",
        job=entry.job_name or "",
        at=datetime.fromtimestamp(entry.timestamp, UTC),
        happening=happening,
    )


def _happening(event: Any) -> Happening | None:
    if event.event_type_value == "ASSET_MATERIALIZATION":
        materialisation = event.event_specific_data.materialization
        return Materialisation(
            path=tuple(materialisation.asset_key.path),
            partition=materialisation.partition or "",
            data_version=(materialisation.tags or {}).get(_DATA_VERSION, ""),
            metadata=materialisation.metadata,
        )
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        evaluation = event.event_specific_data
        return Evaluation(
            path=tuple(evaluation.asset_key.path),
            check=evaluation.check_name,
            partition=evaluation.partition or "",
            passed=evaluation.passed,
            is_error=evaluation.severity is dg.AssetCheckSeverity.ERROR,
            metadata=evaluation.metadata,
        )
    # Of all other types only the ends of runs are read: steps and logs are Dagster's own matter.
    outcome = _OUTCOMES.get(event.event_type_value)
    if outcome is None:
        return None
    return RunEnd(
        outcome=outcome,
        error=_error(event.event_specific_data),
        is_interrupted=_is_interrupted(event.event_specific_data),
    )


def _is_interrupted(data: Any) -> bool:
    # A report from outside, that the process of a run is gone, has no data at all.
    reason = getattr(data, "failure_reason", None)
    return data is None or (reason is not None and reason.value in _INTERRUPTIONS)


def _error(data: Any) -> RunError | None:
    error = getattr(data, "error", None)
    # The first cause is the team's or ours; Dagster wraps it in errors of its own.
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None or not error.cls_name:
        return None
    return RunError(class_name=str(error.cls_name), message=str(error.message))
