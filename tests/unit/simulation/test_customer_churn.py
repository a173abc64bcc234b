from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.simulation.customer_churn import (
    BROKEN_WEEK,
    CUSTOMERS,
    OFFER_WEEK,
    WEEKS,
    make_week,
    write_feed,
)

LAST = date(2026, 11, 22)


def test_the_same_seed_and_dates_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_feed(tmp_path / "a", last_day=LAST)
    second = write_feed(tmp_path / "b", last_day=LAST)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_another_seed_gives_other_customers(tmp_path: Path) -> None:
    first = write_feed(tmp_path / "a", last_day=LAST, seed=1)
    second = write_feed(tmp_path / "b", last_day=LAST, seed=2)
    assert all(a.read_bytes() != b.read_bytes() for a, b in zip(first, second, strict=True))


def test_there_is_a_file_for_each_week_and_the_last_ends_on_the_last_day(tmp_path: Path) -> None:
    files = write_feed(tmp_path, last_day=LAST)
    endings = [date.fromisoformat(path.stem.removeprefix("customers_")) for path in files]
    assert len(files) == WEEKS
    assert endings == [LAST - timedelta(weeks=back) for back in reversed(range(WEEKS))]


def test_writing_again_replaces_the_files(tmp_path: Path) -> None:
    before = [path.read_bytes() for path in write_feed(tmp_path, last_day=LAST)]
    assert [path.read_bytes() for path in write_feed(tmp_path, last_day=LAST)] == before
    assert len(list(tmp_path.iterdir())) == WEEKS


@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_only_the_broken_week_breaks_its_contract(week: int) -> None:
    frame = make_week(week, LAST, seed=7)
    broken = (frame["monthly_charges"] < 0).any() or (frame["contract_type"] == "#REF!").any()
    assert broken == (week == BROKEN_WEEK)
    assert len(frame) == CUSTOMERS
    assert frame["customer_id"].is_unique


def test_customers_of_different_weeks_are_different_people() -> None:
    ids = pd.concat([make_week(week, LAST, seed=7)["customer_id"] for week in (1, 2, 11)])
    assert ids.is_unique


def test_after_the_offer_calls_rise_and_tenure_no_longer_protects() -> None:
    before, after = make_week(OFFER_WEEK - 1, LAST, 7), make_week(OFFER_WEEK, LAST, 7)
    assert after["support_calls"].mean() > 2 * before["support_calls"].mean()
    assert _loyalty(before) < -0.1 < _loyalty(after)


def _loyalty(frame: pd.DataFrame) -> float:
    """Correlation of tenure and leaving."""
    return float(frame["tenure_months"].corr((frame["churned"] == "yes").astype(float)))
