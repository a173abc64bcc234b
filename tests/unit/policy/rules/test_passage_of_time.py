from __future__ import annotations

from datetime import timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.rules.passage_of_time import on_tick, watch_cause
from tests.unit.policy.story import FAIL, INSUFFICIENT, Story, charter


def _live(agreed: Charter | None = None) -> Story:
    return Story(agreed).adopts().delivers("w1").runs_all()


def test_evidence_older_than_the_cadence_opens_one_warning() -> None:
    story = _live().later(days=14).ticks()
    assert story.state.incidents == {}
    story.later(seconds=1).ticks().ticks().later(days=3).ticks()
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert story.incident("stale").severity is Severity.WARNING
    assert "contract, privacy, performance" in story.incident("stale").title


def test_fresh_evidence_ends_the_silence() -> None:
    story = _live().later(days=15).ticks().delivers("w3").runs_all().ticks()
    assert not story.incident("stale").is_open


def test_a_product_that_never_got_a_batch_is_reported_too() -> None:
    story = Story().adopts().later(days=15).ticks()
    assert story.incident("stale").title == "No recent evidence: contract, privacy"


def test_nothing_is_expected_before_a_charter_is_adopted() -> None:
    assert Story().later(days=99).ticks().state.incidents == {}


def test_a_silence_somebody_closed_is_raised_again_after_a_day_not_at_once() -> None:
    story = _live().later(days=15).ticks()
    closed = IncidentResolved(incident=story.incident("stale").entry, resolution="by Ines")
    story.records(closed).ticks().later(hours=23).ticks()
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert story.later(hours=1).ticks().incident("stale").is_open


def test_labels_may_be_as_late_as_the_charter_says() -> None:
    story = _live(charter(labels={"column": "left", "delay": "28d"}))
    story.judges("performance/performance", "w3", INSUFFICIENT)
    story.later(days=14).delivers("w3").runs_all().later(days=7).ticks()
    assert story.state.incidents == {}


def test_performance_without_a_verdict_for_too_long_is_silence() -> None:
    story = _live().judges("performance/performance", "w3", INSUFFICIENT)
    story.later(days=14).delivers("w3").runs_all().later(days=1).ticks()
    assert story.incident("stale").title == "No recent evidence: performance"


def test_a_failing_check_is_evidence() -> None:
    story = Story().adopts().delivers("w1").judges("performance/performance", "w1", FAIL)
    assert story.runs_all().later(days=14).ticks().state.incidents == {}


def test_a_champion_older_than_agreed_is_overdue_once() -> None:
    story = _live(charter(retraining={"maximum_age": "10d"})).later(days=10).ticks()
    assert story.state.incidents == {}
    story.later(hours=1).ticks().later(hours=1).ticks()
    assert "10d" in story.incident("overdue").summary
    assert story.kinds().count(IncidentOpened.kind) == 1


def test_a_longer_life_agreed_later_ends_the_overdue_incident() -> None:
    story = _live(charter(retraining={"maximum_age": "10d"})).later(days=11).ticks()
    story.adopts(charter(retraining={"maximum_age": "30d"})).ticks()
    assert not story.incident("overdue").is_open


CAUSE = Cause("late_feed")


def alarm(*subjects: str, partition: str = "") -> Alarm:
    return Alarm(
        cause=CAUSE,
        title="The feed is late",
        summary="Nothing has arrived.",
        severity=Severity.WARNING,
        partition=partition,
        subjects=subjects,
    )


def watched(story: Story, raised: Alarm | None, **options: timedelta) -> list[Draft]:
    """The entries that follow; they are recorded, too."""
    drafts = list(watch_cause(story.charter, story.state, story.now, CAUSE, raised, **options))
    for draft in drafts:
        story.records(draft.event, actor=draft.actor, key=draft.key)
    return drafts


def test_the_summary_of_a_silence_says_how_long_it_has_lasted_and_what_is_agreed() -> None:
    (draft,) = on_tick(_live().charter, _live().state, _live().later(days=15).now)
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "No recent evidence: contract, privacy, performance"
    assert draft.event.summary == (
        "The oldest silence has lasted 15 days, since 2026-03-02 09:00 UTC; the charter asks for "
        "evidence every 2w."
    )
    assert draft.event.subjects == ("contract", "privacy", "performance")


def test_the_summary_of_an_old_model_says_its_age_and_what_is_agreed() -> None:
    story = _live(charter(retraining={"maximum_age": "10d"})).later(days=11)
    (draft,) = on_tick(story.charter, story.state, story.now)
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "Model version 1 is older than agreed"
    assert draft.event.summary == (
        "It was trained 11 days ago, on 2026-03-02 09:00 UTC; the charter allows 10d."
    )
    assert draft.event.severity is Severity.WARNING


def test_a_cause_opens_one_incident_with_an_entry_of_its_own() -> None:
    story = Story().adopts().later(hours=1)
    (draft,) = watched(story, alarm())
    assert draft.key == "tick/churn/late_feed/0"
    assert (draft.subject, draft.actor) == ("incident/late_feed", "rule:late_feed")
    assert draft.occurred_at == story.now
    assert watched(story, alarm()) == []


def test_only_new_subjects_or_batches_continue_an_open_incident() -> None:
    story = Story().adopts()
    watched(story, alarm("x1"))
    number = story.incident(CAUSE).entry
    assert watched(story, alarm("x1")) == []
    (draft,) = watched(story.later(hours=1), alarm("x1", "x2"))
    assert isinstance(draft.event, IncidentContinued)
    assert draft.event.subjects == ("x2",)
    assert draft.key == f"tick/churn/late_feed/also/{number}/0/1"
    assert (draft.subject, draft.actor) == (f"incident/{number}", "rule:late_feed")
    assert draft.occurred_at == story.now
    (draft,) = watched(story, alarm("x1", partition="w1"))
    assert draft.key == f"tick/churn/late_feed/also/{number}/0/2"


def test_a_cause_that_is_gone_ends_its_incident_by_rule() -> None:
    story = Story().adopts()
    watched(story, alarm())
    number = story.incident(CAUSE).entry
    (draft,) = watched(story.later(hours=1), None)
    assert draft.event == IncidentResolved(
        incident=number, resolution="by rule: no longer late feed"
    )
    assert draft.key == f"tick/churn/late_feed/resolve/{number}"
    assert (draft.subject, draft.actor) == (f"incident/{number}", "rule:late_feed")
    assert draft.occurred_at == story.now
    assert watched(story, None) == []


def test_a_cause_is_quiet_for_a_day_after_its_end_or_for_the_given_time() -> None:
    story = Story().adopts()
    watched(story, alarm())
    watched(story, None)
    assert watched(story.later(hours=23), alarm()) == []
    (draft,) = watched(story, alarm(), quiet=timedelta(hours=23))
    assert draft.key == "tick/churn/late_feed/1"


def test_an_end_in_the_future_keeps_nothing_quiet() -> None:
    story = Story().adopts().later(days=10)
    watched(story, alarm())
    watched(story, None)
    story.later(days=-9)
    assert len(watched(story, alarm())) == 1


def test_another_cause_is_not_kept_quiet() -> None:
    story = Story().adopts()
    watched(story, alarm())
    watched(story, None)
    other = Cause("early_feed")
    drafts = watch_cause(story.charter, story.state, story.now, other, alarm())
    assert [draft.key for draft in drafts] == ["tick/churn/early_feed/0"]
