"""Whether a person is notified when a check fails, and how late.

A response may be empty: then people agreed that a failure is only shown. A check without a response
fails in silence because nobody thought of it, so a warning reports it. Another warning reports a
check that makes the answer NO at its first failing batch, and is escalated later or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from aipo_pipelines.charter.consistency.people import plain_name
from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.charter.model.problem import Fault, Weight, listed
from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Metric

_OF_DATA = ("contract", "privacy")
# A failure of these checks does not change the answer.
_SHOWN_ONLY = ("data_drift", "concept_drift")
# The longest month: the warning says how late a notice comes at the earliest.
_MONTH = timedelta(days=31)


def unheard_faults(charter: Charter, standards: Standards) -> Iterator[Fault]:
    """Yields a warning for each check of live batches that can fail and has no response.

    A response that the standard of the risk tier requires is an error in `against_standards`.
    """
    tier = standards.tiers.get(charter.risk_tier)
    known = {plain_name(response.check) for response in charter.responses} | {
        *(tier.required_checks if tier else ())
    }
    for check in _failing(charter):
        if check not in known:
            yield Fault(
                ("responses",),
                f"no response to {check}",
                f"one: nobody is notified when {check} fails",
                f"add `{{check: {check}, reactions: [escalate]}}`, or with `reactions: []` state "
                "that a failure is only shown",
                Weight.WARNING,
            )
    for check in (*_OF_DATA, *_failing(charter)):
        if check not in _SHOWN_ONLY:
            yield from _late(charter, check)


def _late(charter: Charter, check: str) -> Iterator[Fault]:
    """A check that makes the answer NO before any person is notified."""
    given = [response for response in charter.responses if plain_name(response.check) == check]
    escalating = [response for response in given if Reaction.ESCALATE in response.reactions]
    late = _after_several(charter, check, escalating) if escalating else _never(check, given)
    if late is not None:
        position = charter.responses.index((escalating or given)[0])
        place = ("responses", position, "reactions")
        yield Fault(place, *late, _apart(check, given), Weight.WARNING)


def _never(check: str, given: Sequence[Response]) -> tuple[str, str] | None:
    """What was found and expected if no response escalates; None if no reaction is agreed."""
    reactions = [reaction.value for response in given for reaction in response.reactions]
    # An empty response is a decision of people, and no gap.
    if not reactions:
        return None
    found = f"{listed(reactions)} for {check}, and no escalation"
    return found, f"an escalation: {check} makes the answer NO, and nobody is notified"


def _after_several(
    charter: Charter, check: str, escalating: Sequence[Response]
) -> tuple[str, str] | None:
    """What was found and expected if a check escalates late; None if it does so at once."""
    first = min(escalating, key=lambda response: response.fails)
    if first.fails == 1:
        return None
    found = f"{check} escalates after {first.fails} of {first.of} batches"
    wait = _wait(charter, first)
    return found, f"at the first: it makes the answer NO, and nobody is notified {wait}"


def _wait(charter: Charter, response: Response) -> str:
    """How long a NO lasts before a person is notified, as far as the charter says."""
    more = response.fails - 1
    batches = "one more batch has" if more == 1 else f"{more} more batches have"
    rule = charter.batches
    every = rule.every if isinstance(rule, TimeBatches) else None
    if every is None:
        most = format_duration(more * charter.monitoring.cadence)
        return f"until {batches} failed, which may take {most} by the cadence"
    length = every if isinstance(every, timedelta) else _MONTH
    return f"until {batches} failed, {format_duration(more * length)} later at the earliest"


def _apart(check: str, given: Sequence[Response]) -> str:
    """Responses that notify people at once and leave all other reactions as they are agreed."""
    lines = [f"`{{check: {check}, reactions: [escalate]}}`"]
    for response in given:
        other_reactions = [
            reaction.value for reaction in response.reactions if reaction != Reaction.ESCALATE
        ]
        if other_reactions:
            when = f", fails: {response.fails}, of: {response.of}" if response.of > 1 else ""
            lines.append(f"`{{check: {check}, reactions: [{', '.join(other_reactions)}]{when}}}`")
    return f"write {' and '.join(lines)}"


def _failing(charter: Charter) -> Iterator[str]:
    """The checks of a model that can fail under this charter."""
    model = charter.model
    if model is None:
        return
    live = {
        threshold.metric
        for threshold in charter.thresholds
        if AppliesTo.LIVE in threshold.applies_to
    }
    # The training data of a model from elsewhere is not known, so nothing can be compared with it.
    if model.logged_predictions is None:
        yield "data_drift"
    if live - FAIRNESS_METRICS - {Metric.CALIBRATION_ERROR}:
        yield "performance"
    if Metric.CALIBRATION_ERROR in live:
        yield "calibration"
    if live & FAIRNESS_METRICS:
        yield "fairness"
    if model.logged_predictions is None:
        yield "concept_drift"
