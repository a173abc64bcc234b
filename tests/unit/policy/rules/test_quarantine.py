"""A batch in quarantine escalates by itself: no other batch excuses it."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Response
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.facts import from_facts, to_facts
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.rules.quarantine import about_batch, failures_in_arrival
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure
from tests.unit.policy.withdrawing import withdraws

CONTRACT, PRIVACY = "data_quality/contract", "data_quality/privacy"
SCHEMA, DRIFT = "dataset/schema", "drift/data_drift"


def cards(column: str = "card") -> dict[str, Any]:
    card_numbers = figure(
        "undeclared_personal_data", 200.0, subject=column, limit=0.0, verdict="fail", unit=""
    )
    return {
        "figures": (card_numbers,),
        "summary": f"Column {column} holds undeclared personal data.",
    }


def passed_up_to(*partitions: str, agreed: Any = None) -> Story:
    return Story(agreed).adopts().later(days=30).delivers(*partitions).runs_all()


def late(story: Story, name: str, key: str = PRIVACY, **members: Any) -> Story:
    return story.judges(key, name, FAIL, **members).delivers(name).runs_all()


def open_ones(story: Story) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (str(incident.cause), incident.partitions)
        for incident in story.state.incidents.values()
        if incident.is_open
    ]


def notices(story: Story) -> int:
    return sum(action.kind is ActionKind.NOTIFY for action in story.state.actions.values())


@pytest.mark.parametrize("key", [PRIVACY, CONTRACT])
def test_a_bad_batch_that_arrives_after_a_newer_batch_passed_is_reported(key: str) -> None:
    story = late(passed_up_to("w1", "w4"), "w2", key)
    assert story.state.checks[key].partition == "w4"
    assert open_ones(story) == [(f"check:{key}", ("w2",))]
    assert notices(story) == 1
    assert story.answer().verdict is Performing.NO


def test_two_bad_batches_that_arrive_together_are_reported_with_their_own_failures() -> None:
    story = passed_up_to("w1", "w2", "w3")
    story.judges(PRIVACY, "w1", FAIL).judges(CONTRACT, "w2", FAIL)
    story.delivers("w1", "w2", digest="again").delivers("w2", digest="and again").runs_all()
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w1",)), (f"check:{CONTRACT}", ("w2",))]
    assert notices(story) == 2


def test_it_joins_the_open_incident_and_what_is_new_is_reported() -> None:
    story = late(passed_up_to("w1", "w5"), "w3", **cards())
    late(story, "w2", **cards("iban"))
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w3", "w2"))]
    assert notices(story) == 2


def test_its_incident_lasts_until_the_batch_itself_is_good() -> None:
    story = late(passed_up_to("w1", "w4"), "w2")
    story.delivers("w5", "w3").runs_all()
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w2",))]
    story.judges(PRIVACY, "w2", PASS).delivers("w2", digest="repaired").runs_all()
    assert open_ones(story) == []
    assert story.answer().verdict is Performing.YES


def test_a_batch_older_than_all_that_a_check_remembers_is_reported() -> None:
    story = passed_up_to(*(f"w{number}" for number in range(2, 42)))
    late(story, "w1")
    assert "w1" not in {verdict.partition for verdict in story.state.checks[PRIVACY].recent}
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w1",))]


def test_any_check_that_quarantines_by_the_charter_does_so() -> None:
    agreed = charter(responses=[{"check": SCHEMA, "reactions": ["quarantine", "escalate"]}])
    story = passed_up_to("w1", "w4", agreed=agreed)
    story.checks(SCHEMA, "w4").delivers("w2").checks(SCHEMA, "w2", FAIL)
    assert open_ones(story) == [(f"check:{SCHEMA}", ("w2",))]


def test_a_failure_that_only_warns_still_asks_the_newest_batch() -> None:
    agreed = charter(responses=[{"check": "contract", "reactions": ["escalate"]}])
    story = passed_up_to("w1", "w4", agreed=agreed)
    late(story, "w2", CONTRACT, severity=Severity.WARNING)
    assert open_ones(story) == []


def test_nobody_is_reported_if_the_charter_agrees_on_no_escalation() -> None:
    agreed = charter(responses=[{"check": "privacy", "reactions": ["quarantine"]}])
    assert open_ones(late(passed_up_to("w1", "w4", agreed=agreed), "w2")) == []


def several(*partitions: str) -> Story:
    response = {"check": "contract", "reactions": ["quarantine", "escalate"], "fails": 2, "of": 3}
    return passed_up_to(*partitions, agreed=charter(responses=[response]))


def test_several_failures_count_among_batches_that_arrived_together() -> None:
    story = late(several("w1", "w7", "w8", "w9"), "w2", CONTRACT)
    assert open_ones(story) == []
    story.delivers("w3").runs_all()
    late(story, "w4", CONTRACT)
    assert open_ones(story) == [(f"check:{CONTRACT}", ("w4",))]


def test_failures_too_far_apart_in_arrival_are_no_series() -> None:
    story = late(several("w1", "w9"), "w2", CONTRACT)
    story.delivers("w3", "w4").runs_all()
    assert open_ones(late(story, "w5", CONTRACT)) == []


def test_several_failures_of_batches_that_no_check_remembers_count_too() -> None:
    story = several(*(f"w{number}" for number in range(3, 43)))
    late(story, "w1", CONTRACT)
    assert open_ones(story) == []
    assert open_ones(late(story, "w2", CONTRACT)) == [(f"check:{CONTRACT}", ("w2",))]


def drifts(*partitions: str) -> Story:
    """Drift keeps a batch in quarantine, and two failures of three in a row escalate."""
    both = {"check": DRIFT, "reactions": ["quarantine", "escalate"], "fails": 2, "of": 3}
    story = Story(charter(responses=[both])).adopts().delivers("w1").runs_all()
    for name in partitions:
        late(story.later(days=7), name, DRIFT)
    return story


def test_batches_that_a_check_of_the_model_keeps_in_quarantine_are_a_series() -> None:
    assert open_ones(drifts("w2")) == []
    assert open_ones(drifts("w2", "w3")) == [(f"check:{DRIFT}", ("w3",))]


def test_what_drifts_in_a_batch_that_breaks_its_contract_is_part_of_no_series() -> None:
    story = drifts("w2").judges(CONTRACT, "w2", FAIL).delivers("w2", digest="broken").runs_all()
    assert story.state.batches["w2"].status is BatchStatus.QUARANTINED
    late(story.later(days=7), "w3", DRIFT)
    assert open_ones(story) == [(f"check:{CONTRACT}", ("w2",))]


def test_a_failure_of_a_former_source_is_part_of_no_series() -> None:
    story = drifts("w2").adopts(None, "charter.sources.crm.location").runs_all()
    late(story.later(days=7), "w3", DRIFT)
    assert open_ones(story) == []
    assert open_ones(late(story.later(days=7), "w4", DRIFT)) == [(f"check:{DRIFT}", ("w4",))]


def test_a_failure_that_a_former_version_drifted_from_is_part_of_no_series() -> None:
    story = drifts("w2").trains("9").evaluates("9").runs_all()
    assert open_ones(late(story.later(days=7), "w3", DRIFT)) == []


def test_a_failure_of_a_batch_that_its_feed_withdrew_is_part_of_no_series() -> None:
    story = withdraws(drifts("w2"), "w2").runs_all()
    assert open_ones(late(story.later(days=7), "w3", DRIFT)) == []


def ended_by_hand(story: Story) -> Story:
    (number,) = (incident.entry for incident in story.state.incidents.values() if incident.is_open)
    return story.decides(
        resolve, incident=number, person="Ines Sol", reason="the bank was informed"
    )


def test_what_a_person_has_ended_is_not_opened_by_measuring_the_same_version_again() -> None:
    story = ended_by_hand(late(passed_up_to("w1", "w4"), "w2", **cards()))
    story.checks(PRIVACY, "w2", FAIL, **cards())
    assert open_ones(story) == []
    assert story.answer().verdict is Performing.YES


def test_what_is_new_about_it_is_reported_though_a_person_ended_the_incident() -> None:
    story = ended_by_hand(late(passed_up_to("w1", "w4"), "w2", **cards()))
    story.checks(PRIVACY, "w2", FAIL, **cards("iban"))
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w2",))]


def test_another_bad_version_of_it_is_reported_though_a_person_ended_the_incident() -> None:
    story = ended_by_hand(late(passed_up_to("w1", "w4"), "w2", **cards()))
    story.delivers("w2", digest="again").runs_all()
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w2",))]
    assert story.kinds().count(IncidentOpened.kind) == 2


def test_what_a_rule_has_ended_and_fails_again_is_reported() -> None:
    story = late(passed_up_to("w1", "w4"), "w2", **cards()).checks(PRIVACY, "w2", PASS)
    assert open_ones(story) == []
    story.checks(PRIVACY, "w2", FAIL, **cards())
    assert open_ones(story) == [(f"check:{PRIVACY}", ("w2",))]


def test_the_answer_names_what_is_in_quarantine_and_why_when_it_is_yes() -> None:
    story = ended_by_hand(late(passed_up_to("w1", "w4"), "w2", **cards()))
    number = story.incident(f"check:{PRIVACY}").entry
    answered = story.answer()
    assert answered.verdict is Performing.YES
    assert (
        f"Batch w2 of 2026-03-09 is in quarantine: privacy fails critically (incident {number})."
    ) in sentences(answered.caveats)


def test_the_answer_names_what_is_in_quarantine_though_nobody_is_reported() -> None:
    agreed = charter(responses=[{"check": "privacy", "reactions": ["quarantine"]}])
    story = passed_up_to("w1", "w5", agreed=agreed)
    late(late(story, "w3"), "w2")
    answered = story.answer()
    assert answered.verdict is Performing.YES
    assert (
        "Batches w2 of 2026-03-09, w3 of 2026-03-16 are in quarantine: privacy fails critically."
    ) in sentences(answered.caveats)


def test_facts_hold_who_ended_an_incident() -> None:
    story = ended_by_hand(late(passed_up_to("w1", "w4"), "w2", **cards()))
    assert story.incident(f"check:{PRIVACY}").ended_by_hand == story.entries[-1].index
    facts = [(kind, key, value) for (kind, key), value in to_facts(story.state).items()]
    assert from_facts("churn", facts).incidents == story.state.incidents


BOTH = {"check": DRIFT, "reactions": ["quarantine", "escalate"]}


def in_series(fails: int, of: int, **members: Any) -> Charter:
    return charter(responses=[{**BOTH, "fails": fails, "of": of, **members}])


def reaction(story: Story, verdict: Verdict = FAIL, name: str = "w3") -> Response | None:
    """The response by which a failure of drift on a batch escalates."""
    story.checks(DRIFT, name, verdict)
    event = next(
        entry.event
        for entry in reversed(story.entries)
        if isinstance(entry.event, CheckEvaluated) and entry.event.partition == name
    )
    assert isinstance(event, CheckEvaluated)
    return about_batch(story.charter, story.state, DRIFT, event)


def drifted(agreed: Charter, *failing: str) -> Story:
    story = Story(agreed).adopts()
    for number in range(1, 4):
        name = f"w{number}"
        story.judges(DRIFT, name, FAIL if name in failing else PASS)
        story.delivers(name).runs_all().later(days=7)
    return story


def test_a_single_failure_escalates_if_the_charter_demands_no_more() -> None:
    response = reaction(drifted(in_series(1, 1)))
    assert response is not None
    assert (response.fails, response.of) == (1, 1)


def test_a_failure_that_quarantines_nothing_is_about_no_batch() -> None:
    escalates = charter(responses=[{"check": DRIFT, "reactions": ["escalate"]}])
    assert reaction(drifted(escalates)) is None


def test_a_quarantine_that_escalates_to_nobody_has_no_response() -> None:
    assert reaction(drifted(charter(responses=[{**BOTH, "reactions": ["quarantine"]}]))) is None


def test_several_failures_count_among_the_batches_that_arrived_next_to_each_other() -> None:
    assert reaction(drifted(in_series(2, 2), "w2")) is not None
    assert reaction(drifted(in_series(2, 2), "w1")) is None
    assert reaction(drifted(in_series(2, 3), "w1")) is not None
    assert reaction(drifted(in_series(3, 3), "w2")) is None


def test_the_failures_that_are_enough_are_returned_in_the_order_of_arrival() -> None:
    story = drifted(in_series(2, 2), "w2", "w3")
    (response,) = story.charter.responses
    failing = failures_in_arrival(story.charter, story.state, DRIFT, response)
    assert [verdict.partition for verdict in failing] == ["w2", "w3"]


@pytest.mark.parametrize("failing", [(), ("w1", "w3"), ("w2",)])
def test_too_few_failures_next_to_each_other_are_no_series(failing: tuple[str, ...]) -> None:
    story = drifted(in_series(2, 2), *failing)
    (response,) = story.charter.responses
    assert failures_in_arrival(story.charter, story.state, DRIFT, response) == ()


def test_a_response_to_one_failure_needs_no_series() -> None:
    story = drifted(in_series(1, 1), "w2", "w3")
    (response,) = story.charter.responses
    assert failures_in_arrival(story.charter, story.state, DRIFT, response) == ()
