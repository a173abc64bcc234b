"""Turns the events of Dagster's event log into drafts for the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import dagster as dg

from aipo_pipelines import errors
from aipo_pipelines.assets.reporting.specs import ASSETS
from aipo_pipelines.assets.run_tags import ACTION_TAG, PARTITION_TAG, PRODUCT_TAG
from aipo_pipelines.errors import AipoError
from aipo_pipelines.evidence.outcome import Json, Severity, Verdict
from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunEnded, RunFailed
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.sensors.metadata import legible, numbers, plain_metadata

if TYPE_CHECKING:
    from dagster._core.events.log import EventLogEntry

_INTERRUPTIONS = frozenset({"UNEXPECTED_TERMINATION", "RUN_WORKER_RESTART"})


def draft_of(
    event_id: int,
    record: EventLogEntry,
    source: str,
    run_tags: Mapping[str, str],
    occurred_at: datetime | None = None,
) -> Draft | None:
    """The draft for one event of a governed asset or run, or None where it is none.

    Args:
        event_id: Id of the event in Dagster's database.
        record: The event.
        source: Identity of that database.
        run_tags: Tags of the event's run: what it says of itself, to be held against its claim.
        occurred_at: When it happened; None for the time that Dagster noted.
    """
    event = record.dagster_event
    if event is None:
        return None
    product, subject, body = _body(record, run_tags)
    if body is None:
        return None
    return Draft(
        product=product,
        subject=subject,
        actor="recorder" if ACTION_TAG in run_tags else "unknown",
        occurred_at=occurred_at or datetime.fromtimestamp(record.timestamp, UTC),
        key=f"dagster/{source}/{event_id}",
        event=body,
    )


def _body(record: EventLogEntry, tags: Mapping[str, str]) -> tuple[str, str, Event | None]:
    event = record.dagster_event
    if event is None:
        return "", "", None
    kind = event.event_type_value
    if kind == "ASSET_MATERIALIZATION":
        return _materialised(record, tags)
    if kind == "ASSET_CHECK_EVALUATION":
        return _evaluated(record, tags)
    return _run_ended(record, kind, tags)


def _materialised(record: EventLogEntry, tags: Mapping[str, str]) -> tuple[str, str, Event | None]:
    event: Any = record.dagster_event
    materialisation = event.event_specific_data.materialization
    product, asset = _split(materialisation.asset_key)
    partition = legible(materialisation.partition or "")
    metadata = plain_metadata(materialisation.metadata)
    body = AssetMaterialised(
        asset=asset,
        partition=partition,
        run_id=record.run_id,
        data_version=legible((materialisation.tags or {}).get("dagster/data_version", "")),
        metadata=metadata if asset in ASSETS else numbers(metadata),
        action=legible(tags.get(ACTION_TAG, "")),
    )
    return product, asset, body


def _evaluated(record: EventLogEntry, tags: Mapping[str, str]) -> tuple[str, str, Event | None]:
    event: Any = record.dagster_event
    evaluation = event.event_specific_data
    product, asset = _split(evaluation.asset_key)
    partition = legible(evaluation.partition or tags.get(PARTITION_TAG, ""))
    check = legible(evaluation.check_name)
    metadata = plain_metadata(evaluation.metadata)
    body = CheckEvaluated(
        asset=asset,
        check=check,
        partition=partition,
        run_id=record.run_id,
        verdict=_verdict(evaluation.passed, metadata),
        severity=_severity(evaluation.severity, metadata),
        summary=_summary(check, evaluation.passed, metadata),
        figures=_figures(metadata),
        details=_details(metadata),
        action=legible(tags.get(ACTION_TAG, "")),
    )
    return product, str(body.key), body


def _run_ended(
    record: EventLogEntry, kind: str, tags: Mapping[str, str]
) -> tuple[str, str, Event | None]:
    product, action = tags.get(PRODUCT_TAG, ""), tags.get(ACTION_TAG, "")
    served = Attempt.parse(action)
    if kind == "PIPELINE_SUCCESS":
        if served is None:
            ended = RunEnded(run_id=record.run_id) if product else None
            return product, str(Subject.of_run(record.run_id)), ended
        done = ActionFinished(action=served.entry, attempt=served.number, run_id=record.run_id)
        return product, str(Subject.of_action(served.entry)), done
    if kind == "PIPELINE_CANCELED" and served is not None:
        cancelled = ActionFailed(
            action=served.entry,
            attempt=served.number,
            error="the run was cancelled",
            run_id=record.run_id,
        )
        return product, str(Subject.of_action(served.entry)), cancelled
    told = _error(record)
    failed = RunFailed(
        run_id=record.run_id,
        job=legible(record.job_name or ""),
        partition=legible(tags.get(PARTITION_TAG, "")),
        error=legible(told.text),
        action=legible(action),
        permanent=told.is_lasting,
        interrupted=_is_interrupted(record),
        altered=told.is_altered,
    )
    return product, str(Subject.of_run(record.run_id)), failed


def _split(asset_key: dg.AssetKey) -> tuple[str, str]:
    path = list(asset_key.path)
    return path[0], legible("/".join(path[1:]))


def _verdict(passed: bool, metadata: Mapping[str, Json]) -> Verdict:
    named = metadata.get("verdict")
    if isinstance(named, str) and named in set(Verdict):
        return Verdict(named)
    return Verdict.PASS if passed else Verdict.FAIL


def _severity(severity: dg.AssetCheckSeverity, metadata: Mapping[str, Json]) -> Severity:
    named = metadata.get("aipo_severity")
    if isinstance(named, str) and named in set(Severity):
        return Severity(named)
    return Severity.CRITICAL if severity is dg.AssetCheckSeverity.ERROR else Severity.WARNING


def _summary(check: str, passed: bool, metadata: Mapping[str, Json]) -> str:
    # The description of a check the team declared may quote records: only ours is kept.
    summary = metadata.get("summary") if "aipo_severity" in metadata else None
    if isinstance(summary, str):
        return summary
    return f"{check} {'passed' if passed else 'failed'}."


def _figures(metadata: Mapping[str, Json]) -> tuple[Json, ...]:
    figures = metadata.get("figures")
    if "aipo_severity" in metadata and isinstance(figures, list):
        return tuple(figures)
    return tuple(
        {"metric": name, "value": float(value), "n": 0, "verdict": None}
        for name, value in numbers(metadata).items()
        if isinstance(value, int | float)
    )


def _details(metadata: Mapping[str, Json]) -> dict[str, Json]:
    details = metadata.get("details")
    return dict(details) if "aipo_severity" in metadata and isinstance(details, dict) else {}


def _is_interrupted(record: EventLogEntry) -> bool:
    # Who reports a run failed from outside, because its process is gone, gives no data at all.
    event: Any = record.dagster_event
    data = event.event_specific_data
    reason = getattr(data, "failure_reason", None)
    return data is None or (reason is not None and reason.value in _INTERRUPTIONS)


class _Told(NamedTuple):
    """What may be told of an error, as its class says of itself."""

    text: str
    is_lasting: bool = False
    is_altered: bool = False


def _error(record: EventLogEntry) -> _Told:
    event: Any = record.dagster_event
    error = getattr(event.event_specific_data, "error", None) if event else None
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None or not error.cls_name:
        return _Told("the run failed")
    ours = getattr(errors, str(error.cls_name), None)
    # Messages of libraries may quote records; those of our own errors never do.
    if not (isinstance(ours, type) and issubclass(ours, AipoError)):
        return _Told(str(error.cls_name))
    message = " ".join(str(error.message).split())
    text = message.removeprefix(f"{ours.__module__}.{ours.__name__}: ")
    return _Told(text, ours.is_lasting, ours.is_altered)
