from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from aipo_pipelines.policy.facts.business_targets import TARGET
from aipo_pipelines.policy.rules.failing_check import (
    is_over_without,
    outlasts_withdrawal,
    remaining_partitions,
    respond_to_check,
)
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter
from tests.unit.policy.withdrawing import withdraws

DRIFT, CONTRACT = "drift/data_drift", "data_quality/contract"
WEEKS = [f"w{number}" for number in range(1, 9)]


def _escalates(check: str = "data_drift", **members: Any) -> Story:
    agreed = charter(responses=[{"check": check, "reactions": ["escalate"], **members}])
    return Story(agreed).adopts().delivers(*WEEKS)


def _drift(story: Story, *verdicts: Any) -> Story:
    for name, verdict in zip(WEEKS, verdicts, strict=False):
        story.checks(DRIFT, name, verdict)
    return story


def test_a_failing_check_that_escalates_opens_an_incident_and_notifies_somebody() -> None:
    story = _drift(_escalates(), FAIL)
    incident = story.incident(f"check:{DRIFT}")
    assert (incident.owner, incident.partitions) == ("Ines Sol", ("w1",))
    notify = story.next(ActionKind.NOTIFY)
    assert notify.arguments == {"incident": incident.entry, "level": 0}


def test_a_failing_check_without_a_response_opens_nothing() -> None:
    story = _drift(Story().adopts().delivers(*WEEKS), FAIL)
    assert story.state.incidents == {}


def test_a_response_named_by_asset_and_check_is_the_same() -> None:
    assert _drift(_escalates(DRIFT), FAIL).state.incidents


def test_the_next_failing_batch_continues_the_incident_and_nobody_is_reported_twice() -> None:
    story = _drift(_escalates(), FAIL, FAIL)
    assert story.incident(f"check:{DRIFT}").partitions == ("w1", "w2")
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert sum(action.kind is ActionKind.NOTIFY for action in story.state.actions.values()) == 1


def test_an_incident_is_continued_once_per_batch() -> None:
    story = _drift(_escalates(), FAIL, FAIL).checks(DRIFT, "w2", FAIL)
    assert story.kinds().count(IncidentContinued.kind) == 1


def test_a_more_severe_failure_is_not_hidden_by_the_incident_of_a_warning() -> None:
    story = _escalates().checks(DRIFT, "w1", FAIL, severity=Severity.WARNING)
    story.checks(DRIFT, "w2", FAIL, severity=Severity.CRITICAL)
    first, second = story.state.incidents.values()
    assert (first.severity, first.is_open) == (Severity.WARNING, False)
    assert "more severely" in first.resolution
    assert (second.severity, second.is_open) == (Severity.CRITICAL, True)
    assert second.partitions == ("w2",)
    assert sum(action.kind is ActionKind.NOTIFY for action in story.state.actions.values()) == 2


def test_a_more_severe_failure_of_the_same_batch_is_reported_too() -> None:
    story = _escalates().checks(DRIFT, "w1", FAIL, severity=Severity.WARNING)
    story.checks(DRIFT, "w1", FAIL, severity=Severity.CRITICAL)
    assert story.kinds().count(IncidentOpened.kind) == 2


def test_a_lesser_failure_continues_the_more_severe_incident() -> None:
    story = _escalates().checks(DRIFT, "w1", FAIL, severity=Severity.CRITICAL)
    story.checks(DRIFT, "w2", FAIL, severity=Severity.WARNING)
    assert story.incident(f"check:{DRIFT}").partitions == ("w1", "w2")
    assert story.kinds().count(IncidentOpened.kind) == 1


def test_two_of_three_opens_with_the_second_failure_within_three_batches() -> None:
    story = _drift(_escalates(fails=2, of=3), FAIL, PASS)
    assert story.state.incidents == {}
    story.checks(DRIFT, "w3", FAIL)
    assert story.incident(f"check:{DRIFT}").partitions == ("w3",)


