"""The answer names records before the first window."""

from __future__ import annotations

from datetime import date

import pytest

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import Story, charter

WEEKS = {"by": "time", "column": "day", "every": "1w", "starting": date(2026, 3, 2)}


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, ["No batch contains 1 record of the feed from before 2026-03-02"]),
        (1200, ["No batch contains 1,200 records of the feed from before 2026-03-02"]),
        (0, []),
        (None, []),
    ],
)
def test_records_that_are_in_no_batch_are_counted_in_the_answer(
    count: int | None, expected: list[str]
) -> None:
    story = Story(charter(batches=WEEKS, time_column="day")).adopts()
    arrived = BatchArrived(
        partition="2026-03-02",
        digest="a",
        labels_digest="",
        location="all.csv",
        rows=500,
        batch_date=story.now,
        before_first=count,
    )
    caveats = sentences(story.records(arrived).answer().caveats)
    beginnings = [
        caveat.split(", when")[0] for caveat in caveats if "of the feed from before" in caveat
    ]
    assert beginnings == expected
