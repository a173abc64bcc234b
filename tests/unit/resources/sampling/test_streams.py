"""Files of text as streams: unpacked if they are packed, and refused by name if they are broken."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.sampling.streams import opened_stream


def content(path: Path) -> bytes:
    with opened_stream(path) as (stream, _):
        return stream.read()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a"])
@pytest.mark.parametrize("data", [b"", b"x", b"id\n1\n", b"\x1f", b"\x1fx\x8b"])
def test_the_content_decides_whether_a_file_is_packed_and_not_its_name(
    tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    assert content(tmp_path / name) == data
    (tmp_path / name).write_bytes(gzip.compress(data))
    assert content(tmp_path / name) == data


def test_several_packed_parts_are_read_as_one_text(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert content(path) == b"a\nb\n"


def test_the_position_of_the_file_itself_shows_the_progress(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 4000))
    with opened_stream(path) as (stream, raw):
        assert stream.read(10) == bytes(range(10))
        assert 0 < raw.tell() <= path.stat().st_size
        stream.read()
        assert raw.tell() == path.stat().st_size


def test_the_file_is_closed_at_the_end(tmp_path: Path) -> None:
    for data in (b"x", gzip.compress(b"x")):
        (tmp_path / "a").write_bytes(data)
        with opened_stream(tmp_path / "a") as (stream, raw):
            pass
        assert stream.closed
        assert raw.closed


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data[:12], lambda data: data[:-8] + b"\0" * 8]
)
def test_a_packed_file_that_is_damaged_is_refused_by_its_name(
    tmp_path: Path, damage: object
) -> None:
    assert callable(damage)
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(damage(gzip.compress(b"id,amount\n" * 100)))
    with pytest.raises(DraftError) as refused:
        content(path)
    assert str(refused.value) == (
        "orders.csv.gz is a gzip file that ends too early or is damaged; expected a whole file"
    )


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DraftError) as refused:
        content(tmp_path / "gone.csv")
    assert str(refused.value) == (
        f"{tmp_path}/gone.csv cannot be read (no such file or directory); expected a file"
    )
    with pytest.raises(DraftError, match=r"cannot be read \(is a directory\); expected a file"):
        content(tmp_path)


def test_an_error_of_the_caller_passes_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(ZeroDivisionError), opened_stream(tmp_path / "a"):
        raise ZeroDivisionError


@settings(max_examples=30)
@given(data=st.binary(max_size=200))
def test_packed_and_plain_bytes_are_read_alike(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("streams")
    (folder / "packed").write_bytes(gzip.compress(data))
    assert content(folder / "packed") == data
