"""What happened to a product, as sentences: entries of the ledger in, lines for people out.

Pure. Nothing is told that no entry says; an entry that is no news to a person is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.meanings import MEANINGS
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER
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
from aipo_pipelines.policy.facts.decision_makers import spoken
from aipo_pipelines.policy.facts.figure_verdict import answers
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL
from aipo_pipelines.policy.facts.freshness import live_thresholds
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.text import by_whom, listed, number, told_trigger

MODEL_CHECKS = frozenset({"drift", "performance"})
"""Assets whose checks say how the champion does."""

Checks = Mapping[tuple[str, str], CheckEvaluated]


def tell(charter: Charter, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Tells what some entries of a product say, the data first, then what followed from it.

    Args:
        charter: The charter of the product; its thresholds say which figures are told.
        entries: Entries in the order of the ledger, for example those of a week.

    Returns:
        A sentence each; none where nothing happened.
    """
    read = [(entry, event) for entry in entries if (event := _read(entry)) is not None]
    checks = _newest_checks([event for _, event in read])
    return tuple(_once((*_arrivals(charter, read, checks), *_consequences(read))))


def introduction(charter: Charter) -> str:
    """What a product is for, and what its first agreed figure means: all of it once, in front."""
    told = f"{charter.title}: {charter.purpose}"
    first = next(iter(live_thresholds(charter)), None)
    if first is None:
        return told
    side = "at most" if first.metric in LOWER_IS_BETTER else "at least"
    return f"{told} Agreed: {first.metric} {side} {number(first.limit)} ({MEANINGS[first.metric]})."


def curve(charter: Charter, entries: Sequence[Entry]) -> str:
    """The first agreed figure that was measured, batch by batch.

    Args:
        charter: The charter of the product.
        entries: All its entries in the order of the ledger, or those of checks.

    Returns:
        A line such as `wape by batch: 0.1, -, 0.4; agreed is at most 0.2`, a dash for a batch
        that could not be judged by it; empty where the charter agrees on none.
    """
    for threshold in live_thresholds(charter):
        values: dict[str, str] = {}
        for entry in entries:
            event = _read(entry)
            if isinstance(event, CheckEvaluated) and event.partition:
                values.setdefault(event.partition, "-")
                for figure in event.figures:
                    if answers(threshold, figure) and _is_known(figure):
                        values[event.partition] = f"{figure.value:.3f}"
        side = "at most" if threshold.metric in LOWER_IS_BETTER else "at least"
        told = ", ".join(values[name] for name in sorted(values))
        return f"{threshold.metric} by batch: {told}; agreed is {side} {number(threshold.limit)}"
    return ""


def _is_known(figure: Figure) -> bool:
    known = figure.value is not None and not figure.estimated
    return known and figure.verdict is not Verdict.INSUFFICIENT


def _read(entry: Entry) -> Event | None:
    return entry.event


def _once(lines: Sequence[str]) -> Iterator[str]:
    yield from dict.fromkeys(lines)


def _newest_checks(told: Sequence[Event]) -> Checks:
    """The last word of each check on each batch that arrived."""
    arrived = {one.partition for one in told if isinstance(one, BatchArrived)}
    return {
        (one.partition, str(one.key)): one
        for one in told
        if isinstance(one, CheckEvaluated) and one.partition in arrived
    }


def _arrivals(
    charter: Charter, read: Sequence[tuple[Entry, Event]], checks: Checks
) -> Iterator[str]:
    for _, event in read:
        if isinstance(event, BatchArrived):
            of_batch = {key: one for (name, key), one in checks.items() if name == event.partition}
            yield _arrival(charter, event, of_batch)
            for key, one in of_batch.items():
                if one.verdict is Verdict.FAIL:
                    yield f"{check_name(key)} fails: {one.summary}"


def _arrival(charter: Charter, event: BatchArrived, checks: Mapping[str, CheckEvaluated]) -> str:
    told = f"{event.rows:,} records of {event.partition} arrive"
    if not checks:
        return f"{told}."
    if any(one.verdict is Verdict.FAIL for one in checks.values()):
        return f"{told}{_figures(charter, checks)}."
    said = {_judgement(one) for one in checks.values() if one.asset in MODEL_CHECKS}
    if Verdict.PASS in said:
        kept = "and keep what was agreed"
    elif NOT_AGREED in said:
        kept = "in order; no limit was agreed for what the model does on them"
    else:
        kept = "in order; no model is in charge yet"
    return f"{told} {kept}{_figures(charter, checks)}."


