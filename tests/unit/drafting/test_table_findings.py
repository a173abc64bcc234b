"""Repeated records, repeated header lines and twin columns are reported once each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.sources import FolderBatches
from aipo_pipelines.drafting.batch_windows import Cut
from aipo_pipelines.drafting.roles import Roles
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.drafting.table_findings import table_remarks
from tests.unit.drafting.tables import NO_ROLES, ROWS, WHOLE, profiled, table_of

KEYED = replace(NO_ROLES, identifiers=("id",))


def remarks(
    table: Table, roles: Roles = NO_ROLES, cut: Cut = WHOLE, name: str = "data.csv"
) -> list[str]:
    return [remark.text for remark in table_remarks(table, profiled(table), roles, cut, name)]


def test_a_table_without_anything_odd_has_no_remark() -> None:
    assert remarks(table_of(a=[1, 2, 3], b=[3, 1, 2])) == []


def test_repeated_records_are_counted_without_the_first_of_them() -> None:
    assert remarks(table_of(a=[1, 1, 1, 2], b=[5, 5, 5, 7])) == [
        ("2 of 4 records repeat another record in every column: were they delivered twice?")
    ]


def test_records_with_the_same_gaps_repeat_each_other() -> None:
    (remark,) = remarks(table_of(a=["1", "1", "2"], b=["", "", "3"]))
    assert remark.startswith("1 of 3 records repeat")


def keyed(apart: int, count: int = 100, again: int = 0) -> Table:
    """Records that repeat another record apart from the key, or altogether."""
    values = [*range(count - apart), *range(apart)]
    ids = [*range(count)]
    for place in range(again):
        values[place + 50], ids[place + 50] = values[place + 40], ids[place + 40]
    return table_of(id=ids, a=values, b=[value * 7 for value in values])


def test_records_that_differ_only_in_the_key_are_reported_with_the_key() -> None:
    table = keyed(2)
    assert remarks(table, KEYED) == [
        "2 of 100 records repeat another record in every column except id"
    ]
    assert remarks(table) == []


def test_two_records_in_a_hundred_are_few() -> None:
    assert len(remarks(keyed(4, count=200), KEYED)) == 1
    assert remarks(keyed(4, count=199), KEYED) == []


def test_many_such_records_come_by_chance() -> None:
    assert remarks(keyed(3), KEYED) == []


def test_records_that_repeat_altogether_are_not_counted_again_without_the_key() -> None:
    assert remarks(keyed(1, again=2), KEYED) == [
        ("2 of 100 records repeat another record in every column: were they delivered twice?"),
        "1 of 100 records repeat another record in every column except id",
    ]


def test_a_table_of_keys_only_has_nothing_to_repeat() -> None:
    assert remarks(table_of(id=[1, 2, 3]), KEYED) == []


def test_all_columns_of_a_joint_key_are_named() -> None:
    table = table_of(id=range(100), line=[0] * 100, a=[*range(99), 0])
    roles = replace(NO_ROLES, identifiers=("id", "line"))
    assert remarks(table, roles) == [
        "1 of 100 records repeat another record in every column except id, line"
    ]


def test_a_line_of_names_among_the_records_is_reported() -> None:
    (remark,) = remarks(table_of(a=["1", "a", "2"], b=["3", "b", "4"]))
    assert remark == (
        "1 record is the line of names again: files were put together with their header lines"
    )
    lines = remarks(table_of(a=["1", "a", "a"], b=["3", "b", "b"]))
    assert lines[1].startswith("2 records are the line of names again")


def test_a_record_with_only_some_of_the_names_is_no_header_line() -> None:
    assert remarks(table_of(a=["1", "a", "2"], b=["3", "x", "4"])) == []


def test_a_source_of_native_types_has_no_header_lines() -> None:
    frame = pd.DataFrame({"a": ["1", "a"], "b": ["2", "b"]})
    assert remarks(Table(frame=frame, rows=2, is_text=False)) == []


def test_a_twin_is_reported_beside_the_first_of_its_columns() -> None:
    cells = ["x", "y", "x", "z"]
    assert remarks(table_of(a=cells, b=[1, 2, 3, 4], c=cells, d=cells)) == [
        "c is a in every record: is one of them needed?",
        "d is a in every record: is one of them needed?",
    ]


@pytest.mark.parametrize(
    "twin",
    [["x", "y", "x", "x"], ["x", "y", "x", ""], ["z", "y", "z", "x"]],
)
def test_columns_that_differ_in_one_record_are_no_twins(twin: Any) -> None:
    assert remarks(table_of(a=["x", "y", "x", "z"], b=[1, 2, 3, 4], c=twin)) == []


def test_columns_with_the_same_gaps_are_twins() -> None:
    cells = ["x", "", "y", "x"]
    assert remarks(table_of(a=cells, b=[1, 2, 3, 4], c=cells)) == [
        "c is a in every record: is one of them needed?"
    ]


def test_two_columns_with_one_value_each_are_no_twins() -> None:
    assert remarks(table_of(a=[1, 1, 1], b=[1, 1, 1], c=[1, 2, 3])) == []


def dated(roles: Roles = NO_ROLES, cut: Cut = WHOLE, name: str = "in_2026-09-30.csv") -> list[Any]:
    table = table_of(a=[1, 2, 3])
    return [*table_remarks(table, profiled(table), roles, cut, name)]


def test_a_date_in_the_name_of_a_file_dates_the_batch() -> None:
    (remark,) = dated()
    assert remark.text == (
        "no column says when a record is from; the name of the file does (in_2026-09-30.csv), and "
        "dates the batch: keep a date in the name of every file"
    )
    assert not remark.is_open
    (folder,) = dated(cut=replace(WHOLE, rule=FolderBatches(by="folder")), name="2026-W40/a.csv")
    assert "(2026-W40/a.csv), and dates the batch" in folder.text


def test_a_date_in_the_name_dates_no_batch_of_rows() -> None:
    (remark,) = dated(cut=ROWS)
    assert remark.text == (
        "no column says when a record is from, only the name of the file (in_2026-09-30.csv): "
        "write `batches: {by: file}` if every delivery has a date in its name"
    )
    assert remark.is_open


def test_a_time_of_records_or_a_name_without_a_date_leaves_nothing_to_say() -> None:
    assert dated(replace(NO_ROLES, time="day")) == []
    assert dated(name="in.csv") == []


def test_findings_come_in_one_order() -> None:
    cells = ["x", "y", "a", "x"]
    table = table_of(a=cells, c=["x", "y", "c", "x"], d=cells)
    texts = remarks(table_of(a=cells, b=["x", "y", "b", "x"]), name="in_2026-09-30.csv")
    assert [text.split()[0] for text in texts] == ["1", "1", "no"]
    assert remarks(table)[-1] == "d is a in every record: is one of them needed?"
