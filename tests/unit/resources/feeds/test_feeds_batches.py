"""How one table is divided into batches by rows and by time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds.rows_and_windows import divide_by_rows
from aipo_pipelines.resources.feeds.windows import (
    aware,
    is_complete,
    window_end,
    window_key,
    window_starts,
)

Feeds = Callable[..., Feed]
YEARS = (datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - as numpy holds them
COLUMNS = {"day": "date", "n": "integer"}
DAILY = {"batches": {"by": "time", "column": "day", "every": "1d"}}
PAIRS = {"batches": {"by": "rows", "rows": 2}}


def table(*days: str, first: int = 0) -> str:
    return "".join(["day,n\n", *(f"{day},{n}\n" for n, day in enumerate(days, start=first))])


def contents(feed: Feed, now: datetime) -> dict[str, list[str]]:
    batches = feed.list_batches(now).batches
    return {
        each.partition: feed.load(each.partition, each.digest)["n"].tolist() for each in batches
    }


def rule(every: str, starting: date | None = None, grace: str | None = None) -> TimeBatches:
    return TimeBatches.model_validate(
        {"by": "time", "column": "day", "every": every}
        | ({"starting": starting} if starting else {})
        | ({"complete_after": grace} if grace else {})
    )


def test_only_full_chunks_are_batches(tmp_path: Path, feed_of: Feeds, now: datetime) -> None:
    (tmp_path / "a.csv").write_text(table(*["2026-01-01"] * 5))
    feed = feed_of("a.csv", COLUMNS, settings=PAIRS)
    assert contents(feed, now) == {"0001": ["0", "1"], "0002": ["2", "3"]}


def test_a_chunk_may_span_files(tmp_path: Path, feed_of: Feeds, now: datetime) -> None:
    (tmp_path / "a9.csv").write_text(table(*["2026-01-01"] * 3))
    (tmp_path / "a10.csv").write_text(table(*["2026-01-01"] * 2, first=3))
    feed = feed_of("*.csv", COLUMNS, settings=PAIRS)
    assert contents(feed, now) == {"0001": ["0", "1"], "0002": ["2", "3"]}
    assert feed.list_batches(now).batches[1].location == "a9.csv and 1 more"


def test_appended_rows_do_not_change_earlier_chunks(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table(*["2026-01-01"] * 3))
    feed = feed_of("a.csv", COLUMNS, settings=PAIRS)
    before = feed.list_batches(now).batches
    (tmp_path / "a.csv").write_text(table(*["2026-01-01"] * 6))
    after = feed.list_batches(now).batches
    assert after[:1] == before
    assert [each.partition for each in after] == ["0001", "0002", "0003"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 7), max_size=6), st.integers(1, 5))
def test_chunks_cover_the_rows_once_and_in_order(lengths: list[int], size: int) -> None:
    starts = [sum(lengths[:piece]) for piece in range(len(lengths))]
    cuts = divide_by_rows(lengths, size)
    covered = [
        starts[piece] + int(row) for cut in cuts for piece, rows in cut.spans for row in rows
    ]
    assert covered == list(range(sum(lengths) // size * size))
    assert {sum(len(rows) for _, rows in cut.spans) for cut in cuts} <= {size}


def test_one_unreadable_file_holds_back_a_table_that_is_divided(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table(*["2026-01-01"] * 4))
    (tmp_path / "b.csv").write_text("")
    listing = feed_of("*.csv", COLUMNS, settings=PAIRS).list_batches(now)
    assert listing.batches == ()
    assert isinstance(listing.problems[0], SourceUnreadableError)


def test_a_file_still_being_written_holds_back_a_table_that_is_divided(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table(*["2026-01-01"] * 4))
    feed = feed_of("*.csv", COLUMNS, settings=PAIRS, opening={"settle_seconds": 60})
    assert feed.list_batches(now).unsettled == ("a.csv",)


def test_records_are_batched_by_their_time_not_by_their_place(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table("2026-01-02", "2026-01-01", "2026-01-02"))
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    assert contents(feed, now) == {"2026-01-01": ["1"], "2026-01-02": ["0", "2"]}


def test_the_date_of_a_window_is_its_end(tmp_path: Path, feed_of: Feeds, now: datetime) -> None:
    (tmp_path / "a.csv").write_text(table("2026-01-01"))
    (ref,) = feed_of("a.csv", COLUMNS, settings=DAILY).list_batches(now).batches
    assert ref.batch_date == datetime(2026, 1, 2, tzinfo=UTC)


def test_an_unfinished_window_waits(tmp_path: Path, feed_of: Feeds, now: datetime) -> None:
    (tmp_path / "a.csv").write_text(table("2026-03-09", "2026-03-10"))
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    today = feed.fingerprint(now)
    assert list(contents(feed, now)) == ["2026-03-09"]
    assert list(contents(feed, now + timedelta(days=1))) == ["2026-03-09", "2026-03-10"]
    assert feed.fingerprint(now + timedelta(days=1)) != today


def test_records_without_a_readable_time_form_their_own_batch(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table("2026-01-01", "soon", "", "2026-13-01"))
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    assert contents(feed, now) == {"2026-01-01": ["0"], "undated": ["1", "2", "3"]}


def test_a_table_without_its_time_column_is_undated(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text("n\n1\n2\n")
    assert contents(feed_of("a.csv", COLUMNS, settings=DAILY), now) == {"undated": ["1", "2"]}


def test_records_before_the_first_window_are_counted(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table("2025-12-31", "2026-01-01", "2025-12-30"))
    starting = {"batches": DAILY["batches"] | {"starting": date(2026, 1, 1)}}
    listing = feed_of("a.csv", COLUMNS, settings=starting).list_batches(now)
    assert [each.partition for each in listing.batches] == ["2026-01-01"]
    assert listing.before_first == 2


def test_a_new_column_is_missing_only_in_earlier_rows(tmp_path: Path, feed_of: Feeds) -> None:
    (tmp_path / "a.csv").write_text(table("2026-01-01", "2026-01-02"))
    (tmp_path / "b.csv").write_text("day,n,extra\n2026-01-02,2,x\n")
    feed = feed_of("*.csv", COLUMNS, settings=DAILY)
    assert list(feed.load("2026-01-01").columns) == ["day", "n"]
    assert feed.load("2026-01-02")["extra"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("every", "starting", "moment", "key", "end"),
    [
        ("1d", None, "2026-03-10T23:59", "2026-03-10", "2026-03-11"),
        ("1w", None, "2026-03-10", "2026-03-09", "2026-03-16"),
        ("28d", date(2010, 2, 5), "2010-03-05", "2010-03-05", "2010-04-02"),
        ("28d", date(2010, 2, 5), "2010-03-04", "2010-02-05", "2010-03-05"),
        ("6h", None, "2026-03-10T13:00", "2026-03-10T120000", "2026-03-10T18:00"),
        ("1d", None, "1969-07-20T20:17", "1969-07-20", "1969-07-21"),
        ("month", None, "2024-02-29", "2024-02-01", "2024-03-01"),
        ("month", date(2026, 1, 15), "2026-02-14", "2026-01-15", "2026-02-15"),
        ("month", date(2026, 1, 31), "2026-02-27", "2026-01-31", "2026-02-28"),
        ("month", date(2026, 1, 31), "2026-02-28", "2026-02-28", "2026-03-31"),
    ],
)
def test_windows_begin_and_end_as_the_charter_demands(
    every: str, starting: date | None, moment: str, key: str, end: str
) -> None:
    given_rule = rule(every, starting)
    start = aware(window_starts(np.array([moment], dtype="datetime64[us]"), given_rule)[0])
    assert window_key(start, given_rule) == key
    assert window_end(start, given_rule) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.datetimes(*YEARS), min_size=1, max_size=20),
    st.sampled_from(["1d", "1w", "5d", "6h", "month"]),
    st.sampled_from([None, date(2000, 2, 29), date(2001, 1, 31)]),
)
def test_every_record_is_in_its_window(
    moments: Sequence[datetime], every: str, starting: date | None
) -> None:
    given_rule = rule(every, starting)
    times = np.array(moments, dtype="datetime64[us]")
    for moment, begin in zip(times, window_starts(times, given_rule), strict=True):
        if np.isnat(begin):
            assert starting is not None
            assert aware(moment).date() < starting
        else:
            start = aware(begin)
            assert start <= aware(moment) < window_end(start, given_rule)


END = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("grace", "newest", "now", "complete"),
    [
        (None, None, END - timedelta(seconds=1), False),
        (None, None, END, True),
        ("2d", END - timedelta(hours=1), END + timedelta(days=1), False),
        ("2d", END, END + timedelta(days=1), True),
        ("2d", None, END + timedelta(days=2), True),
    ],
    ids=["running", "over", "grace", "later record", "grace over"],
)
def test_a_window_is_complete_when_no_more_records_are_expected(
    grace: str | None, newest: datetime | None, now: datetime, complete: bool
) -> None:
    assert is_complete(END, rule("1d", grace=grace), newest, now) is complete


def test_a_date_in_the_future_completes_no_window(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table("2026-03-10", "2999-01-01"))
    assert contents(feed_of("a.csv", COLUMNS, settings=DAILY), now) == {}


def test_the_same_records_give_the_same_digest_in_a_new_process(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table("2026-01-01", "2026-01-02"))
    first = feed_of("a.csv", COLUMNS, settings=DAILY).list_batches(now)
    (tmp_path / "b.csv").write_text(table("2026-01-03"))
    second = feed_of("*.csv", COLUMNS, settings=DAILY).list_batches(now)
    assert [each.digest for each in second.batches[:2]] == [each.digest for each in first.batches]


def test_pieces_with_other_headers_are_one_table_if_columns_count_by_position(
    tmp_path: Path, feed_of: Feeds
) -> None:
    (tmp_path / "a.csv").write_text("Tag,N\n2026-01-01,0\n")
    (tmp_path / "b.csv").write_text("jour,nombre\n2026-01-01,1\n")
    feed = feed_of("*.csv", COLUMNS, settings=DAILY, layout=FileLayout(header="position"))
    frame = feed.load("2026-01-01")
    assert list(frame.columns) == ["Tag", "N"]
    assert frame["N"].tolist() == ["0", "1"]
