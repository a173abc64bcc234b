"""From a complete candidate to a champion: gates, people, superseding, rolling back."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.model.people import DecisionRights
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.releases import (
    ChampionReleased,
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.people.approval import approve
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter
from tests.unit.policy.withdrawing import withdraws

_RIGHT = {"roles": ["owner"]}


def _asks(quorum: int) -> Story:
    """Champion 1 is in charge; further releases need people."""
    agreed = charter(
        people={
            "owner": person("Ada Ng"),
            "executive_sponsor": person("Eli Ek"),
            "incident_owner": person("Ines Sol"),
        },
        decision_rights={
            "data_source": _RIGHT,
            "release": {"roles": ["owner", "executive_sponsor"], "quorum": quorum},
            "override": _RIGHT,
            "sunset": _RIGHT,
        },
    )
    story = Story(agreed).adopts().delivers("w1").runs_all()
    for name in ("Ada Ng", "Eli Ek")[:quorum]:
        _approves(story, "1", name)
    return story.runs_all()


def _approves(story: Story, version: str, name: str) -> Story:
    """A yes as entries of earlier versions hold it: nothing says which charter was in force."""
    known = story.state.candidates.get(version)
    seen = (known.evaluated if known else None) or 0
    return story.records(
        ReleaseApproved(version=version, person=name, role="owner", reason="seen", evaluation=seen),
        actor=f"owner {name}",
    )


def _in_charge(story: Story) -> str:
    assert story.state.champion is not None
    return story.state.champion.version


@pytest.mark.parametrize("verdict", ["fail", "insufficient"])
def test_a_gate_that_is_not_passed_is_a_no_go_with_an_incident(verdict: str) -> None:
    story = Story().adopts().delivers("w1").gates(1, fairness=verdict).runs_all()
    assert story.state.champion is None
    assert story.state.decisions["1"].go is False
    incident = story.incident("no_go")
    assert incident.severity is Severity.WARNING
    assert f"fairness says {verdict}." in incident.summary


def test_a_candidate_without_any_gate_is_a_no_go() -> None:
    story = Story().adopts().delivers("w1").trains("1")
    story.materialises("evaluation", version="1").materialises("risk_assessment", version="1")
    assert story.state.decisions["1"].go is False


def test_a_no_go_is_tried_again_on_more_data_and_its_incident_ends_with_a_release() -> None:
    story = Story().adopts().delivers("w1").gates(1, fairness="fail").runs_all()
    story.delivers("w2").runs_all()
    assert story.bodies(TrainingDue.kind)[1]["window"] == ["w1", "w2"]
    assert _in_charge(story) == "2"
    assert not story.incident("no_go").is_open


def test_people_are_asked_and_notified_if_the_charter_says_so() -> None:
    story = _asks(1).trains("2").evaluates("2")
    assert story.kinds().count(ReleaseRequested.kind) == 2
    assert _in_charge(story) == "1"
    assert story.next(ActionKind.NOTIFY).arguments == {"decision": "1"}
    assert story.state.candidates["2"].requested is not None


def test_one_yes_of_two_decides_nothing() -> None:
    story = _approves(_asks(2).trains("2").evaluates("2"), "2", "Ada Ng").runs_all()
    assert _in_charge(story) == "1"
    assert story.state.candidates["2"].decision is None


def test_the_same_person_counts_once() -> None:
    story = _asks(2).trains("2").evaluates("2")
    _approves(_approves(story, "2", "Ada Ng"), "2", "Ada Ng").runs_all()
    assert _in_charge(story) == "1"


def test_enough_people_make_the_decision_and_the_version_goes_live() -> None:
    story = _asks(2).trains("2").evaluates("2")
    _approves(_approves(story, "2", "Ada Ng"), "2", "Eli Ek").runs_all()
    assert _in_charge(story) == "2"
    decision = story.bodies(ReleaseDecided.kind)[-1]
    assert (decision["rule"], decision["signature"]) == ("approved", "unsigned")
    assert "Ada Ng, Eli Ek" in str(decision["reason"])


def test_the_yes_of_somebody_who_lost_the_right_no_longer_counts() -> None:
    story = _approves(_asks(2).trains("2").evaluates("2"), "2", "Eli Ek")
    rights = {**story.charter.decision_rights.model_dump(), "release": {"roles": ["owner"]}}
    story.adopts(story.charter.model_copy(update={"decision_rights": _rights(rights)})).runs_all()
    assert _in_charge(story) == "1"
    assert _in_charge(_approves(story, "2", "Ada Ng").runs_all()) == "2"


def test_a_yes_given_before_the_charter_changed_does_not_count_for_fewer_people_either() -> None:
    story = _approves(_asks(2).trains("2").evaluates("2"), "2", "Ada Ng")
    rights = {**story.charter.decision_rights.model_dump(), "release": {"roles": ["owner"]}}
    story.adopts(story.charter.model_copy(update={"decision_rights": _rights(rights)})).runs_all()
    assert _in_charge(story) == "1"
    assert _in_charge(_approves(story, "2", "Ada Ng").runs_all()) == "2"


def test_a_charter_that_leaves_releases_to_the_gates_decides_at_once() -> None:
    story = _asks(2).trains("2").evaluates("2")
    rights = {
        **story.charter.decision_rights.model_dump(),
        "release": {"roles": ["owner"], "quorum": 0},
    }
    story.adopts(story.charter.model_copy(update={"decision_rights": _rights(rights)})).runs_all()
    assert _in_charge(story) == "2"


def _rights(members: dict[str, object]) -> DecisionRights:
    return DecisionRights.model_validate(members)


def test_a_yes_to_a_version_nobody_was_asked_about_decides_nothing() -> None:
    story = _approves(_asks(1).trains("2"), "2", "Ada Ng").runs_all()
    assert _in_charge(story) == "1"


def test_a_newer_candidate_that_passes_supersedes_a_waiting_candidate() -> None:
    story = _asks(1).trains("2").evaluates("2").trains("3").evaluates("3")
    assert story.state.decisions["2"].rule == "superseded"
    assert list(story.state.candidates) == ["3"]


def test_a_newer_candidate_that_does_not_pass_leaves_the_waiting_candidate() -> None:
    story = _asks(1).trains("2").evaluates("2").trains("3").evaluates("3", champion="fail")
    assert list(story.state.candidates) == ["2"]


def test_a_candidate_compared_with_a_former_champion_is_superseded() -> None:
    story = Story().adopts().delivers("w1").runs_all().trains("2").trains("3")
    story.evaluates("2").runs_all().evaluates("3")
    assert _in_charge(story) == "2"
    assert story.state.decisions["3"].rule == "superseded"


def test_a_rejected_version_cannot_go_live_by_a_late_yes() -> None:
    story = _asks(1).trains("2").evaluates("2")
    story.records(
        ReleaseDecided(version="2", go=False, rule="rejected", reason="no", evidence={}),
        actor="owner Ada Ng",
    )
    _approves(story, "2", "Ada Ng").runs_all()
    assert _in_charge(story) == "1"
    assert story.state.decisions["2"].by == "owner Ada Ng"


SILENT = {"champion": "insufficient", "not_compared": "column 'gone' is missing"}


def test_without_a_comparison_people_are_asked_even_if_the_gates_decide() -> None:
    story = Story().adopts().delivers("w1").runs_all().trains("2").evaluates("2", **SILENT)
    (request,) = story.bodies(ReleaseRequested.kind)
    assert (request["version"], request["quorum"]) == ("2", 1)
    assert "version 1 cannot answer any more" in str(request["reason"])
    assert _in_charge(story.runs_all()) == "1"


def test_a_version_without_a_comparison_goes_live_by_the_approval_of_a_person() -> None:
    story = Story().adopts().delivers("w1").runs_all().trains("2").evaluates("2", **SILENT)
    story.decides(approve, version="2", person="Ada Ng", reason="The column is gone.").runs_all()
    assert _in_charge(story) == "2"
    decision = story.bodies(ReleaseDecided.kind)[-1]
    evidence = decision["evidence"]
    assert isinstance(evidence, dict)
    assert (decision["rule"], evidence["not_compared"]) == ("approved", SILENT["not_compared"])
    assert "All gates passed except champion" in str(decision["reason"])


def test_without_a_comparison_every_other_gate_must_pass_too() -> None:
    story = Story().adopts().delivers("w1").runs_all().trains("2")
    story.evaluates("2", **SILENT, fairness="fail")
    assert (story.state.decisions["2"].rule, story.state.decisions["2"].go) == ("gates", False)


def test_a_comparison_that_decides_nothing_is_a_no_go() -> None:
    story = Story().adopts().delivers("w1").runs_all().trains("2")
    story.evaluates("2", champion="insufficient")
    assert story.state.decisions["2"].go is False


def _worse(story: Story, *partitions: str) -> Story:
    for name in partitions:
        story.delivers(name).runs_all().checks("performance/succession", name, FAIL)
    return story


def _succeeded() -> Story:
    """Version 2 has followed version 1."""
    story = Story(charter(release={"rollback": {"fails": 2, "of": 3}})).adopts()
    return story.delivers("w1").runs_all().trains("2").evaluates("2").runs_all()


def test_a_champion_worse_than_its_predecessor_on_enough_batches_is_replaced() -> None:
    story = _worse(_succeeded(), "w2", "w3").runs_all()
    assert _in_charge(story) == "1"
    assert story.state.predecessor is None
    assert story.state.decisions["1"].rule == "rollback"
    assert story.incident("rollback:2").is_open


def test_one_bad_batch_of_three_is_no_reason_to_roll_back() -> None:
    story = _worse(_succeeded(), "w2")
    story.delivers("w3").runs_all().checks("performance/succession", "w3", PASS)
    assert _in_charge(story.runs_all()) == "2"


@pytest.mark.parametrize("how", ["withdrawn", "quarantined", "without labels"])
def test_a_champion_is_replaced_if_a_batch_between_the_bad_batches_drops_out(how: str) -> None:
    key = "performance/succession"
    story = _worse(_succeeded(), "w2").delivers("w3", "w4").runs_all()
    story.checks(key, "w3", PASS).checks(key, "w4", PASS)
    _worse(story, "w5").runs_all()
    assert _in_charge(story) == "2"
    if how == "withdrawn":
        withdraws(story, "w3")
    elif how == "quarantined":
        story.judges("data_quality/contract", "w3", FAIL).delivers("w3", digest="broken")
    else:
        story.labels("w3", "none").checks(key, "w3", INSUFFICIENT)
    assert _in_charge(story.runs_all()) == "1"
    assert story.incident("rollback:2").partitions == ("w5",)


def test_there_is_no_way_back_twice() -> None:
    story = _worse(_succeeded(), "w2", "w3").runs_all()
    _worse(story, "w4", "w5").runs_all()
    assert _in_charge(story) == "1"
    assert story.bodies(ReleaseDecided.kind)[-1]["version"] == "1"
    assert story.kinds().count(ChampionReleased.kind) == 3


def test_a_charter_without_rollback_leaves_it_to_people() -> None:
    story = Story(charter(release={"rollback": None})).adopts().delivers("w1").runs_all()
    story.trains("2").evaluates("2").runs_all()
    assert _in_charge(_worse(story, "w2", "w3").runs_all()) == "2"


def test_a_rollback_to_a_version_that_is_no_predecessor_is_no_release() -> None:
    story = _succeeded().records(
        ReleaseDecided(version="7", go=True, rule="rollback", reason="", evidence={})
    )
    assert "7" not in story.state.decisions
    assert _in_charge(story.runs_all()) == "2"
