"""A sample of several files of one feed: even over all files, in their order, of one layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import FileLayout
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.sampling.files import glob_of_folder, is_delivered, one_table


def drop(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id,amount\n1,2\n")


def sample(first: int, size: int, rows: int = 0, **layout: Any) -> Table:
    """A sample of a file whose records are numbered from `first` on."""
    numbers = [str(number) for number in range(first, first + size)]
    return Table(
        frame=pd.DataFrame({"id": pd.Series(numbers, dtype="str")}),
        rows=rows or size,
        layout=FileLayout(**layout),
    )


def joined(*samples: Table) -> Table:
    return one_table(samples, [PurePath(f"{place}.csv") for place in range(len(samples))])


def parts(table: Table) -> list[tuple[str, int, int]]:
    return [(part.name, part.rows, part.looked_at) for part in table.parts]


@pytest.mark.parametrize(
    ("name", "delivered"),
    [
        ("a.csv", True),
        ("day=1/a.csv", True),
        ("_a.csv", True),
        ("day=1/_a.csv", False),
        ("_temporary/a.csv", False),
        (".a.csv", False),
        (".git/a.csv", False),
        ("a.csv.part", False),
        ("day=1/a.csv~", False),
    ],
)
def test_hidden_unfinished_and_describing_files_are_no_data(name: str, *, delivered: bool) -> None:
    assert is_delivered(PurePath(name)) is delivered


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["a.csv", "b.csv"], "*.csv"),
        (["a.csv.gz"], "*.csv.gz"),
        (["a.2026.parquet"], "*.parquet"),
        (["orders"], "*"),
        (["a.csv", "x/b.parquet"], "*.csv"),
        (["x/a.csv", "y/b.csv"], "*/*.csv"),
        (["x/a.csv", "x/_SUCCESS", ".hidden", "b.tmp"], "*/*.csv"),
    ],
)
def test_the_files_of_a_folder_are_named_by_one_glob(
    tmp_path: Path, names: Sequence[str], pattern: str
) -> None:
    drop(*(tmp_path / name for name in names))
    assert glob_of_folder(tmp_path) == f"{tmp_path}/{pattern}"


@pytest.mark.parametrize("name", ["orders [2026]", "what?", "a*b", "[ab]"])
def test_signs_of_wildcards_in_the_name_of_a_folder_are_only_signs(
    tmp_path: Path, name: str
) -> None:
    drop(tmp_path / name / "a.csv", tmp_path / "a" / "b.csv")
    pattern = glob_of_folder(tmp_path / name)
    relative = PurePath(pattern).relative_to(tmp_path).as_posix()
    assert list(tmp_path.glob(relative)) == [tmp_path / name / "a.csv"]


@pytest.mark.parametrize("depth", ["", "x/"])
def test_files_of_several_kinds_are_refused_with_an_example(tmp_path: Path, depth: str) -> None:
    drop(tmp_path / f"{depth}a.csv", tmp_path / f"{depth}b.parquet", tmp_path / f"{depth}c.csv.gz")
    pattern = f"{'*/' if depth else ''}*.csv"
    with pytest.raises(DraftError) as refused:
        glob_of_folder(tmp_path)
    assert str(refused.value) == (
        f"the folder {tmp_path} holds files of several kinds (.csv, .csv.gz, .parquet); expected "
        f"one kind: name them, as '{tmp_path}/{pattern}'"
    )


@pytest.mark.parametrize("names", [[], ["x/y/a.csv"], [".a.csv"], ["x/_a.csv"]])
def test_a_folder_without_data_is_refused(tmp_path: Path, names: Sequence[str]) -> None:
    drop(*(tmp_path / name for name in names))
    with pytest.raises(DraftError) as refused:
        glob_of_folder(tmp_path)
    assert str(refused.value) == (
        f"the folder {tmp_path} holds no file, and no folder below it holds a file; expected the "
        "data to draft from"
    )


def test_whole_files_are_joined_in_their_order_as_a_whole() -> None:
    table = joined(sample(10, 3), sample(0, 2))
    assert table.frame["id"].tolist() == ["10", "11", "12", "0", "1"]
    assert table.frame.index.tolist() == [0, 1, 2, 3, 4]
    assert (table.rows, table.is_whole) == (5, True)
    assert parts(table) == [("0.csv", 3, 3), ("1.csv", 2, 2)]


def test_every_record_of_the_sample_stands_for_the_same_number_of_records() -> None:
    table = joined(sample(0, 100, rows=100), sample(0, 100, rows=1000))
    assert parts(table) == [("0.csv", 100, 10), ("1.csv", 1000, 100)]
    assert (table.rows, len(table.frame)) == (1100, 110)


def test_a_very_small_file_still_shows_one_record() -> None:
    table = joined(sample(0, 2), sample(0, 10, rows=100_000))
    assert parts(table) == [("0.csv", 2, 1), ("1.csv", 100_000, 10)]


def test_a_column_that_one_file_lacks_is_missing_there() -> None:
    more = Table(frame=pd.DataFrame({"id": ["7"], "note": ["x"]}, dtype="str"), rows=1)
    frame = joined(sample(0, 1), more).frame
    assert frame.columns.tolist() == ["id", "note"]
    assert frame["note"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("layouts", "decimal", "thousands"),
    [
        ([{}, {}], ".", ""),
        ([{}, {"decimal": ","}], ",", ""),
        ([{"decimal": ","}, {}], ",", ""),
        ([{}, {"decimal": ",", "thousands": "."}], ",", "."),
        ([{"decimal": ",", "thousands": "."}, {}], ",", "."),
        ([{}, {"thousands": " "}], ".", " "),
        ([{"thousands": ","}, {"decimal": ","}], ",", ""),
        ([{"thousands": ","}, {"decimal": ",", "thousands": "'"}], ",", "'"),
    ],
)
def test_a_sign_of_numbers_may_be_seen_in_any_of_the_files(
    layouts: Sequence[dict[str, Any]], decimal: str, thousands: str
) -> None:
    layout = joined(*(sample(0, 1, **signs) for signs in layouts)).layout
    assert (layout.decimal, layout.thousands) == (decimal, thousands)


@pytest.mark.parametrize(
    ("part", "other", "option"),
    [
        ("encoding", "cp1252", "--encoding"),
        ("delimiter", ";", "--delimiter"),
        ("header", "none", "--header or --no-header"),
    ],
)
def test_files_of_another_layout_are_refused_by_name(part: str, other: str, option: str) -> None:
    usual = getattr(FileLayout(), part)
    different: dict[str, Any] = {part: other}
    with pytest.raises(DraftError) as refused:
        joined(sample(0, 1), sample(0, 1), sample(0, 1, **different))
    assert str(refused.value) == (
        f"0.csv has {part} {usual!r} and 2.csv has {other!r}; expected files of one kind: say "
        f"{option} if it is the same for all, or name only files alike"
    )


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4)), min_size=1, max_size=5))
def test_the_sample_keeps_the_order_and_counts_every_file(sizes: list[tuple[int, int]]) -> None:
    samples = [
        sample(1000 * place, size, rows=size * times) for place, (size, times) in enumerate(sizes)
    ]
    table = joined(*samples)
    numbers = [int(number) for number in table.frame["id"]]
    assert numbers == sorted(set(numbers))
    assert [part.rows for part in table.parts] == [each.rows for each in samples]
    assert sum(part.looked_at for part in table.parts) == len(table.frame)
    assert all(
        1 <= part.looked_at <= len(each.frame)
        for part, each in zip(table.parts, samples, strict=True)
    )
