"""State as a fold: the next state from the last one and one entry.

`apply` is pure and total. It reads no clock, only the entry's own times: `recorded_at`, the
ledger's clock, wherever a time is later compared with now, and `occurred_at` for what is told to
people. A body it cannot read, a late, repeated or contradictory event, leaves the state as it is:
the ledger keeps such entries, the state draws nothing from them. Invariants:

- there is a champion only where a recorded decision allowed that very version to go live (see
  `fold_models`);
- an attempt at an action only ever moves forward (see `fold_actions`);
- what was said about an older version of a batch never judges a newer one (see `fold_checks`);
- what was said about a batch that its feed withdrew judges nothing (see `fold_withdrawals`);
- a run is claimed from the entry that says so to the one that ends it (see `fold_runs`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import cast

from pydantic import ValidationError

from aipo_pipelines.evidence.metadata.base import metadata_of
from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata, PredictionsMetadata
from aipo_pipelines.ledger.events import bodies
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.fold import agreements, checks, original_baseline, overrides, withdrawals
from aipo_pipelines.ledger.fold import models as fold_models
from aipo_pipelines.ledger.fold import places as fold_places
from aipo_pipelines.ledger.fold import runs as fold_runs
from aipo_pipelines.ledger.fold.batches import judge
from aipo_pipelines.ledger.model.entry import Entry, Kind
from aipo_pipelines.ledger.model.state import (
    UNKEPT,
    BatchStatus,
    Incident,
    IncidentStatus,
    ProductState,
)

Step = Callable[[ProductState, Entry, bodies.Body], ProductState]


def apply(state: ProductState, entry: Entry) -> ProductState:
    """The state after an entry; the same state where the entry says nothing about it."""
    step = _STEPS.get(entry.kind)
    if step is None or entry.product != state.product:
        return state
    try:
        event = bodies.from_body(entry.kind, entry.body)
    except ValidationError:
        return state
    return step(state, entry, event)


def _materialise(state: ProductState, entry: Entry, event: bodies.Body) -> ProductState:
    made = cast("bodies.AssetMaterialised", event)
    if made.asset == "predictions":
        return _score(state, made)
    if made.asset == "performance":
        return _judge_records(state, made)
    return fold_models.materialise(state, entry, made)


def _score(state: ProductState, made: bodies.AssetMaterialised) -> ProductState:
    batch = state.batches.get(made.partition)
    version = metadata_of(PredictionsMetadata, made.metadata).model_version
    if batch is None or version is None or checks.is_outdated(state, batch, made):
        return state
    scored = replace(batch, measured_by=version)
    return replace(state, batches={**state.batches, batch.partition: scored})


def _judge_records(state: ProductState, made: bodies.AssetMaterialised) -> ProductState:
    """Remembers which records a batch was judged on; older programs said only how many."""
    batch = state.batches.get(made.partition)
    if batch is None or checks.is_outdated(state, batch, made):
        return state
    said = metadata_of(PerformanceMetadata, made.metadata)
    unkept = UNKEPT if said.labelled else ""
    judged = replace(batch, judged=unkept if said.judged is None else said.judged)
    return replace(state, batches={**state.batches, batch.partition: judged})


def _crown(state: ProductState, entry: Entry, event: bodies.Body) -> ProductState:
    crowned = fold_models.crown(state, entry, event)
    return original_baseline.keep_first(state, crowned, entry)


def _approve(state: ProductState, _: Entry, event: bodies.Body) -> ProductState:
    approved = cast("bodies.BatchApproved", event)
    return judge(state, approved.partition, approved.digest, BatchStatus.APPROVED)


def _quarantine(state: ProductState, _: Entry, event: bodies.Body) -> ProductState:
    quarantined = cast("bodies.BatchQuarantined", event)
    return judge(state, quarantined.partition, quarantined.digest, BatchStatus.QUARANTINED)


def _open(state: ProductState, entry: Entry, event: bodies.Body) -> ProductState:
    opened = cast("bodies.IncidentOpened", event)
    incident = Incident(
        entry=entry.index,
        cause=opened.cause,
        title=opened.title,
        summary=opened.summary,
        severity=opened.severity,
        status=IncidentStatus.OPEN,
        owner=opened.owner,
        opened_at=entry.recorded_at,
        partitions=(opened.partition,) if opened.partition else (),
        ladder=opened.ladder,
        subjects=tuple(dict.fromkeys(opened.subjects)),
    )
    state = replace(state, incidents={**state.incidents, str(entry.index): incident})
    return fold_actions.ask_notice(state, entry)


def _continue(state: ProductState, entry: Entry, event: bodies.Body) -> ProductState:
    continued = cast("bodies.IncidentContinued", event)
    incident = state.incidents.get(str(continued.incident))
    if incident is None or not incident.is_open:
        return state
    partitions = dict.fromkeys((*incident.partitions, *filter(None, [continued.partition])))
    subjects = dict.fromkeys((*incident.subjects, *continued.subjects))
    longer = replace(incident, partitions=(*partitions,), subjects=(*subjects,))
    state = replace(state, incidents={**state.incidents, str(incident.entry): longer})
    added = longer.subjects[len(incident.subjects) :]
    return fold_actions.ask_further_notice(state, entry, continued, added) if added else state


def _resolve(state: ProductState, entry: Entry, event: bodies.Body) -> ProductState:
    resolved = cast("bodies.IncidentResolved", event)
    incident = state.incidents.get(str(resolved.incident))
    if incident is None or not incident.is_open:
        return state
    ended = replace(
        incident,
        status=IncidentStatus.RESOLVED,
        resolved_at=entry.recorded_at,
        resolution=resolved.resolution,
        ended_by_hand=0 if entry.actor.startswith(_RULE) else entry.index,
    )
    state = replace(state, incidents={**state.incidents, str(incident.entry): ended})
    return fold_actions.ask_end_notice(state, entry, incident.entry) if resolved.tell else state


def _both(first: Step, then: Step) -> Step:
    def step(state: ProductState, entry: Entry, event: bodies.Body) -> ProductState:
        return then(first(state, entry, event), entry, event)

    return step


_RULE = "rule:"
"""What the actor of every entry that a rule made begins with."""

_STEPS: Mapping[Kind, Step] = MappingProxyType(
    {
        Kind.CHARTER_ADOPTED: agreements.adopt,
        Kind.AGREEMENT_PROPOSED: agreements.propose,
        Kind.AGREEMENT_APPROVED: agreements.approve,
        Kind.AGREEMENT_REJECTED: agreements.reject,
        Kind.AGREEMENT_WITHDRAWN: agreements.withdraw,
        Kind.BATCH_ARRIVED: fold_places.arrive,
        Kind.ASSET_MATERIALISED: _materialise,
        Kind.CHECK_EVALUATED: checks.evaluate,
        Kind.RUN_FAILED: _both(fold_actions.run_failed, fold_runs.ended),
        Kind.BATCH_APPROVED: _approve,
        Kind.BATCH_QUARANTINED: _quarantine,
        Kind.BATCH_WITHDRAWN: withdrawals.withdraw,
        Kind.TRAINING_DUE: fold_models.training_due,
        Kind.RELEASE_REQUESTED: fold_models.release_requested,
        Kind.RELEASE_APPROVED: fold_models.release_approved,
        Kind.RELEASE_DECIDED: fold_models.release_decided,
        Kind.CHAMPION_RELEASED: _crown,
        Kind.ORIGINAL_NAMED: original_baseline.name_original,
        Kind.MEASUREMENT_DUE: _both(checks.fail_as_agreed, fold_actions.ask_measurement),
        Kind.INCIDENT_OPENED: _open,
        Kind.INCIDENT_CONTINUED: _continue,
        Kind.INCIDENT_RESOLVED: _resolve,
        Kind.ACTION_STARTED: _both(fold_actions.started, fold_runs.attempted),
        Kind.ACTION_FINISHED: _both(fold_actions.finished, fold_runs.ended),
        Kind.ACTION_FAILED: _both(fold_actions.failed, fold_runs.ended),
        Kind.ACTION_LOST: fold_actions.lost,
        Kind.ACTION_RENEWED: fold_actions.renewed,
        Kind.RUN_CLAIMED: fold_runs.claimed,
        Kind.RUN_ENDED: fold_runs.ended,
        Kind.OVERRIDE_APPROVED: overrides.override_approved,
        Kind.CHAMPION_STOPPED: overrides.champion_stopped,
    }
)
