"""`aipo init` drafts a product from a Delta table, here or at an address."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pandas as pd
from deltalake import DeltaTable, write_deltalake  # noqa: TID253 - makes the tables

from aipo_pipelines.charter.load import check_products, load_product
from tests.unit.cli.conftest import Init, left_behind, visits


def test_a_delta_table_is_drafted_in_its_own_types(init: Init, tmp_path: Path) -> None:
    table = visits().assign(day=pd.Timestamp("2026-01-31"))
    write_deltalake("lake/visits", table, partition_by=["bought"])
    DeltaTable("lake/visits").delete("visit_id = 'v1'")
    assert init("visits", "--data", "lake/visits/").code == 0
    assert check_products(tmp_path / "products", warnings=True) == ()
    product = load_product(Path("products/visits"))
    source = product.charter.sources["data"]
    assert (source.format, source.location) == ("delta", "../../lake/visits")
    kinds = {column.name: column.logical_type.value for column in product.contract.columns}
    assert kinds == {"visit_id": "string", "pages": "integer", "seconds": "number",
                     "bought": "string", "day": "date"}  # fmt: skip


def test_a_delta_table_at_an_address_is_drafted(init: Init, tmp_path: Path) -> None:
    write_deltalake("visits", visits())
    store = fsspec.filesystem("memory")
    store.put(f"{tmp_path}/visits/", "/lake/visits", recursive=True)
    try:
        assert init("visits", "--data", "memory://lake/visits").code == 0
    finally:
        store.store.clear()
        store.pseudo_dirs[:] = [""]
    source = load_product(Path("products/visits")).charter.sources["data"]
    assert (source.format, source.location) == ("delta", "memory://lake/visits")


def test_a_delta_table_without_records_is_refused(init: Init, tmp_path: Path) -> None:
    write_deltalake("visits", visits().head(0))
    outcome = init("visits", "--data", "visits")
    assert outcome.code == 2
    assert "the Delta table has no record" in outcome.err
    assert left_behind(tmp_path) == []
