"""Which reports in Dagster's database are believed, and which are set aside as a finding.

Every person who reaches Dagster can report an evaluation or a materialisation of a governed asset:
without a run, or within a run of a job of their own, with any tags. A report is believed if its run
was claimed in the ledger and has not ended. The claim says which action the run serves; a tag never
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aipo_pipelines.assets.run_tags import ACTION_TAG, PARTITION_TAG, asks_for
from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import EventSetAside, RunEnded, RunFailed, SetAside
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import ActionStatus, ClaimedRun, ProductState
from aipo_pipelines.ledger.model.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One event of Dagster's database about a product.

    Attributes:
        draft: The entry it becomes if it is believed.
        run_id: Its run, empty if none.
        job: Name of the run's job, empty if none.
        tags: Tags of the run.
    """

    draft: Draft
    run_id: str
    job: str
    tags: Mapping[str, str]


def believed(state: ProductState, reports: Sequence[Report]) -> list[Draft]:
    """The drafts that reports become, in their order.

    Args:
        state: The product's state before any of them is recorded.
        reports: In the order in which Dagster stored them.
    """
    claims = dict(state.runs)
    drafts = []
    for report in reports:
        claim = claims.get(report.run_id)
        event = report.draft.event
        if isinstance(event, EventSetAside):
            drafts.append(report.draft)
            continue
        if isinstance(event, AssetMaterialised | CheckEvaluated):
            drafts.append(_evidence(report, event, claim))
            continue
        drafts += _end(state, report, event, claim)
        # Nothing is believed after the end of a run, not even within the same page of events.
        claims.pop(report.run_id, None)
    return drafts


def set_aside(report: Report, reason: SetAside, error: str = "") -> Draft:
    """The finding that an event was no evidence; its words are not kept."""
    reported = report.draft.event
    event = EventSetAside(
        why=reason,
        reported=reported.kind,
        asset="",
        check="",
        partition="",
        run_id=report.run_id,
        job=report.job,
        error=error,
    )
    return _draft(report, _with_names(event, reported), "unknown")


def _with_names(finding: EventSetAside, reported: Event) -> EventSetAside:
    """A finding with the asset, check, batch and verdict that an event reports, if it does."""
    match reported:
        case CheckEvaluated() | EventSetAside():
            return replace(
                finding,
                asset=reported.asset,
                check=reported.check,
                partition=reported.partition,
                verdict=str(reported.verdict),
            )
        case AssetMaterialised():
            return replace(finding, asset=reported.asset, partition=reported.partition)
        case RunFailed():
            return replace(finding, partition=reported.partition)
        case _:
            return finding


def _evidence(
    report: Report, event: AssetMaterialised | CheckEvaluated, claim: ClaimedRun | None
) -> Draft:
    if claim is None:
        return set_aside(report, SetAside.UNCLAIMED_RUN if report.run_id else SetAside.NO_RUN)
    return _draft(report, replace(event, action=claim.action), _actor(claim))


def _end(
    state: ProductState, report: Report, event: Event, claim: ClaimedRun | None
) -> list[Draft]:
    if claim is None:
        return _end_of_unclaimed(state, report, event)
    attempt = Attempt.parse(claim.action)
    ended: Event = event
    # The claim decides what ended, because anybody may change the tags of a run.
    if isinstance(event, RunFailed):
        ended = replace(event, action=claim.action)
    elif attempt is None:
        ended = RunEnded(run_id=report.run_id)
    elif isinstance(event, ActionFinished | RunEnded):
        ended = ActionFinished(action=attempt.entry, attempt=attempt.number, run_id=report.run_id)
    return [_draft(report, ended, _actor(claim))]


def _end_of_unclaimed(state: ProductState, report: Report, event: Event) -> list[Draft]:
    """A run broke before it could claim its attempt, or never had anything to do with it."""
    if isinstance(event, RunEnded):
        return []
    if isinstance(event, ActionFinished):
        return [set_aside(report, SetAside.UNCLAIMED_RUN)]
    if _awaited(state, report):
        return [_draft(report, event, "recorder")]
    if isinstance(event, ActionFailed):
        event = RunFailed(
            run_id=report.run_id,
            job=report.job,
            partition=report.tags.get(PARTITION_TAG, ""),
            error=event.error,
        )
    if isinstance(event, RunFailed):
        # Its tag may name an action that another run serves: this failure must not end it.
        event = replace(event, action="")
    return [_draft(report, event, "unknown")]


def _awaited(state: ProductState, report: Report) -> bool:
    """Whether the attempt was claimed for a run that has not begun, of such a job."""
    attempt = Attempt.parse(report.tags.get(ACTION_TAG, ""))
    action = state.actions.get(str(attempt.entry)) if attempt else None
    return (
        attempt is not None
        and action is not None
        and action.status is ActionStatus.STARTED
        and not action.run_id
        and action.attempt == attempt.number
        and asks_for(action, state.product, report.job, report.tags)
    )


def _actor(claim: ClaimedRun) -> str:
    return "recorder" if claim.action else "unknown"


def _draft(report: Report, event: Event, actor: str) -> Draft:
    subject = report.draft.subject
    if isinstance(event, RunEnded | RunFailed):
        subject = str(Subject.of_run(report.run_id))
    if isinstance(event, ActionFinished):
        subject = str(Subject.of_action(event.action))
    return replace(report.draft, subject=subject, actor=actor, event=event)
