"""The content of a notice as values, read from the state when it is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.ledger.model.state import Action, ActionKind, IncidentStatus, ProductState
from aipo_pipelines.policy.agreements.decisions import approve_agreement, reject_agreement
from aipo_pipelines.policy.answer.notice import (
    ChangeEnd,
    EndedChange,
    EndedRelease,
    IncidentNews,
    News,
    UnknownIncident,
    WaitingChange,
    WaitingRelease,
)
from aipo_pipelines.policy.answer.notice_content import incident_of, news_of, severity_of
from aipo_pipelines.policy.answer.wrong_cells import wrong_batch
from aipo_pipelines.policy.people.approval import reject
from aipo_pipelines.policy.statements.agreements import AgreementInForce
from aipo_pipelines.policy.statements.approvals import UnderOtherVersion
from tests.model_versions import altered
from tests.unit.policy.desk import NOW, Desk
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure
from tests.unit.policy.team import ADA, RAE, governed, waits, yes

PERFORMANCE = "performance/performance"
ESCALATED = [{"check": PERFORMANCE, "reactions": ["escalate"]}]


def failing(*figures: Any) -> Story:
    """Performance fails on w2, and Ines is notified."""
    story = Story(charter(responses=ESCALATED)).adopts().delivers("w1").runs_all()
    figures = figures or (figure(value=0.5, verdict="fail"), figure("recall", 0.9))
    story.judges(PERFORMANCE, "w2", FAIL, figures=figures, summary="Fell.")
    return story.later(days=7).delivers("w2").runs_all()


def notice(story: Story, **arguments: Any) -> Action:
    """The notice that waits, with some arguments of its own."""
    action = story.next(ActionKind.NOTIFY)
    return replace(action, arguments={**action.arguments, **arguments})


def news(story: Story, state: ProductState | None = None, **arguments: Any) -> News:
    return news_of(story.charter, state or story.state, notice(story, **arguments))


def about_incident(story: Story, **arguments: Any) -> IncidentNews:
    content = news(story, **arguments)
    assert isinstance(content, IncidentNews)
    return content


def test_a_notice_about_an_incident_has_its_failing_figures_and_its_people() -> None:
    story = failing()
    content = about_incident(story)
    assert content.incident == story.incident(f"check:{PERFORMANCE}")
    assert [shown.metric for shown in content.figures] == ["accuracy"]
    assert content.targets == ("json://ines.example.org", "log")
    assert (content.also, content.batch, content.summary, content.wrong) == ((), "", "", ())


def test_a_notice_shows_at_most_five_figures() -> None:
    groups = [figure(subject=f"region={name}", value=0.5, verdict="fail") for name in "abcdef"]
    story = failing(*groups)
    story.state = replace(
        story.state,
        checks={
            **story.state.checks,
            # A check without live thresholds keeps its stored verdicts.
            "dataset/volume": replace(
                story.state.checks[PERFORMANCE], asset="dataset", check="volume"
            ),
        },
    )
    incident = story.incident(f"check:{PERFORMANCE}")
    about_volume = replace(incident, cause=type(incident.cause).of_check("dataset/volume"))
    story.state = replace(story.state, incidents={str(incident.entry): about_volume})
    assert len(about_incident(story).figures) == 5


def test_distances_from_the_original_baseline_are_no_failing_figures() -> None:
    low = figure(value=0.5, verdict="fail")
    story = failing(low, figure("accuracy_drop_original", 0.3, verdict="fail", limit=0.1))
    assert [shown.metric for shown in about_incident(story).figures] == ["accuracy"]


def test_figures_of_a_later_batch_are_not_shown_for_an_earlier_incident() -> None:
    story = failing()
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(),))
    action = notice(story)
    story.later(days=7).delivers("w3").runs_all()
    content = news_of(story.charter, story.state, action)
    assert isinstance(content, IncidentNews)
    assert content.figures == ()


def test_further_subjects_name_their_batch_and_their_finding() -> None:
    content = about_incident(failing(), also=["recall", 7], batch="w3", summary="It fell.")
    assert (content.also, content.batch, content.summary) == (("recall", "7"), "w3", "It fell.")
    assert about_incident(failing(), also="recall", batch=None).also == ()


def test_wrong_cells_are_handed_on() -> None:
    story, wrong = failing(), wrong_batch("w2", ())
    content = news_of(story.charter, story.state, notice(story), [wrong])
    assert isinstance(content, IncidentNews)
    assert content.wrong == (wrong,)


def test_each_level_of_the_ladder_has_its_own_people() -> None:
    levels = [
        {"notify": ["incident_owner"], "within": "4h"},
        {"notify": ["owner"], "within": "4h"},
    ]
    story = Story(charter(responses=ESCALATED, escalation={"levels": levels})).adopts()
    story.delivers("w1").runs_all().judges(PERFORMANCE, "w2", FAIL)
    story.later(days=7).delivers("w2").runs_all()
    assert about_incident(story, level=0).targets == ("json://ines.example.org", "log")
    assert about_incident(story, level=1).targets == ("json://ada.example.org", "log")
    # A level of another type is no level.
    assert about_incident(story, level="1").targets == ("json://ines.example.org", "log")


def test_an_incident_that_the_state_does_not_know_still_reaches_people() -> None:
    story = failing()
    action = notice(story, incident=77)
    assert incident_of(story.state, action) is None
    # Its ladder is not known either, so the owner is notified.
    assert news_of(story.charter, story.state, action) == UnknownIncident(
        targets=("json://ada.example.org", "log")
    )


def test_a_notice_without_a_number_is_about_the_incident_of_its_own_entry() -> None:
    story = failing()
    action = replace(notice(story), arguments={})
    incident = replace(story.incident(f"check:{PERFORMANCE}"), entry=action.entry)
    state = replace(story.state, incidents={str(action.entry): incident})
    assert incident_of(state, action) == incident


def test_an_incident_that_ended_has_no_severity() -> None:
    incident = failing().incident(f"check:{PERFORMANCE}")
    assert severity_of(incident) is Severity.CRITICAL
    assert severity_of(replace(incident, status=IncidentStatus.RESOLVED)) is None


def test_a_waiting_release_has_its_gates_its_people_and_its_commands() -> None:
    story = waits()
    content = news(story)
    assert isinstance(content, WaitingRelease)
    assert content.candidate.version == "1"
    assert content.passed == ("sample", "accuracy", "baseline", "champion")
    assert content.quorum == 2
    assert {holder.name for holder in content.deciders} == {ADA, RAE}
    assert content.commands[1].startswith("aipo approve churn 1 ")
    assert set(content.targets) == {"json://ada.example.org", "json://rae.example.org"}
    assert content.uncounted == ()


def test_a_gate_that_is_closed_by_now_is_not_called_passed() -> None:
    story = waits()
    (candidate,) = story.state.candidates.values()
    gates = tuple(
        replace(gate, verdict="fail") if gate.gate == "baseline" else gate
        for gate in candidate.model.gates
    )
    state = replace(story.state, candidates={"1": altered(candidate, gates=gates)})
    content = news(story, state)
    assert isinstance(content, WaitingRelease)
    assert "baseline" not in content.passed


def test_an_approval_under_a_former_agreement_is_asked_again() -> None:
    story = yes(waits(), "1", RAE)
    action = notice(story)
    story.adopts(governed().model_copy(update={"version": "2"}), "charter.model")
    content = news_of(story.charter, story.state, action)
    assert isinstance(content, WaitingRelease)
    assert [(given.person, given.why_not) for given in content.uncounted] == [
        (RAE, UnderOtherVersion(given="1", in_force="2"))
    ]


def test_a_release_that_ended_names_rule_person_and_reason() -> None:
    story = waits()
    action = notice(story)
    story.decides(reject, version="1", person=ADA, reason="Too early.")
    content = news_of(story.charter, story.state, action)
    assert isinstance(content, EndedRelease)
    assert (content.version, content.rule, content.person, content.reason) == (
        "1",
        "rejected",
        f"owner {ADA}",
        "Too early.",
    )


def test_a_version_that_nobody_decides_on_any_more_has_no_decision() -> None:
    story = waits()
    state = replace(story.state, candidates={})
    content = news(story, state)
    assert isinstance(content, EndedRelease)
    assert (content.version, content.rule, content.person, content.reason) == ("1", "", "", "")


def test_people_without_an_address_are_reached_by_the_log() -> None:
    silent = {"name": "Ada Ng", "email": "ada@example.org"}
    people = {role: {**silent, "name": name} for role, name in (("owner", ADA),)}
    agreed = governed(people=people, release={"roles": ["owner"], "quorum": 1})
    assert news(waits(agreed)).targets == ("log",)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "sample", InMemoryLedger())
    assert desk.files() == [CharterAdopted.kind]
    return desk


def looser(desk: Desk) -> Action:
    """A change that loosens waits; the notice about it."""
    desk.files(version="2", drift={"limit": 0.2})
    (action,) = desk.state.actions.values()
    return action


def test_a_change_that_waits_names_its_fields_its_rights_and_what_stays(desk: Desk) -> None:
    action = looser(desk)
    content = news_of(desk.charter, desk.state, action)
    assert isinstance(content, WaitingChange)
    assert [change.field for change in content.changes] == ["charter.drift.limit"]
    assert content.since == NOW
    assert [(right.name, right.quorum) for right in content.needed] == [("release", 1)]
    assert content.stays == AgreementInForce(version="1", since=NOW)
    assert content.commands[0] == "aipo adopt sample"


def ended(desk: Desk, action: Action) -> EndedChange:
    content = news_of(desk.charter, desk.state, action)
    assert isinstance(content, EndedChange)
    return content


def test_a_rejected_change_names_the_person_and_the_agreement_that_stays(desk: Desk) -> None:
    action = looser(desk)
    desk.decides(reject_agreement, "Ada Okafor")
    content = ended(desk, action)
    assert (content.end, content.at, content.person, content.reason, content.entry) == (
        ChangeEnd.REJECTED,
        NOW,
        "Ada Okafor",
        "Agreed.",
        None,
    )
    assert content.stays == AgreementInForce(version="1", since=NOW)


def test_an_adopted_change_names_its_entry(desk: Desk) -> None:
    action = looser(desk)
    desk.decides(approve_agreement, "Ada Okafor")
    desk.look()
    assert desk.state.charter is not None
    content = ended(desk, action)
    assert (content.end, content.at) == (ChangeEnd.ADOPTED, NOW)
    assert content.entry == desk.state.charter.entry
    assert content.stays == AgreementInForce(version="2", since=NOW)


def test_a_change_that_another_agreement_replaced_names_that_agreement(desk: Desk) -> None:
    action = looser(desk)
    desk.files(version="2", drift={"limit": 0.05})
    assert desk.state.charter is not None
    content = ended(desk, action)
    assert (content.end, content.entry) == (ChangeEnd.REPLACED, desk.state.charter.entry)


def test_a_change_that_was_taken_back_has_no_known_end(desk: Desk) -> None:
    action = looser(desk)
    desk.files()
    content = ended(desk, action)
    assert (content.end, content.at, content.entry) == (ChangeEnd.UNKNOWN, None, None)
    assert content.targets == ("log",)
    assert content.stays == AgreementInForce(version="1", since=NOW)
