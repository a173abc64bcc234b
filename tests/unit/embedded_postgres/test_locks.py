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


def test_shared_locks_go_together_but_exclude_an_exclusive_lock(
    tmp_path: Path,
) -> None:
    first, second, third = (locks.open_lock(tmp_path / "lock") for _ in range(3))
    assert locks.try_lock(first, locks.SHARED)
    assert locks.try_lock(second, locks.SHARED)
    assert not locks.wait_lock(third, locks.EXCLUSIVE, 0.05)
    for each in (first, second, third):
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
