"""The layout of a file is found by evidence, and no cell is shown."""

from __future__ import annotations

import os

import pytest

from aipo_pipelines.drafting.layout import (
    check_header,
    find_delimiter,
    find_encoding,
    finds_decimal_comma,
    finds_thousands,
    has_header,
)
from aipo_pipelines.errors import DraftError


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("a,ü\n".encode(), "utf-8"),
        ("a,ü\n".encode("utf-8-sig"), "utf-8"),
        ("a,ü\n".encode("utf-16"), "utf-16"),
        ("a,ü\n".encode("cp1252"), "cp1252"),
        (b"a,\x81\n", "latin-1"),
        ("a,ü".encode()[:-1], "utf-8"),
    ],
)
def test_the_encoding_is_what_the_bytes_fit(data: bytes, encoding: str) -> None:
    assert find_encoding(data, "f.csv") == encoding


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"PK\x03\x04", "spreadsheet"),
        (b"%PDF-1.7", "PDF"),
        (b"a\0b", "NUL"),
        (b"\x01\x02a", "binary"),
        (b"PAR1", "Parquet"),
        (b"SQLite format 3", "#TABLE"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, word: str) -> None:
    with pytest.raises(DraftError, match=word):
        find_encoding(data, "f.csv")


def test_random_bytes_are_no_text() -> None:
    with pytest.raises(DraftError):
        find_encoding(os.urandom(4000), "f.csv")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_sign_that_cuts_evenly(sign: str) -> None:
    text = "".join(f"a{sign}b, c; d{sign}{row}\n" if sign not in ",;" else f"a{sign}b{sign}{row}\n"
                   for row in range(9))  # fmt: skip
    assert find_delimiter(text, "f.csv") == sign


def test_a_text_without_a_delimiter_has_one_column() -> None:
    with pytest.raises(DraftError, match="one column"):
        find_delimiter("a\n1\n2\n", "f.csv")


@pytest.mark.parametrize(
    "first",
    [["1", "2"], ["ada@example.com", "x"], ["red", "Anna"]],
    ids=["numbers", "mail", "again"],
)
def test_a_first_line_that_reads_like_a_record_is_no_header(first: list[str]) -> None:
    assert not has_header(first, [["red", "Bea"], ["blue", "Cleo"]])


def test_names_that_no_cell_repeats_are_a_header() -> None:
    assert has_header(["colour", "name"], [["red", "Bea"], ["blue", "Cleo"]])


def test_names_that_repeat_are_refused() -> None:
    with pytest.raises(DraftError, match="same name: 'a'"):
        check_header(["a", "b", "a"], "f.csv")


def test_a_comma_is_decimal_if_most_numbers_have_it() -> None:
    assert finds_decimal_comma([["1,5", "2"], ["a", "b"]], ";")
    assert not finds_decimal_comma([["1.5", "2"], ["1,5 and 2", "b"]], ";")
    assert not finds_decimal_comma([["1,5"]], ",")


@pytest.mark.parametrize(
    ("cells", "decimal", "sign"),
    [
        (["1.234,56", "12,00"], ",", "."),
        (["1.234.567", "999"], ",", "."),
        (["1,234.5", "7"], ".", ","),
        (["1'234.50", "7.00"], ".", "'"),
        (["1 234,56", "12,00"], ",", " "),
        (["1.234", "2.345"], ",", ""),
        (["86 095 742 719", "47 036 892 816"], ",", ""),
        (["030.123.456", "030.234.567"], ",", ""),
        (["31.12.2026", "01.01.2026"], ",", ""),
        (["1.234.567", "see below", "none"], ",", ""),
    ],
)
def test_a_sign_between_thousands_is_found_only_if_it_is_certain(
    cells: list[str], decimal: str, sign: str
) -> None:
    assert finds_thousands([cells], decimal, ";") == sign


def test_groups_of_thousands_do_not_hide_a_decimal_comma() -> None:
    assert finds_decimal_comma([["1.234,56", "12,5"]], ";")
