from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aipo_pipelines.errors import EmbeddedServerError
from aipo_pipelines.resources.postgres import account, locks, postmaster
from aipo_pipelines.resources.postgres.account import Account
from aipo_pipelines.resources.postgres.keeper import Orders
from aipo_pipelines.resources.postgres.layout import Layout
from aipo_pipelines.resources.postgres.sockets import is_plain, own_folder, socket_folder

ME = Account(os.geteuid(), os.getegid(), switch=False)


def test_a_lock_is_held_until_its_last_descriptor_is_closed(tmp_path: Path) -> None:
    mine = locks.open_lock(tmp_path / "lock")
    assert locks.try_lock(mine, locks.EXCLUSIVE)
    assert locks.is_held(tmp_path / "lock")
    os.close(mine)
    assert not locks.is_held(tmp_path / "lock")


def test_shared_locks_stand_beside_each_other_but_not_beside_an_exclusive_one(
    tmp_path: Path,
) -> None:
    one, two, three = (locks.open_lock(tmp_path / "lock") for _ in range(3))
    assert locks.try_lock(one, locks.SHARED)
    assert locks.try_lock(two, locks.SHARED)
    assert not locks.wait_lock(three, locks.EXCLUSIVE, 0.05)
    for each in (one, two, three):
        os.close(each)


def test_a_lock_is_not_inherited_by_programs(tmp_path: Path) -> None:
    descriptor = locks.open_lock(tmp_path / "lock")
    assert fcntl.fcntl(descriptor, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    os.close(descriptor)


def test_a_link_planted_as_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links"):
        locks.open_lock(tmp_path / "lock")
    assert not (tmp_path / "target").exists()


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


@pytest.mark.parametrize(
    "name", ["with space", "quo'te", 'dou"ble', "emoji😀", "comma,", "colon:", "%25", "x" * 90]
)
def test_an_unusual_or_long_folder_is_no_place_for_a_socket(name: str) -> None:
    assert is_plain(Path("/srv/aipo-1.0_x+y"))
    assert not is_plain(Path("/srv") / name)


def test_the_socket_of_a_long_home_is_in_a_short_private_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("x" * 120))
    runtime = Path("/tmp")
    folder = socket_folder(layout, ME, {"XDG_RUNTIME_DIR": str(runtime)})
    try:
        assert folder.parent == runtime
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder == socket_folder(layout, ME, {"XDG_RUNTIME_DIR": str(runtime)})
    finally:
        folder.rmdir()


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir()
    (tmp_path / "socket").chmod(0o755)
    with pytest.raises(EmbeddedServerError, match=r"found user .* and mode 0755"):
        own_folder(tmp_path / "socket", ME)


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir(mode=0o700)
    stranger = Account(ME.uid + 12345, ME.gid, switch=False)
    with pytest.raises(EmbeddedServerError, match="is not safe"):
        own_folder(tmp_path / "socket", stranger)


def test_a_link_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "socket").symlink_to(tmp_path / "real")
    with pytest.raises(EmbeddedServerError, match="is not safe"):
        own_folder(tmp_path / "socket", ME)


def test_orders_survive_the_command_line() -> None:
    orders = Orders(Path("/a b/ü"), Path("/p"), Path("/s"), -1, 7, 2.5)
    assert Orders.parse(orders.words()) == orders


def test_the_keeper_loads_the_standard_library_only() -> None:
    code = "import sys, aipo_pipelines.resources.postgres.keeper; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"psycopg", "dagster", "pandas", "pydantic", "numpy"} & set(loaded)


def test_a_system_user_that_cannot_be_made_is_an_error_with_three_ways_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(account, "NAME", "aipo-missing")
    monkeypatch.setattr(account, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=r"useradd.*ordinary user.*AIPO_DATABASE_URL"):
        account.server_account(tmp_path / "server")


def test_root_runs_somebodys_server_as_that_somebody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((0, 0, 0, 0, 1234, 5678, *[0] * 4)))
    assert account.server_account(tmp_path) == Account(1234, 5678, switch=True)
