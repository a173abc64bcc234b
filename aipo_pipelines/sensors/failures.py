"""What becomes of an exception in the work of a sensor for one product.

It stays with that product: it is logged, its people get an incident, and the next product is
looked at. Of an error that is not ours only its class and its place are told, never its words.
"""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import (
    AipoError,
    DatabaseError,
    LedgerError,
    UsageError,
    told_of,
    trace_of,
)
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.logs import logger_of
from aipo_pipelines.policy.incidents.incident import open_incident
from aipo_pipelines.policy.rules.failing_sensors import cause_of, on_trouble
from aipo_pipelines.resources.services import Services

logger = logger_of(__name__)


def readable_states(services: Services, products: Iterable[str]) -> dict[str, ProductState]:
    """The states of all products; where one cannot be read, those of all others.

    Raises:
        DatabaseError: The ledger's database did not answer.
    """
    try:
        return services.ledger.states()
    except LedgerError:
        states = {}
    for name in products:
        try:
            states[name] = services.ledger.state(name)
        except LedgerError as error:
            logger.error("%s: %s", name, error)  # noqa: TRY400 - the sentence says it all
    return states


def report_trouble(services: Services, product: Product, sensor: str, error: Exception) -> str:
    """Logs an exception and opens its incident; returns what is told of it."""
    told = told_of(error)
    if isinstance(error, AipoError):
        logger.warning("%s: %s", product.name, told)
    else:
        logger.error("%s: %s fails: %s\n%s", product.name, sensor, told, trace_of(error))
    # A database that does not answer takes no incident, and who may not be here gets none.
    if not isinstance(error, DatabaseError | UsageError):
        _tell(services, product, sensor, told)
    return f"{product.name}: {told}"


def trouble_is_over(services: Services, product: Product, state: ProductState, sensor: str) -> None:
    """Ends the incident of a sensor that worked again."""
    if open_incident(state, cause_of(sensor)) is not None:
        _tell(services, product, sensor, "")


def _tell(services: Services, product: Product, sensor: str, told: str) -> None:
    try:
        services.consider(
            product, lambda state, now: on_trouble(product.charter, state, sensor, told, now)
        )
    except Exception as error:  # noqa: BLE001 - the other products must be looked at all the same
        logger.error("%s: no incident: %s\n%s", product.name, told_of(error), trace_of(error))  # noqa: TRY400
