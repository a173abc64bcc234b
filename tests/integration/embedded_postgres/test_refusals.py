"""What the embedded server says when it cannot be made or started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres import postmaster
from aipo_pipelines.embedded_postgres.account import Account, server_account
from aipo_pipelines.embedded_postgres.binaries import packaged_folder, usable_binaries
from aipo_pipelines.embedded_postgres.errors import ProgramsError
from aipo_pipelines.embedded_postgres.layout import Layout
from aipo_pipelines.errors import EmbeddedServerError, HomeError
from aipo_pipelines.resources.databases.embedded import hold_server, release_server, stop_server
from aipo_pipelines.resources.home import Home

pytestmark = pytest.mark.integration
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root switches to another account")

NewHome = Callable[[str], Home]


@pytest.fixture
def stopped_home(new_home: NewHome) -> Home:
    home = new_home("home")
    hold_server(home)
    release_server(home)
    stop_server(home)
    return home


@pytest.fixture
def tiny_disk(new_home: NewHome) -> Iterator[Path]:
    place = new_home("disk").path
    place.mkdir(mode=0o711)
    command = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0711", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


@as_root
def test_roots_server_does_not_run_as_root(new_home: NewHome) -> None:
    home = new_home("home")
    hold_server(home)
    server = postmaster.find(Layout(home.postgres).data)
    assert server is not None
    assert Path(f"/proc/{server.pid}").stat().st_uid == Layout(home.postgres).server.stat().st_uid
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


@as_root
def test_a_folder_that_bars_the_server_is_named_and_left_alone(new_home: NewHome) -> None:
    barred = new_home("barred").path
    barred.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerError, match=f"may not pass through {barred}\\. .*chmod"):
        hold_server(Home(barred / "deep" / "home"))
    assert barred.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_out_of_reach_are_copied_once(new_home: NewHome) -> None:
    place = new_home("place").path
    hidden = place / "hidden"
    hidden.mkdir(mode=0o700, parents=True)
    place.chmod(0o711)
    package = packaged_folder().parents[1]
    shutil.copytree(package / "pginstall18", hidden / package.name / "pginstall18")
    shutil.copytree(package.with_name(f"{package.name}.libs"), hidden / f"{package.name}.libs")
    account = server_account(place / "server", "aipo")
    packaged = hidden / package.name / "pginstall18" / "bin"
    binaries = usable_binaries(account, place, packaged)
    assert binaries.folder.is_relative_to(place / f"bin-{binaries.version}")
    copied_at = binaries.postgres.stat().st_mtime_ns
    assert usable_binaries(account, place, packaged).postgres.stat().st_mtime_ns == copied_at


def test_an_incomplete_installation_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ProgramsError, match=f"in {tmp_path} does not run"):
        usable_binaries(Account(os.geteuid(), os.getegid(), switch=False), tmp_path, tmp_path)


@as_root
def test_a_full_disk_is_said_and_leaves_no_cluster(tiny_disk: Path) -> None:
    home = Home(tiny_disk / "home")
    with pytest.raises(EmbeddedServerError, match=r"No space left on device.*Make room"):
        hold_server(home)
    assert not Layout(home.postgres).data.exists()


def test_a_lost_password_is_an_error_and_not_a_new_password(stopped_home: Home) -> None:
    Layout(stopped_home.postgres).password.unlink()
    with pytest.raises(EmbeddedServerError, match=r"has gone\. Restore"):
        hold_server(stopped_home)
    assert not Layout(stopped_home.postgres).password.exists()


def test_a_cluster_of_another_major_version_is_not_touched(stopped_home: Home) -> None:
    (Layout(stopped_home.postgres).data / "PG_VERSION").write_text("9\n")
    with pytest.raises(
        EmbeddedServerError, match=r"made by PostgreSQL 9; the installed version is 18"
    ):
        hold_server(stopped_home)


def test_a_server_that_cannot_start_says_why(stopped_home: Home) -> None:
    settings = Layout(stopped_home.postgres).data / "postgresql.conf"
    settings.write_text(settings.read_text() + "\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match=r"did not start\. It says: .*no_such_setting"):
        hold_server(stopped_home)


def test_a_file_in_place_of_the_servers_folder_is_named(new_home: NewHome) -> None:
    home = new_home("home")
    home.path.mkdir(mode=0o711)
    home.postgres.write_text("")
    with pytest.raises(HomeError, match="/postgres is in the way"):
        hold_server(home)
    home.postgres.unlink()


def test_a_process_id_given_to_another_process_does_not_bar_a_start(stopped_home: Home) -> None:
    layout = Layout(stopped_home.postgres)
    account = server_account(layout.server, "aipo")
    switch = {"user": account.uid} if account.switch else {}
    with subprocess.Popen(["sleep", "60"], **switch) as other:  # type: ignore[call-overload]
        stale = f"{other.pid}\n{layout.data}\n1\n5432\n{layout.socket}\n\n  1  2\nready   \n"
        (layout.data / "postmaster.pid").write_text(stale)
        try:
            assert hold_server(stopped_home).user == "aipo_admin"
        finally:
            other.kill()
