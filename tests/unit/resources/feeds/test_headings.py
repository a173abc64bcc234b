"""A header line in a file whose contract declares no header line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import Contract, FileLayout
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.delimited import read_delimited
from aipo_pipelines.resources.feeds.headings import holds_names, holds_record
from tests.unit.measures.contracts import column, contract

AGREED = contract(
    column("customer_id"),
    column("city"),
    column("amount", "number"),
    column("day", "date"),
    layout=FileLayout(header="none"),
)
WORDS = contract(column("city"), column("state"), layout=FileLayout(header="none"))


def read(folder: Path, first: str, agreed: Contract) -> pd.DataFrame:
    path = folder / "orders.csv"
    path.write_text(f"{first}\n7,Oslo,1.5,2026-09-30\n" if agreed is AGREED else f"{first}\na,b\n")
    return read_delimited(path, "orders.csv", agreed)


@pytest.mark.parametrize(
    "first",
    [
        "customer_id,city,amount,day",
        "Customer ID,CITY,Amount,Day",
        "day,amount,city,customer_id",
        "customer_id,city,amount,",
        "customer_id,city,sum,day",
    ],
)
def test_a_line_of_column_names_is_a_problem_with_advice(tmp_path: Path, first: str) -> None:
    with pytest.raises(SourceUnreadableError) as refused:
        read(tmp_path, first, AGREED)
    message = str(refused.value)
    assert message.startswith(
        "orders.csv begins with a line of column names, and its contract says "
    )
    assert "Correct the contract's `header` to name or position" in message


@pytest.mark.parametrize(
    "first",
    [
        "customer_id,city,3,day",
        "8,city,2.5,2026-10-01",
        "x,y,z,w",
        "8,Bergen,,",
    ],
)
def test_a_record_with_the_name_of_a_column_in_a_cell_is_no_header(
    tmp_path: Path, first: str
) -> None:
    assert len(read(tmp_path, first, AGREED)) == 2


def test_if_all_columns_are_texts_most_cells_must_be_names(tmp_path: Path) -> None:
    assert len(read(tmp_path, "city,Oslo", WORDS)) == 2
    with pytest.raises(SourceUnreadableError, match="begins with a line of column names"):
        read(tmp_path, "city,state", WORDS)


BY_ORDER = contract(*AGREED.columns, layout=FileLayout(header="position"))
PIXELS = contract(
    column("left", "integer"), column("right", "integer"), layout=FileLayout(header="position")
)


@pytest.mark.parametrize("first", ["8,Bergen,2.5,2026-10-01", "8,Bergen,2.5,", "customer,city,3,"])
def test_by_position_a_first_record_is_not_lost_as_names(tmp_path: Path, first: str) -> None:
    with pytest.raises(SourceUnreadableError, match="begins with a record, and its contract says"):
        read(tmp_path, f"{first}\n7,Oslo,1.5,2026-09-30", BY_ORDER)


@pytest.mark.parametrize("first", ["a,b,c,d", "x,y,2026,day", "x,y,,", ",,,"])
def test_by_position_any_line_that_is_no_record_is_a_header(tmp_path: Path, first: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{first}\n7,Oslo,1.5,2026-09-30\n")
    assert len(read_delimited(path, "orders.csv", BY_ORDER)) == 1


@pytest.mark.parametrize("first", ["0,1", "1,2"])
def test_numbered_columns_have_names(tmp_path: Path, first: str) -> None:
    path = tmp_path / "pixels.csv"
    path.write_text(f"{first}\n200,255\n")
    assert len(read_delimited(path, "pixels.csv", PIXELS)) == 1


NAMED = contract(
    column("customer_id"),
    column("amount", "number", delivered_as="Sum (EUR)"),
    column("day", "date"),
)


@pytest.mark.parametrize(
    ("first", "names"),
    [
        (["customer_id", "Sum (EUR)", "day"], True),
        (["CUSTOMER-ID", "sum eur", "Day!"], True),
        (["amount", "day", "x"], True),
        (["customer_id", "day"], True),
        (["customer_id", "day", "x", "y"], False),
        (["customer_id", "x"], False),
        (["customer_id", "3", "day"], False),
        (["customer_id", "amount", "2026-03-01"], False),
        (["", "", ""], False),
        (["---", "customer_id", "?"], False),
        ([], False),
    ],
)
def test_more_than_half_of_the_cells_must_be_names_and_no_cell_a_value(
    first: list[str], *, names: bool
) -> None:
    assert holds_names(first, NAMED) is names


@pytest.mark.parametrize(
    ("first", "record"),
    [
        (["a", "1.5", "2026-03-01"], True),
        (["a", "1.5", ""], True),
        (["a", "", ""], False),
        (["a", "1.5", "soon"], False),
        (["a", "Sum (EUR)", "day"], False),
        (["a", "1.5", "2026-03-01", "more"], True),
        (["a", "1,5", "2026-03-01"], False),
        (["0", "1", "2"], False),
        (["1", "2", "3"], False),
        (["2", "3", "2026-03-01"], True),
        ([], False),
    ],
)
def test_a_record_has_values_of_its_types_in_all_cells_that_can_be_checked(
    first: list[str], *, record: bool
) -> None:
    assert holds_record(first, NAMED) is record


def test_an_empty_cell_is_no_name_although_a_column_is_named_by_a_sign_only() -> None:
    signs = contract(column("#"), column("id"))
    assert not holds_names(["", "?"], signs)
    assert holds_names(["id"], signs)


def test_the_decimal_sign_and_the_form_of_dates_decide_about_values() -> None:
    german = contract(
        column("amount", "number"),
        column("day", "date", date_format="%d.%m.%Y"),
        layout=FileLayout(decimal=",", header="position"),
    )
    assert holds_record(["1,5", "05.09.2026"], german)
    assert not holds_record(["1.5", "05.09.2026"], german)
    assert not holds_record(["1,5", "2026-09-05"], german)


@given(
    st.lists(st.text(max_size=6), max_size=4),
    st.lists(st.sampled_from(["customer_id", "amount", "day", "1.5", "2026-03-01"]), max_size=3),
)
def test_no_first_line_is_both_names_and_a_record(texts: list[str], words: list[str]) -> None:
    first = [*words, *texts]
    assert [holds_names(first, NAMED), holds_record(first, NAMED)].count(True) <= 1
