from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres import server
from aipo_pipelines.embedded_postgres.errors import (
    FileError,
    FolderError,
    ProgramsError,
    ServerError,
)
from aipo_pipelines.embedded_postgres.server import Access
from aipo_pipelines.errors import AipoError, EmbeddedServerError, HomeError
from aipo_pipelines.resources.databases.embedded import hold_server, stop_server
from aipo_pipelines.resources.home import Home

ACCESS = Access("/socket", "aipo_admin", "secret")
ADVICE = [
    (FileError, HomeError, "Broken. Set AIPO_HOME to another folder, or correct its owner."),
    (FolderError, EmbeddedServerError, "Broken. Otherwise set AIPO_HOME to another folder."),
    (
        ProgramsError,
        EmbeddedServerError,
        "Broken. Otherwise set AIPO_DATABASE_URL to a server of your own.",
    ),
    (ServerError, EmbeddedServerError, "Broken."),
]


@pytest.mark.parametrize(("theirs", "ours", "message"), ADVICE)
def test_an_error_of_the_server_becomes_ours_with_the_advice_that_helps(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    theirs: type[ServerError],
    ours: type[AipoError],
    message: str,
) -> None:
    def refuse(*_: object, **__: object) -> Access:
        raise theirs("Broken.")

    for name, attempt in (("hold_server", hold_server), ("stop_server", stop_server)):
        monkeypatch.setattr(server, name, refuse)
        with pytest.raises(AipoError) as caught:
            attempt(Home(tmp_path / "home"))
        assert (type(caught.value), str(caught.value)) == (ours, message)


def test_the_server_of_a_home_carries_the_name_that_earlier_homes_carry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[Path, str]] = []

    def hold(folder: Path, name: str, *, idle_seconds: float) -> Access:
        assert idle_seconds == server.IDLE_SECONDS
        held.append((folder, name))
        return ACCESS

    monkeypatch.setattr(server, "hold_server", hold)
    home = Home(tmp_path / "home")
    assert hold_server(home) == ACCESS
    assert held == [(home.postgres, "aipo")]
    assert home.postgres.is_dir()


def test_a_home_whose_server_is_held_is_not_checked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "holds", lambda _: True)
    monkeypatch.setattr(server, "hold_server", lambda *_, **__: ACCESS)
    assert hold_server(Home(tmp_path / "home")) == ACCESS
    assert not (tmp_path / "home").exists()
