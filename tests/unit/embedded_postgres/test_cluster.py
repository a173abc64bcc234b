"""Making a cluster, whole or not at all; a small program stands for `initdb`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.embedded_postgres.binaries import Binaries
from aipo_pipelines.embedded_postgres.cluster import ensure_cluster
from aipo_pipelines.embedded_postgres.errors import ServerError
from aipo_pipelines.embedded_postgres.layout import Layout

ACCOUNT = Account(os.geteuid(), os.getegid(), switch=False)
SUCCEEDS = """#!/bin/sh
for word in "$@"; do
    echo "$word" >> "{log}"
    case "$word" in
        --pgdata=*) mkdir "${{word#--pgdata=}}" && echo 18 > "${{word#--pgdata=}}/PG_VERSION" ;;
        --pwfile=*)
            cat "${{word#--pwfile=}}" >> "{log}"
            stat -c %a "${{word#--pwfile=}}" >> "{log}" ;;
    esac
done
"""
FAILS = """#!/bin/sh
for word in "$@"; do
    case "$word" in --pgdata=*) mkdir "${{word#--pgdata=}}" ;; esac
done
echo "creating directory" >&2
echo "first reason" >&2
echo "second reason" >&2
echo "{reason}" >&2
exit 1
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "postgres")
    layout.server.mkdir(parents=True)
    return layout


def binaries(layout: Layout, program: str, **names: object) -> Binaries:
    """An installation with the program `initdb` only."""
    folder = layout.folder.parent / "bin"
    folder.mkdir(exist_ok=True)
    initdb = folder / "initdb"
    initdb.write_text(program.format(log=folder / "log", **names))
    initdb.chmod(0o755)
    return Binaries(folder=folder, version="18.4")


def words(layout: Layout) -> list[str]:
    """The arguments that `initdb` got, and the content and mode of its password file."""
    return (layout.folder.parent / "bin" / "log").read_text().splitlines()


def make(layout: Layout, program: str = SUCCEEDS, **names: object) -> None:
    ensure_cluster(layout, ACCOUNT, binaries(layout, program, **names), "aipo_admin")


def refusal(layout: Layout, program: str = SUCCEEDS, **names: object) -> str:
    with pytest.raises(ServerError) as error:
        make(layout, program, **names)
    return str(error.value)


def test_a_cluster_is_made_beside_its_folder_and_then_renamed(layout: Layout) -> None:
    make(layout)
    assert (layout.data / "PG_VERSION").read_text() == "18\n"
    assert f"--pgdata={layout.server / 'data.new'}" in words(layout)
    assert [path.name for path in layout.server.iterdir()] == ["data"]


def test_nobody_connects_without_the_password_and_there_is_no_tcp(layout: Layout) -> None:
    make(layout)
    required = {
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--set=listen_addresses=",
        "--set=unix_socket_permissions=0700",
        "--username=aipo_admin",
    }
    assert required <= set(words(layout))


def test_no_statement_of_a_failure_gets_into_a_log(layout: Layout) -> None:
    make(layout)
    assert "--set=log_min_error_statement=panic" in words(layout)
    assert "--set=log_error_verbosity=terse" in words(layout)


def test_the_password_is_for_its_owner_only_and_its_copy_is_removed(layout: Layout) -> None:
    make(layout)
    password = layout.password.read_text().strip()
    assert len(password) > 40
    assert layout.password.stat().st_mode & 0o777 == 0o600
    given = words(layout)
    assert given[given.index(password) + 1] == "600"
    assert sorted(path.name for path in layout.folder.iterdir()) == ["admin-password", "server"]


def test_a_cluster_that_is_there_is_left_alone(layout: Layout) -> None:
    make(layout)
    password = layout.password.read_text()
    make(layout, FAILS, reason="never called")
    assert layout.password.read_text() == password


def test_a_failure_leaves_no_cluster_and_says_its_last_lines(layout: Layout) -> None:
    assert refusal(layout, FAILS, reason="permission denied") == (
        f"The embedded Postgres could not be initialised in {layout.server}: first reason second "
        "reason permission denied. Correct what it reports."
    )
    assert not layout.data.exists()
    assert not (layout.folder / ".initdb-password").exists()


def test_a_full_disk_asks_for_room(layout: Layout) -> None:
    message = refusal(layout, FAILS, reason="No space left on device")
    assert message.endswith("No space left on device. Make room on that disk.")


def test_another_attempt_removes_the_rest_of_the_first_and_keeps_the_password(
    layout: Layout,
) -> None:
    refusal(layout, FAILS, reason="permission denied")
    password = layout.password.read_text()
    assert (layout.server / "data.new").exists()
    (layout.folder / ".initdb-password").write_text("left by a crash")
    make(layout)
    assert layout.password.read_text() == password
    assert password.strip() in words(layout)
    assert not (layout.server / "data.new").exists()


def test_a_password_that_a_crash_left_half_written_is_written_again(layout: Layout) -> None:
    (layout.folder / ".admin-password.new").write_text("half")
    make(layout)
    assert layout.password.read_text().strip() != "half"
    assert not (layout.folder / ".admin-password.new").exists()


def test_an_empty_folder_of_the_cluster_is_no_obstacle(layout: Layout) -> None:
    layout.data.mkdir()
    make(layout)
    assert (layout.data / "PG_VERSION").exists()


def test_a_folder_with_data_of_an_unknown_kind_is_not_removed(layout: Layout) -> None:
    layout.data.mkdir()
    (layout.data / "letter.txt").write_text("keep me")
    assert "Directory not empty" in refusal(layout)
    assert (layout.data / "letter.txt").read_text() == "keep me"


def test_a_missing_program_is_an_error_that_names_it(layout: Layout) -> None:
    missing = Binaries(folder=layout.folder / "nowhere", version="18.4")
    with pytest.raises(ServerError, match=r"could not be initialised.*nowhere/initdb"):
        ensure_cluster(layout, ACCOUNT, missing, "aipo_admin")
    assert not layout.data.exists()


def existing(layout: Layout, version: str) -> None:
    layout.data.mkdir()
    (layout.data / "PG_VERSION").write_text(f"{version}\n")


def test_a_cluster_of_another_major_version_is_refused_with_the_way_out(layout: Layout) -> None:
    existing(layout, "17")
    layout.password.write_text("secret")
    assert refusal(layout) == (
        f"The cluster in {layout.data} was made by PostgreSQL 17; the installed version is 18.4, "
        "which cannot open it. Dump it with the old version and restore it with the new version "
        "(pg_dumpall), or install the version that made it."
    )


def test_a_cluster_without_its_password_is_refused_and_gets_no_other(layout: Layout) -> None:
    existing(layout, "18")
    assert refusal(layout) == (
        f"The cluster in {layout.data} is there, but its password file {layout.password} has "
        "gone. Restore that file from a backup."
    )
    assert not layout.password.exists()
