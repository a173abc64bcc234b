"""The digests of a delivered table: computed once for each reading, and carried to the lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.errors import SourceChangedError
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds.delivery import DeliveredTable
from aipo_pipelines.resources.lake.content_digest import content_digest, to_arrow
from aipo_pipelines.resources.lake.lake import Lake

COLUMNS = {"day": "date", "n": "integer"}
LINES = "day,n\n2026-01-01,1\n2026-01-02,2\n"
ways = pytest.mark.parametrize(
    ("settings", "partition"),
    [({"batches": {"by": "file"}}, "a"), ({"batches": {"by": "rows", "rows": 2}}, "0001")],
)


def test_a_table_has_the_digest_of_its_content() -> None:
    frame = pd.DataFrame({"n": [1, 2]})
    assert DeliveredTable(frame).parts().digest == content_digest(frame)
    assert DeliveredTable(frame).parts(to_arrow(frame)).digest == content_digest(frame)


def test_the_digests_of_a_table_are_computed_once() -> None:
    delivered = DeliveredTable(pd.DataFrame({"n": [1, 2]}))
    assert delivered.parts() is delivered.parts()


@ways
def test_the_digest_of_the_listing_is_carried_to_the_lake(
    tmp_path: Path, feed_of: Callable[..., Feed], now: datetime, settings: object, partition: str
) -> None:
    (tmp_path / "a.csv").write_text(LINES, "utf-8")
    feed = feed_of("a.csv", COLUMNS, settings=settings)
    (ref,) = feed.list_batches(now).batches
    delivered = feed.deliver(partition, ref.digest)
    # The same object: the digests were not computed again.
    assert feed.deliver(partition).parts() is delivered.parts()
    lake = Lake(str(tmp_path / "lake"))
    snapshot = lake.store("orders", partition, delivered.frame, delivered.parts())
    assert snapshot.digest == ref.digest
    pd.testing.assert_frame_equal(lake.load("orders", partition, ref.digest), delivered.frame)


@ways
def test_a_source_that_changed_is_read_and_digested_again(
    tmp_path: Path, feed_of: Callable[..., Feed], now: datetime, settings: object, partition: str
) -> None:
    (tmp_path / "a.csv").write_text(LINES, "utf-8")
    feed = feed_of("a.csv", COLUMNS, settings=settings)
    (ref,) = feed.list_batches(now).batches
    (tmp_path / "a.csv").write_text(LINES.replace(",2\n", ",30\n"), "utf-8")
    with pytest.raises(SourceChangedError, match="other content than when it was listed"):
        feed.deliver(partition, ref.digest)
    assert feed.deliver(partition).parts().digest != ref.digest
