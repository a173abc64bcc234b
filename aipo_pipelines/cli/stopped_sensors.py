"""The news about stopped sensors that `aipo up` prints and records while it runs.

The process of `aipo up` itself checks the sensors, because a person could also stop a sensor that
checks the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import AipoError, DatabaseError
from aipo_pipelines.policy.incidents.incident import open_incident
from aipo_pipelines.policy.rules.stopped_sensors import CAUSE, on_standstill
from aipo_pipelines.resources.dagster.schedules import silent_daemons, standing_still
from aipo_pipelines.resources.services import LedgerServices


@dataclass(kw_only=True)
class StandstillNews:
    """Checks Dagster's sensors, schedule and daemon repeatedly.

    Attributes:
        dagster_url: Address of Dagster's database.
    """

    services: LedgerServices
    products: Mapping[str, Product]
    dagster_url: str
    _silent_before: frozenset[str] = field(default_factory=frozenset)
    _reported: tuple[str, ...] = ()

    def news(self) -> str:
        """The changes since the last call, in sentences; empty if nothing changed.

        If the incident of a product cannot be recorded, the next call tries again.
        """
        try:
            stopped = self._look()
        except DatabaseError as error:
            return f"it is unknown whether the sensors run: {error}"
        for product in self.products.values():
            self._record(product, stopped)
        before, self._reported = self._reported, stopped
        if stopped == before:
            return ""
        return "\n".join(stopped) if stopped else "sensors, schedule and daemon run again"

    def _look(self) -> tuple[str, ...]:
        silent = silent_daemons(self.dagster_url, datetime.now(UTC))
        # After a machine slept, the signs of life are old at first, so two checks must agree.
        confirmed = tuple(daemon for daemon in silent if daemon in self._silent_before)
        self._silent_before = frozenset(silent)
        return (*standing_still(self.dagster_url), *confirmed)

    def _record(self, product: Product, stopped: tuple[str, ...]) -> None:
        try:
            if not stopped and not open_incident(self.services.ledger.state(product.name), CAUSE):
                return
            self.services.consider(
                product, lambda state, now: on_standstill(product.charter, state, stopped, now)
            )
        except AipoError:
            # The sensors of this product report the same error. The other products still get their
            # incidents.
            return
