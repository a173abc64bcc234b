"""CSV files: every good form is read, every bad form is refused without quoting a cell."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import Contract, FileLayout
from aipo_pipelines.errors import SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.delimited import read_delimited

Read = Callable[..., pd.DataFrame]
SECRET = "4111111111111111"


def rows(frame: pd.DataFrame) -> list[list[object]]:
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_every_column_is_read_as_text(read: Read) -> None:
    frame = read(b"id,amount\n007,1.50\nNA,1e3\n")
    assert rows(frame) == [["007", "1.50"], ["NA", "1e3"]]
    assert {str(kind) for kind in frame.dtypes} == {"str"}


def test_only_an_empty_cell_is_missing(read: Read) -> None:
    assert rows(read(b'id,amount\n,null\n"", \n')) == [[None, "null"], [None, " "]]


def test_a_quoted_cell_may_contain_delimiters_quotes_and_line_breaks(read: Read) -> None:
    frame = read(b'id,amount\n"a,b","say ""hi"""\n"two\nlines",2\n')
    assert rows(frame) == [["a,b", 'say "hi"'], ["two\nlines", "2"]]


def test_a_quoted_line_break_may_be_anywhere_in_a_large_file(read: Read) -> None:
    lines = b"".join(b'"%d\nx",%d\n' % (n, n) for n in range(200_000))
    frame = read(b"id,amount\n" + lines)
    assert len(frame) == 200_000
    assert frame["id"].iloc[-1] == "199999\nx"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_is_read(read: Read, ending: bytes) -> None:
    assert rows(read(ending.join([b"id,amount", b"a,1", b"b,2"]))) == [["a", "1"], ["b", "2"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_the_declared_encoding_is_used(read: Read, encoding: str) -> None:
    frame = read("id,amount\nMünchen,1\n".encode(encoding), layout=FileLayout(encoding=encoding))
    assert rows(frame) == [["München", "1"]]
    assert list(frame.columns) == ["id", "amount"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(read: Read) -> None:
    assert read(b"\xef\xbb\xbfid,amount\na,1\n").columns[0] == "id"


@pytest.mark.parametrize("line", [b"sep=;\r\n", b'"sep=;"\n', b"SEP=;\r"])
def test_a_line_that_names_the_delimiter_is_neither_names_nor_record(
    read: Read, line: bytes
) -> None:
    end = line.removeprefix(b'"').lower().removeprefix(b"sep=;").removeprefix(b'"')
    for layout in (FileLayout(delimiter=";"), FileLayout(delimiter=";", header="none")):
        names = b"" if layout.header == "none" else b"id;amount" + end
        frame = read(line + names + b"a;1" + end + b"b;2" + end, layout=layout)
        assert rows(frame) == [["a", "1"], ["b", "2"]]
        assert list(frame.columns) == ["id", "amount"]


def test_a_line_that_names_another_delimiter_than_the_contract_is_refused(read: Read) -> None:
    with pytest.raises(SourceUnreadableError, match=r"names ';' as its delimiter.*says ','"):
        read(b"sep=;\nid;amount\na;1\n")


def test_the_number_of_a_line_counts_the_line_that_names_the_delimiter(read: Read) -> None:
    with pytest.raises(SourceUnreadableError, match="in line 4"):
        read(b"sep=;\nid;amount\na;1\nb\n", layout=FileLayout(delimiter=";"))


def test_other_delimiters_and_quotes_are_read(read: Read) -> None:
    layout = FileLayout(delimiter=";", quote="'", decimal=",")
    assert rows(read(b"id;amount\n'a;b';1,5\n", layout=layout)) == [["a;b", "1,5"]]


def test_without_a_quote_character_quotes_are_text(read: Read) -> None:
    assert rows(read(b'id,amount\n"a,5\n', layout=FileLayout(quote=""))) == [['"a', "5"]]


def test_a_quote_inside_an_unquoted_cell_is_text(read: Read) -> None:
    assert rows(read(b'id,amount\n5" pipe,1\n6" pipe,2\n')) == [['5" pipe', "1"], ['6" pipe', "2"]]


def test_a_compressed_file_is_read_the_same_way(read: Read) -> None:
    data = gzip.compress(b"id,amount\na,1\n", mtime=0)
    assert rows(read(data, "orders.csv.gz")) == [["a", "1"]]


def test_a_file_without_header_is_named_by_the_contract(read: Read) -> None:
    frame = read(b"a,1,x\nb,2,y\n", layout=FileLayout(header="none"))
    assert list(frame.columns) == ["id", "amount", "column_3"]
    assert len(frame) == 2


def test_repeated_and_nameless_columns_get_different_names(read: Read) -> None:
    frame = read(b"id,,id,id.1\n1,2,3,4\n")
    assert list(frame.columns) == ["id", "column_2", "id.2", "id.1"]


def test_hostile_column_names_stay_unchanged(read: Read) -> None:
    frame = read('"<b>","a\'\n""b","../x","🙂"\n1,2,3,4\n'.encode())
    assert list(frame.columns) == ["<b>", "a'\n\"b", "../x", "🙂"]


def test_a_header_alone_is_a_batch_without_rows(read: Read) -> None:
    frame = read(b"id,amount\n\n")
    assert frame.shape == (0, 2)
    assert list(frame.columns) == ["id", "amount"]


def test_blank_lines_are_no_records(read: Read) -> None:
    assert rows(read(b"\nid,amount\n\na,1\n\n")) == [["a", "1"]]


def test_an_empty_line_of_a_single_column_is_a_record(read: Read) -> None:
    assert rows(read(b"id\na\n\nb\n")) == [["a"], [None], ["b"]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\r\n ", "is empty"),
        (b"id,amount\na,1\nb\n", r"1 cells in line 3; expected 2"),
        (b"id,amount\na,1,2\n", r"3 cells in line 2; expected 2"),
        (b'id,amount\n"two\nlines",1\nb\n', r"1 cells in line 4; expected 2"),
        (b"id,amount\r\rb,1\rc\r", r"1 cells in line 4; expected 2"),
        (b'id,amount\na,1\nb,"2\n', "quote in or before line 3 that is opened"),
        (b'id,amount\na,"1\nb,2\nc,"3"\n', "quote in or before line 4 that is opened"),
        (b'id,amount\na,"', "quote in or before line 2 that is opened"),
        (b"id,amount\nM\xfcller,1\n", "position 11 does not fit"),
        (b"id,amount\na,1\n\0\0\0", "NUL byte at position 14"),
        ("id,amount\n".encode("utf-16-le"), "NUL byte at position 1"),
        (gzip.compress(b"id,amount\na,1\n", mtime=0)[:-9], "gzip file that ends too early"),
        (
            gzip.compress(b"id,amount\na,1\n", mtime=0)[:12] + b"\xff" * 20,
            "gzip file that ends too early",
        ),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused(read: Read, data: bytes, message: str) -> None:
    with pytest.raises(SourceUnreadableError, match=message) as refused:
        read(data)
    assert "orders.csv" in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        f"id,amount\na,1\n{SECRET}\n",
        f'id,amount\na,"{SECRET}\n',
        f"id,amount\n{SECRET},é\n",
        f"id,amount\n{SECRET},\0\n",
    ],
    ids=["ragged", "open quote", "encoding", "nul"],
)
def test_no_refusal_quotes_a_cell(read: Read, data: str) -> None:
    with pytest.raises(SourceUnreadableError) as refused:
        read(data.encode("latin-1"))
    error: BaseException | None = refused.value
    assert SECRET not in str(error)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (FileLayout(encoding="klingon"), "does not know"),
        (FileLayout(delimiter="||"), "one ASCII character"),
        (FileLayout(delimiter="§"), "one ASCII character"),
        (FileLayout(quote="''"), "one ASCII character"),
    ],
)
def test_a_layout_that_cannot_be_used_is_refused(
    read: Read, layout: FileLayout, message: str
) -> None:
    with pytest.raises(SourceUnreadableError, match=message):
        read(b"id,amount\na,1\n", layout=layout)


def test_a_missing_file_is_named(feed_of: Callable[..., object]) -> None:
    feed = feed_of("gone.csv", {"id": "string"})
    with pytest.raises(SourceMissingError, match=r"'gone\.csv' is missing"):
        feed.load("gone")  # type: ignore[attr-defined]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=20))
def test_every_text_that_is_written_with_quotes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]
    path.write_bytes("\n".join(["id,amount", *quoted, ""]).encode())
    frame = read_delimited(path, "a.csv", _contract())
    assert rows(frame) == [[cell or None for cell in row] for row in cells]


def _contract() -> Contract:
    return Contract(id="c", version="1", status="active", dataset="d", columns=())


def test_an_unreadable_file_is_named(tmp_path: Path, feed_of: Callable[..., object]) -> None:
    (tmp_path / "orders.csv").mkdir()
    with pytest.raises(SourceMissingError, match="is a folder"):
        feed_of("orders.csv", {"id": "string"}).load("orders")  # type: ignore[attr-defined]
