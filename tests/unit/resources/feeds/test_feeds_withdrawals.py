"""Batches that a source divided by time withdraws, and batches that are only missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.resources.feeds import Feed, Look, discover
from aipo_pipelines.resources.feeds.windows import (
    aware,
    is_window,
    window_key,
    window_starts,
)
from aipo_pipelines.resources.feeds.withdrawals import FileHolding, Holding, withdrawn
from tests.unit.resources.feeds.ledgered import ledgered

Feeds = Callable[..., Feed]
COLUMNS = {"day": "date", "n": "integer"}
DAILY: dict[str, Any] = {"batches": {"by": "time", "column": "day", "every": "1d"}}
FIRST = date(2026, 1, 1)


def days(first: int, last: int) -> list[str]:
    return [str(FIRST + timedelta(days=number)) for number in range(first, last)]


def table(*lines: str) -> str:
    return "".join(["day,n\n", *(f"{day},{n}\n" for n, day in enumerate(lines))])


def known_from(look: Look, now: datetime) -> dict[str, Batch]:
    return ledgered(look, now, BatchStatus.QUARANTINED, entry=7)


@pytest.fixture
def delivered(tmp_path: Path, feed_of: Feeds, now: datetime) -> Callable[..., Look]:
    """What is found once `after` lies there instead of `before`: texts by the names of files."""

    def of(before: Mapping[str, str], after: Mapping[str, str | None], **settings: object) -> Look:
        feed = feed_of("*.csv", COLUMNS, settings=settings or DAILY)
        for name, text in before.items():
            (tmp_path / name).write_text(text)
        known = known_from(discover(feed, {}, now), now)
        for name, changed in after.items():
            (tmp_path / name).unlink() if changed is None else (tmp_path / name).write_text(changed)
        return discover(feed, known, now)

    return of


def gone(look: Look) -> list[str]:
    return [batch.partition for batch in look.withdrawn]


def test_records_without_a_date_that_were_repaired_are_withdrawn(
    delivered: Callable[..., Look],
) -> None:
    look = delivered(
        {"a.csv": table(*days(0, 5), "soon")}, {"a.csv": table(*days(0, 5), "2026-01-05")}
    )
    (taken,) = look.withdrawn
    assert (taken.partition, taken.arrival) == ("undated", 7)
    assert taken.reason == "every record of its source has a readable time by now"
    assert [batch.partition for batch in look.discoveries] == ["2026-01-05"]


def test_undated_records_are_withdrawn_when_their_dates_become_readable(
    delivered: Callable[..., Look],
) -> None:
    look = delivered({"a.csv": table("soon", "later")}, {"a.csv": table(*days(0, 2))})
    assert gone(look) == ["undated"]


def test_a_rest_without_dates_is_no_withdrawal(delivered: Callable[..., Look]) -> None:
    look = delivered(
        {"a.csv": table(*days(0, 5), "soon", "then")}, {"a.csv": table(*days(0, 5), "soon")}
    )
    assert gone(look) == []
    assert [batch.partition for batch in look.discoveries] == ["undated"]


def test_a_day_that_was_misspelt_inside_a_file_is_withdrawn(
    delivered: Callable[..., Look],
) -> None:
    lines = [*days(0, 3), *days(4, 9)]
    look = delivered({"a.csv": table(*lines, "2026-01-04")}, {"a.csv": table(*lines, "2026-01-05")})
    (taken,) = look.withdrawn
    assert taken.partition == "2026-01-04"
    assert taken.reason == (
        "a.csv reaches from 2026-01-01 to 2026-01-09 and holds no record of it any more"
    )


def test_days_whose_records_have_no_readable_date_are_not_withdrawn(
    delivered: Callable[..., Look],
) -> None:
    look = delivered(
        {"a.csv": table(*days(0, 9))}, {"a.csv": table(*days(0, 4), "5 January", *days(5, 9))}
    )
    assert gone(look) == []
    assert "undated" in {batch.partition for batch in look.discoveries}


def test_a_file_with_only_the_last_days_withdraws_nothing(
    delivered: Callable[..., Look],
) -> None:
    look = delivered({"a.csv": table(*days(0, 30))}, {"a.csv": table(*days(20, 50))})
    assert gone(look) == []
    assert [batch.partition for batch in look.discoveries][-20:] == days(30, 50)


def test_a_file_that_replaces_the_last_months_file_withdraws_no_dated_batch(
    delivered: Callable[..., Look],
) -> None:
    look = delivered({"a.csv": table(*days(0, 31))}, {"a.csv": table(*days(31, 59))})
    assert gone(look) == []


@pytest.mark.parametrize(
    "after",
    [
        {"a.csv": table()},
        {"a.csv": table(*days(0, 3))},
        {"a.csv": table(*days(0, 1), *days(29, 30))},
        {"a.csv": table("2026-13-01")},
        {"a.csv": "\x00"},
        {"a.csv": None},
    ],
    ids=["without records", "cut off", "a few left", "no date", "unreadable", "gone"],
)
def test_an_export_that_ended_early_withdraws_nothing(
    delivered: Callable[..., Look], after: Mapping[str, str | None]
) -> None:
    before = {"a.csv": table(*days(0, 30), "soon")}
    assert gone(delivered(before, after)) == []


def test_a_source_that_does_not_answer_withdraws_nothing(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of("in/*.csv", COLUMNS, settings=DAILY)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text(table(*days(0, 5), "soon"))
    known = known_from(discover(feed, {}, now), now)
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    look = discover(feed, known, now)
    assert gone(look) == []


def test_removed_old_files_withdraw_nothing(delivered: Callable[..., Look]) -> None:
    months = {f"{at}.csv": table(*days(at * 10, at * 10 + 10)) for at in range(6)}
    look = delivered(months, dict.fromkeys(("1.csv", "2.csv", "3.csv")))
    assert gone(look) == []


def test_a_file_of_old_records_withdraws_no_batch_of_another_file(
    delivered: Callable[..., Look],
) -> None:
    late = {"late.csv": table("2026-01-01", "2026-01-20", "2026-02-15")}
    months = {f"{at}.csv": table(*days(at * 10, at * 10 + 10)) for at in range(5)}
    look = delivered({**late, **months}, dict.fromkeys(("1.csv", "2.csv", "3.csv")))
    assert gone(look) == []


def test_a_window_that_another_file_holds_is_not_withdrawn(delivered: Callable[..., Look]) -> None:
    look = delivered(
        {"a.csv": table(*days(0, 9))},
        {"a.csv": table(*days(0, 4), *days(5, 9)), "b.csv": table(*days(4, 5))},
    )
    assert gone(look) == []


def test_a_day_that_became_incomplete_again_is_not_withdrawn(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    (tmp_path / "a.csv").write_text(table("2026-03-09", "2026-03-10"))
    known = known_from(discover(feed, {}, now + timedelta(days=1)), now)
    assert list(known) == ["2026-03-09", "2026-03-10"]
    assert discover(feed, known, now).withdrawn == ()


@pytest.mark.parametrize(
    ("later", "expected"), [(timedelta(), []), (timedelta(days=1), ["2026-03-09"])]
)
def test_a_record_of_a_day_that_has_only_begun_stretches_no_file_over_a_gap(
    tmp_path: Path, feed_of: Feeds, now: datetime, later: timedelta, expected: list[str]
) -> None:
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    before = ["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08"]
    (tmp_path / "a.csv").write_text(table(*before, "2026-03-09"))
    known = known_from(discover(feed, {}, now), now)
    assert "2026-03-09" in known
    (tmp_path / "a.csv").write_text(table(*before, "2026-03-10"))
    assert gone(discover(feed, known, now + later)) == expected


def test_records_of_a_day_that_has_only_begun_are_no_repair_of_those_without_a_date(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    (tmp_path / "a.csv").write_text(table("soon", "later"))
    known = known_from(discover(feed, {}, now), now)
    (tmp_path / "a.csv").write_text(table("2026-03-10"))
    assert gone(discover(feed, known, now)) == []


def test_nothing_is_withdrawn_while_a_file_is_being_written(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    place = tmp_path / "a.csv"
    place.write_text(table(*days(0, 5), "soon"))
    known = known_from(discover(feed_of("a.csv", COLUMNS, settings=DAILY), {}, now), now)
    place.write_text(table(*days(0, 5)))
    waiting = feed_of("a.csv", COLUMNS, settings=DAILY, opening={"settle_seconds": 60})
    assert discover(waiting, known, now).withdrawn == ()


@pytest.mark.parametrize(
    "batches", [{"by": "rows", "rows": 2}, {"by": "file"}], ids=["by rows", "by file"]
)
def test_other_rules_for_batches_withdraw_nothing(
    delivered: Callable[..., Look], batches: object
) -> None:
    before = {"a.csv": table(*days(0, 6)), "b.csv": table(*days(6, 9))}
    look = delivered(before, {"a.csv": table(*days(0, 2)), "b.csv": None}, batches=batches)
    assert gone(look) == []


def test_batches_of_another_cutting_are_not_withdrawn(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table(*days(0, 30)))
    known = known_from(discover(feed_of("a.csv", COLUMNS, settings=DAILY), {}, now), now)
    weekly = {"batches": {"by": "time", "column": "day", "every": "7d"}}
    assert discover(feed_of("a.csv", COLUMNS, settings=weekly), known, now).withdrawn == ()


def test_a_withdrawn_batch_that_is_delivered_again_is_new(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "a.csv").write_text(table(*days(0, 5), "soon"))
    feed = feed_of("a.csv", COLUMNS, settings=DAILY)
    known = known_from(discover(feed, {}, now), now)
    known["undated"] = replace(known["undated"], status=BatchStatus.WITHDRAWN)
    (discovery,) = discover(feed, known, now).discoveries
    assert (discovery.partition, discovery.labels_only) == ("undated", False)
    (tmp_path / "a.csv").write_text(table(*days(0, 5)))
    assert discover(feed, known, now).withdrawn == ()


def test_rows_of_a_table_that_were_corrected_withdraw_their_day(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as there:
        there.exec_driver_sql("CREATE TABLE orders (day TEXT, n INTEGER)")
        for number, day in enumerate(days(0, 9)):
            there.exec_driver_sql("INSERT INTO orders VALUES (?, ?)", (day, number))
    feed = feed_of(url, COLUMNS, settings=DAILY, format="sql", table="orders")
    known = known_from(discover(feed, {}, now), now)
    with engine.begin() as there:
        there.exec_driver_sql("UPDATE orders SET day = '2026-01-05' WHERE day = '2026-01-04'")
        there.exec_driver_sql("DELETE FROM orders WHERE day < '2026-01-03'")
    engine.dispose()
    assert gone(discover(feed, known, now + timedelta(minutes=6))) == ["2026-01-04"]


_RULES = st.sampled_from(["1d", "7d", "28d", "6h", "90m", "month"])
_MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - as numpy


@given(_RULES, st.none() | st.just(date(2010, 2, 5)), _MOMENTS)
def test_the_key_of_every_window_is_known_as_one(
    every: str, starting: date | None, moment: datetime
) -> None:
    rule = TimeBatches(by="time", column="day", every=every, starting=starting)
    start = window_starts(_numpy(moment), rule)[0]
    if start == start:  # noqa: PLR0124 - NaT is what lies before the first window
        assert is_window(window_key(aware(start), rule), rule)


@pytest.mark.parametrize(
    "key", ["undated", "0001", "2026-01-06", "20260105", "2026-W02", "orders", "", "2026-01-05T00"]
)
def test_no_other_key_counts_as_a_window(key: str) -> None:
    assert not is_window(key, TimeBatches(by="time", column="day", every="7d"))


_KEYS = st.sets(st.integers(0, 40)).map(lambda numbers: [days(n, n + 1)[0] for n in numbers])


@given(_KEYS, st.lists(_KEYS.filter(bool), max_size=3), st.booleans(), st.booleans())
def test_no_batch_is_withdrawn_that_is_held_or_outside_the_held_time(
    before: list[str], files: list[list[str]], had_rest: bool, has_rest: bool
) -> None:
    held = {key for batch in files for key in batch} | ({"undated"} if has_rest else set())
    names = [*before, *(["undated"] if had_rest else [])]
    gone_batches = withdrawn(_holding(files, held), {name: _batch(name) for name in names})
    # Undated records may belong to any batch, so that none is known to be gone.
    assert (list(gone_batches) if has_rest else []) == []
    for batch in gone_batches:
        assert batch.partition in names
        assert batch.partition not in held
    dated = [batch.partition for batch in gone_batches if batch.partition != "undated"]
    for partition in dated:
        assert any(min(keys) < partition < max(keys) for keys in files)


def _holding(files: Iterable[list[str]], held: Iterable[str]) -> Holding:
    return Holding(
        rule=TimeBatches(by="time", column="day", every="1d"),
        partitions=frozenset(held),
        files=tuple(FileHolding(location="f", windows=tuple(sorted(file))) for file in files),
    )


def _batch(name: str) -> Batch:
    at = aware(_numpy(datetime(2026, 1, 1))[0])  # noqa: DTZ001 - as numpy holds it
    return Batch(
        partition=name,
        digest=name,
        versions=(name,),
        occurred_at=at,
        arrived_at=at,
        status=BatchStatus.APPROVED,
    )


def _numpy(moment: datetime) -> Any:
    import numpy as np

    return np.array([moment], dtype="datetime64[us]")
