from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
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