def test_two_failures_too_far_apart_open_nothing() -> None:
    story = _drift(_escalates(fails=2, of=3), FAIL, PASS, PASS, FAIL)
    assert story.state.incidents == {}


def test_an_insufficient_verdict_neither_counts_nor_breaks_a_series() -> None:
    story = _drift(_escalates(fails=2, of=2), FAIL, INSUFFICIENT)
    assert story.state.incidents == {}
    assert story.checks(DRIFT, "w3", FAIL).state.incidents


def test_evaluating_one_batch_twice_is_no_second_failure() -> None:
    story = _drift(_escalates(fails=2, of=3), FAIL).checks(DRIFT, "w1", FAIL)
    assert story.state.incidents == {}


def test_late_labels_count_in_the_order_of_batches() -> None:
    story = _escalates("performance", fails=2, of=2)
    story.checks("performance/performance", "w3", FAIL)
    story.checks("performance/performance", "w1", FAIL)
    assert story.state.incidents != {}
    story = _escalates("performance", fails=2, of=2)
    for name, verdict in (("w3", FAIL), ("w2", PASS), ("w1", FAIL)):
        story.checks("performance/performance", name, verdict)
    assert story.state.incidents == {}


def test_an_incident_of_drift_ends_by_rule_when_the_next_batch_passes() -> None:
    story = _drift(_escalates(), FAIL, PASS)
    assert not story.incident(f"check:{DRIFT}").is_open
    assert "w2" in story.incident(f"check:{DRIFT}").resolution


def test_an_incident_stays_open_while_enough_of_the_last_batches_failed() -> None:
    story = _drift(_escalates(fails=2, of=3), FAIL, FAIL, PASS)
    assert story.incident(f"check:{DRIFT}").is_open
    assert not story.checks(DRIFT, "w4", PASS).incident(f"check:{DRIFT}").is_open


def test_an_insufficient_batch_resolves_nothing() -> None:
    assert _drift(_escalates(), FAIL, INSUFFICIENT).incident(f"check:{DRIFT}").is_open


def test_a_cause_that_returns_after_its_end_opens_a_new_incident() -> None:
    story = _drift(_escalates(), FAIL, PASS, FAIL)
    assert story.kinds().count(IncidentOpened.kind) == 2


@pytest.mark.parametrize("key", [CONTRACT, "data_quality/privacy"])
def test_a_breach_is_escalated_though_the_charter_is_silent(key: str) -> None:
    story = Story().adopts().delivers("w1").checks(key, "w1", FAIL)
    assert story.incident(f"check:{key}").severity is Severity.CRITICAL


def test_a_clean_next_batch_does_not_excuse_a_breach() -> None:
    story = Story().adopts().delivers("w1", "w2").judges(CONTRACT, "w1", FAIL).runs_all()
    assert story.incident(f"check:{CONTRACT}").is_open


def test_a_corrected_batch_ends_the_incident_of_its_breach() -> None:
    story = Story().adopts().delivers("w1", "w2").judges(CONTRACT, "w1", FAIL).runs_all()
    story.judges(CONTRACT, "w1", PASS).delivers("w1", digest="b").runs_all()
    assert not story.incident(f"check:{CONTRACT}").is_open


def test_a_breach_mutes_what_is_said_about_the_model_on_the_same_batch() -> None:
    story = _escalates(fails=2, of=2)
    story.checks(CONTRACT, "w1", FAIL).checks("data_quality/privacy", "w1")
    story.checks(DRIFT, "w1", FAIL).checks(DRIFT, "w2", FAIL)
    assert [str(incident.cause) for incident in story.state.incidents.values()] == [
        f"check:{CONTRACT}"
    ]
    assert story.checks(DRIFT, "w3", FAIL).incident(f"check:{DRIFT}").is_open


