"""What `aipo up` tells, and records, of sensors that stand still while it runs.

It is asked by the process of `aipo up` itself: a watchdog among the sensors could be stopped too.
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
    """Looks at Dagster's sensors, schedule and daemon again and again.

    Attributes:
        dagster_url: Address of Dagster's database.
    """

    services: LedgerServices
    products: Mapping[str, Product]
    dagster_url: str
    _silent_before: frozenset[str] = field(default_factory=frozenset)
    _told: tuple[str, ...] = ()

    def news(self) -> str:
        """What has changed since the last call, for people; empty if nothing has.

        Products whose incident cannot be recorded get it at the next call.
        """
        try:
            told = self._look()
        except DatabaseError as error:
            return f"whether the sensors run could not be looked at: {error}"
        for product in self.products.values():
            self._record(product, told)
        was, self._told = self._told, told
        if told == was:
            return ""
        return "\n".join(told) if told else "sensors, schedule and daemon run again"

    def _look(self) -> tuple[str, ...]:
        silent = silent_daemons(self.dagster_url, datetime.now(UTC))
        # A machine that slept finds old signs of life at first: two looks must agree.
        confirmed = tuple(one for one in silent if one in self._silent_before)
        self._silent_before = frozenset(silent)
        return (*standing_still(self.dagster_url), *confirmed)

    def _record(self, product: Product, told: tuple[str, ...]) -> None:
        try:
            if not told and not open_incident(self.services.ledger.state(product.name), CAUSE):
                return
            self.services.consider(
                product, lambda state, now: on_standstill(product.charter, state, told, now)
            )
        except AipoError:
            # Its sensors meet the same and say so; the others are told all the same.
            return
