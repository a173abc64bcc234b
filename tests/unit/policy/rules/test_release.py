from __future__ import annotations

from dataclasses import replace
from typing import Any

from aipo_pipelines.evidence.metadata.as_json import metadata_from_json
from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.overrides import ChampionStopped
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseDecided, ReleaseRequested
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.rules.release import confirm_release, decide_release, supersede_outdated
from tests.model_versions import altered
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import Story, charter
from tests.unit.policy.team import ADA, again, by_rule, governed, released, succeeded, waits, yes


def materialised(asset: str, **facts: Json) -> AssetMaterialised:
    return AssetMaterialised(
        asset=asset,
        partition="",
        run_id="run",
        data_version="",
        metadata=metadata_from_json(asset, facts),
    )


def assessed(story: Story, version: str, **members: Any) -> Context:
    """The context in which the risk of a version is assessed; its members may be changed."""
    context = context_of(story, materialised("risk_assessment", version=version, text="Little."))
    known = altered(
        context.state.candidates[version], **{"assessed": context.entry.index, **members}
    )
    candidates = {**context.state.candidates, version: known}
    return replace(context, state=replace(context.state, candidates=candidates))


def evaluated(agreed: Any = None) -> Story:
    """Version 1 passed its gates and nobody was asked; the risk can be assessed again."""
    story = waits(agreed or governed())
    candidate = replace(story.state.candidates["1"], requested=None, assessed=None)
    story.state = replace(story.state, candidates={"1": candidate})
    return story


def only(drafts: Any) -> Draft:
    (draft,) = drafts
    assert isinstance(draft, Draft)
    return draft


def test_people_are_asked_about_a_version_that_passed() -> None:
    draft = only(decide_release(assessed(evaluated(), "1")))
    assert isinstance(draft.event, ReleaseRequested)
    assert (draft.event.reason, draft.event.quorum) == ("All 4 gates passed.", 2)
    assert (draft.subject, draft.key.rpartition("/")[2]) == ("model/1", "request")


def test_a_version_that_passed_goes_live_if_the_charter_lets_the_gates_decide() -> None:
    story = evaluated()
    story.charter = by_rule()
    context = assessed(story, "1")
    draft = only(decide_release(context))
    assert isinstance(draft.event, ReleaseDecided)
    assert (draft.event.version, draft.event.go, draft.event.rule) == ("1", True, "gates")
    assert draft.event.reason == "All 4 gates passed, and the charter lets the gates decide."
    assert draft.event.evidence["risk_assessment"] == context.entry.index
    assert (draft.subject, draft.key.rpartition("/")[2]) == ("model/1", "decide")


def test_a_version_that_was_compared_with_another_champion_is_superseded() -> None:
    draft = only(decide_release(assessed(evaluated(), "1", against="7", gates=())))
    assert isinstance(draft.event, ReleaseDecided)
    assert (draft.event.go, draft.event.rule) == (False, "superseded")
    assert draft.event.reason == (
        "It was compared with version 7, and no version is in charge any more."
    )


def test_a_version_is_superseded_while_another_version_is_going_live() -> None:
    story = yes(again(released(), "2"), "2").trains("3")
    draft = only(decide_release(assessed(story, "3")))
    assert isinstance(draft.event, ReleaseDecided)
    assert draft.event.rule == "superseded"
    assert draft.event.reason == "Version 2 is going live, and it was not compared with that."


def test_a_closed_gate_refuses_the_version_and_leaves_older_versions() -> None:
    context = assessed(again(released(), "2").trains("3"), "3")
    decision, incident = decide_release(context)
    assert isinstance(decision.event, ReleaseDecided)
    assert (decision.event.version, decision.event.rule) == ("3", "gates")
    assert decision.event.reason == (
        "It was not evaluated. Only a new version is measured by that; type: aipo retrain churn"
    )
    assert isinstance(incident.event, IncidentOpened)


def test_a_newer_version_that_passed_supersedes_versions_that_wait() -> None:
    story = again(released(), "2")
    second = story.state.candidates["2"]
    newer = altered(second, version="3", entry=second.entry + 1, requested=None)
    untried = altered(second, version="4", assessed=None, requested=None)
    story.state = replace(story.state, candidates={"2": second, "3": newer, "4": untried})
    superseded, request = decide_release(assessed(story, "3"))
    assert isinstance(superseded.event, ReleaseDecided)
    assert (superseded.event.version, superseded.event.rule) == ("2", "superseded")
    assert superseded.event.reason == "Version 3 was evaluated later and passed."
    assert isinstance(request.event, ReleaseRequested)
    assert request.event.version == "3"