def test_a_batch_that_broke_its_contract_does_not_continue_an_incident_of_drift() -> None:
    story = _drift(_escalates(), FAIL)
    story.checks(CONTRACT, "w2", FAIL).checks("data_quality/privacy", "w2")
    story.checks(DRIFT, "w2", FAIL)
    assert story.incident(f"check:{DRIFT}").partitions == ("w1",)


def test_an_open_incident_keeps_the_ladder_it_opened_with() -> None:
    story = _drift(_escalates(), FAIL)
    levels = [{"notify": ["owner"], "within": "1h"}]
    story.adopts(charter(escalation={"levels": levels}))
    assert story.incident(f"check:{DRIFT}").ladder == {
        "levels": [
            {
                "notify": [{"role": "incident_owner", "name": "Ines Sol"}],
                "via": ["log"],
                "within": "4h",
            }
        ],
        "repeat": 1,
        "acknowledgement_expires": "3d",
    }


def test_the_ladder_in_the_ledger_holds_no_address() -> None:
    via = ["mailto://user:secret@example.org"]
    levels = [{"notify": ["owner"], "via": via, "within": "1h"}]
    agreed = charter(escalation={"levels": levels})
    story = Story(agreed).adopts().delivers("w1").checks(CONTRACT, "w1", FAIL)
    opened = str(story.bodies(IncidentOpened.kind))
    assert "mailto" in opened
    assert "secret" not in opened
    assert "ada.example.org" not in opened


def test_an_action_given_up_opens_a_warning_and_the_next_kind_continues_it() -> None:
    story = Story().adopts().delivers("w1", "w2")
    story.gives_up(story.next(ActionKind.MEASURE)).gives_up(story.next(ActionKind.MEASURE))
    incident = story.incident("action:measure")
    assert incident.partitions == ("w1", "w2")
    assert incident.severity is Severity.WARNING
    assert "OSError" in incident.summary


def test_machinery_that_works_again_ends_its_incident_only_when_nothing_is_left_undone() -> None:
    story = Story().adopts().delivers("w1", "w2").gives_up_first().runs_all()
    assert story.incident("action:measure").is_open
    story.delivers("w1", digest="b").runs_all()
    assert not story.incident("action:measure").is_open


def test_a_notice_that_nobody_takes_is_itself_an_incident_and_no_endless_chain() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1", FAIL)
    for _ in range(3):
        waiting = [
            action
            for action in story.state.actions.values()
            if action.kind is ActionKind.NOTIFY and action.status is ActionStatus.PENDING
        ]
        for action in waiting:
            story.gives_up(action)
    causes = [str(incident.cause) for incident in story.state.incidents.values()]
    assert causes == [f"check:{CONTRACT}", "action:notify"]


def test_resolving_twice_is_harmless() -> None:
    story = _drift(_escalates(), FAIL)
    entry = story.incident(f"check:{DRIFT}").entry
    story.records(IncidentResolved(incident=entry, resolution="by Ines"))
    story.records(IncidentResolved(incident=entry, resolution="by another person"))
    story.records(IncidentResolved(incident=999, resolution="by nobody"))
    assert story.incident(f"check:{DRIFT}").resolution == "by Ines"


PRIVACY = "data_quality/privacy"


def test_the_incident_has_title_summary_and_batch_of_the_evaluation() -> None:
    story = _escalates(fails=2, of=3).checks(DRIFT, "w1", FAIL)
    story.checks(DRIFT, "w2", FAIL, summary="x1 has moved.")
    entry = next(entry for entry in story.entries if entry.kind == IncidentOpened.kind)
    assert isinstance(entry.event, IncidentOpened)
    assert entry.event.title == "data_drift fails on batch w2: 2 or more of the last 3 batches"
    assert (entry.event.summary, entry.event.partition) == ("x1 has moved.", "w2")
    assert entry.event.severity is Severity.CRITICAL
    assert (entry.subject, entry.actor) == (f"incident/check:{DRIFT}", "rule:escalate")
    assert entry.key == f"policy/churn/{entry.index - 1}/escalate/check:{DRIFT}"


