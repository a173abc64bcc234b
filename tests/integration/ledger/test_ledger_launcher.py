"""A process that launches runs shows it by a lock that ends with the process."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import psycopg
import pytest

from aipo_pipelines.ledger.postgres.store import PostgresLedger

pytestmark = pytest.mark.integration


@pytest.fixture
def ledger(fresh_ledger_url: str) -> Iterator[PostgresLedger]:
    ledger = PostgresLedger(fresh_ledger_url)
    yield ledger
    ledger.close()


def launch(url: str, caller: Connection) -> None:
    """Is a launcher until it is killed."""
    ledger = PostgresLedger(url)
    ledger.show_launcher()
    caller.send("here")
    caller.recv()


def test_nobody_launches_at_first(ledger: PostgresLedger) -> None:
    assert not ledger.has_launcher()


def test_a_launcher_is_seen_until_it_is_killed(
    ledger: PostgresLedger, fresh_ledger_url: str
) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=launch, args=(fresh_ledger_url, theirs))
    process.start()
    assert ours.recv() == "here"
    assert ledger.has_launcher()
    process.kill()
    process.join()
    assert _is_alone(ledger)


def test_several_may_launch_at_once(ledger: PostgresLedger, fresh_ledger_url: str) -> None:
    other = PostgresLedger(fresh_ledger_url)
    ledger.show_launcher()
    other.show_launcher()
    other.close()
    assert ledger.has_launcher()


def test_a_closed_ledger_launches_nothing(ledger: PostgresLedger, fresh_ledger_url: str) -> None:
    other = PostgresLedger(fresh_ledger_url)
    other.show_launcher()
    other.close()
    assert _is_alone(ledger)


def test_a_launcher_whose_connection_broke_shows_itself_again(
    ledger: PostgresLedger, fresh_ledger_url: str
) -> None:
    ledger.show_launcher()
    with psycopg.connect(fresh_ledger_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND mode = 'ShareLock'"
        )
    ledger.show_launcher()
    assert ledger.has_launcher()


def _is_alone(ledger: PostgresLedger) -> bool:
    """Whether nobody launches any more, after Postgres has seen the end of the process."""
    deadline = time.monotonic() + 10
    while ledger.has_launcher() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not ledger.has_launcher()
