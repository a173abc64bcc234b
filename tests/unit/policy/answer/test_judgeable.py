"""What can never be judged with the batches seen so far is said in the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.policy.answer.judgeable import never_judged
from tests.unit.policy.story import START, Story, charter, threshold


def arrives(story: Story, name: str, rows: int = 500, dated: datetime | None = START) -> Story:
    return story.records(
        BatchArrived(
            partition=name,
            digest=f"a {name}",
            labels_digest="",
            location=f"{name}.csv",
            rows=rows,
            batch_date=dated,
        )
    )


def said(story: Story) -> list[str]:
    return list(never_judged(story.charter, story.state))


def modest(**changes: object) -> Charter:
    """A charter that asks for few records everywhere."""
    small = {"minimum_sample": 30}
    members = {
        "thresholds": [threshold(minimum_sample=100)],
        "drift": small,
        "concept_drift": small,
        "release": small,
    }
    return charter(**{**members, **changes})


def test_nothing_is_said_about_batches_that_can_be_judged() -> None:
    assert said(Story(modest()).adopts()) == []
    assert said(arrives(Story(modest()).adopts(), "w1")) == []


def test_samples_that_no_batch_so_far_could_give_are_named_with_what_they_ask_for() -> None:
    story = arrives(arrives(Story(modest()).adopts(), "w1", 80), "w2", 25)
    sentence, release = said(story)
    assert sentence.startswith("No batch so far had more than 80 records, so these can never be ")
    assert "accuracy (asks for 100). Lower" in sentence
    assert sentence in story.answer().caveats
    assert release.startswith("Of 105 records so far 31 can be held out, too few")
    assert "accuracy (asks for 100). Models" in release


def test_a_release_is_judged_on_the_end_of_several_batches() -> None:
    agreed = modest(thresholds=[threshold(minimum_sample=30)])
    story = arrives(Story(agreed).adopts(), "w1", 90)
    assert "accuracy (asks for 30), the comparison (asks for 30)" in said(story)[0]
    assert said(arrives(story, "w2", 40)) == []


def test_one_batch_large_enough_is_enough() -> None:
    small = arrives(Story(modest()).adopts(), "w1", 80)
    assert said(arrives(small, "w2", 400)) == []


def test_groups_that_are_compared_need_their_sample_twice() -> None:
    gap = threshold(
        "selection_rate_ratio", 0.8, attribute="x2", minimum_sample=100, applies_to=["live"]
    )
    agreed = modest(protected=["x2"], thresholds=[gap])
    (sentence,) = said(arrives(Story(agreed).adopts(), "w1", 150))
    assert "selection_rate_ratio (asks for 100 in each of two groups)" in sentence
    assert said(arrives(Story(agreed).adopts(), "w1", 200)) == []


def test_labels_of_batches_without_a_date_are_never_due() -> None:
    agreed = modest(labels={"column": "left", "delay": timedelta(days=30)})
    story = arrives(arrives(Story(agreed).adopts(), "w1"), "orders", dated=None)
    (sentence,) = [one for one in said(story) if "never due" in one]
    assert sentence.startswith("Labels of orders are never due: the charter counts `labels.delay`")
    assert said(arrives(Story(modest()).adopts(), "orders", dated=None)) == []


def test_batches_that_are_too_old_whenever_they_arrive_make_a_yes_impossible() -> None:
    story = Story(modest()).adopts()
    for week in range(3):
        assert said(story) == []
        arrives(story.later(days=7), f"w{week}", dated=story.now - timedelta(days=20))
    (sentence,) = said(story)
    assert "The last 3 batches were at least 20 days old when they arrived" in sentence
    assert "evidence counts for 14 days: the answer can never be YES" in sentence


def test_a_past_that_is_delivered_at_once_says_nothing_about_how_late_batches_come() -> None:
    story = Story(modest()).adopts()
    for week in range(5):
        arrives(story, f"w{week}", dated=datetime(2025, 1, 1 + 7 * week % 28, tzinfo=UTC))
    assert said(story) == []


def test_a_date_far_beyond_the_arrival_is_named_and_dates_nothing() -> None:
    story = arrives(Story(modest()).adopts(), "w45", dated=START.replace(year=2062))
    (sentence,) = [one for one in said(story) if "w45" in one]
    assert sentence == (
        "The date of batch w45, 2062-03-02, lies far beyond its arrival and dates nothing: the "
        "batch stands before every dated one that arrives after it. Correct the date and deliver "
        "it again."
    )
    story.later(days=20).checks("performance/performance", "w45", Verdict.PASS)
    assert story.state.checks["performance/performance"].evidence_at == START
