"""The looks of Dagster's daemon."""

from __future__ import annotations

import pytest

from aipo_pipelines.dagster_internals.daemon import look_every, run_daemon
from tests.dagster_internals import sensor_daemon


def test_the_loop_of_the_daemon_reads_the_time_between_two_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sensor_daemon, "MIN_INTERVAL_LOOP_TIME", 5)
    look_every(2)
    assert sensor_daemon.MIN_INTERVAL_LOOP_TIME == 2


def test_the_daemon_is_the_command_of_dagster(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["dagster-daemon", "run", "--help"])
    with pytest.raises(SystemExit) as end:
        run_daemon()
    assert end.value.code == 0
    assert "--workspace" in capsys.readouterr().out
