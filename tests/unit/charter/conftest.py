"""What the tests of the charter room share: problems of a product with something changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.load import check_products, load_product
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import Problem
from tests.samples import CONTRACT, write_product

Check = Callable[..., tuple[Problem, ...]]
ReadTable = Callable[..., Contract]
CheckTable = Callable[..., tuple[Problem, ...]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Problems of the sample with charter keys changed."""

    def changed(**changes: Any) -> tuple[Problem, ...]:
        return check_products(write_product(tmp_path / "sample", **changes))

    return changed


def table_changes(top: dict[str, Any] | None, table: dict[str, Any]) -> dict[str, Any]:
    properties = table.pop("properties", [])
    base = CONTRACT["schema"][0]
    known = {column["name"]: column for column in base["properties"]}
    for column in properties:
        known[column["name"]] = {**known.get(column["name"], {}), **column}
    return {"schema": [{**base, **table, "properties": [*known.values()]}], **(top or {})}


@pytest.fixture
def read_table(tmp_path: Path) -> ReadTable:
    """The contract of the sample with parts of its table, or (`top`) of itself, changed."""

    def changed(top: dict[str, Any] | None = None, **table: Any) -> Contract:
        changes = table_changes(top, table)
        return load_product(write_product(tmp_path / "s", contract_changes=changes)).contract

    return changed


@pytest.fixture
def check_table(tmp_path: Path) -> CheckTable:
    """Problems of the sample's contract with parts of its table, or of itself, changed."""

    def changed(top: dict[str, Any] | None = None, **table: Any) -> tuple[Problem, ...]:
        changes = table_changes(top, table)
        return check_products(write_product(tmp_path / "s", contract_changes=changes))

    return changed
