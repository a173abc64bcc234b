"""A batch that its feed withdrew is shown as that, and nowhere as evidence."""

from __future__ import annotations

from pathlib import Path

from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.reports.narrative import narrate
from tests.unit.policy.withdrawing import WITHDRAWAL, withdraws
from tests.unit.reports.telling import lively, pages, report_of

CHECK = "performance/performance"


def test_a_page_says_which_batch_was_withdrawn_when_why_and_what_it_failed(tmp_path: Path) -> None:
    story = withdraws(lively(weeks=4), "w4")
    page = "".join(pages(report_of(tmp_path, story)).values())
    assert "4 batches, w1 to w4: 3 approved, 1 withdrawn." in page
    when = f"{story.now:%Y-%m-%d}"
    failed = "data_drift, performance, fairness"
    assert (
        f"Batch w4, which failed {failed}, was withdrawn by its feed on {when}: {WITHDRAWAL}."
        in page
    )


def test_what_was_measured_on_it_is_in_no_table_and_no_curve(tmp_path: Path) -> None:
    history = report_of(tmp_path, withdraws(lively(weeks=4), "w4")).history
    assert [evaluation.partition for evaluation in history.of(CHECK)] == ["w1", "w2", "w3"]


def test_the_story_mentions_it() -> None:
    story = withdraws(lively(weeks=2), "w2")
    news = [entry for entry in story.entries if entry.kind == BatchWithdrawn.kind]
    assert narrate(story.charter, news) == (f"Batch w2 is withdrawn by its feed: {WITHDRAWAL}.",)