def _judgement(event: CheckEvaluated) -> str:
    """The verdict of a check; one whose figures had no limit kept nothing."""
    return judgement(event.verdict, event.figures)


def _figures(charter: Charter, checks: Mapping[str, CheckEvaluated]) -> str:
    """The first agreed figure that was measured, beside its limit."""
    found = [figure for one in checks.values() for figure in one.figures]
    for threshold in live_thresholds(charter):
        for figure in found:
            if answers(threshold, figure) and figure.value is not None:
                told = f": {figure.name} {number(figure.value)}"
                if figure.limit is None:
                    return f"{told}, without a limit then"
                side = "at most" if figure.direction is Direction.AT_MOST else "at least"
                return f"{told}, agreed {side} {number(figure.limit)}"
    return ""


def _consequences(read: Sequence[tuple[Entry, Event]]) -> Iterator[str]:
    risks: dict[str, tuple[str, ...]] = {}
    for entry, event in read:
        if isinstance(event, AssetMaterialised) and event.asset == "risk_assessment":
            sentences = event.metadata.get("sentences")
            told = sentences if isinstance(sentences, list) else []
            risks[str(event.metadata.get("version"))] = tuple(map(str, told))
        sentence = _SENTENCES.get(entry.kind)
        if sentence is not None:
            yield sentence(entry, event)
        if isinstance(event, IncidentContinued) and event.subjects:
            yield f"Incident {event.incident} is told anew: also {listed(event.subjects)}."
        if isinstance(event, ReleaseDecided) and not event.go:
            yield from (one for one in risks.get(event.version, ()) if _is_about_money(one))


def _is_about_money(sentence: str) -> bool:
    return sentence.startswith('For "') and "errors cost" in sentence


def _adopted(_: Entry, event: Any) -> str:
    return f"Charter {event.version} and contract {event.contract_version} are in force."


def _quarantined(entry: Entry, event: Any) -> str:
    return (
        f"Batch {event.partition} is quarantined by {by_whom(entry.actor)}: kept, never scored or "
        "learnt from."
    )


def _withdrawn(_: Entry, event: Any) -> str:
    return f"Batch {event.partition} is withdrawn by its feed: {event.reason}."


def _opened(entry: Entry, event: Any) -> str:
    return f"Incident {entry.index} opens, {event.owner} is told: {event.title}."


def _resolved(_: Entry, event: Any) -> str:
    return f"Incident {event.incident} ends {event.resolution}."


def _due(_: Entry, event: Any) -> str:
    if event.trigger == FIRST_MODEL:
        return f"The first model is due: {event.reason}"
    return f"Retraining is due, by {told_trigger(event.trigger)}: {event.reason}"


def _requested(_: Entry, event: Any) -> str:
    roles = ", ".join(spoken(Role(role)) for role in event.roles)
    return f"Version {event.version} waits for {event.quorum} people ({roles}). {event.reason}"


def _approved(_: Entry, event: Any) -> str:
    who = f"{event.person} ({spoken(Role(event.role))})"
    return f"{who} approves version {event.version}: {event.reason}"


def _decided(_: Entry, event: Any) -> str:
    verdict = "Go" if event.go else "No-go"
    return f"{verdict} for version {event.version}, by the rule `{event.rule}`: {event.reason}"


def _released(_: Entry, event: Any) -> str:
    instead = f", instead of version {event.previous}" if event.previous else ""
    return f"Version {event.version} is in charge now{instead}."


def _failed(_: Entry, event: Any) -> str:
    return f"A run of {event.job} failed and is tried again: {event.error}"


_SENTENCES: Mapping[str, Callable[[Entry, Any], str]] = MappingProxyType(
    {
        CharterAdopted.kind: _adopted,
        BatchQuarantined.kind: _quarantined,
        BatchWithdrawn.kind: _withdrawn,
        IncidentOpened.kind: _opened,
        IncidentResolved.kind: _resolved,
        TrainingDue.kind: _due,
        ReleaseRequested.kind: _requested,
        ReleaseApproved.kind: _approved,
        ReleaseDecided.kind: _decided,
        ChampionReleased.kind: _released,
        RunFailed.kind: _failed,
    }
)
