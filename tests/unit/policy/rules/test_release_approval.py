from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import ReleaseDecided, ReleaseRequested
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.people.approval import approve
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.rules.release_approval import (
    count_approvals,
    decision_withdrawn,
    may_go_live,
    withdrawal,
)
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import Story, threshold
from tests.unit.policy.team import (
    ADA,
    RAE,
    REASON,
    again,
    by_rule,
    governed,
    released,
    succeeded,
    waits,
    yes,
)

UNDECIDED = "no recorded decision allows it"


def decided() -> tuple[Story, Candidate]:
    """Version 2 may go live by Ada and Rae; its run has not begun."""
    story = yes(again(released(), "2"), "2")
    return story, story.state.candidates["2"]


def stricter(story: Story) -> Story:
    """A charter by which the stored accuracy is too low."""
    story.charter = story.charter.model_copy(
        update={
            "thresholds": tuple(
                known.model_copy(update={"limit": 0.95}) for known in story.charter.thresholds
            )
        }
    )
    return story


def may(story: Story, version: str) -> str:
    return may_go_live(story.charter, story.state, version)


def last_approval(story: Story, person: str) -> Draft:
    (draft,) = approve(story.charter, story.state, "1", person, REASON, story.now)
    return draft


def test_the_last_approval_decides_and_names_the_people_and_their_entries() -> None:
    story = yes(waits(), "1", ADA)
    context = context_of(story, last_approval(story, RAE).event)
    (draft,) = count_approvals(context)
    assert isinstance(draft.event, ReleaseDecided)
    assert (draft.event.version, draft.event.go, draft.event.rule) == ("1", True, "approved")
    assert draft.event.signature == "unsigned"
    assert draft.event.reason == "All 4 gates passed; approved by Ada Ng, Rae Holt."
    assert draft.event.evidence["approvals"] == [story.entries[-1].index, context.entry.index]
    assert draft.event.evidence["against"] == ""
    assert (draft.subject, draft.actor) == ("model/1", "rule:release")
    assert draft.key.endswith("/release/approved/1")


def test_too_few_approvals_and_closed_gates_decide_nothing() -> None:
    story = waits()
    event = last_approval(story, RAE).event
    assert list(count_approvals(context_of(story, event))) == []
    strict = stricter(yes(waits(), "1", ADA))
    assert list(count_approvals(context_of(strict, event))) == []


def test_an_approval_of_a_version_that_waits_for_nobody_decides_nothing() -> None:
    story = yes(waits(), "1", ADA)
    event = last_approval(story, RAE).event
    candidate = replace(story.state.candidates["1"], requested=None)
    story.state = replace(story.state, candidates={"1": candidate})
    assert list(count_approvals(context_of(story, event))) == []
    story.state = replace(story.state, candidates={})
    assert list(count_approvals(context_of(story, event))) == []


def test_a_decision_that_the_agreement_supports_is_not_withdrawn() -> None:
    story, candidate = decided()
    assert withdrawal(story.charter, story.state, candidate) is None
    assert decision_withdrawn(story.charter, story.state, "2", story.now) == ()
    assert may(story, "2") == ""


def test_a_decision_is_withdrawn_if_another_version_is_in_charge_by_now() -> None:
    story, candidate = decided()
    event = withdrawal(story.charter, story.state, replace(candidate, against="7"))
    assert isinstance(event, ReleaseDecided)
    assert (event.go, event.rule) == (False, "superseded")
    assert event.reason == "It was compared with version 7; by now version 1 is in charge."


def test_a_decision_is_withdrawn_if_a_gate_is_closed_by_now() -> None:
    story, candidate = decided()
    event = withdrawal(stricter(story).charter, story.state, candidate)
    assert isinstance(event, ReleaseDecided)
    assert (event.go, event.rule) == (False, "gates")
    assert event.reason.startswith("Judged again by the charter in force: accuracy")
    assert may(story, "2") == event.reason


def test_a_decision_is_withdrawn_and_people_are_asked_again_if_approvals_are_missing() -> None:
    story, candidate = decided()
    story.charter = governed(
        release={"roles": ["owner", "risk_officer", "incident_owner"], "quorum": 3}
    )
    event = withdrawal(story.charter, story.state, candidate)
    assert isinstance(event, ReleaseRequested)
    assert event.quorum == 3
    assert event.reason.endswith("is in force by now, and 1 more people must approve.")
    (draft,) = decision_withdrawn(story.charter, story.state, "2", story.now)
    assert draft.event == event
    assert draft.key == f"release/churn/2/{candidate.decision}/withdraw"
    assert (draft.subject, draft.actor, draft.occurred_at) == (
        "model/2",
        "rule:release",
        story.now,
    )


def test_only_a_recorded_decision_can_be_withdrawn() -> None:
    story = stricter(waits())
    assert decision_withdrawn(story.charter, story.state, "1", story.now) == ()
    assert decision_withdrawn(story.charter, story.state, "9", story.now) == ()


def test_a_version_without_a_decision_may_not_go_live() -> None:
    assert may(waits(), "1") == UNDECIDED
    assert may(waits(), "9") == UNDECIDED


def test_the_champion_and_the_target_of_a_rollback_may_go_live() -> None:
    story = succeeded()
    assert may(story, "2") == ""
    assert may(story, "1") == UNDECIDED
    assert may(story.decides(rollback, person=ADA, reason="Harm."), "1") == ""


def test_no_version_may_take_the_alias_after_a_stop_only() -> None:
    assert may(released(), "") == "version 1 is in charge by now"
    assert may(released().decides(stop, person=ADA, reason="Harm."), "") == ""


def test_the_adoption_of_a_stricter_charter_withdraws_a_decision_before_its_run_begins() -> None:
    story, _ = decided()
    strict = stricter(story).charter.model_copy(update={"version": "2"})
    story.adopts(strict)
    assert story.state.decisions["2"].go is False
    assert story.state.decisions["2"].rule == "gates"


def test_a_run_that_has_begun_checks_by_itself() -> None:
    story, _ = decided()
    story.starts(story.next(ActionKind.RELEASE))
    strict = stricter(story).charter.model_copy(update={"version": "2"})
    story.adopts(strict)
    assert story.state.decisions["2"].go is True


def test_the_adoption_of_a_charter_without_a_quorum_lets_the_gates_decide() -> None:
    story = waits().adopts(by_rule())
    decision = story.state.decisions["1"]
    assert (decision.go, decision.rule) == (True, "gates")
    assert decision.reason == "All 4 gates passed, and the charter now lets the gates decide."


def test_an_adoption_that_voids_an_approval_asks_people_again() -> None:
    story = yes(waits(), "1", ADA)
    before = len(story.bodies(ReleaseRequested.kind))
    members = story.charter.model_dump(mode="json")
    edits = {"version": "2", "thresholds": [threshold(minimum_sample=90)]}
    story.adopts(type(story.charter).model_validate({**members, **edits}), "charter.sunset")
    (request,) = story.bodies(ReleaseRequested.kind)[before:]
    assert "Ada Ng's approval does not count" in str(request["reason"])
    keys = [entry.key for entry in story.entries if entry.kind == ReleaseRequested.kind]
    assert keys[-1].endswith("/release/withdraw/1")


def test_an_adoption_that_changes_nothing_for_a_version_that_waits_records_nothing() -> None:
    story = waits()
    before = len(story.bodies(ReleaseRequested.kind))
    story.adopts()
    assert len(story.bodies(ReleaseRequested.kind)) == before
    assert list(count_approvals(context_now(released()))) == []
