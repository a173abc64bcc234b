"""What happened to a product, as sentences: from entries of the ledger to lines for people.

Pure. Each sentence rests on an entry; an entry that is no news to a person gives no sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.meanings import MEANINGS
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Threshold
from aipo_pipelines.evidence.metadata.base import metadata_of
from aipo_pipelines.evidence.metadata.training import RiskAssessmentMetadata
from aipo_pipelines.evidence.outcome import NOT_AGREED, Direction, Figure, Verdict, judgement
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchQuarantined, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.releases import (
    ChampionReleased,
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.policy.facts.decision_makers import role_text
from aipo_pipelines.policy.facts.figure_verdict import answers
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL
from aipo_pipelines.policy.facts.live_thresholds import live_thresholds
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.text import actor_text, listed, number, trigger_text
from aipo_pipelines.reports.risk.money import recorded_costs

MODEL_CHECKS = frozenset({"drift", "performance"})
"""Assets whose checks are about the champion."""

Checks = Mapping[tuple[str, str], CheckEvaluated]
EntryEvents = Sequence[tuple[Entry, Event]]


def narrate(charter: Charter, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The sentences of some entries of a product: the data first, then what followed from it.

    Args:
        charter: The charter of the product; its thresholds decide which figures are shown.
        entries: Entries in the order of the ledger, for example those of a week.

    Returns:
        The sentences, each once; empty if nothing happened.
    """
    events = [(entry, event) for entry in entries if (event := _read(entry)) is not None]
    checks = _newest_checks([event for _, event in events])
    # Several entries may say the same, for example after a repeated run.
    return tuple(dict.fromkeys((*_arrivals(charter, events, checks), *_consequences(events))))


def introduction(charter: Charter) -> str:
    """The purpose of a product, and the meaning of its first agreed figure."""
    purpose = f"{charter.title}: {charter.purpose}"
    first = next(iter(live_thresholds(charter)), None)
    if first is None:
        return purpose
    limit = f"{first.metric} {_side(first)} {number(first.limit)}"
    return f"{purpose} Agreed: {limit} ({MEANINGS[first.metric]})."


def curve(charter: Charter, entries: Sequence[Entry]) -> str:
    """The first agreed figure that was measured, batch by batch.

    Args:
        charter: The charter of the product.
        entries: All its entries in the order of the ledger, or those of checks.

    Returns:
        A line such as `wape by batch: 0.1, -, 0.4; agreed is at most 0.2`, a dash for a batch
        that could not be judged by it; empty if the charter agrees on no figure.
    """
    first = next(iter(live_thresholds(charter)), None)
    if first is None:
        return ""
    values: dict[str, str] = {}
    for event in map(_read, entries):
        if isinstance(event, CheckEvaluated) and event.partition:
            values.setdefault(event.partition, "-")
            # A later evaluation of a batch replaces an earlier evaluation.
            for figure in event.figures:
                if answers(first, figure) and _is_known(figure):
                    values[event.partition] = f"{figure.value:.3f}"
    course = ", ".join(values[name] for name in sorted(values))
    return f"{first.metric} by batch: {course}; agreed is {_side(first)} {number(first.limit)}"


def _side(threshold: Threshold) -> str:
    return "at most" if threshold.metric in LOWER_IS_BETTER else "at least"


def _is_known(figure: Figure) -> bool:
    known = figure.value is not None and not figure.estimated
    return known and figure.verdict is not Verdict.INSUFFICIENT


def _read(entry: Entry) -> Event | None:
    # The body may be of a later program, or erased: the other entries are shown.
    return entry.event


def _newest_checks(events: Sequence[Event]) -> Checks:
    """The newest evaluation of each check on each batch that arrived."""
    arrived = {event.partition for event in events if isinstance(event, BatchArrived)}
    return {
        (event.partition, str(event.key)): event
        for event in events
        if isinstance(event, CheckEvaluated) and event.partition in arrived
    }


def _arrivals(charter: Charter, events: EntryEvents, checks: Checks) -> Iterator[str]:
    for _, event in events:
        if isinstance(event, BatchArrived):
            of_batch = {
                key: check for (name, key), check in checks.items() if name == event.partition
            }
            yield _arrival(charter, event, of_batch)
            for key, check in of_batch.items():
                if check.verdict is Verdict.FAIL:
                    yield f"{check_name(key)} fails: {check.summary}"


