"""Turns the events of Dagster's event log into drafts for the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from aipo_pipelines import errors
from aipo_pipelines.assets.reporting.specs import ASSETS
from aipo_pipelines.assets.run_tags import ACTION_TAG, PARTITION_TAG, PRODUCT_TAG
from aipo_pipelines.dagster_internals.events import (
    Evaluation,
    Materialisation,
    ReportedEvent,
    RunEnd,
    RunError,
    RunOutcome,
)
from aipo_pipelines.errors import AipoError
from aipo_pipelines.evidence.details.as_json import details_from_json
from aipo_pipelines.evidence.details.base import NO_DETAILS, Details
from aipo_pipelines.evidence.metadata.as_json import metadata_from_json
from aipo_pipelines.evidence.outcome import Figure, Json, Severity, Verdict, figures_from_json
from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunEnded, RunFailed
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.sensors.metadata import legible, numbers, plain_metadata


def draft_of(
    event_id: int,
    event: ReportedEvent,
    source: str,
    run_tags: Mapping[str, str],
    occurred_at: datetime | None = None,
) -> Draft | None:
    """The draft for one event of a governed asset or run, or None if nothing is recorded of it.

    Args:
        event_id: Id of the event in Dagster's database.
        event: The event.
        source: Identity of that database.
        run_tags: Tags of the event's run, which are compared with its claim.
        occurred_at: When it happened; None for the time that Dagster noted.
    """
    product, subject, body = _body(event, run_tags)
    if body is None:
        return None
    return Draft(
        product=product,
        subject=subject,
        actor="recorder" if ACTION_TAG in run_tags else "unknown",
        occurred_at=occurred_at or event.at,
        key=f"dagster/{source}/{event_id}",
        event=body,
    )


def _body(event: ReportedEvent, tags: Mapping[str, str]) -> tuple[str, str, Event | None]:
    match event.happening:
        case Materialisation() as materialisation:
            return _materialised(event, materialisation, tags)
        case Evaluation() as evaluation:
            return _evaluated(event, evaluation, tags)
        case RunEnd() as end:
            return _run_ended(event, end, tags)


def _materialised(
    event: ReportedEvent, materialisation: Materialisation, tags: Mapping[str, str]
) -> tuple[str, str, Event]:
    product, asset = _split(materialisation.path)
    metadata = plain_metadata(materialisation.metadata)
    body = AssetMaterialised(
        asset=asset,
        partition=legible(materialisation.partition),
        run_id=event.run_id,
        data_version=legible(materialisation.data_version),
        # Texts on an asset of the team's own may quote records; numbers cannot.
        metadata=metadata_from_json(asset, metadata if asset in ASSETS else numbers(metadata)),
        action=legible(tags.get(ACTION_TAG, "")),
    )
    return product, asset, body


def _evaluated(
    event: ReportedEvent, evaluation: Evaluation, tags: Mapping[str, str]
) -> tuple[str, str, Event]:
    product, asset = _split(evaluation.path)
    check = legible(evaluation.check)
    metadata = plain_metadata(evaluation.metadata)
    body = CheckEvaluated(
        asset=asset,
        check=check,
        # Dagster names the partition of a check only if the check itself is partitioned.
        partition=legible(evaluation.partition or tags.get(PARTITION_TAG, "")),
        run_id=event.run_id,
        verdict=_verdict(evaluation.passed, metadata),
        severity=_severity(evaluation.is_error, metadata),
        summary=_summary(check, evaluation.passed, metadata),
        figures=_figures(metadata),
        details=_details(asset, check, metadata),
        action=legible(tags.get(ACTION_TAG, "")),
    )
    return product, str(body.key), body


def _run_ended(
    event: ReportedEvent, end: RunEnd, tags: Mapping[str, str]
) -> tuple[str, str, Event | None]:
    product, action = tags.get(PRODUCT_TAG, ""), tags.get(ACTION_TAG, "")
    attempt = Attempt.parse(action)
    if end.outcome is RunOutcome.SUCCEEDED and attempt is None:
        ended = RunEnded(run_id=event.run_id) if product else None
        return product, str(Subject.of_run(event.run_id)), ended
    if attempt is not None and end.outcome is not RunOutcome.FAILED:
        ended_attempt = _attempt_ended(event.run_id, end.outcome, attempt)
        return product, str(Subject.of_action(attempt.entry)), ended_attempt
    shown = _shown(end.error)
    failed = RunFailed(
        run_id=event.run_id,
        job=legible(event.job),
        partition=legible(tags.get(PARTITION_TAG, "")),
        error=legible(shown.text),
        action=legible(action),
        permanent=shown.is_lasting,
        interrupted=end.is_interrupted,
        altered=shown.is_altered,
    )
    return product, str(Subject.of_run(event.run_id)), failed


def _attempt_ended(
    run_id: str, outcome: RunOutcome, attempt: Attempt
) -> ActionFinished | ActionFailed:
    entry, number = attempt.entry, attempt.number
    if outcome is RunOutcome.SUCCEEDED:
        return ActionFinished(action=entry, attempt=number, run_id=run_id)
    return ActionFailed(action=entry, attempt=number, error="the run was cancelled", run_id=run_id)


def _split(path: tuple[str, ...]) -> tuple[str, str]:
    return path[0], legible("/".join(path[1:]))


def _verdict(passed: bool, metadata: Mapping[str, Json]) -> Verdict:
    named = metadata.get("verdict")
    if isinstance(named, str) and named in set(Verdict):
        return Verdict(named)
    return Verdict.PASS if passed else Verdict.FAIL


def _severity(is_error: bool, metadata: Mapping[str, Json]) -> Severity:
    named = metadata.get("aipo_severity")
    if isinstance(named, str) and named in set(Severity):
        return Severity(named)
    return Severity.CRITICAL if is_error else Severity.WARNING


def _summary(check: str, passed: bool, metadata: Mapping[str, Json]) -> str:
    # The description of a check that the team declared may quote records: only ours is kept.
    summary = metadata.get("summary") if "aipo_severity" in metadata else None
    if isinstance(summary, str):
        return summary
    return f"{check} {'passed' if passed else 'failed'}."


def _figures(metadata: Mapping[str, Json]) -> tuple[Figure, ...]:
    figures = metadata.get("figures")
    if "aipo_severity" in metadata and isinstance(figures, list):
        return figures_from_json(figures)
    return tuple(
        Figure(metric=name, value=float(value), n=0)
        for name, value in numbers(metadata).items()
        if isinstance(value, int | float)
    )


def _details(asset: str, check: str, metadata: Mapping[str, Json]) -> Details:
    # The details of a check that the team wrote may quote records: only ours are kept.
    ours = "aipo_severity" in metadata
    return details_from_json(asset, check, metadata.get("details")) if ours else NO_DETAILS


class _ShownError(NamedTuple):
    """The text of an error that may be shown, and two properties of its class."""

    text: str
    is_lasting: bool = False
    is_altered: bool = False


def _shown(error: RunError | None) -> _ShownError:
    if error is None:
        return _ShownError("the run failed")
    ours = getattr(errors, error.class_name, None)
    # Messages of libraries may quote records; those of our own errors never do.
    if not (isinstance(ours, type) and issubclass(ours, AipoError)):
        return _ShownError(error.class_name)
    message = " ".join(error.message.split())
    text = message.removeprefix(f"{ours.__module__}.{ours.__name__}: ")
    return _ShownError(text, ours.is_lasting, ours.is_altered)
