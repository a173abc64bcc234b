from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.rules.release_decision import (
    closed_text,
    decision_entry,
    evidence_of,
    new_request_of,
    outdated_text,
    passed_text,
    refusal,
    refuse,
    refuse_by_gates,
    request_of,
    version_in_charge,
)
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import Story, charter
from tests.unit.policy.team import (
    ADA,
    by_rule,
    governed,
    released,
    succeeded,
    waits,
    yes,
)

CLOSED = (
    GateVerdict(gate="sample", verdict=Verdict.FAIL, summary="The sample is small."),
    GateVerdict(gate="accuracy", verdict=Verdict.INSUFFICIENT, summary="No figure.", measured=True),
)


def candidate(**members: object) -> Candidate:
    return replace(waits().state.candidates["1"], **members)  # type: ignore[arg-type]


def test_the_version_in_charge_is_empty_without_a_champion() -> None:
    assert version_in_charge(waits().state) == ""
    assert version_in_charge(succeeded().state) == "2"


def test_a_candidate_goes_live_by_its_own_decision_only() -> None:
    story = waits()
    assert decision_entry(story.state, "1") is None
    yes(story, "1")
    assert decision_entry(story.state, "1") == story.state.candidates["1"].decision
    assert decision_entry(story.state, "9") is None


def test_an_old_release_allows_no_return_of_the_predecessor() -> None:
    story = succeeded()
    assert story.state.decisions["1"].go
    assert decision_entry(story.state, "1") is None
    story.decides(rollback, person=ADA, reason="Harm.")
    assert decision_entry(story.state, "1") == story.state.decisions["1"].entry
    refused = replace(story.state.decisions["1"], go=False)
    assert decision_entry(replace(story.state, decisions={"1": refused}), "1") is None
    assert decision_entry(replace(story.state, predecessor=None), "1") is None


def test_the_evidence_of_a_decision_names_evaluation_comparison_model_and_gates() -> None:
    known = candidate(against="7", not_compared="its files are missing")
    assert evidence_of(known) == {
        "evaluation": known.evaluated,
        "risk_assessment": known.assessed,
        "against": "7",
        "not_compared": "its files are missing",
        "model_digest": "sha256:1",
        "mlflow_run_id": "mlflow1",
        "gates": {"sample": "pass", "accuracy": "pass", "baseline": "pass", "champion": "pass"},
    }


def test_the_gates_that_passed_are_counted_and_a_missing_comparison_is_named() -> None:
    assert passed_text(candidate()) == "All 4 gates passed"
    assert passed_text(candidate(against="7", not_compared="its files are missing")) == (
        "All gates passed except champion: version 7 cannot answer any more, so there is no "
        "comparison with it"
    )


@pytest.mark.parametrize(
    ("story", "against", "sentence"),
    [
        (waits(), "7", "It was compared with version 7, and no version is in charge any more."),
        (waits(), "", "It was compared with no version, and no version is in charge any more."),
        (succeeded(), "7", "It was compared with version 7; by now version 2 is in charge."),
        (succeeded(), "", "It was compared with no version; by now version 2 is in charge."),
    ],
)
def test_an_outdated_comparison_is_said_with_both_versions(
    story: Story, against: str, sentence: str
) -> None:
    assert outdated_text(candidate(against=against), story.state) == sentence


def test_closed_gates_are_explained_and_a_training_is_named_only_if_it_helps() -> None:
    state = waits().state
    assert closed_text(state, CLOSED) == "The sample is small. No figure."
    not_measured = (*CLOSED, replace(CLOSED[0], summary="Not measured.", measured=False))
    assert closed_text(state, not_measured) == (
        "The sample is small. No figure. Not measured. Only a new version is measured by that; "
        "type: aipo retrain churn"
    )


def test_a_refusal_is_a_no_with_rule_reason_and_evidence() -> None:
    decision = refusal(candidate(), "superseded", "Version 2 is newer.")
    assert (decision.version, decision.go, decision.rule) == ("1", False, "superseded")
    assert decision.reason == "Version 2 is newer."
    assert decision.evidence == evidence_of(candidate())
    draft = refuse(context_now(waits()), candidate(), "superseded", "Version 2 is newer.")
    assert (draft.event, draft.subject, draft.actor) == (decision, "model/1", "rule:release")
    assert draft.key.endswith("/release/superseded/1")


def test_closed_gates_refuse_a_version_and_notify_people() -> None:
    decision, incident = refuse_by_gates(context_now(waits()), candidate(), CLOSED)
    assert decision.event == refusal(candidate(), "gates", "The sample is small. No figure.")
    assert isinstance(incident.event, IncidentOpened)
    assert incident.event.title == "Version 1 may not go live: sample, accuracy"
    assert incident.event.summary == "The sample is small. No figure."
    assert (str(incident.event.cause), incident.event.severity) == ("no_go", Severity.WARNING)
    assert (incident.subject, incident.key.rpartition("/")[2]) == ("incident/no_go", "no_go")


def test_a_second_refusal_opens_no_second_incident() -> None:
    story = Story(charter()).adopts().trains("1").evaluates("1", sample="fail")
    assert story.incident("no_go").is_open
    (decision,) = refuse_by_gates(context_now(story), candidate(), CLOSED)
    assert decision.subject == "model/1"


def test_a_request_names_the_roles_and_the_number_of_people() -> None:
    story = waits()
    request = request_of(story.charter, story.state, candidate(), "All passed.")
    assert (request.version, request.reason, request.quorum) == ("1", "All passed.", 2)
    assert request.roles == ("owner", "risk_officer", "model_steward")
    story.charter = by_rule()
    assert request_of(story.charter, story.state, candidate(), "").quorum == 0
    not_compared = candidate(not_compared="its files are missing")
    assert request_of(story.charter, story.state, not_compared, "").quorum == 1


def test_a_new_request_says_how_many_must_approve_and_which_approvals_do_not_count() -> None:
    story = yes(waits(), "1", ADA)
    known = story.state.candidates["1"]
    request = new_request_of(story.charter, story.state, known)
    assert request.reason == (
        "All 4 gates passed. Charter version 1 is in force by now, and 1 more people must approve."
    )
    story.charter = governed(release={"roles": ["risk_officer"], "quorum": 1})
    request = new_request_of(story.charter, story.state, known)
    assert request.reason == (
        "All 4 gates passed. Charter version 1 is in force by now, and 1 more people must approve. "
        "Ada Ng's approval does not count: the charter in force does not let them decide about "
        "this."
    )


def test_a_new_request_names_the_adopted_charter_or_the_file() -> None:
    story = released()
    story.charter = story.charter.model_copy(update={"version": "9"})
    assert (
        "Charter version 1 is in force"
        in new_request_of(story.charter, story.state, candidate()).reason
    )
    before = replace(story.state, charter=None)
    assert (
        "Charter version 9 is in force" in new_request_of(story.charter, before, candidate()).reason
    )
