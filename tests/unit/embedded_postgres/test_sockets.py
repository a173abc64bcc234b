from __future__ import annotations

import os
from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.embedded_postgres.errors import FolderError
from aipo_pipelines.embedded_postgres.layout import Layout
from aipo_pipelines.embedded_postgres.sockets import is_plain, own_folder, socket_folder

ME = Account(os.geteuid(), os.getegid(), switch=False)


@pytest.mark.parametrize(
    "name", ["with space", "quo'te", 'dou"ble', "emoji😀", "comma,", "colon:", "%25", "x" * 90]
)
def test_an_unusual_or_long_folder_is_no_place_for_a_socket(name: str) -> None:
    assert is_plain(Path("/srv/aipo-1.0_x+y"))
    assert not is_plain(Path("/srv") / name)


def test_the_socket_of_a_long_home_is_in_a_short_private_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("x" * 120))
    runtime = Path("/tmp")
    folder = socket_folder(layout, ME, {"XDG_RUNTIME_DIR": str(runtime)}, "aipo")
    try:
        assert folder.parent == runtime
        assert folder.name.startswith(f"aipo-{ME.uid}-")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder == socket_folder(layout, ME, {"XDG_RUNTIME_DIR": str(runtime)}, "aipo")
    finally:
        folder.rmdir()


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir()
    (tmp_path / "socket").chmod(0o755)
    with pytest.raises(FolderError, match=r"found user .* and mode 0755"):
        own_folder(tmp_path / "socket", ME)


def test_a_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir(mode=0o700)
    stranger = Account(ME.uid + 12345, ME.gid, switch=False)
    with pytest.raises(FolderError, match="is not safe"):
        own_folder(tmp_path / "socket", stranger)


def test_a_link_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "socket").symlink_to(tmp_path / "real")
    with pytest.raises(FolderError, match="is not safe"):
        own_folder(tmp_path / "socket", ME)
