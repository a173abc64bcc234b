"""Named locks in the ledger's database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from aipo_pipelines.ledger.postgres.connections import Connections
from aipo_pipelines.ledger.postgres.locks import Locks, lock_number

pytestmark = pytest.mark.integration


@pytest.fixture
def locks(fresh_ledger_url: str) -> Iterator[Locks]:
    locks = Locks(Connections(fresh_ledger_url))
    yield locks
    locks.close()


@pytest.fixture
def elsewhere(fresh_ledger_url: str) -> Iterator[Locks]:
    """The locks as another process sees them."""
    locks = Locks(Connections(fresh_ledger_url))
    yield locks
    locks.close()


def test_the_number_of_a_lock_is_the_same_in_every_version() -> None:
    assert lock_number("product:churn") == -1060643482055992160
    assert lock_number("run:churn") != lock_number("product:churn")


def test_a_lock_is_free_again_at_the_end_of_its_block(locks: Locks, elsewhere: Locks) -> None:
    with locks.hold("a", wait=True) as held:
        assert held
        assert elsewhere.is_held("a")
        assert not elsewhere.is_held("b")
    assert not elsewhere.is_held("a")


def test_a_taken_lock_is_refused_at_once_to_a_process_that_does_not_wait(
    locks: Locks, elsewhere: Locks
) -> None:
    with locks.hold("a", wait=True):
        with elsewhere.hold("a", wait=False) as held:
            assert not held
        assert elsewhere.is_held("a")
    with elsewhere.hold("a", wait=False) as held:
        assert held


def test_a_process_that_waits_gets_the_lock_when_it_is_free(locks: Locks, elsewhere: Locks) -> None:
    steps: list[str] = []

    def wait() -> None:
        with elsewhere.hold("a", wait=True):
            steps.append("second")

    with locks.hold("a", wait=True):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(timeout=0.3)
        steps.append("first")
    thread.join(timeout=20)
    assert steps == ["first", "second"]


def test_a_thread_may_take_its_lock_again_and_the_outer_block_frees_it(
    locks: Locks, elsewhere: Locks
) -> None:
    with locks.hold("a", wait=True):
        with locks.hold("a", wait=True) as again, locks.hold("a", wait=False) as third:
            assert (again, third) == (True, True)
        assert elsewhere.is_held("a")
    assert not elsewhere.is_held("a")


def test_another_thread_of_the_process_does_not_have_the_lock(locks: Locks) -> None:
    answers: list[bool] = []

    def try_it() -> None:
        with locks.hold("a", wait=False) as held:
            answers.append(held)

    with locks.hold("a", wait=True):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join(timeout=20)
    assert answers == [False]


def test_an_error_in_the_block_frees_the_lock(locks: Locks, elsewhere: Locks) -> None:
    with pytest.raises(RuntimeError, match="broken"), locks.hold("a", wait=True):
        raise RuntimeError("broken")
    assert not elsewhere.is_held("a")
    with locks.hold("a", wait=False) as held:
        assert held


def test_since_when_a_lock_is_held_is_known(locks: Locks, elsewhere: Locks) -> None:
    assert elsewhere.held_since("a") is None
    with locks.hold("a", wait=True):
        since = elsewhere.held_since("a")
        assert since is not None
        assert abs(since - datetime.now(UTC)) < timedelta(minutes=5)
        assert elsewhere.held_since("b") is None


def test_kept_locks_are_shared_and_last_until_each_process_gives_them_up(
    locks: Locks, elsewhere: Locks
) -> None:
    locks.keep("launcher")
    elsewhere.keep("launcher")
    locks.keep("launcher")
    locks.close()
    assert locks.is_held("launcher")
    elsewhere.close()
    assert not locks.is_held("launcher")


def test_a_kept_lock_that_the_server_lost_is_taken_again(
    locks: Locks, fresh_ledger_url: str
) -> None:
    locks.keep("launcher")
    with psycopg.connect(fresh_ledger_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert not locks.is_held("launcher")
    locks.keep("launcher")
    assert locks.is_held("launcher")


def test_a_lock_of_another_database_is_another_lock(locks: Locks, module_databases: object) -> None:
    other = Locks(Connections(module_databases.ledger_url))  # type: ignore[attr-defined]
    with other.hold("a", wait=True):
        assert not locks.is_held("a")
        assert locks.held_since("a") is None
    other.close()
