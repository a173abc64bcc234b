"""A batch with the same cells is no new delivery, after any change of its source's columns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake  # noqa: TID253 - makes the tables

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.resources.feeds import Feed, discover
from tests.unit.resources.feeds.conftest import source
from tests.unit.resources.feeds.ledgered import ledgered

Feeds = Callable[..., Feed]
WEEKLY = {"batches": {"by": "time", "column": "day", "every": "7d"}}
COLUMNS = {"id": "string", "day": "date", "price": "number", "voucher": "string"}
FIRST = date(2026, 1, 5)


def orders(weeks: int, **more: object) -> list[dict[str, Any]]:
    """Two orders a week."""
    days = [FIRST + timedelta(days=7 * week + day) for week in range(weeks) for day in (0, 3)]
    return [
        {"id": f"o{number}", "day": str(day), "price": 10 + number} | more
        for number, day in enumerate(days)
    ]


def lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def known(feed: Feed, now: datetime) -> Mapping[str, Batch]:
    return ledgered(discover(feed, {}, now), now)


def found(feed: Feed, ledger: Mapping[str, Batch], now: datetime) -> list[str]:
    look = discover(feed, ledger, now)
    assert look.problems == ()
    return [each.partition for each in look.discoveries]


@pytest.fixture
def weekly(tmp_path: Path, feed_of: Feeds) -> Feed:
    """Three weeks of orders, one file a week."""
    for week in range(3):
        (tmp_path / f"w{week}.jsonl").write_text(lines(orders(3)[2 * week : 2 * week + 2]))
    return feed_of("*.jsonl", COLUMNS, settings=WEEKLY, format="jsonl")


def test_keys_in_another_order_are_no_new_delivery(
    tmp_path: Path, weekly: Feed, now: datetime
) -> None:
    ledger = known(weekly, now)
    turned = [dict(reversed(record.items())) for record in orders(1)]
    (tmp_path / "w0.jsonl").write_text(lines(turned))
    assert found(weekly, ledger, now) == []


def test_a_declared_key_that_appears_later_changes_only_its_own_window(
    tmp_path: Path, weekly: Feed, now: datetime
) -> None:
    ledger = known(weekly, now)
    newest = orders(4, voucher="SPRING")[6:]
    (tmp_path / "w3.jsonl").write_text(lines(newest))
    assert found(weekly, ledger, now) == ["2026-01-26"]
    (tmp_path / "late.jsonl").write_text(lines(newest))
    assert found(weekly, ledger, now) == ["2026-01-26"]


@pytest.mark.parametrize("change", [{"price": 99}, {"voucher": "SPRING"}, {"id": 7}])
def test_a_cell_that_changes_is_a_new_version(
    tmp_path: Path, weekly: Feed, now: datetime, change: dict[str, object]
) -> None:
    ledger = known(weekly, now)
    changed = orders(1)
    changed[1] |= change
    (tmp_path / "w0.jsonl").write_text(lines(changed))
    assert found(weekly, ledger, now) == ["2026-01-05"]


def test_cells_that_change_places_between_columns_are_a_new_version(
    tmp_path: Path, weekly: Feed, now: datetime
) -> None:
    ledger = known(weekly, now)
    renamed = [
        {"voucher": order["id"], "day": order["day"], "price": order["price"]}
        for order in orders(1)
    ]
    (tmp_path / "w0.jsonl").write_text(lines(renamed))
    assert found(weekly, ledger, now) == ["2026-01-05"]


def test_a_batch_of_an_older_program_is_known_by_its_digest(
    tmp_path: Path, weekly: Feed, now: datetime
) -> None:
    ledger = {key: replace(batch, cells="") for key, batch in known(weekly, now).items()}
    assert found(weekly, ledger, now) == []
    (tmp_path / "w2.jsonl").write_text(lines(orders(3)[4:5]))
    assert found(weekly, ledger, now) == ["2026-01-19"]


def test_a_column_added_to_a_database_table_is_no_new_delivery(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    settings = WEEKLY | {"identifiers": ["id"]}
    feed = feed_of("sqlite:///shop.db", COLUMNS, settings=settings, format="sql", table="orders")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        pd.DataFrame(orders(2)).to_sql("orders", database, index=False)
        database.commit()
        ledger = known(feed, now)
        database.execute("ALTER TABLE orders ADD COLUMN voucher TEXT")
        database.execute("INSERT INTO orders VALUES ('o9', '2026-01-20', 3, 'SPRING')")
        database.commit()
        assert found(feed, ledger, now) == ["2026-01-19"]


def test_a_column_added_to_a_delta_table_is_no_new_delivery(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", pa.Table.from_pylist(orders(2)))
    settings = WEEKLY | {"identifiers": ["id"]}
    feed = feed_of("orders", COLUMNS, settings=settings, format="delta")
    ledger = known(feed, now)
    newest = pa.Table.from_pylist(orders(3, voucher="SPRING")[4:])
    write_deltalake(tmp_path / "orders", newest, mode="append", schema_mode="merge")
    assert found(feed, ledger, now) == ["2026-01-19"]


def test_late_labels_of_such_a_batch_are_labels_only(
    tmp_path: Path, feed_of: Feeds, now: datetime
) -> None:
    (tmp_path / "orders.jsonl").write_text(lines(orders(1)))
    (tmp_path / "truth.csv").write_text("id,returned\n")
    feed = feed_of(
        "orders.jsonl",
        COLUMNS | {"returned": "string"},
        sources={"truth": source("truth.csv")},
        settings=WEEKLY
        | {"identifiers": ["id"], "labels": {"column": "returned", "source": "truth"}},
        format="jsonl",
    )
    ledger = known(feed, now)
    turned = [dict(reversed(record.items())) for record in orders(1)]
    (tmp_path / "orders.jsonl").write_text(lines(turned))
    (tmp_path / "truth.csv").write_text("id,returned\no0,yes\no1,no\n")
    (labels,) = discover(feed, ledger, now).discoveries
    assert isinstance(labels, BatchArrived)
    assert labels.labels_only
    assert labels.labels_digest
