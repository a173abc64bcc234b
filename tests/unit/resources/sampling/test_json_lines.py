"""A sample of a file of JSON lines: all keys, no record twice, and a reason for each refusal."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.json_lines import read_json_lines
from aipo_pipelines.resources.sampling import json_lines
from aipo_pipelines.resources.sampling.json_lines import sample_json_lines


def write(path: Path, *records: object, encoding: str = "utf-8") -> Path:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


def sample(path: Path, most: int = 1000, encoding: str | None = None) -> Table:
    return sample_json_lines(path, encoding, most, lambda *_: None)


def refused(path: Path, encoding: str | None = None) -> str:
    with pytest.raises(DraftError) as error:
        sample(path, encoding=encoding)
    return str(error.value)


def test_a_small_file_is_sampled_as_a_whole_and_as_the_feed_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"id": 2**60 + 1, "x": [1]}, {"id": None, "y": "é"})
    table = sample(path)
    assert (table.rows, table.is_whole, table.is_text) == (2, True, False)
    assert table.frame.equals(read_json_lines(path, "a.jsonl", "utf-8"))
    assert table.layout.encoding == "utf-8"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_byte_order_mark_and_packing_change_nothing(tmp_path: Path, pack: Any) -> None:
    path = write(tmp_path / "a.jsonl", {"id": 1, "x": "a"})
    path.write_bytes(pack(b"\xef\xbb\xbf" + path.read_bytes()))
    assert sample(path).frame.to_dict("list") == {"id": [1], "x": ["a"]}


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('\n{"id": 1, "x": 2}\n  \n\n{"id": 2, "x": 3}')
    assert sample(path).rows == 2


def test_a_named_encoding_is_used_and_kept_in_the_layout(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"id": 1, "x": "é"}, encoding="latin-1")
    table = sample(path, encoding="latin-1")
    assert table.frame["x"].tolist() == ["é"]
    assert table.layout.encoding == "latin-1"


def test_a_key_that_only_an_unsampled_record_has_is_still_a_column(tmp_path: Path) -> None:
    records = [{"id": number, "x": number % 3} for number in range(400)]
    for rare in range(0, 400, 57):
        path = write(tmp_path / "a.jsonl", *records[:rare], {"rare": 1}, *records[rare:])
        table = sample(path, most=10)
        assert table.frame.columns[-1] == ("x" if rare == 0 else "rare")
        assert {"id", "x", "rare"} == {*table.frame.columns}
        assert (table.rows, table.is_whole) == (401, False)


def test_the_sample_is_bounded_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *({"id": number, "x": 0} for number in range(999)))
    numbers = sample(path, most=20).frame["id"].tolist()
    assert 20 <= len(numbers) <= 40
    assert numbers == sorted(set(numbers))


def test_the_progress_is_reported_in_bytes_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "PROGRESS_EVERY", 100)
    path = write(tmp_path / "a.jsonl", *({"id": number, "x": 0} for number in range(250)))
    reports: list[tuple[int, int]] = []
    sample_json_lines(path, None, 10, lambda *at: reports.append(at))
    size = path.stat().st_size
    assert [total for _, total in reports] == [size, size]
    assert all(0 < position <= size for position, _ in reports)


@pytest.mark.parametrize("text", ["", "\n\n  \n"])
def test_a_file_without_a_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    assert refused(tmp_path / "a.jsonl") == (
        "a.jsonl has no record; expected one JSON object a line"
    )


@pytest.mark.parametrize("records", [[{}], [{"id": 1}], [{"id": 1}, {"id": 2}]])
def test_objects_with_one_key_are_no_table(tmp_path: Path, records: Sequence[object]) -> None:
    assert refused(write(tmp_path / "a.jsonl", *records)) == (
        "the objects of a.jsonl have one key; expected at least two"
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[1, 2]", "a list; expected one JSON object a line. A list of objects is written as"),
        ("17", "a single value; expected one JSON object a line."),
        ('{"id": NaN}', "NaN or Infinity, which JSON does not have; expected one JSON object"),
        ('{"id": 1, "id": 2}', "an object with the same key twice; expected one JSON object"),
        ('{"id": "4111', "a text that is no JSON from character 13 on (it may be cut off)"),
    ],
)
def test_a_line_that_is_no_object_is_named_by_its_number_and_not_quoted(
    tmp_path: Path, line: str, problem: str
) -> None:
    path = write(tmp_path / "a.jsonl", {"id": 1, "x": 2}, {"id": 2, "x": 2})
    with path.open("a") as stream:
        stream.write(f"{line}\n")
    message = refused(path)
    assert message.startswith(f"a.jsonl has in line 3 {problem}")
    assert "4111" not in message


@pytest.mark.parametrize("encoding", [None, "utf-16", "no-such-encoding"])
def test_a_file_in_another_encoding_is_refused_with_the_option(
    tmp_path: Path, encoding: str | None
) -> None:
    path = write(tmp_path / "a.jsonl", {"id": 1, "x": "é"}, encoding="latin-1")
    assert refused(path, encoding) == (
        f"a.jsonl is not written in {encoding or 'utf-8'}; JSON lines are UTF-8 unless --encoding "
        "says otherwise"
    )


def test_a_damaged_packed_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"id": 1, "x": "é"})
    path.write_bytes(gzip.compress(path.read_bytes())[:-9])
    assert "a.jsonl is a gzip file that ends too early or is damaged" in refused(path)


@settings(max_examples=20)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.integers(-9, 9) | st.text(max_size=3)),
        min_size=1,
        max_size=6,
    )
)
def test_every_file_that_is_sampled_as_a_whole_is_what_the_feed_reads(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]]
) -> None:
    path = write(tmp_path_factory.mktemp("json") / "a.jsonl", {"a": 1, "b": "x"}, *records)
    assert sample(path).frame.equals(read_json_lines(path, "a.jsonl", "utf-8"))
