"""The cheap look at all facts: whether they still fit the sums that the ledger keeps of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

import dagster as dg

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.incidents.incident import open_incident
from aipo_pipelines.policy.rules.altered_facts import ALTERED
from aipo_pipelines.resources.services import LedgerServices

PAUSE = 60.0
"""Seconds between two looks, at least."""
SHARE = 100.0
"""How many times as long as a look took the next look waits."""


class Auditor:
    """Finds products with altered facts for which no incident is open yet.

    Args:
        clock: Seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = float("-inf")

    def __call__(
        self,
        services: LedgerServices,
        instance: dg.DagsterInstance,
        products: Mapping[str, Product],
        states: Mapping[str, ProductState],
    ) -> Collection[str]:
        """Names of these products; empty if it is too early for another look."""
        del instance, products
        began = self._clock()
        if began < self._next:
            return ()
        altered = services.ledger.altered()
        ended = self._clock()
        # With any number of facts the looks take at most a hundredth of one processor.
        self._next = ended + max(PAUSE, SHARE * (ended - began))
        return {
            name for name in altered & states.keys() if open_incident(states[name], ALTERED) is None
        }
