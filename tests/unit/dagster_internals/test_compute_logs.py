"""The output of steps in files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from aipo_pipelines.dagster_internals.compute_logs import FileLogs

KEY = ["run", "compute_logs", "step"]


def texts(folder: Path) -> dict[str, str]:
    """The content of the files of the step, by the suffixes of their names."""
    return {path.suffix: path.read_text() for path in folder.rglob("step.*")}


def test_the_output_of_a_step_is_in_its_files_and_not_in_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logs = FileLogs(str(tmp_path))
    with capfd.disabled(), logs.capture_logs(KEY) as context:
        print("a word")  # noqa: T201 - the output is what is tested
        sys.stdout.flush()
        os.write(1, b"a last word\n")
        os.write(2, b"a warning\n")
    assert context.log_key == KEY
    assert texts(tmp_path) == {
        ".out": "a word\na last word\n",
        ".err": "a warning\n",
        ".complete": "",
    }
    assert capfd.readouterr() == ("", "")


def test_the_output_afterwards_is_not_in_the_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with capfd.disabled(), FileLogs(str(tmp_path)).capture_logs(KEY):
        pass
    os.write(1, b"later\n")
    assert capfd.readouterr().out == "later\n"
    assert texts(tmp_path) == {".out": "", ".err": "", ".complete": ""}


def test_the_files_of_a_step_that_breaks_keep_its_output_and_are_not_complete(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def break_within() -> None:
        with capfd.disabled(), FileLogs(str(tmp_path)).capture_logs(KEY):
            os.write(1, b"so far\n")
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        break_within()
    assert texts(tmp_path) == {".out": "so far\n", ".err": ""}


def test_a_second_attempt_at_a_step_adds_to_its_files(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    logs = FileLogs(str(tmp_path))
    for text in (b"first\n", b"second\n"):
        with capfd.disabled(), logs.capture_logs(KEY):
            os.write(1, text)
    assert texts(tmp_path)[".out"] == "first\nsecond\n"
