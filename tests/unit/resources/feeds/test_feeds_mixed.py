"""Cells of several types in one column: each keeps its type, and no batch changes another batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.feeds.joining import joined, with_own_types
from aipo_pipelines.resources.feeds.tables import one_column, to_frame, value_array
from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.lake import Lake
from aipo_pipelines.resources.lake.mixed_columns import to_mixed, to_values

Feeds = Callable[..., Feed]
WEEKLY = {"batches": {"by": "time", "column": "day", "every": "7d"}}
FIRST = date(2026, 1, 5)
LARGE = 2**53 + 1


def orders(weeks: int, **more: object) -> list[dict[str, object]]:
    """Orders of whole prices, two a week."""
    return [
        {"day": str(FIRST + timedelta(days=7 * week + day)), "price": 10 + day} | more
        for week in range(weeks)
        for day in (0, 3)
    ]


def written(records: Sequence[dict[str, object]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def digests(feed: Feed, now: datetime) -> dict[str, str]:
    return {each.partition: each.digest for each in feed.list_batches(now).batches}


def column(*values: object) -> pd.Series:
    """Values as a source of Python values (JSON, a database) delivers them."""
    arrow = one_column([value_array(values)])
    return to_frame(pa.Table.from_arrays([arrow], names=["x"]))["x"]


@pytest.mark.parametrize(
    "newest",
    [
        {"price": 12.5},
        {"price": "12,50"},
        {"price": None},
        {"price": 2**60 + 1},
        {"price": True},
        {"price": 12, "voucher": "SPRING"},
    ],
)
def test_a_record_in_the_newest_window_changes_no_older_window(
    tmp_path: Path, feed_of: Feeds, now: datetime, newest: dict[str, object]
) -> None:
    place = tmp_path / "orders.jsonl"
    place.write_text(written(orders(4)))
    feed = feed_of(place.name, {"day": "date", "price": "number"}, settings=WEEKLY, format="jsonl")
    before = digests(feed, now)
    last = {"day": str(FIRST + timedelta(days=28))} | newest
    place.write_text(written([*orders(4), last]))
    after = digests(feed, now)
    assert len(before) == 4
    assert {key: after[key] for key in before} == before
    assert len(after) == 5


def test_a_file_of_parquet_that_pandas_writes_again_changes_no_older_window(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    place = tmp_path / "orders.parquet"
    old = pd.DataFrame(orders(3))
    old.to_parquet(place)
    feed = feed_of(
        place.name, {"day": "date", "price": "number"}, settings=WEEKLY, format="parquet"
    )
    before = digests(feed, now)
    new = pd.concat([old, pd.DataFrame([{"day": "2026-01-26", "price": None}])])
    new.to_parquet(place)
    after = digests(feed, now)
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before) + 1


@given(
    st.lists(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()),
    st.lists(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()),
)
@example(mine=[0.0], below=[False])
@example(mine=[float("inf")], below=[False])
def test_the_content_of_rows_does_not_depend_on_the_rows_below_them(
    mine: list[object], below: list[object]
) -> None:
    alone = with_own_types(pd.DataFrame({"x": column(*mine)}))
    among = with_own_types(pd.DataFrame({"x": column(*mine, *below)}).iloc[: len(mine)])
    assert content_digest(alone) == content_digest(among)


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_a_mixed_cell_is_read_back_as_it_was_written(values: list[object]) -> None:
    read_back = to_values(to_mixed(values))
    absent = [value is None or value != value for value in values]  # noqa: PLR0124 - NaN
    assert [cell is None for cell in read_back] == absent
    assert [cell for cell in read_back if cell is not None] == [
        value for value, is_absent in zip(values, absent, strict=True) if not is_absent
    ]


def test_a_number_among_texts_is_no_text(tmp_path: Path, feed_of: Feeds) -> None:
    place = tmp_path / "orders.jsonl"
    place.write_text(
        '{"postcode":"01069"}\n{"postcode":80331}\n{"postcode":10115}\n{"postcode":4109}\n'
    )
    feed = feed_of(place.name, {"postcode": "string"}, format="jsonl")
    lake = Lake(str(tmp_path / "lake"))
    snapshot = lake.store("returns", "orders", feed.load("orders"))
    read = conform(lake.load("returns", "orders", snapshot.digest), feed.product.contract)
    assert read.misfits == {"postcode": 3}
    assert read.frame["postcode"].dropna().tolist() == ["01069"]


def test_a_number_beyond_64_bits_is_no_text(tmp_path: Path, feed_of: Feeds) -> None:
    (tmp_path / "orders.jsonl").write_text('{"id":123456789012345678901}\n')
    feed = feed_of("orders.jsonl", {"id": "string"}, format="jsonl")
    assert conform(feed.load("orders"), feed.product.contract).misfits == {"id": 1}


def test_an_undeclared_column_of_mixed_types_is_looked_at_as_text(feed_of: Feeds) -> None:
    contract = feed_of("a.csv", {"id": "string"}).product.contract
    raw = pd.DataFrame({"id": ["a", "b"], "card": column("4111 1111 1111 1111", 4111111111111111)})
    assert conform(raw, contract).frame["card"].tolist() == [
        "4111 1111 1111 1111",
        "4111111111111111",
    ]


def parts(folder: Path, *columns: object) -> None:
    (folder / "day=1").mkdir()
    for number, cells in enumerate(columns):
        pq.write_table(pa.table({"id": cells}), folder / "day=1" / f"{number}.parquet")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (pa.array([LARGE, LARGE - 1]), pa.array([1.5, None])),
        (pa.array([LARGE, LARGE - 1]), pa.array([2.0**54, 2.0])),
        (pa.array([2**64 - 1], pa.uint64()), pa.array([-1])),
    ],
)
def test_parts_of_different_types_keep_every_identifier(
    tmp_path: Path, feed_of: Feeds, left: pa.Array, right: pa.Array
) -> None:
    parts(tmp_path, left, right)
    feed = feed_of(
        "*/*.parquet", {"id": "integer"}, settings={"batches": {"by": "folder"}}, format="parquet"
    )
    delivered = feed.load("1")["id"]
    assert delivered.dropna().tolist() == [
        cell for cell in [*left.to_pylist(), *right.to_pylist()] if cell is not None
    ]
    assert len(set(delivered.dropna())) == delivered.notna().sum()


def test_identifiers_of_both_types_are_read_without_rounding(
    tmp_path: Path, feed_of: Feeds
) -> None:
    parts(tmp_path, pa.array([LARGE, LARGE - 1]), pa.array([3.0, 4.5]))
    feed = feed_of(
        "*/*.parquet", {"id": "integer"}, settings={"batches": {"by": "folder"}}, format="parquet"
    )
    read = conform(feed.load("1"), feed.product.contract)
    assert read.frame["id"].dropna().tolist() == [LARGE, LARGE - 1, 3]
    assert read.misfits == {"id": 1}


def test_a_part_without_any_value_keeps_whole_numbers_whole() -> None:
    whole = pd.DataFrame({"id": pd.array([LARGE], "Int64")})
    empty = pd.DataFrame({"id": [None]})
    assert joined([whole, empty])["id"].tolist() == [LARGE, pd.NA]


def test_times_with_and_without_a_zone_stay_different() -> None:
    plain, zoned = datetime(2026, 1, 1, 3), datetime(2026, 1, 1, 3, tzinfo=UTC)  # noqa: DTZ001
    assert column(plain, zoned).map(str).tolist() == [
        "2026-01-01 03:00:00",
        "2026-01-01 03:00:00+00:00",
    ]


def test_a_time_beside_a_day_keeps_its_hours() -> None:
    times = column(date(2026, 1, 1), datetime(2026, 1, 2, 3))  # noqa: DTZ001
    assert times.tolist() == ["2026-01-01", "2026-01-02 03:00:00"]


def test_instants_of_several_distances_from_utc_are_instants() -> None:
    summer = datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    winter = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert column(summer, winter).tolist() == [summer, winter]
    turned = [moment.astimezone(UTC) for moment in (summer, winter)]
    assert content_digest(column(summer, winter).to_frame()) == content_digest(
        column(*turned).to_frame()
    )


@pytest.mark.parametrize("zone", ["+02:00", "-03:30", "UTC", "Europe/Berlin", "+00:00"])
def test_a_snapshot_with_a_zone_is_read_as_it_was_stored(tmp_path: Path, zone: str) -> None:
    moments = pa.array([datetime(2026, 7, 1), None], pa.timestamp("us", zone))  # noqa: DTZ001
    frame = to_frame(pa.table({"at": moments}))
    lake = Lake(str(tmp_path))
    digest = lake.store("p", "1", frame).digest
    assert lake.load("p", "1", digest)["at"].tolist() == frame["at"].tolist()
    (column_read,) = lake.load_columns("p", "1", digest, {"at"})
    assert column_read.tolist() == frame["at"].tolist()
