from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from aipo_pipelines.embedded_postgres import locks


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
