"""The embedded server: who starts it, who stops it, who gets in."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from aipo_pipelines.embedded_postgres import locks, postmaster
from aipo_pipelines.embedded_postgres.layout import Layout
from aipo_pipelines.embedded_postgres.server import Access
from aipo_pipelines.resources.databases.embedded import (
    hold_server,
    release_server,
    stop_server,
)
from aipo_pipelines.resources.home import Home

pytestmark = pytest.mark.integration

NewHome = Callable[[str], Home]
HOLDER = """
import sys, time
from pathlib import Path
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.databases.embedded import hold_server
print(hold_server(Home(Path(sys.argv[1])), idle_seconds=0.5).socket_folder, flush=True)
time.sleep(float(sys.argv[2]))
"""


def connect(access: Access) -> psycopg.Connection:
    return psycopg.connect(
        host=access.socket_folder, user=access.user, password=access.password, dbname="postgres"
    )


def layout_of(home: Home) -> Layout:
    return Layout(home.postgres)


def server_pid(home: Home) -> int:
    server = postmaster.find(layout_of(home).data)
    assert server is not None
    return server.pid


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(home: Home) -> bool:
    layout = layout_of(home)
    return postmaster.find(layout.data) is None and not locks.is_held(layout.keeper_lock)


def holder(home: Home, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(home.path), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def keeper_pid(home: Home) -> int:
    return int(layout_of(home).keeper_lock.read_text())


def test_data_is_there_again_after_a_restart(new_home: NewHome) -> None:
    home = new_home("home")
    with connect(hold_server(home)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    stop_server(home)
    assert gone(home)
    with connect(hold_server(home)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_killed_server_is_started_again_under_its_users(new_home: NewHome) -> None:
    home = new_home("home")
    access = hold_server(home)
    with connect(access) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    before = server_pid(home)
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: hold_server(home) == access and server_pid(home) != before)
    with connect(access) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_server_and_keeper_killed_together_leave_nothing_that_bars_a_start(
    new_home: NewHome,
) -> None:
    home = new_home("home")
    hold_server(home)
    os.kill(keeper_pid(home), signal.SIGKILL)
    os.kill(server_pid(home), signal.SIGKILL)
    assert eventually(lambda: gone(home))
    with connect(hold_server(home)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_keeper_is_replaced_and_the_server_runs_on(new_home: NewHome) -> None:
    home = new_home("home")
    hold_server(home)
    first, server = keeper_pid(home), server_pid(home)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: not locks.is_held(layout_of(home).keeper_lock))
    hold_server(home)
    assert keeper_pid(home) != first
    assert server_pid(home) == server


def test_a_killed_user_does_not_leave_a_server_behind(new_home: NewHome) -> None:
    home = new_home("home")
    with holder(home, 600) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        assert not gone(home)
        process.kill()
    assert eventually(lambda: gone(home))


def test_a_server_stays_while_one_of_two_users_is_left(new_home: NewHome) -> None:
    home = new_home("home")
    with holder(home, 600) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        hold_server(home)
        process.kill()
    pid = server_pid(home)
    time.sleep(1.5)
    assert server_pid(home) == pid
    release_server(home)
    assert eventually(lambda: gone(home))


def test_calls_one_after_another_share_one_server(new_home: NewHome) -> None:
    home = new_home("home")
    pids = set()
    for _ in range(3):
        with holder(home, 0) as process:
            assert process.wait(30) == 0
        pids.add(server_pid(home))
    assert len(pids) == 1


def test_three_processes_that_start_at_once_share_one_server(new_home: NewHome) -> None:
    home = new_home("home")
    processes = [holder(home, 1) for _ in range(3)]
    outcomes = [process.communicate(timeout=60) for process in processes]
    assert {out for out, _ in outcomes} == {f"{layout_of(home).socket}\n"}
    assert layout_of(home).log.read_text().count("database system is ready") == 1


def test_nobody_connects_without_the_password(new_home: NewHome) -> None:
    access = hold_server(new_home("home"))
    for password in (None, "", "wrong", access.user):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host=access.socket_folder, user=access.user, password=password, dbname="postgres"
            )


def test_the_server_does_not_listen_on_the_network(new_home: NewHome) -> None:
    with connect(hold_server(new_home("home"))) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        rules = "SELECT type, auth_method FROM pg_hba_file_rules WHERE auth_method <> 'reject'"
        assert set(connection.execute(rules)) == {("local", "scram-sha-256")}


def test_the_folders_of_the_server_are_its_own_and_nothing_outside_changes(
    new_home: NewHome,
) -> None:
    home = new_home("home")
    before = {each: each.stat().st_mode for each in home.path.parents}
    hold_server(home)
    layout = layout_of(home)
    for private in (layout.socket, layout.server, layout.data):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.password.stat().st_mode) == 0o600
    assert {each: each.stat().st_mode for each in home.path.parents} == before


@pytest.mark.parametrize("name", ['it\'s a "home" $HOME `x` 😀', "x" * 200, "a,b:c%d"])
def test_a_home_of_any_name_works(new_home: NewHome, name: str) -> None:
    access = hold_server(new_home(name))
    assert len(access.socket_folder) < 80
    with connect(access) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_cluster_that_was_half_made_is_made_again(new_home: NewHome) -> None:
    home = new_home("home")
    hold_server(home)
    release_server(home)
    stop_server(home)
    layout = layout_of(home)
    layout.data.rename(layout.data.with_name("data.new"))
    (layout.server / "data.new" / "PG_VERSION").unlink()
    with connect(hold_server(home)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert [each.name for each in layout.server.iterdir()] == ["data"]


def test_the_log_never_quotes_stored_values(new_home: NewHome) -> None:
    home = new_home("home")
    with connect(hold_server(home)) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('Ada Lovelace')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('Ada Lovelace')")
    log = layout_of(home).log.read_text()
    assert "people_pkey" in log
    assert "Lovelace" not in log


def test_a_removed_home_takes_its_server_with_it(new_home: NewHome) -> None:
    home = new_home("home")
    hold_server(home)
    pid = server_pid(home)
    home.path.rename(home.path.with_name("moved"))
    assert eventually(lambda: not Path(f"/proc/{pid}").exists())
    release_server(home)
