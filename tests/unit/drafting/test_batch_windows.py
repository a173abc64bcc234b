"""Records fall into deliveries, windows of time or rows, and the draft says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.sources import (
    FileBatches,
    FolderBatches,
    RowBatches,
    SourceFormat,
    TimeBatches,
)
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.drafting.batch_windows import Cut, FirstBatches, batch_of_rows, cut_records
from aipo_pipelines.drafting.draft import Wishes, draft_product
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.drafting.table import Part, Table
from tests.samples import STANDARDS
from tests.unit.drafting.tables import (
    NO_ROLES,
    ROWS,
    WEEKS,
    WHOLE,
    days,
    numbers,
    profiled,
    table_of,
)

TIMED = replace(NO_ROLES, time="day")


def cut(table: Table, needed: int = 10, roles: Any = NO_ROLES, agreed: Any = None) -> Cut:
    return cut_records(profiled(table), roles, table, needed, agreed)


def files(*names: str, sizes: tuple[int, ...] = ()) -> Table:
    """A table of files with ten records each, or as many as `sizes` says."""
    counts = sizes or (10,) * len(names)
    parts = tuple(
        Part(name=name, rows=count, looked_at=count)
        for name, count in zip(names, counts, strict=True)
    )
    return table_of(x=numbers(sum(counts)), parts=parts)


def length_of(cut: Cut) -> timedelta:
    """The length of the windows of time."""
    assert isinstance(cut.rule, TimeBatches)
    assert isinstance(cut.rule.every, timedelta)
    return cut.rule.every


def every_day(count: int, per_day: int = 1, rows: int | None = None) -> Table:
    return table_of(day=np.repeat(days(count), per_day), x=numbers(count * per_day), rows=rows)


def test_a_file_without_time_and_with_few_records_is_one_batch() -> None:
    assert cut(table_of(x=numbers(40))) == Cut(
        rule=FileBatches(by="file"),
        rows=40,
        fewest=40,
        batches=1,
        reason="the file is one delivery; nothing in it says that it should be cut into parts",
        is_ordered=False,
    )


@pytest.mark.parametrize(("rows", "by"), [(4_999, "file"), (5_000, "rows")])
def test_a_file_without_time_is_a_stream_from_five_thousand_records(rows: int, by: str) -> None:
    assert cut(table_of(x=numbers(40), rows=rows)).rule.by == by


@pytest.mark.parametrize(
    ("rows", "needed", "expected"),
    [
        (6_000, 10, 1_000),
        (6_000, 1_287, 1_300),
        (6_000, 1_300, 1_300),
        (60_001, 10, 3_100),
        (1_000_000, 10, 50_000),
    ],
)
def test_rows_of_a_stream_are_cut_into_round_numbers(rows: int, needed: int, expected: int) -> None:
    stream = cut(table_of(x=numbers(40), rows=rows), needed)
    assert stream.rule == RowBatches(by="rows", rows=expected)
    assert (stream.rows, stream.fewest) == (expected, expected)
    assert (stream.batches, stream.is_ordered) == (rows // expected, True)
    assert stream.reason.startswith("no column of dates and no key, so the order of the file")


def test_a_list_of_things_with_a_key_has_no_order_and_is_one_batch() -> None:
    shuffled = np.random.default_rng(1).permutation(40)
    keyed = replace(NO_ROLES, identifiers=("id",))
    assert cut(table_of(id=shuffled, rows=6_000), roles=keyed).rule.by == "file"
    assert cut(table_of(id=range(40), rows=6_000), roles=keyed).rule.by == "rows"


def test_the_shortest_window_with_enough_records_is_chosen() -> None:
    table = every_day(280)
    weeks = cut(table, 7, TIMED)
    assert weeks.rule == TimeBatches(
        by="time", column="day", every=timedelta(weeks=1), starting=date(2026, 1, 5)
    )
    assert (weeks.rows, weeks.fewest, weeks.batches, weeks.is_ordered) == (7, 7, 40, True)
    assert length_of(cut(table, 8, TIMED)) == timedelta(weeks=4)
    assert length_of(cut(table, 29, TIMED)) == timedelta(weeks=13)


def test_at_least_three_windows_are_left_even_if_they_are_smaller_than_needed() -> None:
    assert length_of(cut(every_day(21), 1_000, TIMED)) == timedelta(weeks=1)
    assert length_of(cut(every_day(57), 1_000, TIMED)) == timedelta(weeks=4)


def test_a_time_of_fewer_than_three_weeks_makes_no_windows() -> None:
    assert cut(every_day(14), 1, TIMED).rule.by == "file"
    assert cut(every_day(15), 1, TIMED).rule.by == "time"
    assert cut(every_day(14, rows=9_000), 1, TIMED).rule.by == "file"


def test_windows_without_records_do_not_count() -> None:
    gaps = table_of(day=[*days(7), *days(70)[63:], *days(140)[133:]], x=numbers(21))
    assert (cut(gaps, 1, TIMED).batches, cut(gaps, 1, TIMED).rows) == (3, 7)


def test_the_records_of_a_window_are_counted_up_from_the_sample() -> None:
    weeks = cut(every_day(28, rows=2_800), 700, TIMED)
    assert (weeks.rows, weeks.batches) == (700, 4)
    assert weeks.reason == (
        "4 windows of 7 days by day, usually of about 700 records, the smallest of 700; records "
        "are cut by their time, in any order of the file"
    )


def test_the_smallest_window_is_reported_beside_the_usual_window() -> None:
    weeks = cut(every_day(30), 1, TIMED)
    assert (weeks.rows, weeks.fewest, weeks.batches) == (7, 2, 5)


def test_each_file_of_a_feed_is_a_batch() -> None:
    feed = cut(files("a.csv", "b.csv", "c.csv", sizes=(10, 30, 20)))
    assert feed.rule == FileBatches(by="file")
    assert (feed.rows, feed.fewest, feed.batches) == (20, 10, 3)
    assert feed.reason == "3 files, each a delivery of about 20 records"


def test_each_folder_of_a_feed_is_a_batch_unless_a_file_has_no_folder() -> None:
    feed = cut(files("1/a.csv", "1/b.csv", "2/a.csv"))
    assert feed.rule == FolderBatches(by="folder")
    assert (feed.rows, feed.fewest, feed.batches) == (15, 10, 2)
    assert feed.reason == "2 folders, each a delivery of about 15 records"
    assert cut(files("1/a.csv", "1/b.csv", "a.csv")).rule == FileBatches(by="file")


def test_files_come_before_a_time_in_the_records() -> None:
    parts = (Part(name="a.csv", rows=20, looked_at=20), Part(name="b.csv", rows=20, looked_at=20))
    table = table_of(day=days(40), x=numbers(40), parts=parts)
    feed = cut(table, roles=TIMED)
    assert (feed.rule.by, feed.is_ordered) == ("file", True)


@pytest.mark.parametrize(
    ("names", "is_ordered"),
    [
        (("in_2026-01.csv", "in_2026-02.csv"), True),
        (("in_2026-01.csv", "in_other.csv"), False),
        (("part9.csv", "part10.csv"), True),
        (("part10.csv", "part9.csv"), False),
        (("part1.csv", "part1.csv"), False),
        (("north1.csv", "south2.csv"), False),
        (("north.csv", "south.csv"), False),
        (("v1/a.csv", "v2/a.csv"), True),
        (("v2/a.csv", "v10/a.csv"), True),
    ],
)
def test_deliveries_are_in_order_if_their_names_have_dates_or_rising_numbers(
    names: tuple[str, ...], *, is_ordered: bool
) -> None:
    assert cut(files(*names)).is_ordered is is_ordered


def test_deliveries_are_in_order_if_a_column_grows_with_them() -> None:
    assert cut(files("north.csv", "south.csv"), roles=replace(NO_ROLES, rising=("x",))).is_ordered


def test_the_rows_of_an_earlier_draft_are_kept() -> None:
    again = cut(every_day(280), 8, TIMED, RowBatches(by="rows", rows=50))
    assert again == Cut(
        rule=RowBatches(by="rows", rows=50),
        rows=50,
        fewest=50,
        batches=5,
        reason="so many records each, in the order of the file",
        is_ordered=True,
    )


def test_the_windows_of_an_earlier_draft_are_kept_with_their_first_day() -> None:
    rule = TimeBatches(by="time", column="day", every=timedelta(days=10), starting=date(2026, 1, 1))
    again = cut(every_day(30), 1_000, TIMED, rule)
    assert again.rule == rule
    assert (again.rows, again.fewest, again.batches) == (8, 4, 4)


def test_the_windows_of_an_earlier_draft_are_counted_up_from_the_sample() -> None:
    weeks = cut(every_day(28, rows=2_800), 1, TIMED, WEEKS.rule)
    assert (weeks.rows, weeks.fewest, weeks.batches) == (700, 700, 4)


def test_months_of_an_earlier_draft_follow_the_calendar() -> None:
    again = cut(every_day(60), 1, TIMED, TimeBatches(by="time", column="day", every="month"))
    assert (again.rows, again.fewest, again.batches) == (27, 5, 3)
    assert again.reason.startswith("3 windows of a month by day, usually of about 27 records")


@pytest.mark.parametrize(
    "agreed",
    [
        FileBatches(by="file"),
        FolderBatches(by="folder"),
        TimeBatches(by="time", column="gone", every=timedelta(days=10)),
        TimeBatches(by="time", column="x", every=timedelta(days=10)),
    ],
)
def test_a_rule_of_an_earlier_draft_that_does_not_fit_the_data_is_chosen_again(
    agreed: FileBatches | FolderBatches | TimeBatches,
) -> None:
    assert cut(every_day(28), 7, TIMED, agreed).rule == WEEKS.rule


def test_rows_of_an_earlier_draft_may_be_more_than_the_source_has() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=200).round(3)
    table = table_of(x=x, churned=np.where(x + rng.normal(size=200) > 0, "yes", "no"))
    wishes = Wishes(label="churned", batches=RowBatches(by="rows", rows=1_000))
    place = Place(location="data.csv", format=SourceFormat.CSV)
    standards = Standards.model_validate(STANDARDS)
    draft = draft_product("sample", place, table, wishes, standards)
    assert "batches: {by: rows, rows: 1000}" in draft.charter


def in_batches(cut: Cut, table: Table) -> list[Any]:
    frame = pd.DataFrame({profile.name: profile.cells for profile in profiled(table)})
    batches = batch_of_rows(cut, frame, table)
    assert batches is not None
    assert list(batches.index) == list(frame.index)
    return list(batches)


def test_each_record_is_in_the_window_of_its_first_day() -> None:
    first = table_of(day=["2026-01-11", "2026-01-05", "2026-01-12"], x=[1, 2, 3])
    assert in_batches(WEEKS, first) == ["2026-01-05", "2026-01-05", "2026-01-12"]


def test_a_record_before_the_first_window_is_in_a_window_before_it() -> None:
    assert in_batches(WEEKS, table_of(day=["2026-01-04", "2026-01-05"])) == [
        "2025-12-29",
        "2026-01-05",
    ]


def test_windows_without_a_first_day_begin_with_the_oldest_record() -> None:
    rule = TimeBatches(by="time", column="day", every=timedelta(days=2))
    table = table_of(day=["2026-01-08", "2026-01-07", "2026-01-09"])
    assert in_batches(replace(WEEKS, rule=rule), table) == [
        "2026-01-07",
        "2026-01-07",
        "2026-01-09",
    ]


def test_months_have_the_first_day_of_the_calendar() -> None:
    rule = TimeBatches(by="time", column="day", every="month")
    table = table_of(day=["2026-02-28", "2026-03-01", "2026-02-01"])
    assert in_batches(replace(WEEKS, rule=rule), table) == [
        "2026-02-01",
        "2026-03-01",
        "2026-02-01",
    ]


@pytest.mark.parametrize("every", [timedelta(days=7), "month"])
def test_a_record_without_a_time_is_in_no_window(every: Any) -> None:
    rule = TimeBatches(by="time", column="day", every=every, starting=date(2026, 1, 5))
    table = table_of(day=["2026-01-05", ""], x=[1, 2])
    assert pd.isna(in_batches(replace(WEEKS, rule=rule), table)).tolist() == [False, True]


def test_each_record_of_several_files_is_in_its_file_or_folder() -> None:
    table = files("1/a.csv", "1/b.csv", "2/a.csv", sizes=(1, 2, 1))
    assert in_batches(WHOLE, table) == ["1/a.csv", "1/b.csv", "1/b.csv", "2/a.csv"]
    folders = replace(WHOLE, rule=FolderBatches(by="folder"))
    assert in_batches(folders, table) == ["1", "1", "1", "2"]


def test_rows_are_counted_by_their_place_in_the_source() -> None:
    assert in_batches(replace(ROWS, rule=RowBatches(by="rows", rows=2)), table_of(x=[1] * 5)) == [
        1, 1, 2, 2, 3,
    ]  # fmt: skip
    sample = table_of(x=[1] * 4, rows=400)
    assert in_batches(replace(ROWS, rule=RowBatches(by="rows", rows=200)), sample) == [1, 1, 2, 2]


def test_rows_of_several_files_are_counted_over_all_of_them() -> None:
    rule = replace(ROWS, rule=RowBatches(by="rows", rows=2))
    assert in_batches(rule, files("a.csv", "b.csv", sizes=(1, 3))) == [1, 1, 2, 2]


def test_a_single_file_has_no_batches_of_records() -> None:
    table = table_of(x=[1, 2])
    assert batch_of_rows(WHOLE, table.frame, table) is None


@pytest.mark.parametrize(
    ("count", "size", "held_out"), [(1, 3, 0), (1, 4, 1), (1, 100, 30), (3, 110, 99), (2, 0, 0)]
)
def test_three_tenths_of_the_first_batches_are_held_out(
    count: int, size: int, held_out: int
) -> None:
    assert FirstBatches(count=count, rows=500).held_out(size) == held_out


@pytest.mark.parametrize(
    ("count", "expected"), [(1, "the first batch"), (2, "the first 2 batches")]
)
def test_the_first_batches_are_named(count: int, expected: str) -> None:
    assert FirstBatches(count=count, rows=500).in_words() == expected
