"""A release counts for exactly what was seen, until the alias moves."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.metadata.gate_terms import terms_to_json
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided, ReleaseRequested
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.measures.gates.terms import gate_names, gate_terms
from aipo_pipelines.policy.answer.pending_releases import Waiting, waiting
from aipo_pipelines.policy.facts.gate_verdicts import gates_in_force
from aipo_pipelines.policy.rules.release_approval import decision_withdrawn, may_go_live
from aipo_pipelines.policy.wording.approvals import why_not_text
from tests.unit.policy.story import Story, figure, threshold
from tests.unit.policy.team import ADA, RAE, REASON, by_rule, governed, released, waits, yes


def changed(story: Story, **members: Any) -> Story:
    """The charter is adopted with some members replaced, as version 2."""
    edits = {**story.charter.model_dump(mode="json"), "version": "2", **members}
    return story.adopts(type(story.charter).model_validate(edits))


def the_one(story: Story) -> Waiting:
    (held,) = waiting(story.charter, story.state, story.now)
    return held


def verdicts(story: Story, version: str = "1") -> dict[str, str]:
    known = story.state.candidates[version]
    return {
        gate.gate: str(gate.verdict) for gate in gates_in_force(story.charter, story.state, known)
    }


def no_goes(story: Story) -> list[tuple[object, str]]:
    return [
        (body["rule"], str(body["reason"]))
        for body in story.bodies(ReleaseDecided.kind)
        if not body["go"]
    ]


def test_a_version_that_waits_is_refused_once_its_figure_misses_the_limit_in_force() -> None:
    story = changed(yes(waits(), "1", ADA), thresholds=[threshold(limit=0.95)])
    ((rule, reason),) = no_goes(story)
    assert rule == "gates"
    assert "accuracy 0.8 [0.76, 0.84], at least 0.95" in reason
    with pytest.raises(DecisionError, match="turned down because its gates did not pass"):
        yes(story, "1", RAE)


def test_a_version_that_was_decided_and_is_not_live_yet_is_taken_back_with_its_release() -> None:
    story = changed(yes(waits(), "1"), thresholds=[threshold(limit=0.95)])
    assert [rule for rule, _ in no_goes(story)] == ["gates"]
    assert story.runs_all().state.champion is None


def test_gates_that_decide_alone_are_asked_again_too() -> None:
    story = Story(by_rule()).adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).runs(story.next(ActionKind.TRAIN))
    changed(story, thresholds=[threshold(limit=0.95)])
    assert story.runs_all().state.champion is None


def test_a_threshold_that_was_never_measured_closes_its_gate() -> None:
    story = waits()
    changed(story, thresholds=[threshold(), threshold("f1", 0.2)])
    ((_, reason),) = no_goes(story)
    assert reason == (
        "The charter in force demands f1 at least 0.2: not measured. "
        "Only a new version is measured by that; type: aipo retrain churn"
    )


@pytest.mark.parametrize(
    ("member", "value", "gate"),
    [
        ("release", {"margin": 0.01}, "champion"),
        ("release", {"superiority": True}, "champion"),
        ("release", {"confidence": 0.99}, "baseline"),
        ("release", {"robustness": [{"perturbation": "noise", "size": 0.1, "maximum_loss": 0.1}]},
         "robustness"),
        ("labels", {"column": "left", "positive": "no"}, "accuracy"),
    ],
)  # fmt: skip
def test_a_gate_that_was_judged_by_other_terms_is_closed(
    member: str, value: dict[str, Any], gate: str
) -> None:
    story = waits()
    changed(story, **{member: value})
    ((_, reason),) = no_goes(story)
    assert "not measured" in reason
    assert gate in reason
    assert reason.endswith("Only a new version is measured by that; type: aipo retrain churn")


def test_a_limit_that_is_kept_still_lets_the_version_wait() -> None:
    story = changed(waits(), thresholds=[threshold(limit=0.75)])
    assert verdicts(story) == dict.fromkeys(("sample", "accuracy", "baseline", "champion"), "pass")
    assert no_goes(story) == []


def test_an_evaluation_that_lacks_a_gate_of_the_charter_is_a_no_go() -> None:
    story = waits().trains("2")
    gates: list[Json] = [{"gate": "sample", "verdict": "pass", "summary": "", "figures": []}]
    story.materialises("evaluation", version="2", gates=gates)
    story.materialises("risk_assessment", version="2", text="")
    assert [rule for rule, _ in no_goes(story)] == ["gates"]
    assert "demands the gate champion: not measured" in no_goes(story)[0][1]


def test_a_yes_under_another_charter_does_not_count_and_says_why() -> None:
    story = changed(yes(waits(), "1", ADA), sunset={"retention": "60w"})
    held = the_one(story)
    assert held.missing == 2
    assert [
        (approval.person, approval.counts, why_not_text(approval.why_not))
        for approval in held.approvals
    ] == [(ADA, False, "it was given under charter version 1, and version 2 is in force")]
    assert [person.approved for person in held.may_decide] == [False, False]
    again_asked = story.bodies(ReleaseRequested.kind)[-1]
    assert "2 more people must approve" in str(again_asked["reason"])
    assert "Ada Ng's approval does not count: it was given under charter version 1" in str(
        again_asked["reason"]
    )


def test_another_text_of_the_same_version_is_another_charter() -> None:
    story = yes(waits(), "1", ADA)
    story.adopts(story.charter, "charter.sunset.retention")
    assert why_not_text(the_one(story).approvals[0].why_not) == (
        "it was given under another text of charter version 1"
    )


def test_who_said_yes_before_the_change_may_say_it_again_and_counts_once() -> None:
    story = changed(yes(waits(), "1", ADA), sunset={"retention": "60w"})
    yes(story, "1", ADA)
    assert the_one(story).missing == 1
    assert len(story.state.candidates["1"].approvals) == 1
    with pytest.raises(DecisionError, match="approved version 1 already"):
        yes(story, "1", ADA)
    assert yes(story, "1", RAE).runs_all().state.champion is not None


def test_a_decision_by_people_is_asked_again_when_the_charter_changes_first() -> None:
    story = changed(yes(waits(), "1"), sunset={"retention": "60w"})
    assert "1" not in story.state.decisions
    assert story.runs_all().state.champion is None
    assert the_one(story).missing == 2
    assert yes(story, "1").runs_all().state.champion is not None


def test_a_quorum_that_is_raised_before_the_release_asks_people() -> None:
    story = Story(by_rule()).adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).runs(story.next(ActionKind.TRAIN))
    assert story.next(ActionKind.RELEASE).arguments["version"] == "1"
    rights = governed().decision_rights.model_dump(mode="json")
    changed(story, decision_rights=rights)
    assert story.runs_all().state.champion is None
    assert the_one(story).missing == 2


def test_a_person_who_enters_the_charter_later_does_not_make_an_old_approval_count() -> None:
    story = waits()
    known = story.state.candidates["1"].evaluated or 0
    word = ReleaseApproved(
        version="1", person="Eve Adler", role="risk_officer", reason=REASON, evaluation=known
    )
    story.records(word)
    assert why_not_text(the_one(story).approvals[0].why_not) == (
        "the charter in force does not let them decide about this"
    )
    people = story.charter.model_dump(mode="json")["people"]
    people["risk_officer"] = {"name": "Eve Adler", "email": "eve@example.org"}
    changed(story, people=people)
    assert (
        why_not_text(the_one(story).approvals[0].why_not) == "it was given before charter version 2"
    )


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ({"evaluation": 1}, "it was given for the evaluation of entry 1"),
        ({"model_digest": "sha256:x"}, "it was given for other files of this version"),
    ],
)
def test_a_yes_to_another_version_does_not_count(member: dict[str, Any], reason: str) -> None:
    story = waits()
    edits = {
        "version": "1",
        "person": ADA,
        "role": "owner",
        "reason": REASON,
        "evaluation": story.state.candidates["1"].evaluated or 0,
        "charter_version": "1",
        "charter_digest": "charter0",
        "model_digest": "sha256:1",
        **member,
    }
    story.records(ReleaseApproved(**edits))
    (word,) = the_one(story).approvals
    assert not word.counts
    assert why_not_text(word.why_not).startswith(reason)


def test_an_entry_of_a_former_version_counts_while_the_agreement_is_the_same() -> None:
    story = waits()
    seen = story.state.candidates["1"].evaluated or 0
    for name in (ADA, RAE):
        story.records(
            ReleaseApproved(version="1", person=name, role="owner", reason=REASON, evaluation=seen)
        )
    assert story.runs_all().state.champion is not None


def test_the_run_that_moves_the_alias_asks_again_and_takes_the_decision_back() -> None:
    story = yes(waits(), "1")
    story.starts(story.next(ActionKind.RELEASE))
    changed(story, thresholds=[threshold(limit=0.95)])
    assert story.state.candidates["1"].decision is not None, "a run that has begun asks by itself"
    assert "at least 0.95" in may_go_live(story.charter, story.state, "1")
    story.decides(lambda agreed, state, now: decision_withdrawn(agreed, state, "1", now))
    assert story.state.candidates == {}
    assert story.state.decisions["1"].go is False


def test_the_champion_and_what_a_decision_gives_may_go_live() -> None:
    assert may_go_live(governed(), released().state, "1") == ""
    assert may_go_live(governed(), yes(waits(), "1").state, "1") == ""


def test_what_nobody_decided_may_not_go_live() -> None:
    assert may_go_live(governed(), waits().state, "1") == "no recorded decision allows it"
    assert may_go_live(governed(), waits().state, "7") == "no recorded decision allows it"


@pytest.mark.parametrize(("least", "verdict"), [(120, "pass"), (121, "insufficient")])
def test_a_sample_is_counted_again_by_the_number_in_force(least: int, verdict: str) -> None:
    story = waits().trains("2")
    counted = figure("held_out_records", 120.0, n=150, low=None, high=None, level=None, limit=100.0)
    terms = gate_terms(story.charter)
    gates: list[Json] = [
        {
            "gate": gate,
            "verdict": "pass",
            "summary": "",
            "figures": [counted] if gate == "sample" else [],
            "terms": terms_to_json(terms[gate]),
        }
        for gate in gate_names(story.charter)
    ]
    story.materialises("evaluation", version="2", gates=gates)
    changed(story, release={"minimum_sample": least})
    assert verdicts(story, "2")["sample"] == verdict
