from __future__ import annotations

import os
from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres import postmaster


def write_pid(data: Path, pid: int, status: str = "ready") -> None:
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n1\n5432\n/s\n\n 1 2\n{status}   \n")


def test_a_process_that_works_elsewhere_is_not_taken_for_the_server(tmp_path: Path) -> None:
    write_pid(tmp_path, os.getpid())
    assert postmaster.find(tmp_path) is None


def test_a_process_that_works_in_the_data_folder_is_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_pid(tmp_path, os.getpid(), "stopping")
    assert postmaster.find(tmp_path) == postmaster.Postmaster(os.getpid(), "/s", "stopping")


@pytest.mark.parametrize("text", ["", "\n", "-1\n", "not a number\n", "99999999\n"])
def test_a_file_without_a_live_process_means_no_server(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    assert postmaster.find(tmp_path) is None


def test_a_half_written_file_means_a_starting_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n")
    assert postmaster.find(tmp_path) == postmaster.Postmaster(os.getpid(), "", "starting")


def test_the_files_of_a_recycled_process_id_are_removed(tmp_path: Path) -> None:
    write_pid(tmp_path, os.getpid())
    (tmp_path / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    postmaster.forget_recycled(tmp_path, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_dead_process_is_left_to_postgres(tmp_path: Path) -> None:
    write_pid(tmp_path, 99_999_999)
    postmaster.forget_recycled(tmp_path, tmp_path)
    assert (tmp_path / "postmaster.pid").exists()
