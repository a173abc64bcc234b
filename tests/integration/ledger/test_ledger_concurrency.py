"""Many writers, dying writers, and connections that go away."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger

pytestmark = pytest.mark.integration
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
FAILED = RunFailed(run_id="run", job="job", partition="", error="?")
ARRIVED = BatchArrived(
    partition="1", digest="a", labels_digest="", location="x", rows=1, batch_date=None
)

PROGRAM = """
import os, signal, sys
from datetime import datetime, UTC
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.postgres.store import PostgresLedger

url, task, name = sys.argv[1:]
now = datetime(2026, 11, 23, 12, tzinfo=UTC)

def draft(product, key):
    event = RunFailed(run_id="run", job="job", partition="", error="?")
    return Draft(product=product, event=event, subject="run", actor="recorder",
                 occurred_at=now, key=key)

def add(ledger, product, key):
    ledger.append(product, [draft(product, key)], now=now, decide=lambda *_: (),
                  fold=lambda state, _: state)

class Dying(PostgresLedger):
    def _store(self, *arguments):
        super()._store(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

if task == "append":
    ledger = PostgresLedger(url)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(40):
        add(ledger, "shared", f"shared/{number}")
        add(ledger, name, f"{name}/{number}")
elif task == "die before commit":
    add(Dying(url), "churn", "lost")
elif task == "hold":
    with PostgresLedger(url).run_lock(name):
        print("ready", flush=True)
        sys.stdin.readline()
"""


def start(url: str, task: str, name: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", PROGRAM, url, task, name]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def await_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def draft(key: str, product: str = "churn") -> Draft:
    return Draft(
        product=product,
        subject="run",
        actor="recorder",
        occurred_at=T0,
        key=key,
        event=FAILED,
    )


def nothing(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
    del state, entry, now
    return ()


def add(ledger: PostgresLedger, *drafts: Draft) -> tuple[Entry, ...]:
    return ledger.append(drafts[0].product, drafts, now=T0, decide=nothing, fold=apply)


def test_two_processes_share_one_order_without_gaps_or_repeats(fresh_ledger_url: str) -> None:
    writers = [start(fresh_ledger_url, "append", name) for name in ("left", "right")]
    for writer in writers:
        await_ready(writer)
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=60)[1] for writer in writers] == ["", ""]
    ledger = PostgresLedger(fresh_ledger_url)
    entries = Counter(entry.product for entry in ledger.entries())
    assert entries == {"shared": 40, "left": 40, "right": 40}
    assert ledger.verify().size == 120


def test_threads_share_a_ledger_object(fresh_ledger_url: str) -> None:
    ledger = PostgresLedger(fresh_ledger_url)

    def write(worker: int) -> None:
        for number in range(15):
            add(ledger, draft("same"), draft(f"{worker}/{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert [entry.index for entry in ledger.entries()] == list(range(61))
    assert ledger.verify().size == 61


def test_a_writer_decides_by_the_state_after_the_other_writer(fresh_ledger_url: str) -> None:
    """If many writers ask at once for the entries that are due, exactly one of them writes."""
    gate = threading.Barrier(4)

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        del now
        if state.batches:
            return ()
        key = f"arrived/{threading.get_ident()}"
        return [replace(draft(key), event=ARRIVED)]

    def tick(worker: int) -> int:
        del worker
        ledger = PostgresLedger(fresh_ledger_url)
        gate.wait(timeout=30)
        return len(ledger.consider("churn", now=T0, ask=ask, decide=nothing, fold=apply))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(tick, range(4))) == [0, 0, 0, 1]


def test_a_state_written_elsewhere_is_seen_at_once(fresh_ledger_url: str) -> None:
    here, there = PostgresLedger(fresh_ledger_url), PostgresLedger(fresh_ledger_url)
    assert here.state("churn").batches == {}
    add(there, replace(draft("arrived"), event=ARRIVED))
    assert list(here.state("churn").batches) == ["1"]
    there.rebuild(fold=lambda state, _: state)
    assert here.state("churn").batches == {}


def test_a_writer_killed_before_its_commit_leaves_nothing(fresh_ledger_url: str) -> None:
    ledger = PostgresLedger(fresh_ledger_url)
    add(ledger, draft("first"))
    dying = start(fresh_ledger_url, "die before commit", "")
    dying.communicate(timeout=60)
    assert dying.returncode == -9
    (entry,) = add(ledger, draft("second"))
    assert (entry.index, ledger.known_keys(["lost"])) == (1, frozenset())
    assert ledger.verify().size == 2


def test_the_lock_of_a_killed_run_is_free_again(fresh_ledger_url: str) -> None:
    ledger = PostgresLedger(fresh_ledger_url)
    holder = start(fresh_ledger_url, "hold", "r1")
    await_ready(holder)
    assert ledger.is_locked("r1")
    holder.kill()
    holder.communicate(timeout=60)
    with ledger.run_lock("r1") as held:
        assert held


def test_a_held_product_is_refused_to_others_who_do_not_wait(fresh_ledger_url: str) -> None:
    with (
        PostgresLedger(fresh_ledger_url).product_lock("churn"),
        PostgresLedger(fresh_ledger_url).product_lock("churn", wait=False) as held,
        PostgresLedger(fresh_ledger_url).product_lock("fraud", wait=False) as other,
    ):
        assert (held, other) == (False, True)


def test_a_held_product_does_not_keep_others_from_appending(fresh_ledger_url: str) -> None:
    with PostgresLedger(fresh_ledger_url).product_lock("churn"):
        assert len(add(PostgresLedger(fresh_ledger_url), draft("a"))) == 1


def test_a_stale_connection_is_replaced(fresh_ledger_url: str) -> None:
    ledger = PostgresLedger(fresh_ledger_url)
    add(ledger, draft("a"))
    with psycopg.connect(fresh_ledger_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert len(add(ledger, draft("b"))) == 1


def test_a_connection_that_is_lost_is_reported_and_stores_nothing(fresh_ledger_url: str) -> None:
    ledger = PostgresLedger(fresh_ledger_url)

    def cut(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
        with psycopg.connect(fresh_ledger_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return nothing(state, entry, now)

    with pytest.raises(DatabaseError, match="did not answer"):
        ledger.append("churn", [draft("a")], now=T0, decide=cut, fold=apply)
    assert ledger.size() == 0
    assert len(add(ledger, draft("a"))) == 1


def test_an_uninstalled_ledger_is_reported(fresh_ledger: object, fresh_ledger_url: str) -> None:
    address = fresh_ledger.admin_url  # type: ignore[attr-defined]
    with psycopg.connect(address) as admin:
        admin.execute("DROP SCHEMA public CASCADE")
    with pytest.raises(DatabaseError, match="Was it set up"):
        PostgresLedger(fresh_ledger_url).size()


def test_a_warm_read_of_all_states_reads_no_fact(fresh_ledger_url: str) -> None:
    ledger = PostgresLedger(fresh_ledger_url)
    add(ledger, replace(draft("a"), event=ARRIVED))
    assert ledger.states()["churn"] is ledger.states()["churn"]
