from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from aipo_pipelines.measures.data.conform import conform, conform_columns, delivered_names
from tests.unit.measures.contracts import FileLayout, column, contract, delivered

AGREED = contract(column("id", "integer"), column("amount", "number", delivered_as="Amt"))


def test_columns_are_renamed_and_put_in_the_order_of_the_contract() -> None:
    conformed = conform(delivered(Amt=["1.5"], id=["7"]), AGREED)
    assert list(conformed.frame.columns) == ["id", "amount"]
    assert conformed.reordered


def test_columns_in_the_declared_order_are_not_reordered() -> None:
    assert not conform(delivered(id=["7"], Amt=["1.5"]), AGREED).reordered


def test_a_column_that_was_not_delivered_is_named_and_absent() -> None:
    conformed = conform(delivered(id=["7"]), AGREED)
    assert conformed.missing_columns == ("amount",)
    assert "amount" not in conformed.frame


def test_an_undeclared_column_is_kept_as_delivered() -> None:
    conformed = conform(delivered(id=["7"], Amt=["1"], note=[" a "]), AGREED)
    assert conformed.undeclared_columns == ("note",)
    assert conformed.frame["note"].tolist() == [" a "]


def test_an_undeclared_column_never_takes_the_name_of_a_declared_column() -> None:
    conformed = conform(delivered(id=["7"], Amt=["1.5"], amount=["9"]), AGREED)
    assert conformed.undeclared_columns == ("amount (2)",)
    assert conformed.frame["amount"].tolist() == [1.5]


def test_of_two_columns_with_one_name_the_first_counts() -> None:
    table = pd.DataFrame([["7", "1.5", "8"]], columns=["id", "Amt", "id"], dtype="str")
    conformed = conform(table, AGREED)
    assert conformed.frame["id"].tolist() == [7]
    assert conformed.frame["id (2)"].tolist() == ["8"]


def test_by_position_the_header_line_does_not_matter() -> None:
    agreed = contract(*AGREED.columns, layout=FileLayout(header="position"))
    conformed = conform(delivered(x=["7"], y=["1.5"], z=["?"]), agreed)
    assert conformed.frame["amount"].tolist() == [1.5]
    assert conformed.undeclared_columns == ("z",)


def test_without_a_header_line_columns_are_numbered() -> None:
    agreed = contract(*AGREED.columns, layout=FileLayout(header="none"))
    table = pd.DataFrame([["7", "1.5", "?"]], dtype="str")
    assert conform(table, agreed).undeclared_columns == ("column_3",)


def test_a_first_record_taken_for_a_header_does_not_travel_on_as_column_names() -> None:
    conformed = conform(delivered(**{"8": ["7"], "jane@example.org": ["1.5"]}), AGREED)
    assert conformed.undeclared_columns == ("column_1", "column_2")


@pytest.mark.parametrize(
    "cell",
    [
        "jane@example.org",
        "4556737586899855",
        "DE89 3704 0044 0532 0130 00",
        "81.2.69.160",
        "+47 912 34 567",
        "-12.5",
        "1e-05",
        "She called about her bill. " * 4,
    ],
)
def test_a_cell_among_the_names_does_not_travel_on_as_one(cell: str) -> None:
    conformed = conform(delivered(id=["7"], Amt=["1.5"], **{cell: ["x"]}), AGREED)
    assert conformed.undeclared_columns == ("column_3",)


@pytest.mark.parametrize(
    "name", ["x2", "total_2026_q3", "größe in m²", "<b>", "a.b", "e-mail", "🙂"]
)
def test_an_undeclared_name_is_reported(name: str) -> None:
    conformed = conform(delivered(id=["7"], Amt=["1.5"], **{name: ["x"]}), AGREED)
    assert conformed.undeclared_columns == (name,)


def test_a_declared_name_is_kept_even_if_it_looks_like_a_cell() -> None:
    agreed = contract(column("2026-01-31", "integer"), column("id", "integer"))
    conformed = conform(
        delivered(**{"2026-01-31": ["7"], "2026-02-28": ["8"], "id": ["1"]}), agreed
    )
    assert conformed.frame["2026-01-31"].tolist() == [7]
    assert conformed.undeclared_columns == ("column_2",)


def test_misfits_are_counted_by_declared_name() -> None:
    conformed = conform(delivered(id=["7", "x", ""], Amt=["1", "2", "3"]), AGREED)
    assert conformed.misfits == {"id": 1, "amount": 0}


def test_the_rows_keep_their_index() -> None:
    table = delivered(id=["7", "8"], Amt=["1", "2"]).set_axis([40, 41])
    assert conform(table, AGREED).frame.index.tolist() == [40, 41]


@pytest.mark.parametrize("header", ["name", "position"])
def test_single_columns_read_as_in_the_whole_table(header: str) -> None:
    agreed = replace(AGREED, layout=FileLayout(header=header))
    raw = delivered(Amt=["1.5", "x"], id=["7", "8"])
    whole = conform(raw, agreed).frame
    names = delivered_names([str(name) for name in raw], agreed)
    assert set(names) == {"id", "amount"}
    for name in names:
        single = {name: names[name]}
        read = conform_columns([raw[names[name]]], agreed, single)
        pd.testing.assert_frame_equal(read, whole[[name]])


def test_columns_read_one_by_one_come_in_the_order_of_the_contract() -> None:
    raw = delivered(Amt=["1.5", "x"], id=["7", "8"])
    names = delivered_names(["Amt", "id"], AGREED)
    read = conform_columns((raw[name] for name in raw), AGREED, names)
    pd.testing.assert_frame_equal(read, conform(raw, AGREED).frame)


def test_only_columns_that_were_delivered_have_a_delivered_name() -> None:
    assert delivered_names(["note", "Amt"], AGREED) == {"amount": "Amt"}
