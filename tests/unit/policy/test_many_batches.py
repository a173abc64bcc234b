"""Rules about batches hold for any number of batches, also if the state has forgotten some."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.model.state import RECENT, BatchStatus
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.facts.change_point import change_point
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter

CONTRACT, PRIVACY = "data_quality/contract", "data_quality/privacy"
PERFORMANCE, DRIFT = "performance/performance", "drift/data_drift"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def _names(count: int) -> list[str]:
    return [f"d{number:04}" for number in range(count)]


def _delivered(count: int, agreed: Any = None, **members: Any) -> Story:
    story = Story(agreed).adopts()
    for day, name in enumerate(_names(count)):
        story.delivers(name, dated=FIRST + timedelta(days=day), **members)
    return story


def _responds(check: str, *reactions: str, **members: Any) -> Any:
    return charter(responses=[{"check": check, "reactions": [*reactions], **members}])


@pytest.mark.parametrize("count", [1, RECENT, RECENT + 1, 100])
def test_an_incident_of_the_contract_ends_when_every_batch_passes_for_any_number_of_failures(
    count: int,
) -> None:
    story, names = _delivered(count), _names(count)
    for name in names:
        story.checks(PRIVACY, name, PASS).checks(CONTRACT, name, FAIL)
    assert story.incident(f"check:{CONTRACT}").partitions == (*names,)
    for name in names:
        assert story.incident(f"check:{CONTRACT}").is_open
        story.checks(PRIVACY, name, PASS).checks(CONTRACT, name, PASS)
    assert not story.incident(f"check:{CONTRACT}").is_open
    assert {batch.status for batch in story.state.batches.values()} == {BatchStatus.APPROVED}


@given(count=st.integers(1, 3 * RECENT), data=st.data())
@settings(max_examples=10, deadline=None)
def test_an_incident_of_the_contract_ends_with_the_last_of_its_batches_in_any_order(
    count: int, data: st.DataObject
) -> None:
    story, names = _delivered(count), _names(count)
    for name in data.draw(st.permutations(names)):
        story.checks(CONTRACT, name, FAIL)
    again = data.draw(st.permutations(names))
    for name in again[:-1]:
        story.checks(CONTRACT, name, PASS)
    assert story.incident(f"check:{CONTRACT}").is_open
    story.checks(CONTRACT, again[-1], INSUFFICIENT)
    assert story.incident(f"check:{CONTRACT}").is_open
    story.checks(CONTRACT, again[-1], PASS)
    assert not story.incident(f"check:{CONTRACT}").is_open


def test_a_batch_that_fails_again_keeps_the_incident_open_behind_any_number_of_others() -> None:
    story, names = _delivered(50), _names(50)
    for name in names:
        story.checks(CONTRACT, name, FAIL)
    story.checks(CONTRACT, names[0], PASS).checks(CONTRACT, names[0], FAIL)
    for name in names[1:]:
        story.checks(CONTRACT, name, PASS)
    assert story.incident(f"check:{CONTRACT}").is_open
    assert not story.checks(CONTRACT, names[0], PASS).incident(f"check:{CONTRACT}").is_open


def test_copies_of_one_batch_that_all_pass_again_end_the_incident() -> None:
    story = _delivered(3, digest="the same")
    for name in _names(3):
        story.checks(CONTRACT, name, FAIL)
    for name in _names(3):
        story.checks(CONTRACT, name, PASS)
    assert not story.incident(f"check:{CONTRACT}").is_open


@pytest.mark.parametrize("count", [2, 2 * RECENT])
def test_a_copy_says_nothing_about_a_batch_that_failed_after_any_number_of_batches(
    count: int,
) -> None:
    story, names = _delivered(count), _names(count)
    for name in names:
        story.checks(CONTRACT, name, FAIL)
    story.delivers(names[0], digest=f"a {names[1]}", dated=FIRST)
    for name in (names[0], *names[1:]):
        story.checks(CONTRACT, name, PASS)
    assert story.incident(f"check:{CONTRACT}").is_open
    story.delivers(names[0], digest="corrected", dated=FIRST).checks(CONTRACT, names[0], PASS)
    assert not story.incident(f"check:{CONTRACT}").is_open


def test_a_contract_whose_rules_only_warn_now_leaves_a_warning_and_no_critical_incident() -> None:
    story, names = _delivered(40), _names(40)
    for name in names:
        story.checks(PRIVACY, name, PASS).checks(CONTRACT, name, FAIL)
    for name in names:
        assert story.answer().verdict is Performing.NO
        story.checks(PRIVACY, name, PASS)
        story.checks(CONTRACT, name, FAIL, severity=Severity.WARNING)
    critical = story.incident(f"check:{CONTRACT}")
    assert (critical.severity, critical.is_open) == (Severity.CRITICAL, False)
    assert "only warns" in critical.resolution
    assert story.kinds().count(IncidentOpened.kind) == 1


def test_if_warnings_are_escalated_the_lesser_incident_replaces_it() -> None:
    story = _delivered(1, _responds("contract", "quarantine", "escalate"))
    story.checks(CONTRACT, "d0000", FAIL)
    story.checks(CONTRACT, "d0000", FAIL, severity=Severity.WARNING)
    first, second = story.state.incidents.values()
    assert (first.severity, first.is_open) == (Severity.CRITICAL, False)
    assert (second.severity, second.is_open) == (Severity.WARNING, True)


@pytest.mark.parametrize("waiting", [1, RECENT, 100])
def test_labels_count_while_any_number_of_later_batches_wait_for_theirs(waiting: int) -> None:
    story = _delivered(2 + waiting, _responds("performance", "escalate", fails=2, of=3))
    first, second, *later = _names(2 + waiting)
    for name in (first, second, *later):
        story.checks(PERFORMANCE, name, INSUFFICIENT)
    story.checks(PERFORMANCE, first, FAIL)
    assert story.state.incidents == {}
    story.checks(PERFORMANCE, second, FAIL)
    assert story.incident(f"check:{PERFORMANCE}").is_open


def test_a_series_of_as_many_batches_as_may_be_agreed_is_not_cut_by_copies() -> None:
    agreed = _responds("data_drift", "escalate", fails=RECENT, of=RECENT)
    story = Story(agreed).adopts()
    names = _names(2 * RECENT)
    for day, name in enumerate(names):
        content = f"a {day // 2}"
        story.delivers(name, dated=FIRST + timedelta(days=day), digest=content)
        story.checks(DRIFT, name, FAIL)
    assert story.incident(f"check:{DRIFT}").partitions == (*names[-2:],)


@pytest.mark.parametrize("failing", [1, RECENT, RECENT + 1, 100])
def test_a_change_began_with_the_first_failing_batch_at_any_time_before(failing: int) -> None:
    story = _delivered(2 + failing)
    before, begin, *later = _names(2 + failing)
    story.checks(DRIFT, before, PASS)
    for name in (begin, *later):
        story.checks(DRIFT, name, FAIL)
    assert change_point(story.state) == begin


@given(verdicts=st.lists(st.sampled_from([PASS, FAIL, INSUFFICIENT]), max_size=4 * RECENT))
@settings(max_examples=15, deadline=None)
def test_what_is_remembered_of_a_check_is_bounded_and_holds_the_last_that_count(
    verdicts: list[Any],
) -> None:
    story = _delivered(len(verdicts))
    for name, verdict in zip(_names(len(verdicts)), verdicts, strict=True):
        story.checks(DRIFT, name, verdict)
    check = story.state.checks.get(DRIFT)
    recent = [
        verdict
        for verdict in (check.recent if check else ())
        if verdict.verdict is not INSUFFICIENT
    ]
    counted = [
        name
        for name, verdict in zip(_names(len(verdicts)), verdicts, strict=True)
        if verdict is not INSUFFICIENT
    ]
    assert [batch.partition for batch in recent][-RECENT:] == counted[-RECENT:]
    assert len(check.recent if check else ()) <= 2 * RECENT + 1
