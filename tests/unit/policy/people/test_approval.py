"""The people who may let a model go live, when, and how often an approval counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.measures.gates.terms import gate_names
from aipo_pipelines.policy.people.approval import approve, commands_for, reject
from aipo_pipelines.policy.people.overrides import rollback
from tests.unit.policy.changed_charters import person
from tests.unit.policy.story import Story
from tests.unit.policy.team import (
    ADA,
    DARA,
    INES,
    MO,
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

WORDS = pytest.mark.parametrize("word", [approve, reject])


def refusal(story: Story, word: Any, version: str, name: str = ADA, reason: str = REASON) -> str:
    """The answer to a refused decision, which must leave no trace."""
    before = len(story.entries)
    with pytest.raises(DecisionError) as refused:
        story.decides(word, version=version, person=name, reason=reason)
    assert len(story.entries) == before
    return str(refused.value)


def judged(story: Story, version: str, **verdicts: str) -> Story:
    """A version is evaluated; its risk is not assessed yet, so nothing is decided.

    Every gate of the charter passes unless `verdicts` names it.
    """
    all_verdicts = {**dict.fromkeys(gate_names(story.charter), "pass"), **verdicts}
    gates: list[Json] = [
        {"gate": gate, "verdict": verdict, "summary": f"{gate} says {verdict}.", "figures": []}
        for gate, verdict in all_verdicts.items()
    ]
    return story.materialises("evaluation", version=version, gates=gates)


def _entry(story: Story) -> int:
    """Entry of the last approval."""
    return [entry.index for entry in story.entries if entry.kind == ReleaseApproved.kind][-1]


def goes(story: Story) -> list[Any]:
    return [body["rule"] for body in story.bodies(ReleaseDecided.kind) if body["go"]]


def test_the_last_approval_of_the_quorum_lets_the_version_go_live() -> None:
    story = yes(waits(), "1", ADA)
    assert goes(story) == []
    yes(story, "1", RAE)
    assert goes(story) == ["approved"]
    assert story.next(ActionKind.RELEASE).arguments["version"] == "1"


def test_an_approval_records_who_why_what_was_seen_and_no_signature() -> None:
    story = waits()
    evaluated = story.state.candidates["1"].evaluated
    yes(story, "1", RAE)
    assert story.bodies(ReleaseApproved.kind) == [
        {
            "version": "1",
            "person": RAE,
            "role": "risk_officer",
            "reason": REASON,
            "evaluation": evaluated,
            "signature": "unsigned",
            "charter_version": "1",
            "charter_digest": "charter0",
            "contract_digest": "contract",
            "standards_digest": "standards",
            "model_digest": "sha256:1",
        }
    ]
    assert story.entries[-1].actor == f"risk_officer {RAE}"
    assert story.entries[-1].subject == "model/1"


def test_a_person_may_be_named_by_address_and_without_care_for_case_and_blanks() -> None:
    story = yes(waits(), "1", "ADA@example.org", " rae   HOLT ")
    assert [body["person"] for body in story.bodies(ReleaseApproved.kind)] == [ADA, RAE]


def test_a_rejection_needs_one_person_and_is_final() -> None:
    story = waits().decides(reject, version="1", person=RAE, reason="Too early.")
    (decision,) = story.bodies(ReleaseDecided.kind)
    assert (decision["go"], decision["rule"], decision["reason"]) == (
        False,
        "rejected",
        "Too early.",
    )
    assert (decision["signature"], story.entries[-1].actor) == ("unsigned", f"risk_officer {RAE}")
    assert story.state.candidates == {}


def test_a_rejection_keeps_what_was_approved_before_as_its_evidence() -> None:
    story = yes(waits(), "1", ADA).decides(reject, version="1", person=ADA, reason="On reflection.")
    approvals = story.bodies(ReleaseApproved.kind)
    evidence = story.bodies(ReleaseDecided.kind)[0]["evidence"]
    assert isinstance(evidence, dict)
    assert evidence["evaluation"] == approvals[0]["evaluation"]
    assert evidence["approvals"] == [{"person": ADA, "role": "owner", "entry": _entry(story)}]
    assert evidence["gates"] == [
        {"gate": "sample", "verdict": "pass"},
        {"gate": "accuracy", "verdict": "pass"},
        {"gate": "baseline", "verdict": "pass"},
        {"gate": "champion", "verdict": "pass"},
    ]


@WORDS
def test_a_word_without_a_reason_is_refused(word: Any) -> None:
    assert "the reason is empty" in refusal(waits(), word, "1", reason=" \n")


@WORDS
def test_somebody_the_charter_does_not_name_is_refused_with_those_it_names(word: Any) -> None:
    message = refusal(waits(), word, "1", "Eve Adler")
    assert "'Eve Adler' is not named in the charter of churn" in message
    assert "Ada Ng (owner)" in message


@WORDS
@pytest.mark.parametrize("name", [DARA, INES])
def test_a_person_without_the_right_is_refused_with_those_who_have_it(word: Any, name: str) -> None:
    message = refusal(waits(), word, "1", name)
    assert f"{name} (" in message
    assert "may not decide about releases of churn" in message
    assert "expected one of: Ada Ng (owner), Rae Holt (risk officer);" in message


@WORDS
def test_the_model_steward_decides_about_no_release(word: Any) -> None:
    assert "separation of duties" in refusal(waits(), word, "1", MO)


@WORDS
def test_the_model_steward_decides_about_no_release_in_another_role_either(word: Any) -> None:
    agreed = governed(people={"risk_officer": person(MO)})
    assert "separation of duties" in refusal(waits(agreed), word, "1", MO)


def test_without_separation_of_duties_the_model_steward_may_approve() -> None:
    story = yes(waits(governed(separation_of_duties=False)), "1", MO)
    assert [approval.role for approval in story.state.candidates["1"].approvals] == [
        "model_steward"
    ]


def test_the_same_person_approves_only_once() -> None:
    story = yes(waits(), "1", ADA)
    message = refusal(story, approve, "1", "ada@EXAMPLE.org")
    assert "Ada Ng approved version 1 already, on 2026-03-02 09:00 UTC (entry" in message


def test_one_person_in_two_roles_counts_once() -> None:
    twice = {**person("A. Ng"), "email": "ada@example.org"}
    story = yes(waits(governed(people={"risk_officer": twice})), "1", ADA)
    assert "approved version 1 already" in refusal(story, approve, "1", "A. Ng")
    assert goes(story) == []


@WORDS
def test_a_version_nobody_knows_is_refused_with_those_that_wait(word: Any) -> None:
    message = refusal(waits(), word, "9")
    assert "no version '9' of churn is known; expected a version that waits: 1;" in message
    assert "waits: none does" in refusal(released(), word, "9")


@WORDS
def test_a_version_in_charge_is_refused(word: Any) -> None:
    assert "version 1 of churn is in charge since 2026-03-02 09:00 UTC" in refusal(
        released(), word, "1"
    )


@WORDS
def test_a_version_that_was_in_charge_before_is_refused(word: Any) -> None:
    assert "was allowed to go live by rule:release" in refusal(succeeded(), word, "1")


@WORDS
def test_a_version_that_is_about_to_go_live_is_refused(word: Any) -> None:
    message = refusal(yes(waits(), "1"), word, "1")
    assert "version 1 of churn was allowed to go live by rule:release" in message


@WORDS
def test_a_rejected_version_is_refused_with_who_when_and_why(word: Any) -> None:
    story = waits().decides(reject, version="1", person=RAE, reason="Too early.")
    message = refusal(story, word, "1")
    assert "was rejected by risk_officer Rae Holt on 2026-03-02 09:00 UTC (entry" in message
    assert "Too early); that is final" in message


@WORDS
def test_a_superseded_version_is_refused_with_the_newer_version(word: Any) -> None:
    message = refusal(again(waits(), "2"), word, "1")
    assert "version 1 of churn was superseded by rule:release" in message
    assert "Version 2 was evaluated later and passed" in message


@WORDS
def test_what_was_compared_with_a_former_champion_is_superseded(word: Any) -> None:
    story = again(released(), "2").trains("3")
    yes(story, "2").runs_all()
    assert "superseded" in refusal(story.evaluates("3"), word, "3")


@WORDS
def test_a_version_that_was_not_evaluated_is_refused(word: Any) -> None:
    assert "has not been evaluated" in refusal(waits().trains("2"), word, "2")


@WORDS
def test_a_version_whose_gates_did_not_pass_is_refused_with_their_names(word: Any) -> None:
    message = refusal(again(waits(), "2", champion="fail"), word, "2")
    assert "turned down because its gates did not pass" in message
    assert "champion says fail" in message


@WORDS
def test_a_gate_is_minded_before_the_rules_have_decided(word: Any) -> None:
    story = judged(waits().trains("2"), "2", sample="insufficient", champion="pass")
    assert "version 2 did not pass its gates (sample)" in refusal(story, word, "2")


@WORDS
def test_if_the_gates_decide_nobody_is_asked(word: Any) -> None:
    story = judged(Story(by_rule()).adopts().trains("1"), "1", sample="pass")
    assert "leaves releases of churn to its rules" in refusal(story, word, "1")


@WORDS
def test_before_the_risk_is_assessed_nobody_has_been_asked(word: Any) -> None:
    story = judged(released().trains("2"), "2", sample="pass")
    assert "nobody has been asked about version 2 yet" in refusal(story, word, "2")


def test_nothing_is_approved_while_a_release_is_under_way() -> None:
    story = again(succeeded(), "3").decides(rollback, person=ADA, reason="Complaints.")
    message = refusal(story, approve, "3")
    assert "a release of churn is under way (entry" in message
    assert message.endswith("so nothing can be approved now; let it end first: aipo run churn")


def test_the_commands_name_product_and_version() -> None:
    look, say_yes, say_no = commands_for("churn", "7")
    assert look == "aipo decisions churn"
    assert say_yes.startswith("aipo approve churn 7 --by ")
    assert say_no.startswith("aipo reject churn 7 --by ")


def test_an_approval_is_one_entry_per_person_evaluation_and_agreement() -> None:
    story = waits().later(hours=1)
    evaluated = story.state.candidates["1"].evaluated
    (draft,) = approve(story.charter, story.state, "1", "RAE@example.org", REASON, story.now)
    assert draft.key == f"approve/churn/1/{evaluated}/0/rae@example.org"
    assert draft.occurred_at == story.now
    (rejection,) = reject(story.charter, story.state, "1", RAE, REASON, story.now)
    assert rejection.key == f"reject/churn/1/{evaluated}"
    assert (rejection.subject, rejection.occurred_at) == ("model/1", story.now)


def test_a_rejection_names_the_champion_that_the_version_was_compared_with() -> None:
    story = again(released(), "2")
    (rejection,) = reject(story.charter, story.state, "2", RAE, REASON, story.now)
    assert isinstance(rejection.event, ReleaseDecided)
    assert (rejection.event.evidence["against"], rejection.event.evidence["not_compared"]) == (
        "1",
        "",
    )


def test_a_person_without_the_right_is_named_with_every_role() -> None:
    twice = governed(people={"incident_owner": person(DARA)})
    assert refusal(waits(twice), approve, "1", DARA) == (
        "Dara Ek (incident owner, data steward) may not decide about releases of churn; expected "
        "one of: Ada Ng (owner), Rae Holt (risk officer); the charter's decision_rights.release "
        "names them"
    )


def test_the_commands_have_places_for_name_and_reason() -> None:
    assert commands_for("churn", "7")[1] == ('aipo approve churn 7 --by "YOUR NAME" --reason "WHY"')


_NAMES = st.sampled_from([ADA, RAE, MO, INES, DARA, "ada@example.org", "Eve Adler"])
_VOICES = {"ada@example.org": ADA}


@given(st.lists(_NAMES, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_version_goes_live_exactly_when_two_entitled_people_said_yes(people: list[str]) -> None:
    story = waits()
    for name in people:
        try:
            story.decides(approve, version="1", person=name, reason=REASON)
        except DecisionError:
            continue
    voices = {_VOICES.get(name, name) for name in people} & {ADA, RAE}
    assert (goes(story) == ["approved"]) is (len(voices) == 2)
    assert story.kinds().count(ReleaseApproved.kind) == len(voices)


@given(st.permutations([ADA, RAE, INES]))
@settings(deadline=None)
def test_the_order_of_approvals_does_not_matter(order: list[str]) -> None:
    agreed = governed(release={"roles": ["owner", "risk_officer", "incident_owner"], "quorum": 3})
    story = yes(waits(agreed), "1", *order).runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "1"
    assert len(goes(story)) == 1
