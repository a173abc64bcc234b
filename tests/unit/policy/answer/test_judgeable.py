"""The answer names the agreements that the batches so far can never fulfil."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.policy.answer.judgeable import never_judged
from aipo_pipelines.policy.wording.sentences import sentences
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


def notes(story: Story) -> list[str]:
    return list(sentences(never_judged(story.charter, story.state)))


def modest(**changes: object) -> Charter:
    """A charter that needs few records everywhere."""
    small = {"minimum_sample": 30}
    members = {
        "thresholds": [threshold(minimum_sample=100)],
        "drift": small,
        "concept_drift": small,
        "release": small,
    }
    return charter(**{**members, **changes})


def test_nothing_is_said_about_batches_that_can_be_judged() -> None:
    assert notes(Story(modest()).adopts()) == []
    assert notes(arrives(Story(modest()).adopts(), "w1")) == []


def test_samples_that_no_batch_so_far_could_give_are_named_with_their_minimum() -> None:
    story = arrives(arrives(Story(modest()).adopts(), "w1", 80), "w2", 25)
    sentence, release = notes(story)
    assert sentence.startswith("No batch so far had more than 80 records, so these can never be ")
    assert "accuracy (needs 100). Lower" in sentence
    assert sentence in sentences(story.answer().caveats)
    assert release.startswith("Of 105 records so far 31 can be held out, too few")
    assert "accuracy (needs 100). Models" in release


def test_a_release_is_judged_on_the_end_of_several_batches() -> None:
    agreed = modest(thresholds=[threshold(minimum_sample=30)])
    story = arrives(Story(agreed).adopts(), "w1", 90)
    assert "accuracy (needs 30), the comparison (needs 30)" in notes(story)[0]
    assert notes(arrives(story, "w2", 40)) == []


def test_one_batch_large_enough_is_enough() -> None:
    small = arrives(Story(modest()).adopts(), "w1", 80)
    assert notes(arrives(small, "w2", 400)) == []


def test_groups_that_are_compared_need_their_sample_twice() -> None:
    gap = threshold(
        "selection_rate_ratio", 0.8, attribute="x2", minimum_sample=100, applies_to=["live"]
    )
    agreed = modest(protected=["x2"], thresholds=[gap])
    (sentence,) = notes(arrives(Story(agreed).adopts(), "w1", 150))
    assert "selection_rate_ratio (needs 100 in each of two groups)" in sentence
    assert notes(arrives(Story(agreed).adopts(), "w1", 200)) == []


def test_labels_of_batches_without_a_date_are_never_due() -> None:
    agreed = modest(labels={"column": "left", "delay": timedelta(days=30)})
    story = arrives(arrives(Story(agreed).adopts(), "w1"), "orders", dated=None)
    (sentence,) = [sentence for sentence in notes(story) if "never due" in sentence]
    assert sentence.startswith("Labels of orders are never due: the charter counts `labels.delay`")
    assert notes(arrives(Story(modest()).adopts(), "orders", dated=None)) == []


def test_batches_that_are_always_too_old_on_arrival_make_a_yes_impossible() -> None:
    story = Story(modest()).adopts()
    for week in range(3):
        assert notes(story) == []
        arrives(story.later(days=7), f"w{week}", dated=story.now - timedelta(days=20))
    (sentence,) = notes(story)
    assert "The last 3 batches were at least 20 days old when they arrived" in sentence
    assert "evidence counts for 14 days: the answer can never be YES" in sentence


def test_a_past_that_is_delivered_at_once_says_nothing_about_how_late_batches_come() -> None:
    story = Story(modest()).adopts()
    for week in range(5):
        arrives(story, f"w{week}", dated=datetime(2025, 1, 1 + 7 * week % 28, tzinfo=UTC))
    assert notes(story) == []


def test_a_date_far_beyond_the_arrival_is_named_and_dates_nothing() -> None:
    story = arrives(Story(modest()).adopts(), "w45", dated=START.replace(year=2062))
    (sentence,) = [sentence for sentence in notes(story) if "w45" in sentence]
    assert sentence == (
        "The date of batch w45, 2062-03-02, is far after its arrival and is not used: the "
        "batch is before every dated batch that arrives after it. Correct the date and deliver "
        "the batch again."
    )
    story.later(days=20).checks("performance/performance", "w45", Verdict.PASS)
    assert story.state.checks["performance/performance"].evidence_at == START
