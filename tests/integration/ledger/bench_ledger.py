"""Entries per second: one at a time and a thousand at once, with and without facts.

Run with the address of an empty ledger, as the application:

    python tests/integration/ledger/bench_ledger.py postgresql://aipo:…@host/aipo_ledger
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger

NOW = datetime.now(UTC)


def failed(number: int) -> Event:
    """An event that changes no fact."""
    return RunFailed(
        run_id=f"{number:032}",
        job="churn__monitor",
        partition=f"{number:05}",
        error="MemoryError",
    )


def arrived(number: int) -> Event:
    """An event that changes two facts."""
    return BatchArrived(
        partition=f"{number:05}",
        digest="d" * 64,
        labels_digest="",
        location="feeds/churn/2026-11-23.csv",
        rows=1344,
        batch_date=None,
    )


def draft(number: int, product: str, event: Event) -> Draft:
    return Draft(
        product=product,
        event=event,
        subject=f"batch/{number}",
        actor="recorder",
        occurred_at=NOW,
        key=f"{product}/{number}",
    )


def nothing(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
    del state, entry, now
    return ()


def rate(count: int, work: Callable[[], object]) -> str:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, busy = time.perf_counter() - started, time.process_time() - cpu
    return f"{count / seconds:8.0f} entries/s ({busy / count * 1000:.2f} ms of processor each)"


def main(url: str) -> None:
    ledger = PostgresLedger(url)

    def add(product: str, make: Callable[[int], Event], first: int, count: int) -> None:
        drafts = [draft(number, product, make(number)) for number in range(first, first + count)]
        ledger.append(product, drafts, now=NOW, decide=nothing, fold=apply)

    def singly(product: str, make: Callable[[int], Event]) -> None:
        for number in range(200):
            add(product, make, number, 1)

    lines = {
        "one at a time, no facts": rate(200, lambda: singly("a", failed)),
        "one at a time, two facts each": rate(200, lambda: singly("b", arrived)),
        "1,000 at once, no facts": rate(1000, lambda: add("c", failed, 0, 1000)),
        "1,000 at once, two facts each": rate(1000, lambda: add("d", arrived, 0, 1000)),
        "verified": rate(ledger.size(), ledger.verify),
        "folded again": rate(ledger.size(), lambda: ledger.rebuild(fold=apply)),
    }
    for name, line in lines.items():
        sys.stdout.write(f"{name:32}{line}\n")


if __name__ == "__main__":
    main(sys.argv[1])
