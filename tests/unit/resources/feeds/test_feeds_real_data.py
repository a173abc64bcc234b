"""Feeds over real data sets, which are read at their own place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.feeds import Feed

Feeds = Callable[..., Feed]

pytestmark = pytest.mark.usefixtures("data_folder")


def test_walmart_is_cut_by_date_across_all_stores(
    data_folder: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of(
        f"{data_folder}/walmart_sales/*.csv",
        {"Store": "integer", "Date": "date", "Weekly_Sales": "number"},
        formats={"Date": "%d-%m-%Y"},
        settings={
            "batches": {
                "by": "time",
                "column": "Date",
                "every": "28d",
                "starting": date(2010, 2, 5),
            }
        },
    )
    batches = feed.list_batches(now).batches
    assert [len(batches), batches[0].partition, batches[-1].partition] == [
        36,
        "2010-02-05",
        "2012-10-12",
    ]
    assert {each.rows for each in batches[:-1]} == {45 * 4}
    assert sum(each.rows for each in batches) == 6435
    assert batches[0].batch_date == datetime(2010, 3, 5, tzinfo=UTC)


def test_walmart_days_are_not_mistaken_for_months(data_folder: Path, feed_of: Feeds) -> None:
    feed = feed_of(
        f"{data_folder}/walmart_sales/*.csv",
        {"Store": "integer", "Date": "date"},
        formats={"Date": "%d-%m-%Y"},
        settings={"batches": {"by": "time", "column": "Date", "every": "1w"}},
    )
    frame = feed.load("2010-02-01")
    assert set(frame["Date"]) == {"05-02-2010"}
    assert frame["Store"].astype(int).tolist() == list(range(1, 46))


def test_elec2_is_divided_into_33_full_chunks(
    data_folder: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of(
        f"{data_folder}/elec2/elec2.csv.gz",
        {"day": "integer", "class": "string"},
        settings={"batches": {"by": "rows", "rows": 1344}},
    )
    batches = feed.list_batches(now).batches
    assert [each.partition for each in batches] == [f"{n:04d}" for n in range(1, 34)]
    assert {each.rows for each in batches} == {1344}
    thirteen, fourteen = (feed.load(key)["vicprice"].astype(float) for key in ("0013", "0014"))
    assert (thirteen != 0.003467).sum() <= 48 < (fourteen != 0.003467).sum()


def test_hospital_is_read_by_position_with_any_headers(
    data_folder: Path, feed_of: Feeds, now: datetime
) -> None:
    clean = pd.read_csv(data_folder / "hospital/clean.csv", dtype="str", keep_default_na=False)
    feed = feed_of(
        f"{data_folder}/hospital/*.csv",
        dict.fromkeys(clean.columns, "string"),
        layout=FileLayout(header="position"),
    )
    assert [each.partition for each in feed.list_batches(now).batches] == ["clean", "dirty"]
    tables = [conform(feed.load(key), feed.product.contract).frame for key in ("clean", "dirty")]
    wrong = (tables[0] != tables[1]).sum()
    assert int(wrong.sum()) == 509
    assert int(wrong["ZipCode"]) == 30


def test_telco_is_one_batch_and_keeps_its_blanks(
    data_folder: Path, feed_of: Feeds, now: datetime
) -> None:
    feed = feed_of(f"{data_folder}/telco_churn/*.csv", {"customerID": "string", "Churn": "string"})
    (ref,) = feed.list_batches(now).batches
    assert (ref.rows, ref.batch_date) == (7043, None)
    assert int((feed.load(ref.partition, ref.digest)["TotalCharges"] == " ").sum()) == 11
