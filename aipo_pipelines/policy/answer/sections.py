"""Parts of an answer read from charter and state: champion, drift, incidents, sources, caveats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.privacy.permission import unapproved_because, unauthorised_because
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import (
    ActionStatus,
    Batch,
    BatchStatus,
    BatchVerdict,
    IncidentStatus,
    ProductState,
)
from aipo_pipelines.policy.agreements.decisions import agreement_notes
from aipo_pipelines.policy.agreements.moved_files import standards_notes
from aipo_pipelines.policy.answer.last_training import training_note
from aipo_pipelines.policy.answer.quarantined_batches import quarantine_caveats
from aipo_pipelines.policy.answer.withdrawn_batches import withdrawn_caveats
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.facts.calendar import RetrainingPlan
from aipo_pipelines.policy.facts.freshness import check_freshness, newest_of
from aipo_pipelines.policy.facts.judged_evidence import as_agreed, is_evaluation, is_former
from aipo_pipelines.policy.facts.live_thresholds import required
from aipo_pipelines.policy.facts.responses import GUARDS, check_name, responses_to, verdicts
from aipo_pipelines.policy.people.pending_overrides import overrides
from aipo_pipelines.policy.rules.remeasure import redelivered
from aipo_pipelines.policy.rules.resolve_after_release import still_open
from aipo_pipelines.policy.text import listed, moment

_DRIFT = "drift/data_drift"
_HEARD = frozenset(
    {_DRIFT}
    | {
        f"performance/{check}"
        for check in ("performance", "calibration", "fairness", "concept_drift")
    }
)
"""Checks of the model to whose failures a charter can agree a reaction."""
_IN_A_ROW = 2
_GATES = "evaluation"
_CHALLENGED = "Of the newest challenger, not of the version in charge: "


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionNote:
    """The model in charge, on whose decision, trained on what.

    Attributes:
        decision: Entry of the decision.
        window: Batches it was trained on.
        approved_by: The people who approved it; empty where the gates alone decided.
    """

    version: str
    released_by: str
    released_at: datetime
    decision: int
    trained_at: datetime
    window: tuple[str, ...]
    previous: str
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftNote:
    """The newest comparison of a batch with the champion's reference.

    Attributes:
        partition: Its batch; empty where none was compared with the data of this champion.
        evidence_at: Date of that batch; None where there is none.
    """

    verdict: Verdict
    partition: str
    drifted: tuple[str, ...]
    critical: tuple[str, ...]
    evidence_at: datetime | None
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """An incident that is not resolved."""

    entry: int
    cause: str
    title: str
    summary: str
    severity: Severity
    status: IncidentStatus
    owner: str
    opened_at: datetime
    age: timedelta
    partitions: tuple[str, ...]
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNote:
    """A source, or one data category of it, that nobody has approved for today.

    Attributes:
        counts: Whether what was given counts for now all the same.
    """

    source: str
    owner: str
    problem: str
    counts: bool = False


def champion_note(state: ProductState, champion: Champion | None) -> ChampionNote | None:
    """The model in charge, or the one before; None where there is none."""
    if champion is None:
        return None
    decided = state.decisions.get(champion.version)
    return ChampionNote(
        version=champion.version,
        released_by=champion.released_by,
        released_at=champion.released_at,
        decision=champion.decision,
        trained_at=champion.trained_at,
        window=champion.window,
        previous=champion.previous,
        approved_by=decided.approved_by if decided else (),
    )


def drift_note(charter: Charter, state: ProductState) -> DriftNote | None:
    """The newest drift result; None where nothing was compared.

    What was compared with the data of a former champion says nothing about this one.
    """
    check = state.checks.get(_DRIFT)
    if check is None:
        return None
    if is_former(charter, state, _DRIFT, newest_of(check).known_up_to):
        return DriftNote(
            verdict=Verdict.INSUFFICIENT,
            partition="",
            drifted=(),
            critical=(),
            evidence_at=None,
            summary=_not_compared(state, check.partition),
        )
    details = details_of(DataDriftDetails, check.details)
    return DriftNote(
        verdict=check.verdict,
        partition=check.partition,
        drifted=details.drifted,
        critical=details.critical_drifted,
        evidence_at=None if check.withdrawn else check.evidence_at,
        summary=check.summary,
    )


def _not_compared(state: ProductState, partition: str) -> str:
    if state.champion is None:
        return "not measured: no version is in charge."
    return (
        f"not measured yet for version {state.champion.version}: batch {partition}, the newest "
        "batch, was compared before this version was in charge."
    )


def incident_notes(state: ProductState, now: datetime) -> tuple[IncidentNote, ...]:
    """The incidents that are not resolved, oldest first."""
    return tuple(
        IncidentNote(
            entry=incident.entry,
            cause=str(incident.cause),
            title=incident.title,
            summary=incident.summary,
            severity=incident.severity,
            status=incident.status,
            owner=incident.owner,
            opened_at=incident.opened_at,
            age=max(now - incident.opened_at, timedelta(0)),
            partitions=incident.partitions,
            subjects=incident.subjects,
        )
        for incident in sorted(state.incidents.values(), key=lambda one: one.entry)
        if incident.is_open
    )


def source_notes(charter: Charter, state: ProductState, today: date) -> tuple[SourceNote, ...]:
    """Sources and categories without an approval that holds today."""
    before = state.charter is not None and not state.charter.has_texts
    return tuple(
        SourceNote(source=name, owner=source.owner, problem=problem, counts=counts)
        for name, source in charter.sources.items()
        for problem, counts in (
            *(
                (one, before)
                for one in _signatures(charter, source, _STANDS if before else _REFUSED)
            ),
            *((one, False) for one in _periods(source, today)),
        )
    )


def caveats(
    charter: Charter,
    state: ProductState,
    plan: RetrainingPlan,
    sources: tuple[SourceNote, ...],
    now: datetime,
) -> Iterator[str]:
    """Sentences worth knowing that do not change the verdict.

    Args:
        charter: The charter in force.
        state: The state asked about.
        plan: The retraining calendar.
        sources: Sources that are not approved.
        now: The moment asked about, aware UTC.
    """
    yield from agreement_notes(charter, state)
    yield from standards_notes(state)
    if state.champion is not None and state.champion.released_at > now + CLOCK_TOLERANCE:
        yield (
            f"Version {state.champion.version} is recorded as released on "
            f"{moment(state.champion.released_at)}, which is in the future: a clock was ahead."
        )
    yield from (one.sentence for one in overrides(charter, state, now))
    yield from _known_by_evaluation(charter, state, now)
    yield from _failing_checks(charter, state)
    yield from _unheard(charter, state)
    for incident in state.incidents.values():
        if incident.is_open and incident.severity is not Severity.CRITICAL:
            yield f"Incident {incident.entry} is open: {incident.title}."
        if incident.is_open and (why := still_open(charter, state, incident)):
            yield why
    if plan.overdue_since is not None:
        yield f"Retraining is overdue since {moment(plan.overdue_since)}."
    elif plan.too_old_since is not None and plan.tried_at is not None:
        yield (
            f"The model in charge is older than agreed since {moment(plan.too_old_since)}. "
            f"Retraining was last tried on {moment(plan.tried_at)}: "
            f"{training_note(charter, state, now).outcome}."
        )
    if plan.held_back is not None:
        yield plan.held_back.sentence
    for source in sources:
        yield f"Source {source.source}: {source.problem}."
    changed = [batch.partition for batch in redelivered(state)]
    if changed:
        yield (
            f"Delivered again with other content after the champion was trained on it: "
            f"{listed(changed)}."
        )
    yield from withdrawn_caveats(state)
    yield from _waiting(charter, state)


def _known_by_evaluation(charter: Charter, state: ProductState, now: datetime) -> Iterator[str]:
    champion = state.champion
    if champion is None:
        return
    keys = (key for key in required(charter) if key in champion.as_live)
    said = {key: check_freshness(charter, state, key, now).evidence for key in keys}
    names = [
        check_name(key)
        for key, one in said.items()
        if one is not None and not one.withdrawn and is_evaluation(state, key, one)
    ]
    if names:
        yield (
            f"Version {champion.version} has not answered a labelled batch since its release: "
            f"{listed(names)} rests on its evaluation, on records of batch "
            f"{champion.held_out.get('partition')} held out of its training."
        )


def _failing_checks(charter: Charter, state: ProductState) -> Iterator[str]:
    """Failures that the reasons do not tell, and that are not about a former champion."""
    needed = required(charter)
    for key, check in state.checks.items():
        # A target is a line of its own, or a reason.
        told = key in MEASURED_BY or (key in needed and check.severity is Severity.CRITICAL)
        told = told or is_former(charter, state, key, newest_of(check).known_up_to)
        said = as_agreed(charter, state, key, newest_of(check))
        if said.verdict is Verdict.FAIL and not told:
            where = f" on batch {said.partition}" if said.partition else ""
            word = "holds with warnings" if key in GUARDS and not _is_critical(said) else "fails"
            whose = "" if _is_of_champion(state, key, check.entry) else _CHALLENGED
            yield f"{whose}{check.check} {word}{where}: {said.summary}"


def _is_of_champion(state: ProductState, key: str, entry: int) -> bool:
    """Whether a check says something about the version in charge, and not about another one."""
    champion = state.champion
    return CheckKey.parse(key).asset != _GATES or (
        champion is not None and entry < champion.decision
    )


def _is_critical(said: Evidence) -> bool:
    return said.severity is Severity.CRITICAL


def _unheard(charter: Charter, state: ProductState) -> Iterator[str]:
    """Checks of the model that fail batch after batch without a reaction to it."""
    for key, check in state.checks.items():
        if key not in _HEARD:
            continue
        fails = _failing_in_a_row(verdicts(state, key))
        reacts = any(one.reactions for one in responses_to(charter, key, check.severity))
        if fails >= _IN_A_ROW and not reacts:
            yield (
                f"{check.check} failed on each of the last {fails} batches it could judge, and the "
                "charter agrees on no reaction: nobody is told."
            )


def _failing_in_a_row(said: Sequence[BatchVerdict]) -> int:
    return sum(1 for _ in takewhile(lambda one: one.verdict is Verdict.FAIL, reversed(said)))


def _is_open(state: ProductState, batch: Batch) -> bool:
    """Whether a batch is still to be judged; one without a record only until a newer one was."""
    if batch.status is not BatchStatus.ARRIVED:
        return False
    proved_nothing = {one.check for one in batch.judgements} >= GUARDS
    return not proved_nothing or not any(
        one.status in (BatchStatus.APPROVED, BatchStatus.QUARANTINED)
        and one.position > batch.position
        for one in state.batches.values()
    )


def _waiting(charter: Charter, state: ProductState) -> Iterator[str]:
    arrived = [one.partition for one in state.batches.values() if _is_open(state, one)]
    if arrived:
        yield f"Not judged yet: {listed(arrived)}."
    yield from quarantine_caveats(charter, state)
    given_up = sum(one.status is ActionStatus.GIVEN_UP for one in state.actions.values())
    if given_up:
        noun = "action was" if given_up == 1 else "actions were"
        yield f"{given_up} {noun} given up after the last attempt."


_REFUSED = "does not count: it is by"
_STANDS = (
    "counts only until another agreement is adopted, because this one was adopted before anybody "
    "asked who may give it: it is by"
)


def _signatures(charter: Charter, source: Source, counting: str) -> Iterator[str]:
    """What was given by people who may not."""
    approval = source.approval
    if approval is not None and (why_not := unapproved_because(charter, approval)):
        yield f"its approval {counting} {why_not}"
    for one in source.authorisations:
        if why_not := unauthorised_because(charter, one):
            yield f"the authorisation of {one.category} {counting} {why_not}"


def _periods(source: Source, today: date) -> Iterator[str]:
    """What was not given, or not for this day."""
    approval = source.approval
    if approval is None:
        yield "nobody has approved it"
    elif today > approval.until:
        yield f"its approval by {approval.names} expired on {approval.until}"
    elif today < approval.on:
        yield f"its approval by {approval.names} starts only on {approval.on}"
    for one in source.authorisations:
        if today > one.until:
            yield f"the authorisation of {one.category} by {one.by} expired on {one.until}"
