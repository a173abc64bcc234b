"""Which reader a source gets, with which order, header and bounds; nothing is read to open it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.errors import SourceError
from aipo_pipelines.resources.feeds.delta import DeltaReader
from aipo_pipelines.resources.feeds.files import FileReader
from aipo_pipelines.resources.feeds.readers import Surroundings, open_reader
from aipo_pipelines.resources.feeds.sql import SqlReader
from tests.unit.measures.contracts import column
from tests.unit.measures.contracts import contract as contract_of
from tests.unit.resources.feeds.conftest import ALL_ALLOWED, charter, source

TIER = {"maximum_cadence": "1d", "maximum_retraining_interval": "90d", "first_response": "1h"}
AGREED = contract_of(
    column("id", delivered_as="Order No"),
    column("day", "date"),
    column("returned", "boolean"),
    layout=FileLayout(header="none"),
)
OWN_ORDER = {"identifiers": ["id", "shop"], "time_column": "day"}
BY_ROWS = {"batches": {"by": "rows", "rows": 10}}


def product_of(folder: Path, feed: Mapping[str, object], **more: Any) -> Product:
    return Product(
        charter=charter({"orders": feed, "truth": source("labels/*.csv")}, **more),
        contract=AGREED,
        standards=Standards.model_validate(
            {"organisation": "o", "version": "1", "tiers": {"low": TIER}}
        ),
        folder=folder,
        digest="",
        standards_digest="",
    )


def drop(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    # Written long ago, so that it counts as complete.
    os.utime(path, (0, 0))


def surroundings(environ: Mapping[str, str] | None = None) -> Surroundings:
    return Surroundings(environ=environ or {}, allowed=ALL_ALLOWED, settle_seconds=7.5)


def open_files(folder: Path, name: str = "orders", kind: str = "csv", **more: Any) -> FileReader:
    product = product_of(folder, source("in/*/*.csv", format=kind), **more)
    reader = open_reader(product, name, surroundings())
    assert isinstance(reader, FileReader)
    return reader


@pytest.mark.parametrize(
    ("kind", "has_keys"), [("csv", False), ("parquet", False), ("jsonl", True)]
)
def test_files_have_keys_only_in_json_lines_and_never_an_order(
    tmp_path: Path, kind: str, *, has_keys: bool
) -> None:
    reader = open_files(tmp_path, kind=kind)
    assert reader.kind is SourceFormat(kind)
    assert (reader.has_keys, reader.has_order) == (has_keys, False)
    assert reader.settle_seconds == 7.5


def test_only_the_feed_is_read_by_folder_and_without_a_header_line(tmp_path: Path) -> None:
    by_folder: dict[str, Any] = {"batches": {"by": "folder"}}
    feed, labels = (open_files(tmp_path, name, **by_folder) for name in ("orders", "truth"))
    assert (feed.by_folder, feed.contract) == (True, AGREED)
    assert (labels.by_folder, labels.contract.layout.header) == (False, "name")
    assert labels.contract.columns == AGREED.columns


def test_a_source_of_labels_has_a_header_line_although_the_feed_has_no_such_line(
    tmp_path: Path,
) -> None:
    drop(tmp_path / "labels/a.csv", "Order No,returned\n1,yes\n")
    reader = open_files(tmp_path, "truth")
    (delivery,) = reader.offer().deliveries
    assert reader.read(delivery).to_dict("list") == {"Order No": ["1"], "returned": ["yes"]}


def test_a_database_table_is_ordered_by_time_and_identifiers_as_they_are_delivered(
    tmp_path: Path,
) -> None:
    place = source("sqlite:///shop.db", format="sql", table="orders")
    reader = open_reader(product_of(tmp_path, place, **OWN_ORDER), "orders", surroundings())
    assert isinstance(reader, SqlReader)
    assert reader.order == ("day", "Order No", "shop")
    assert (reader.folder, reader.name, reader.has_order) == (tmp_path, "orders", True)


@pytest.mark.parametrize("place", ["sql", "delta"])
@pytest.mark.parametrize(("more", "ordered"), [({}, False), (BY_ROWS, True)])
def test_only_chunks_of_rows_demand_an_order(
    tmp_path: Path, place: str, more: Mapping[str, Any], *, ordered: bool
) -> None:
    location = "sqlite:///shop.db" if place == "sql" else "orders"
    table = {"table": "orders"} if place == "sql" else {}
    agreed = product_of(tmp_path, source(location, format=place, **table), **OWN_ORDER, **more)
    reader = open_reader(agreed, "orders", surroundings())
    assert isinstance(reader, SqlReader | DeltaReader)
    assert reader.ordered is ordered


def test_labels_in_a_database_demand_no_order_although_the_feed_is_divided_by_rows(
    tmp_path: Path,
) -> None:
    place = source("sqlite:///shop.db", format="sql", table="truth")
    agreed = product_of(tmp_path, source("a.csv"), **BY_ROWS)
    sources = {**agreed.charter.sources, "truth": charter({"orders": place}).sources["orders"]}
    changed = agreed.charter.model_copy(update={"sources": sources})
    product = Product(
        charter=changed,
        contract=agreed.contract,
        standards=agreed.standards,
        folder=tmp_path,
        digest="",
        standards_digest="",
    )
    reader = open_reader(product, "truth", surroundings())
    assert isinstance(reader, SqlReader)
    assert (reader.ordered, reader.order) == (False, ())


@pytest.mark.parametrize(
    "place",
    [
        source("a.csv"),
        source("orders", format="delta"),
        source("sqlite:///a.db", format="sql", table="t"),
    ],
)
def test_every_reader_gets_the_bounds_of_the_environment(
    tmp_path: Path, place: Mapping[str, object]
) -> None:
    environ = {"AIPO_MAX_DELIVERY_ROWS": "7", "AIPO_MAX_DELIVERY_BYTES": "9"}
    reader = open_reader(product_of(tmp_path, place), "orders", surroundings(environ))
    assert isinstance(reader, FileReader | DeltaReader | SqlReader)
    assert (reader.bounds.rows, reader.bounds.bytes, reader.bounds.columns) == (7, 9, 5_000)


def test_a_wrong_bound_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    environ = {"AIPO_MAX_DELIVERY_ROWS": "many"}
    with pytest.raises(SourceError) as refused:
        open_reader(product_of(tmp_path, source("a.csv")), "orders", surroundings(environ))
    assert str(refused.value) == (
        "AIPO_MAX_DELIVERY_ROWS is 'many', expected a whole number above zero; correct it"
    )


@pytest.mark.parametrize("kind", ["csv", "delta"])
def test_a_location_with_a_variable_that_is_not_set_cannot_be_opened(
    tmp_path: Path, kind: str
) -> None:
    product = product_of(tmp_path, source("${PLACE}/orders", format=kind))
    with pytest.raises(SourceError, match="needs the environment variable 'PLACE'"):
        open_reader(product, "orders", surroundings())
    open_reader(product, "orders", surroundings({"PLACE": str(tmp_path)}))


def test_a_source_that_does_not_exist_yet_can_be_opened(tmp_path: Path) -> None:
    reader = open_files(tmp_path)
    drop(tmp_path / "in/day=1/a.csv", "1,2026-03-01,yes\n")
    (delivery,) = reader.offer().deliveries
    table = reader.read(delivery)
    assert isinstance(table, pd.DataFrame)
    assert table.columns.tolist() == ["Order No", "day", "returned"]
