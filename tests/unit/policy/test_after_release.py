"""Facts about a champion before its first batch, and what its release ends."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.evidence.outcome import Json, Verdict
from aipo_pipelines.ledger.fold.facts import from_facts, settled, to_facts
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.returning_version import failed_before
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.overrides import rollback
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.wording.evidence_gaps import failed_before_sentence
from aipo_pipelines.policy.wording.original import drift_text
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure, threshold

PERFORMANCE = "performance/performance"
INCIDENT = f"check:{PERFORMANCE}"
ESCALATES = [{"check": "performance", "reactions": ["escalate"]}]
BAD: dict[str, Any] = {"figures": (figure(value=0.5, verdict="fail"),), "summary": "0.5 is low."}


def failing(**changes: Any) -> Story:
    """Version 1 is in charge and fails on w2, and people were notified."""
    story = Story(charter(responses=ESCALATES, **changes)).adopts().delivers("w1").runs_all()
    story.later(days=7).judges(PERFORMANCE, "w2", FAIL, **BAD).delivers("w2").runs_all()
    assert story.incident(INCIDENT).is_open
    return story


def succeeded(story: Story, verdict: Verdict = PASS, held_out: str = "w2") -> Story:
    """Version 2 goes live; performance has the given verdict on its held-out records."""
    story.trains("2", held_out=held_out).evaluates("2", as_live=verdict)
    return story.runs_all()


def test_a_new_champion_is_judged_by_its_evaluation_until_its_first_batch() -> None:
    answered = succeeded(failing()).answer()
    (kpi,) = answered.kpis
    assert answered.verdict is Performing.YES
    assert (kpi.figure.value, kpi.figure.n, kpi.partition) == (0.9, 250, "w2")


def test_it_is_said_that_only_its_evaluation_answers_for_it() -> None:
    (sentence,) = [
        caveat
        for caveat in sentences(succeeded(failing()).answer().caveats)
        if caveat.startswith("Version 2")
    ]
    assert "has not answered a labelled batch since its release" in sentence
    assert "performance rests on its evaluation, on records of batch w2" in sentence


def test_its_first_batch_answers_from_then_on() -> None:
    story = succeeded(failing()).later(days=7)
    answered = story.judges(PERFORMANCE, "w3", FAIL, **BAD).delivers("w3").runs_all().answer()
    assert answered.verdict is Performing.NO
    assert answered.kpis[0].partition == "w3"
    assert not [caveat for caveat in sentences(answered.caveats) if caveat.startswith("Version 2")]


def test_while_the_labels_of_its_first_batch_are_not_in_its_evaluation_answers() -> None:
    story = succeeded(failing(labels={"column": "left", "delay": "28d"})).later(days=7)
    story.judges(PERFORMANCE, "w3", INSUFFICIENT).delivers("w3").runs_all()
    assert story.answer().verdict is Performing.YES
    assert story.answer().kpis[0].partition == "w2"


def test_an_evaluation_that_is_too_old_is_no_evidence() -> None:
    assert succeeded(failing()).later(days=15).answer().verdict is Performing.UNKNOWN


def test_an_evaluation_without_the_check_leaves_the_answer_open() -> None:
    story = failing().trains("2", held_out="w2").evaluates("2").runs_all()
    assert "Critical incident" in sentences(story.answer().reasons)[0]
    assert story.answer().kpis[0].figure.value is None


def test_what_was_wrong_with_the_former_champion_ends_with_the_release() -> None:
    incident = succeeded(failing()).incident(INCIDENT)
    assert not incident.is_open
    assert incident.resolution == (
        "by rule: version 2 went live, and performance passes on records of batch w2 held out of "
        "its training"
    )


def test_what_the_evaluation_does_not_pass_stays_open() -> None:
    story = succeeded(failing(), INSUFFICIENT)
    assert story.incident(INCIDENT).is_open
    answered = story.answer()
    assert answered.verdict is Performing.NO
    (note,) = still_open_of(story)
    assert "because the evaluation of this version does not pass performance. " in note


def test_an_evaluation_on_older_records_than_the_failure_ends_nothing() -> None:
    story = succeeded(failing(), held_out="w1")
    assert story.incident(INCIDENT).is_open
    entry = story.incident(INCIDENT).entry
    (note,) = still_open_of(story)
    reason = (
        "the evaluation of this version passes performance on records of batch w1, which are older "
        "than batch w2 of the incident"
    )
    assert note == (
        f"Incident {entry} was opened before version 2 was put in charge, and stays open because "
        f"{reason}. It ends by rule when performance passes on later batches, "
        f'or by people: aipo resolve {entry} --by "YOUR NAME" --reason "WHY"'
    )


def still_open_of(story: Story) -> list[str]:
    return [
        caveat for caveat in sentences(story.answer().caveats) if "stays open because" in caveat
    ]


def test_what_no_evaluation_answers_of_stays_open_and_says_so() -> None:
    escalates = [{"check": "concept_drift", "reactions": ["escalate"]}]
    story = Story(charter(responses=escalates)).adopts().delivers("w1").runs_all()
    story.checks("performance/concept_drift", "w1", FAIL)
    (note,) = still_open_of(succeeded(story, held_out="w1"))
    assert "the evaluation of this version says nothing about concept_drift" in note


def test_an_incident_of_a_version_that_returned_waits_for_its_next_evaluation() -> None:
    story = succeeded(failing(), held_out="w1")
    story.decides(rollback, person="Ada Ng", reason="It was worse.").runs_all()
    (note,) = still_open_of(story)
    assert "put in charge again, and stays open because performance has not been evaluated " in note


def test_an_incident_of_the_version_in_charge_says_nothing_of_a_release() -> None:
    assert still_open_of(failing()) == []


def test_failures_of_a_former_champion_are_notified_no_more() -> None:
    story = failing().checks("performance/concept_drift", "w2", FAIL)
    assert any("concept_drift fails" in caveat for caveat in sentences(story.answer().caveats))
    answered = succeeded(story).answer()
    assert not [caveat for caveat in sentences(answered.caveats) if "fails" in caveat]
    assert answered.figures == ()


def test_a_predecessor_that_returns_is_not_judged_by_its_old_evaluation() -> None:
    story = failing().trains("2", held_out="w2").evaluates("2", as_live=PASS)
    story.runs_all().trains("3", held_out="w2").evaluates("3", as_live=PASS)
    story.runs_all().decides(rollback, person="Ada Ng", reason="It was worse.").runs_all()
    answered = story.answer()
    assert answered.champion is not None
    assert (answered.champion.version, answered.verdict) == ("2", Performing.UNKNOWN)


def returned(story: Story) -> Story:
    """Version 2 was released, and version 1 is in charge again."""
    succeeded(story)
    return story.decides(rollback, person="Ada Ng", reason="It was worse.").runs_all()


def test_drift_from_the_data_of_a_former_champion_is_not_notified_of_the_version_in_charge() -> (
    None
):
    story = failing()
    before = story.answer().drift
    assert before is not None
    assert (before.verdict, before.partition) == (Verdict.PASS, "w2")
    drift = returned(story).answer().drift
    assert drift is not None
    assert (drift.verdict, drift.partition, drift.evidence_at) == (
        Verdict.INSUFFICIENT,
        "",
        None,
    )
    assert drift_text(drift.summary) == (
        "not measured yet for version 1: the newest batch, w2, was compared before this "
        "version was in charge."
    )
    story.later(days=7).delivers("w3").runs_all()
    measured = story.answer().drift
    assert measured is not None
    assert (measured.verdict, measured.partition) == (Verdict.PASS, "w3")


def test_a_drift_that_failed_under_a_former_champion_is_noted_no_more() -> None:
    story = failing().checks("drift/data_drift", "w2", FAIL)
    assert any("data_drift fails" in caveat for caveat in sentences(story.answer().caveats))
    assert not [
        caveat for caveat in sentences(returned(story).answer().caveats) if "data_drift" in caveat
    ]


def test_drift_of_a_stopped_product_is_about_no_version() -> None:
    story = failing().decides(stop, person="Ada Ng", reason="It harms.").runs_all()
    drift = story.answer().drift
    assert drift is not None
    assert drift_text(drift.summary) == "not measured: no version is in charge."


def test_a_version_that_returns_is_remembered_for_its_earlier_failures() -> None:
    story = returned(failing())
    assert any(
        reason.startswith(
            "performance has not been evaluated since version 1 is in charge again; when it was in "
            "charge before (batch w2), it failed: "
        )
        for reason in sentences(story.answer().reasons)
    ), sentences(story.answer().reasons)
    story.later(days=7).delivers("w3").runs_all()
    assert not [
        reason for reason in sentences(story.answer().reasons) if "in charge before" in reason
    ]


def test_a_version_that_returns_after_good_service_is_said_to_have_passed() -> None:
    story = Story(charter()).adopts().delivers("w1").runs_all()
    (reason,) = sentences(returned(story).answer().reasons)
    assert reason == (
        "performance has not been evaluated since version 1 is in charge again; when it was in "
        "charge before (batch w1), it passed: performance says pass."
    )


def test_what_was_agreed_since_judges_how_a_returning_version_did() -> None:
    story = Story(charter()).adopts().delivers("w1").runs_all()
    returned(story).adopts(charter(version="2", thresholds=[threshold(limit=0.95)]))
    (reason,) = sentences(story.answer().reasons)
    assert "(batch w1), it failed: By the agreement in force it fails" in reason


def test_what_the_predecessor_failed_is_known_before_it_returns() -> None:
    story = succeeded(failing())
    assert story.state.predecessor is not None
    (failure,) = failed_before(story.charter, story.state, story.state.predecessor)
    assert failed_before_sentence(failure) == (
        "When version 1 was in charge before, performance failed on batch w2: 0.5 is low."
    )
    assert from_facts("churn", facts_of(story.state)) == settled(story.state)


def facts_of(state: ProductState) -> list[tuple[str, str, Json]]:
    return [(kind, key, value) for (kind, key), value in to_facts(settled(state)).items()]


def test_gates_that_a_challenger_failed_are_not_notified_of_the_version_in_charge() -> None:
    story = Story(charter()).adopts().delivers("w1").runs_all()
    story.trains("2", held_out="w1").evaluates("2", accuracy="fail")
    story.checks("evaluation/accuracy", "w1", FAIL)
    caveats = [caveat for caveat in sentences(story.answer().caveats) if "accuracy fails" in caveat]
    assert [caveat.partition(": ")[0] for caveat in caveats] == [
        "Of the newest challenger, not of the version in charge"
    ]
