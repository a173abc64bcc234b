from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.state import Incident, ProductState
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.rules.resolve_after_release import (
    resolve_incidents_of_former,
    still_open,
)
from aipo_pipelines.policy.wording.sentences import sentence_of
from tests.model_versions import altered
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import FAIL, PASS, Story, charter

KEY = "performance/performance"
ESCALATES = [{"check": "performance", "reactions": ["escalate"]}]


def released(as_live: Verdict = PASS, held_out: str = "w2", **changes: Any) -> Context:
    """Version 2 went live while the incident of version 1 on w2 was open."""
    agreed = charter(**{"responses": ESCALATES, **changes})
    story = Story(agreed).adopts().delivers("w1").runs_all().later(days=7)
    story.judges(KEY, "w2", FAIL).delivers("w2").runs_all()
    opened = story.state.incidents
    story.trains("2", held_out=held_out).evaluates("2", as_live=as_live).runs_all()
    entry = next(entry for entry in reversed(story.entries) if entry.kind == ChampionReleased.kind)
    assert entry.event is not None
    state = replace(story.state, incidents=opened)
    return replace(context_now(story), entry=entry, event=entry.event, state=state)


def changed(context: Context, **members: Any) -> Context:
    """The context with another evaluation of the version in charge."""
    champion = context.state.champion
    assert champion is not None
    evaluated = {KEY: replace(champion.model.as_live[KEY], **members)}
    return replace(
        context,
        state=replace(context.state, champion=altered(champion, as_live=evaluated)),
    )


def with_incident(context: Context, **members: Any) -> Context:
    (incident,) = context.state.incidents.values()
    known = replace(incident, **members)
    return replace(context, state=replace(context.state, incidents={str(known.entry): known}))


def sentence_about(context: Context, incident: Incident) -> str:
    open_still = still_open(context.charter, context.state, incident)
    assert open_still is not None
    return sentence_of(open_still)


def why_open(context: Context) -> str:
    """Why the incident stays open; no rule may have ended it."""
    assert list(resolve_incidents_of_former(context)) == []
    (incident,) = context.state.incidents.values()
    sentence = sentence_about(context, incident)
    start, end = "charge, and stays open because ", ". It ends by rule when performance passes on"
    assert start in sentence
    assert end in sentence
    return sentence.partition(start)[2].partition(end)[0]


def test_an_incident_that_the_evaluation_of_the_new_champion_passes_ends() -> None:
    context = released()
    (incident,) = context.state.incidents.values()
    (draft,) = resolve_incidents_of_former(context)
    assert draft.event == IncidentResolved(
        incident=incident.entry,
        resolution="by rule: version 2 went live, and performance passes on records of batch w2 "
        "held out of its training",
    )
    assert (draft.subject, draft.actor) == (f"incident/{incident.entry}", "rule:cure")
    assert draft.key.endswith(f"/cure/{KEY}")


def test_only_the_release_itself_ends_it() -> None:
    context = released()
    other = replace(context, event=context_now(Story().adopts()).event)
    assert list(resolve_incidents_of_former(other)) == []
    stopped = replace(context, state=replace(context.state, champion=None))
    assert list(resolve_incidents_of_former(stopped)) == []


def test_an_evaluation_that_does_not_pass_ends_nothing() -> None:
    assert why_open(released(FAIL)) == "the evaluation of this version does not pass performance"


def test_an_evaluation_on_an_unknown_batch_ends_nothing() -> None:
    assert why_open(changed(released(), partition="w9")) == (
        "the evaluation of this version says nothing about performance"
    )


@pytest.mark.parametrize("member", ["entry", "relabelled"])
def test_an_evaluation_on_records_or_labels_that_changed_since_ends_nothing(member: str) -> None:
    context = released()
    changes = {member: len(str(context.entry.index)) + context.entry.index}
    batch = replace(context.state.batches["w2"], **changes)  # type: ignore[arg-type]
    batches = {**context.state.batches, "w2": batch}
    assert why_open(replace(context, state=replace(context.state, batches=batches))) == (
        "the evaluation of this version passes performance on records of batch w2, which was "
        "delivered again since, or has other labels"
    )


def test_an_evaluation_before_the_incident_ends_nothing() -> None:
    context = released()
    (incident,) = context.state.incidents.values()
    evaluated = changed(context, entry=incident.entry - 1, began=context.entry.index)
    assert why_open(evaluated) == "this version was evaluated before the incident opened"


def test_a_check_that_keeps_batches_in_quarantine_is_not_over_with_a_release() -> None:
    context = released()
    quarantines = [{"check": "performance", "reactions": ["quarantine", "escalate"]}]
    assert why_open(replace(context, charter=charter(responses=quarantines))) == (
        "performance keeps batches in quarantine"
    )


def test_an_evaluation_on_older_records_than_the_newest_failure_ends_nothing() -> None:
    context = released()
    batches = dict(context.state.batches)
    batches["w3"] = replace(
        batches["w2"], partition="w3", first_entry=batches["w2"].first_entry + 1
    )
    later = replace(context, state=replace(context.state, batches=batches))
    assert why_open(with_incident(later, partitions=("w3", "w2"))) == (
        "the evaluation of this version passes performance on records of batch w2, which are older "
        "than batch w3 of the incident"
    )
    assert list(resolve_incidents_of_former(with_incident(later, partitions=("w2", "w9"))))


def test_the_sentence_names_the_incident_and_the_command_that_ends_it() -> None:
    context = released(FAIL)
    (incident,) = context.state.incidents.values()
    sentence = sentence_about(context, incident)
    assert sentence.startswith(
        f"Incident {incident.entry} was opened before version 2 was put in charge, and stays open "
    )
    assert sentence.endswith(
        "It ends by rule when performance passes on later batches, or by people: "
        f'aipo resolve {incident.entry} --by "YOUR NAME" --reason "WHY"'
    )


def test_the_version_that_returned_was_not_evaluated_since() -> None:
    context = released(FAIL)
    champion = context.state.champion
    assert champion is not None
    returned = replace(champion, in_service=dict(champion.model.as_live))
    (incident,) = context.state.incidents.values()
    again = replace(context, state=replace(context.state, champion=returned))
    sentence = sentence_about(again, incident)
    assert "was put in charge again, and stays open because performance has not been" in sentence
    assert "has not been evaluated since. It ends by rule" in sentence


@pytest.mark.parametrize(
    "members", [{"entry": 10_000}, {"cause": "stale"}, {"cause": "check:data_quality/privacy"}]
)
def test_nothing_is_said_about_incidents_of_the_version_in_charge_or_of_the_data(
    members: dict[str, Any],
) -> None:
    context = released(FAIL)
    (incident,) = context.state.incidents.values()
    if "cause" in members:
        members = {"cause": type(incident.cause).parse(members["cause"])}
    other = replace(incident, **members)
    assert still_open(context.charter, context.state, other) is None
    stopped: ProductState = replace(context.state, champion=None)
    assert still_open(context.charter, stopped, incident) is None