def test_a_pass_on_a_batch_ends_the_incident_by_rule_and_names_the_batch() -> None:
    story = _drift(_escalates(), FAIL, PASS)
    incident = story.incident(f"check:{DRIFT}")
    assert incident.resolution == "by rule: data_drift passes again on batch w2"
    assert story.entries[-1].subject == f"incident/{incident.entry}"
    assert story.entries[-1].key.endswith("/escalate/resolve")


def test_a_pass_of_a_check_without_a_batch_names_no_batch() -> None:
    story = _escalates("challenger/robust").checks("challenger/robust", "", FAIL)
    assert story.incident("check:challenger/robust").title == "robust fails"
    story.checks("challenger/robust", "")
    assert story.incident("check:challenger/robust").resolution == "by rule: robust passes again"


def test_a_failure_that_only_warns_ends_the_incident_of_the_quarantine() -> None:
    story = _escalates("contract").checks(CONTRACT, "w1", FAIL)
    story.checks(CONTRACT, "w1", FAIL, severity=Severity.WARNING)
    first, second = story.state.incidents.values()
    assert first.resolution == "by rule: contract only warns now, and keeps no batch in quarantine"
    assert (second.severity, second.is_open) == (Severity.WARNING, True)


def test_a_more_severe_failure_says_that_a_new_incident_replaces_the_first() -> None:
    story = _escalates().checks(DRIFT, "w1", FAIL, severity=Severity.WARNING)
    story.checks(DRIFT, "w2", FAIL)
    first, _ = story.state.incidents.values()
    assert first.resolution == (
        "by rule: data_drift fails more severely; a new incident replaces it"
    )


def test_an_insufficient_verdict_and_other_events_change_no_incident() -> None:
    story = _drift(_escalates(), FAIL, INSUFFICIENT)
    assert list(respond_to_check(context_now(story))) == []
    assert story.incident(f"check:{DRIFT}").is_open
    assert list(respond_to_check(context_now(Story().adopts()))) == []


def test_the_batches_that_remain_are_those_that_their_feed_has_not_withdrawn() -> None:
    story = withdraws(_drift(_escalates(), FAIL, FAIL, FAIL), "w2")
    incident = story.incident(f"check:{DRIFT}")
    assert incident.partitions == ("w1", "w2", "w3")
    assert remaining_partitions(story.state, incident) == ("w1", "w3")
    unknown = replace(incident, partitions=("w1", "w99"))
    assert remaining_partitions(story.state, unknown) == ("w1", "w99")


def test_an_incident_without_remaining_batches_is_over_unless_enough_others_failed() -> None:
    story = withdraws(_drift(_escalates(), PASS, FAIL), "w2")
    incident = story.incident(f"check:{DRIFT}")
    assert is_over_without(story.charter, story.state, DRIFT, incident)
    worse = _drift(_escalates(), FAIL, FAIL)
    only = replace(worse.incident(f"check:{DRIFT}"), partitions=("w2",))
    withdraws(worse, "w2")
    assert not is_over_without(worse.charter, worse.state, DRIFT, only)


def test_a_missed_target_is_not_over_without_evidence() -> None:
    story = withdraws(_drift(_escalates(), PASS, FAIL), "w2")
    incident = story.incident(f"check:{DRIFT}")
    assert not is_over_without(story.charter, story.state, TARGET, incident)


def test_only_personal_data_outlast_a_withdrawal() -> None:
    story = _escalates("privacy").checks(PRIVACY, "w1", FAIL).checks(CONTRACT, "w1", FAIL)
    withdraws(story, "w1")
    batch = story.state.batches["w1"]
    assert outlasts_withdrawal(story.charter, story.state, PRIVACY, batch)
    assert not outlasts_withdrawal(story.charter, story.state, CONTRACT, batch)
    clean = withdraws(_escalates("privacy").checks(PRIVACY, "w1"), "w1")
    assert not outlasts_withdrawal(clean.charter, clean.state, PRIVACY, clean.state.batches["w1"])
