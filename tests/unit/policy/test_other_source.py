"""Another source of the feed: batches of the former source say nothing about it."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.facts import from_facts, to_facts
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure

CONTRACT, PRIVACY = "data_quality/contract", "data_quality/privacy"
PERFORMANCE = "performance/performance"
INCIDENT = f"check:{PERFORMANCE}"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
PLACE = "charter.sources.crm.location"
POOR = (figure(value=0.5, verdict="fail"),)


def lived(*outcomes: str, **changes: Any) -> Story:
    """Weekly batches from w1 on; `poor` batches fail."""
    story = Story(charter(**{"responses": AT_ONCE, **changes})).adopts()
    story.delivers("w1").runs_all()
    for number, verdict in enumerate(outcomes, start=2):
        comes(story.later(days=7), f"w{number}", verdict)
    return story


def comes(story: Story, name: str, outcome: str, **delivered: Any) -> Story:
    verdict, figures = {
        "good": (PASS, (figure(),)),
        "poor": (FAIL, POOR),
        "without labels": (INSUFFICIENT, ()),
    }[outcome]
    return (
        story.judges(PERFORMANCE, name, verdict, figures=figures)
        .delivers(name, **delivered)
        .runs_all()
    )


def measured(story: Story, since: int) -> set[object]:
    """Batches that were measured after an entry."""
    later = [entry for entry in story.entries[since:] if entry.kind == CheckEvaluated.kind]
    return {draft.body["partition"] for draft in later}


@pytest.mark.parametrize(
    "changed",
    [PLACE, "charter.feed", "charter.sources.crm.table", "charter.sources.crm.query"],
)
def test_what_came_from_the_former_source_is_not_measured_again_and_answers_nothing(
    changed: str,
) -> None:
    story = lived("good", "good")
    assert story.answer().verdict is Performing.YES
    before = len(story.entries)
    story.adopts(None, changed).runs_all().ticks().runs_all()
    assert measured(story, before) == set()
    assert story.answer().verdict is Performing.UNKNOWN
    assert (
        "performance is not known any more: Batch w3, which it was about, came from a source that "
        "is not agreed any more since 2026-03-16. No batch of the agreed source is judged yet."
    ) in sentences(story.answer().reasons)


@pytest.mark.parametrize(
    "changed", ["charter.sources.crm.approval.until", "charter.sources.crm.regions"]
)
def test_what_says_nothing_of_the_place_of_the_data_leaves_its_batches(changed: str) -> None:
    story = lived("good", "good").adopts(None, changed).runs_all()
    assert story.answer().verdict is Performing.YES


@pytest.mark.parametrize("labels", [{"column": "left"}, {"column": "left", "delay": "28d"}])
@pytest.mark.parametrize(
    ("newest_outcome", "expected"), [("good", Performing.YES), ("poor", Performing.NO)]
)
def test_a_batch_of_the_agreed_source_answers_although_those_of_the_former_are_dated_later(
    labels: dict[str, str], newest_outcome: str, expected: Performing
) -> None:
    story = lived("good", "good", labels=labels).adopts(None, PLACE)
    comes(story, "new", newest_outcome, dated=story.now.replace(year=2026, month=3, day=3))
    assert story.answer().verdict is expected
    comes(story, "newer", "good", dated=story.now.replace(month=3, day=4))
    assert story.answer().verdict is Performing.YES
    assert not any(incident.is_open for incident in story.state.incidents.values())


def test_a_batch_without_a_date_hides_none_of_its_own_source_behind_the_former_dates() -> None:
    story = lived("good", "good").adopts(None, PLACE)
    comes(story, "undated", "good")
    comes(story, "new", "poor", dated=story.now.replace(month=3, day=4))
    assert story.answer().verdict is Performing.NO


def test_failures_of_the_former_source_do_not_count_in_a_series() -> None:
    series = [{"check": "performance", "reactions": ["escalate"], "fails": 2, "of": 3}]
    story = lived("good", "poor", responses=series).adopts(None, PLACE)
    comes(story.later(days=7), "w4", "poor")
    assert story.state.incidents == {}
    comes(story.later(days=7), "w5", "poor")
    assert story.incident(INCIDENT).partitions == ("w5",)


def test_an_incident_of_the_former_source_stays_open_until_the_agreed_one_passes() -> None:
    story = lived("good", "poor").adopts(None, PLACE).runs_all()
    assert story.answer().verdict is Performing.NO
    comes(story, "new", "good", dated=story.now.replace(month=3, day=3))
    assert not story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.YES


def test_a_quarantined_batch_of_the_former_source_keeps_no_incident_open() -> None:
    story = lived("good").judges(CONTRACT, "w3", FAIL)
    story.later(days=7).delivers("w3").runs_all()
    assert story.incident(f"check:{CONTRACT}").is_open
    comes(story.adopts(None, PLACE).runs_all().later(days=7), "w4", "good")
    assert not story.incident(f"check:{CONTRACT}").is_open
    assert story.answer().verdict is Performing.YES


def test_personal_data_of_the_former_source_keeps_its_incident_open_until_people_end_it() -> None:
    story = lived("good").judges(PRIVACY, "w3", FAIL)
    story.later(days=7).delivers("w3").runs_all()
    comes(story.adopts(None, PLACE).runs_all().later(days=7), "w4", "good")
    assert story.incident(f"check:{PRIVACY}").is_open


def test_data_that_is_found_unchanged_in_the_agreed_place_counts_once_it_is_measured() -> None:
    story = lived("good", "good").adopts(None, PLACE).runs_all()
    dated = {name: batch.occurred_at for name, batch in story.state.batches.items()}
    story.later(days=1).delivers("w1", "w2", "w3")
    assert story.answer().verdict is Performing.UNKNOWN
    story.runs_all()
    assert story.answer().verdict is Performing.YES
    assert {name: batch.occurred_at for name, batch in story.state.batches.items()} == dated
    assert [batch.versions for batch in story.state.batches.values()] == [
        (f"a w{number}",) for number in (1, 2, 3)
    ]


def test_a_failing_batch_that_only_moved_does_not_pass_on_fewer_records() -> None:
    story = lived("good", "poor").adopts(None, PLACE)
    comes(story, "w3", "poor")
    assert story.answer().verdict is Performing.NO
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(n=200),))
    story.delivers("w3", digest="dropped", rows=200).runs_all()
    assert story.answer().verdict is Performing.NO
    assert story.incident(INCIDENT).is_open


def test_other_records_of_the_same_name_answer_for_the_agreed_source() -> None:
    story = lived("good", "poor").adopts(None, PLACE)
    story.judges(PERFORMANCE, "w3", PASS, figures=(figure(n=200),))
    story.delivers("w3", digest="of the agreed source", rows=200).runs_all()
    assert story.answer().verdict is Performing.YES


def test_what_is_measured_on_a_former_source_while_another_is_adopted_says_nothing() -> None:
    story = lived("good").later(days=7).delivers("w3")
    action = story.next(ActionKind.MEASURE)
    story.starts(action).adopts(None, PLACE)
    for key in (CONTRACT, "data_quality/privacy", PERFORMANCE):
        story.checks(key, "w3", action=f"{action.entry}:{action.attempt}", figures=(figure(),))
    story.finishes(action).runs_all()
    assert story.answer().verdict is Performing.UNKNOWN


def test_an_evaluation_on_records_of_the_former_source_does_not_answer_for_the_agreed_source() -> (
    None
):
    late = {"column": "left", "delay": "28d"}
    story = lived("good", labels=late).trains("2", held_out="w2")
    story.evaluates("2", as_live="pass").runs_all()
    assert story.answer().verdict is Performing.YES
    story.adopts(None, PLACE).runs_all()
    comes(story.later(days=7), "w3", "without labels")
    assert story.answer().verdict is Performing.UNKNOWN


@pytest.mark.parametrize("when", ["before its evaluation", "before its release", "after it"])
@pytest.mark.parametrize("expected", ["a w2", "other records"])
def test_an_evaluation_on_the_former_source_answers_nothing_for_all_arrivals_under_that_name(
    when: str, expected: str
) -> None:
    story = lived("good", labels={"column": "left", "delay": "28d"}).trains("2", held_out="w2")
    if when == "before its evaluation":
        story.adopts(None, PLACE)
    story.evaluates("2", as_live="pass")
    if when == "before its release":
        story.adopts(None, PLACE)
    story.runs_all()
    if when == "after it":
        story.adopts(None, PLACE).runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "2"
    comes(story.later(days=3), "w3", "without labels")
    assert (
        comes(story, "w2", "without labels", digest=expected).answer().verdict is Performing.UNKNOWN
    )
    assert comes(story, "w2", "good", digest="new").answer().verdict is Performing.YES


def test_late_labels_of_a_batch_of_the_former_source_are_not_measured() -> None:
    story = lived("good", "good").adopts(None, PLACE)
    before = len(story.entries)
    story.labels("w3", "late").runs_all()
    assert measured(story, before) == set()


def test_the_facts_of_a_former_source_are_read_as_they_were_written() -> None:
    story = lived("good", "poor").adopts(None, PLACE)
    facts = [(kind, key, value) for (kind, key), value in to_facts(story.state).items()]
    assert from_facts(story.state.product, facts) == story.state
