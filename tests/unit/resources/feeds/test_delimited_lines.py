"""Delimited text line by line: the first record, the quotes, and the line that does not fit."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.delimited_lines import (
    LONGEST_LINE,
    first_record,
    quotes_are_regular,
    refuse_wrong_line,
)

COMMA = FileLayout()
NO_QUOTES = FileLayout(quote="")
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)
SEARCHED_AT_ONCE = 1 << 18
"""Bytes of a block in which quotes are searched."""


def written(rows: Sequence[Sequence[str]], end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    # All cells are quoted: otherwise older versions of Python leave an end of line without quotes.
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


def refused(data: bytes, width: int, start: int = 0, layout: FileLayout = COMMA) -> str:
    with pytest.raises(SourceUnreadableError) as error:
        refuse_wrong_line(data, start, width, layout, "orders.csv")
    return str(error.value)


@pytest.mark.parametrize(
    ("data", "cells", "position"),
    [
        (b"id,amount\na,1\n", ["id", "amount"], 10),
        (b"\r\n\nid,amount\r\na,1\r\n", ["id", "amount"], 14),
        (b"id,amount\ra,1\r", ["id", "amount"], 10),
        (b'"a\nb",c\nd,e\n', ["a\nb", "c"], 8),
        ("größe,é\n1,2\n".encode(), ["größe", "é"], 11),
        (b"id,amount", ["id", "amount"], 9),
        (b"only\n", ["only"], 5),
    ],
)
def test_the_first_record_ends_before_the_second_begins(
    data: bytes, cells: list[str], position: int
) -> None:
    assert first_record(data, 0, COMMA, "orders.csv") == (cells, position)


def test_skipped_bytes_count_for_the_position_of_the_next_record() -> None:
    data = b"sep=;\nid;amount\na;1\n"
    layout = FileLayout(delimiter=";")
    first, position = first_record(data, 6, layout, "orders.csv")
    assert first == ["id", "amount"]
    assert data[position:] == b"a;1\n"


def test_without_quotes_in_the_layout_a_quote_is_a_character() -> None:
    assert first_record(b'"id,amount\n', 0, NO_QUOTES, "orders.csv")[0] == ['"id', "amount"]


@pytest.mark.parametrize("data", [b'"id,amount\na,1\n', b'"id"x,amount\n', b"x" * LONGEST_LINE])
def test_a_first_line_without_an_end_is_refused_with_a_next_step(data: bytes) -> None:
    with pytest.raises(SourceUnreadableError) as error:
        first_record(data, 0, COMMA, "orders.csv")
    assert str(error.value) == (
        "orders.csv has a first line that does not end by the rules of its layout (delimiter, "
        "quote), or that has a cell of more than 131,072 characters; expected a header. Correct "
        "the contract or deliver the file again."
    )


def test_a_first_line_of_the_longest_length_that_ends_is_read() -> None:
    cell = "x" * 100_000
    line = f"{','.join([cell] * 10)},{'y' * (LONGEST_LINE - 1_000_011)}\n".encode()
    assert len(line) == LONGEST_LINE
    first, position = first_record(line, 0, COMMA, "orders.csv")
    assert (len(first), position) == (11, LONGEST_LINE)


@pytest.mark.parametrize(
    "body",
    [
        b"a,b\n",
        b'"a",b\n',
        b'a,"b"\n',
        b'"a""b",c\n',
        b'""\n',
        b'""\r\n"x"\r\n',
        b'"a"',
        b'"a,\nb"',
        b'"a",b',
    ],
)
def test_quotes_at_the_borders_of_cells_are_regular(body: bytes) -> None:
    assert quotes_are_regular(memoryview(body), COMMA)


@pytest.mark.parametrize(
    "body", [b'a"b,c\n', b'"a,b\n', b'"a"b,c\n', b'a"\n', b'x,"\n', b'"', b'"a" ,b\n', b'a, "b"\n']
)
def test_any_other_quote_is_not_regular(body: bytes) -> None:
    assert not quotes_are_regular(memoryview(body), COMMA)


@pytest.mark.parametrize("shift", range(5))
def test_quotes_are_followed_from_one_block_to_the_next(shift: int) -> None:
    # The cell begins before the border of two blocks and ends behind it.
    filler = b"x" * (SEARCHED_AT_ONCE - 4 + shift) + b"\n"
    assert quotes_are_regular(memoryview(filler + b'"ab",c\n"d"\n'), COMMA)
    assert not quotes_are_regular(memoryview(filler + b'"ab",c\n"d\n'), COMMA)
    assert not quotes_are_regular(memoryview(filler + b'"ab"c\n"d"\n'), COMMA)


def test_only_the_quote_of_the_layout_counts() -> None:
    single = FileLayout(quote="'")
    assert quotes_are_regular(memoryview(b"'a','b'\n"), single)
    assert quotes_are_regular(memoryview(b'a"b\n'), single)
    assert not quotes_are_regular(memoryview(b"it's\n"), single)


@given(TABLES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_file_that_a_writer_quotes_correctly_is_accepted(
    rows: list[list[str]], end: str
) -> None:
    data = written(rows, end)
    assert quotes_are_regular(memoryview(data), COMMA)
    refuse_wrong_line(data, 0, len(rows[0]), COMMA, "orders.csv")


@given(st.lists(st.just(["a", "b"]), max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_number_of_the_wrong_line_counts_from_the_first_line_of_the_file(
    rows: list[list[str]], end: str
) -> None:
    header = written([["id", "amount"]], end)
    data = header + written([*rows, ["a"]], end)
    assert refused(data, 2, len(header)) == (
        f"orders.csv has 1 cells in line {len(rows) + 2}; expected 2 as in its first line. The "
        "file may be truncated, or a cell holds a delimiter without quotes. Deliver the file again."
    )


def test_a_line_with_too_many_cells_is_found_behind_a_cell_of_several_lines() -> None:
    assert "has 3 cells in line 4; expected 2 as in its first line." in refused(
        b'id,amount\n"a\nb",1\nc,1,5\n', 2, 10
    )


def test_blank_lines_are_no_records_but_lines() -> None:
    refuse_wrong_line(b"a,1\n\n\nb,2\n", 0, 2, COMMA, "orders.csv")
    assert "has 1 cells in line 4;" in refused(b"a,1\n\n\nb\n", 2)


def test_a_quote_that_is_never_closed_is_named_by_its_line() -> None:
    assert refused(b'id,amount\na,1\n"b,2\nc,3\n', 2) == (
        "orders.csv has a quote in or before line 4 that is opened and never properly closed; the "
        "file may be truncated. Deliver the file again."
    )


def test_a_quote_near_the_end_of_a_large_file_is_no_cell_that_is_too_long() -> None:
    data = b"a,1\n" * 40_000 + b'"b,2\n'
    assert refused(data, 2).startswith("orders.csv has a quote in or before line 40001 that is")


def test_a_cell_that_is_too_long_is_named_by_its_line() -> None:
    data = b"id,amount\n" + b"x" * 131_073 + b",1\n"
    assert refused(data, 2) == (
        "orders.csv has a cell of more than 131,072 characters in or before line 2; expected "
        "shorter cells. Deliver the file again."
    )


def test_an_open_quote_is_the_hint_if_it_makes_a_cell_too_long() -> None:
    data = b'id,amount\n"a,1\n' + b"b,2\n" * 40_000
    message = refused(data, 2)
    assert message.startswith("orders.csv has a cell of more than 131,072 characters in or before")
    assert message.endswith(
        "expected shorter cells. If a quote opens it, the quote may never be closed. Deliver the "
        "file again."
    )


@pytest.mark.parametrize("before", [b"", b"id,amount\n"])
def test_a_file_that_lost_its_ends_of_lines_is_refused_without_reading_it_whole(
    before: bytes,
) -> None:
    line = 1 + len(before.splitlines())
    data = before + b"a," * (LONGEST_LINE // 2)
    assert refused(data, 2) == (
        f"orders.csv has 1,048,576 characters or more in line {line}; expected fewer. The file may "
        "have lost its ends of lines. Deliver the file again."
    )
