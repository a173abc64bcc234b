"""The identity of records: hashes of identifiers, or of the features of a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.models.identity import Identity, mostly_distinct, repeated
from aipo_pipelines.models.record_hashes import hashes
from tests.samples import write_product

texts = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=60)


@given(texts, st.integers(1, 40))
def test_a_text_has_one_hash_for_any_number_of_repeats_in_its_column(
    cells: list[str | None], times: int
) -> None:
    """Columns with few different texts are hashed in another way."""
    once = hashes(_column(cells), ["text"])
    often = hashes(_column(cells * times), ["text"])
    assert often.tolist() == once.tolist() * times


@given(texts)
def test_different_texts_have_different_hashes(cells: list[str | None]) -> None:
    identities = hashes(_column(cells), ["text"])
    assert len(set(identities.tolist())) == len(set(cells))


def test_a_column_that_is_not_there_is_one_of_missing_cells() -> None:
    for kind in ("str", "Int64", "float64", "boolean", "datetime64[us]"):
        empty = pd.DataFrame({"a": [1, 2], "b": pd.Series([None, None]).astype(kind)})
        assert hashes(empty, ["a", "b"]).tolist() == hashes(empty[["a"]], ["a", "b"]).tolist()


def test_the_order_of_columns_counts() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    identities = hashes(frame, ["a", "b"])
    assert identities[0] != identities[1]


def test_without_identifiers_a_record_is_known_by_its_features(tmp_path: Path) -> None:
    identity = Identity.of(load_product(write_product(tmp_path, identifiers=...)))
    assert (identity.named, identity.row) == ((), ("x1", "x2"))


def test_without_a_model_a_record_is_its_whole_row_except_the_label(tmp_path: Path) -> None:
    product = load_product(write_product(tmp_path, identifiers=...))
    data = replace(product, charter=product.charter.model_copy(update={"model": None}))
    assert Identity.of(data).row == ("id", "x1", "x2")
    assert Identity.of(data).scheme != Identity.of(product).scheme


def test_rows_written_twice_in_one_delivery_do_not_hide_rows_of_another_delivery(
    tmp_path: Path,
) -> None:
    """Repeated rows are found at their first place; other rows that are alike are counted."""
    identity = Identity.of(load_product(write_product(tmp_path, identifiers=...)))
    first, second, new = (np.arange(300, dtype=np.uint64) + n for n in (0, 1000, 2000))
    known = np.concatenate([second, second, first])
    deliveries = pd.Series(np.repeat(["b", "a"], [600, 300]))
    mine = np.concatenate([first, new, new, second[:5]])
    places, alike = identity.places(mine, known, deliveries)
    assert places[:300].tolist() == [*range(600, 900)]
    assert set(places[300:]) == {-1}
    assert alike == 5


def test_a_record_without_its_identifier_is_known_by_its_row(tmp_path: Path) -> None:
    identity = Identity.of(load_product(write_product(tmp_path)))
    nameless = pd.DataFrame(
        {"id": pd.Series([1, pd.NA, pd.NA], dtype="Int64"), "x1": [0.1, 0.2, 0.3], "x2": 0.0}
    )
    identities = identity.of_records(nameless)
    assert len(set(identities.tolist())) == 3
    assert identity.of_records(nameless.assign(x1=0.1))[0] == identities[0]


def test_in_forecasting_a_record_is_a_series_at_a_time(tmp_path: Path) -> None:
    properties = [
        {"name": "shop", "logicalType": "string"},
        {"name": "week", "logicalType": "date"},
        {"name": "y", "logicalType": "number"},
    ]
    folder = write_product(
        tmp_path,
        identifiers=...,
        labels={"column": "y", "positive": ...},
        time_column="week",
        model={
            "task": "forecasting",
            "estimator": "sklearn.linear_model.Ridge",
            "features": ["shop"],
            "forecasting": {"series": "shop", "season": 4, "steps": [1]},
        },
        thresholds=[],
        contract_changes={"schema": [{"name": "records", "properties": properties}]},
    )
    assert Identity.of(load_product(folder)).named == ("shop", "week")


@pytest.mark.parametrize("change", [{"identifiers": ["id", "x1"]}, {"identifiers": ...}])
def test_hashes_of_other_identifiers_have_another_scheme(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    before = Identity.of(load_product(write_product(tmp_path / "before")))
    after = Identity.of(load_product(write_product(tmp_path / "after", **change)))
    again = Identity.of(load_product(write_product(tmp_path / "again")))
    assert before.scheme == again.scheme != after.scheme


def test_all_but_the_last_of_a_record_are_repeated() -> None:
    assert repeated(np.array([3, 1, 3, 2, 1], dtype=np.uint64)).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_rows_do_not_distinguish_records_if_more_than_half_repeat() -> None:
    assert mostly_distinct(np.array([1, 1, 2, 2], dtype=np.uint64))
    assert not mostly_distinct(np.array([1, 1, 1, 2, 2], dtype=np.uint64))


def _column(cells: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"text": pd.Series(cells, dtype="str")})
