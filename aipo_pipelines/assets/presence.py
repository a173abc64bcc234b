"""A run shows that it lives: it holds its lock in the ledger's database until it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aipo_pipelines.resources.services import Services


@contextmanager
def present(services: Services, run_id: str) -> Iterator[None]:
    """Holds the lock of a run; where whoever launched it in this process holds it, nothing."""
    if services.ledger.is_locked(run_id):
        yield
        return
    with services.ledger.run_lock(run_id):
        yield
