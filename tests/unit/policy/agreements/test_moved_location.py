"""A moved folder is named if its relative locations lead to other data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.policy.agreements.moved_files import move_text
from tests.samples import write_product


@pytest.fixture
def agreed(tmp_path: Path) -> Product:
    folder = write_product(tmp_path / "sample")
    return replace(load_product(folder), folder=tmp_path / "sample", place="sample")


def changed(field: str) -> tuple[Change, ...]:
    return (Change(field=field, old="a", new="b", effect=Effect.BINDS),)


def moved(agreed: Product) -> Product:
    return replace(agreed, folder=agreed.folder.parent / "other", place="other")


def test_a_moved_folder_with_another_location_names_both_places(agreed: Product) -> None:
    text = move_text(agreed, moved(agreed), changed("charter.sources.records.location"))
    assert text.startswith("Its folder was moved from sample to other: ")


def test_a_column_named_location_is_no_place_of_data(agreed: Product) -> None:
    assert move_text(agreed, moved(agreed), changed("contract.columns.location")) == ""


def test_another_location_in_the_same_folder_is_no_move(agreed: Product) -> None:
    assert move_text(agreed, agreed, changed("charter.sources.records.location")) == ""
