from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aipo_pipelines.errors import HomeError, UsageError
from aipo_pipelines.resources.clock import Clock, SystemClock, is_simulated
from aipo_pipelines.resources.stored_clock import StoredClock, home_clock

NOON = datetime(2026, 7, 6, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "clock.json"


@pytest.fixture
def clock(path: Path) -> StoredClock:
    path.parent.mkdir()
    return StoredClock.create(path, NOON, ["churn"])


def test_a_home_without_a_stored_clock_lives_in_real_time(path: Path) -> None:
    clock = home_clock(path)
    assert isinstance(clock, SystemClock)
    assert not is_simulated(clock)


def test_a_home_with_a_stored_clock_is_simulated(clock: StoredClock, path: Path) -> None:
    of_home: Clock = home_clock(path)
    assert is_simulated(of_home)
    assert of_home.now() == clock.now() == NOON


def test_every_reader_of_the_file_sees_the_time_it_was_moved_to(
    clock: StoredClock, path: Path
) -> None:
    other = StoredClock(path)
    assert other.now() == NOON
    clock.set(NOON + timedelta(days=7))
    assert other.now() == NOON + timedelta(days=7)
    other.advance(timedelta(hours=1))
    assert clock.now() == NOON + timedelta(days=7, hours=1)


def test_it_never_goes_back(clock: StoredClock) -> None:
    clock.set(NOON - timedelta(days=1))
    clock.advance(timedelta(days=-1))
    assert clock.now() == NOON


def test_it_is_set_up_once(clock: StoredClock, path: Path) -> None:
    with pytest.raises(HomeError, match="set up once"):
        StoredClock.create(path, NOON, ["sales"])
    assert clock.now() == NOON


def test_waiting_lets_simulated_seconds_pass_and_few_real_seconds(
    clock: StoredClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("aipo_pipelines.resources.stored_clock.time.sleep", slept.append)
    clock.wait(3600.0)
    clock.wait(0.2)
    assert slept == [1.0, 0.2]
    assert clock.now() == NOON + timedelta(seconds=3600.2)


def test_a_product_of_the_simulation_is_let_in(clock: StoredClock) -> None:
    clock.set(NOON + timedelta(days=1))
    clock.admit("churn")


def test_a_product_in_real_time_is_refused_and_the_reader_learns_what_to_do(
    clock: StoredClock,
) -> None:
    with pytest.raises(UsageError, match=r"'sales' lives in real time.*Set AIPO_HOME to another"):
        clock.admit("sales")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"stands_at": "noon", "products": []}',
        '{"stands_at": "2026-07-06T12:00:00", "products": []}',
    ],
)
def test_a_damaged_clock_is_named_with_its_place(clock: StoredClock, path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(HomeError, match=r"clock\.json cannot be read"):
        clock.now()


def test_it_and_its_lock_are_private_with_any_umask(path: Path) -> None:
    path.parent.mkdir()
    before = os.umask(0)
    try:
        StoredClock.create(path, NOON, ["churn"]).advance(timedelta(days=1))
    finally:
        os.umask(before)
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == {"clock.json": 0o600, "clock.lock": 0o600}


def test_it_is_replaced_whole(clock: StoredClock, path: Path) -> None:
    before = path.stat().st_ino
    clock.advance(timedelta(days=1))
    assert path.stat().st_ino != before
    assert {name.name for name in path.parent.iterdir()} == {"clock.json", "clock.lock"}
    assert os.access(path, os.R_OK)


def test_a_ledger_that_others_share_is_never_written_by_a_simulated_clock(
    clock: StoredClock, path: Path
) -> None:
    assert clock.simulated
    with pytest.raises(UsageError, match="AIPO_DATABASE_URL names a ledger elsewhere"):
        home_clock(path, is_ledger_here=False)
