from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import (
    PRIVATE,
    Home,
    make_folder,
    open_private,
    resolve_home,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_explicit_home_wins_for_root_too(tmp_path: Path) -> None:
    environ = {"AIPO_HOME": str(tmp_path / "here"), "XDG_DATA_HOME": "/elsewhere"}
    assert resolve_home(environ, as_root=True).path == tmp_path / "here"


def test_root_lives_in_var_lib() -> None:
    environ = {"XDG_DATA_HOME": "/elsewhere", "HOME": "/root"}
    assert resolve_home(environ, as_root=True).path == Path("/var/lib/aipo")


def test_an_ordinary_user_lives_in_the_data_folder_of_the_desktop() -> None:
    environ = {"XDG_DATA_HOME": "/data", "HOME": "/home/ada"}
    assert resolve_home(environ, as_root=False).path == Path("/data/aipo")


def test_without_a_data_folder_the_home_is_below_the_login_folder() -> None:
    home = resolve_home({"AIPO_HOME": "", "HOME": "/home/ada"}, as_root=False)
    assert home.path == Path("/home/ada/.local/share/aipo")


def test_a_tilde_is_the_login_folder() -> None:
    environ = {"AIPO_HOME": "~/pipelines", "HOME": "/home/ada"}
    assert resolve_home(environ, as_root=False).path == Path("/home/ada/pipelines")


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_home({"AIPO_HOME": "here"}).path == tmp_path / "here"


def test_no_home_at_all_is_an_error_that_says_what_to_set() -> None:
    with pytest.raises(HomeError, match="Set AIPO_HOME"):
        resolve_home({}, as_root=False)


@pytest.mark.parametrize("path", ["/a\nb", "/a\x00b", "/a\udcffb"])
def test_a_home_with_control_characters_is_refused(path: str) -> None:
    with pytest.raises(HomeError, match="AIPO_HOME holds a control character"):
        resolve_home({"AIPO_HOME": path})


def test_the_home_is_made_private_with_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home(tmp_path / "deep" / "home").create()
    finally:
        os.umask(before)
    assert mode(home.path) == (0o711 if os.geteuid() == 0 else 0o700)
    assert {mode(each) for each in (home.lake, home.logs, home.run)} == {0o700}


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    make_folder(folder, PRIVATE)
    assert mode(folder) == 0o755


def test_creating_a_home_again_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    (home.lake / "kept").write_text("x")
    assert sorted(each.name for each in home.create().lake.iterdir()) == ["kept"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("I was here first")
    with pytest.raises(HomeError, match=r"/home is in the way: expected a folder"):
        Home(tmp_path / "home").create()


def test_a_file_above_the_home_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match=r"cannot be made: .*/file\)"):
        Home(tmp_path / "file" / "home").create()


def test_a_home_that_cannot_be_written_is_an_error() -> None:
    # Nobody, root included, can make a folder there.
    with pytest.raises(HomeError, match="The folder /proc/aipo cannot be made"):
        Home(Path("/proc/aipo")).create()


def test_a_private_file_is_its_owners_alone_with_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        open_private(tmp_path / "new.lock").close()
    finally:
        os.umask(before)
    assert mode(tmp_path / "new.lock") == 0o600


def test_a_private_file_that_was_left_open_to_others_is_closed_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    path.write_text("kept")
    path.chmod(0o666)
    with open_private(path) as file:
        assert file.read() == "kept"
    assert mode(path) == 0o600


def test_a_link_in_the_place_of_a_private_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "up.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HomeError, match=r"up\.lock cannot be opened"):
        open_private(tmp_path / "up.lock")
    assert not (tmp_path / "elsewhere").exists()