def _arrival(charter: Charter, event: BatchArrived, checks: Mapping[str, CheckEvaluated]) -> str:
    arrival = f"{event.rows:,} records of {event.partition} arrive"
    # A batch may arrive at the end of the week and be measured in the next week.
    if not checks:
        return f"{arrival}."
    # The failing checks follow as sentences of their own.
    if any(check.verdict is Verdict.FAIL for check in checks.values()):
        return f"{arrival}{_figures(charter, checks)}."
    verdicts = {_judgement(check) for check in checks.values() if check.asset in MODEL_CHECKS}
    if Verdict.PASS in verdicts:
        result = "and keep what was agreed"
    elif NOT_AGREED in verdicts:
        result = "in order; no limit was agreed for the figures of the model on them"
    else:
        result = "in order; no model is in charge yet"
    return f"{arrival} {result}{_figures(charter, checks)}."


def _judgement(event: CheckEvaluated) -> str:
    """The verdict of a check; without a limit on any figure there was nothing to keep."""
    return judgement(event.verdict, event.figures)


def _figures(charter: Charter, checks: Mapping[str, CheckEvaluated]) -> str:
    """The first agreed figure that was measured, beside its limit."""
    measured = [figure for check in checks.values() for figure in check.figures]
    for threshold in live_thresholds(charter):
        # In the order of the charter, in which people put the most important limit first.
        for figure in measured:
            if answers(threshold, figure) and figure.value is not None:
                shown = f": {figure.name} {number(figure.value)}"
                if figure.limit is None:
                    return f"{shown}, without a limit then"
                side = "at most" if figure.direction is Direction.AT_MOST else "at least"
                return f"{shown}, agreed {side} {number(figure.limit)}"
    return ""


def _consequences(events: EntryEvents) -> Iterator[str]:
    costs: dict[str, tuple[str, ...]] = {}
    for entry, event in events:
        if isinstance(event, AssetMaterialised):
            assessed = metadata_of(RiskAssessmentMetadata, event.metadata)
            costs[assessed.version] = recorded_costs(assessed.figures)
        if sentence := _consequence(event, entry):
            yield sentence
        # A no-go is the moment at which the price of errors explains the decision.
        if isinstance(event, ReleaseDecided) and not event.go:
            yield from costs.get(event.version, ())


@singledispatch
def _consequence(_event: Event, _entry: Entry) -> str:
    """The sentence of an entry, by the class of its event; empty if it is no news to a person."""
    return ""


@_consequence.register
def _adopted(event: CharterAdopted, _: Entry) -> str:
    return f"Charter {event.version} and contract {event.contract_version} are in force."


@_consequence.register
def _quarantined(event: BatchQuarantined, entry: Entry) -> str:
    actor = actor_text(entry.actor)
    return f"Batch {event.partition} is quarantined by {actor}: it is kept, and nothing uses it."


@_consequence.register
def _withdrawn(event: BatchWithdrawn, _: Entry) -> str:
    return f"Batch {event.partition} is withdrawn by its feed: {event.reason}."


@_consequence.register
def _opened(event: IncidentOpened, entry: Entry) -> str:
    return f"Incident {entry.index} opens, {event.owner} is notified: {event.title}."


@_consequence.register
def _continued(event: IncidentContinued, _: Entry) -> str:
    # The title of the incident names its first subjects: only further subjects are news.
    further = listed(event.subjects)
    return f"Incident {event.incident} goes on, now also about: {further}." if further else ""


@_consequence.register
def _resolved(event: IncidentResolved, _: Entry) -> str:
    return f"Incident {event.incident} ends {event.resolution}."


@_consequence.register
def _due(event: TrainingDue, _: Entry) -> str:
    # A first model is no retraining, although the same rule asks for it.
    if event.trigger == FIRST_MODEL:
        return f"The first model is due: {event.reason}"
    return f"Retraining is due, by {trigger_text(event.trigger)}: {event.reason}"


@_consequence.register
def _requested(event: ReleaseRequested, _: Entry) -> str:
    roles = ", ".join(role_text(Role(role)) for role in event.roles)
    return f"Version {event.version} waits for {event.quorum} people ({roles}). {event.reason}"


@_consequence.register
def _approved(event: ReleaseApproved, _: Entry) -> str:
    person = f"{event.person} ({role_text(Role(event.role))})"
    return f"{person} approves version {event.version}: {event.reason}"


@_consequence.register
def _decided(event: ReleaseDecided, _: Entry) -> str:
    verdict = "Go" if event.go else "No-go"
    return f"{verdict} for version {event.version}, by the rule `{event.rule}`: {event.reason}"


@_consequence.register
def _released(event: ChampionReleased, _: Entry) -> str:
    instead = f", instead of version {event.previous}" if event.previous else ""
    return f"Version {event.version} is in charge now{instead}."


@_consequence.register
def _failed(event: RunFailed, _: Entry) -> str:
    return f"A run of {event.job} failed and is tried again: {event.error}"