def test_a_risk_assessment_of_an_unknown_version_decides_nothing() -> None:
    event = materialised("risk_assessment", version="9", text="Little.")
    assert list(decide_release(context_of(waits(), event))) == []
    assert list(decide_release(assessed(evaluated(), "1", assessed=0))) == []


def test_other_assets_and_other_events_decide_nothing() -> None:
    for event in (materialised("champion", version="1"), ActionFinished(action=1, attempt=1)):
        assert list(decide_release(context_of(evaluated(), event))) == []
    risk = materialised("risk_assessment", version="1", text="Little.")
    for event in (risk, ActionFinished(action=1, attempt=1)):
        assert list(confirm_release(context_of(evaluated(), event))) == []
        assert list(supersede_outdated(context_of(evaluated(), event))) == []


def test_a_decided_version_is_champion_after_its_alias_moved() -> None:
    story = yes(again(released(), "2"), "2")
    decided = story.state.candidates["2"].decision
    assert decided is not None
    draft = only(confirm_release(context_of(story, materialised("champion", version="2"))))
    assert draft.event == ChampionReleased(version="2", decision=decided, previous="1")
    assert (draft.subject, draft.key.rpartition("/")[2]) == ("model/2", "released")


def test_the_version_in_charge_is_not_released_again() -> None:
    event = materialised("champion", version="1")
    assert list(confirm_release(context_of(released(), event))) == []


def test_a_version_without_a_decision_in_charge_is_a_critical_incident() -> None:
    event = materialised("champion", version="1")
    draft = only(confirm_release(context_of(waits(), event)))
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "Model version 1 was put in charge without a decision"
    first, second = draft.event.summary.split(". ")
    assert first == (
        "The champion asset was materialised for a version that no recorded decision allows to go "
        "live"
    )
    assert second == (
        "The champion of record is unchanged; put its version back in charge or have the release "
        "decided."
    )
    assert draft.event.severity is Severity.CRITICAL
    assert (draft.subject, draft.key.rpartition("/")[2]) == (
        "incident/undecided_release",
        "undecided",
    )


def test_a_champion_asset_without_a_version_is_reported_as_unnamed() -> None:
    draft = only(confirm_release(context_of(released(), materialised("champion"))))
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "Model version (unnamed) was put in charge without a decision"


def test_an_undecided_release_is_reported_once() -> None:
    story = waits().materialises("champion", version="1")
    event = materialised("champion", version="1")
    assert list(confirm_release(context_of(story, event))) == []


def test_a_release_supersedes_versions_that_were_compared_with_the_former_champion() -> None:
    story = succeeded()
    released_entry = next(
        entry for entry in reversed(story.entries) if entry.kind == ChampionReleased.kind
    )
    waiting = altered(waits().state.candidates["1"], version="5", against="1")
    current = altered(waiting, version="6", against="2")
    decided = altered(waiting, version="7", decision=3)
    candidates = {"5": waiting, "6": current, "7": decided}
    assert released_entry.event is not None
    context = replace(
        context_now(story),
        entry=released_entry,
        event=released_entry.event,
        state=replace(story.state, candidates=candidates),
    )
    draft = only(supersede_outdated(context))
    assert isinstance(draft.event, ReleaseDecided)
    assert (draft.event.version, draft.event.rule) == ("5", "superseded")
    assert draft.event.reason == ("It was compared with version 1; by now version 2 is in charge.")


def test_a_release_ends_the_incident_about_versions_that_gates_refused() -> None:
    story = again(Story(charter()).adopts().delivers("w1").runs_all(), "2", sample="fail")
    number = story.incident("no_go").entry
    going = story.trains("3").evaluates("3")
    going.runs_all()
    (end,) = [entry for entry in going.entries if entry.kind == IncidentResolved.kind]
    assert (end.body["incident"], end.subject) == (number, f"incident/{number}")
    assert end.body["resolution"] == "by rule: version 3 went live"
    assert end.key.endswith("/release/resolve")


def test_a_stop_that_leaves_no_champion_supersedes_every_candidate() -> None:
    story = again(released(), "2")
    event = stop(story.charter, story.state, ADA, "Harm.", story.now)[0].event
    assert isinstance(event, ChampionStopped)
    draft = only(supersede_outdated(context_of(story, event)))
    assert isinstance(draft.event, ReleaseDecided)
    assert (draft.event.version, draft.event.go) == ("2", False)
    assert draft.event.reason == (
        "It was compared with version 1, and no version is in charge any more."
    )
