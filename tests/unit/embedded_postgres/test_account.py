from __future__ import annotations

import os
from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres import account
from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.embedded_postgres.errors import ProgramsError


def test_a_system_user_that_cannot_be_made_is_an_error_with_two_ways_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(account, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramsError, match=r"useradd --system aipo-missing.*ordinary user"):
        account.server_account(tmp_path / "server", "aipo-missing")


def test_root_runs_somebodys_server_as_that_somebody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((0, 0, 0, 0, 1234, 5678, *[0] * 4)))
    assert account.server_account(tmp_path, "aipo") == Account(1234, 5678, switch=True)
