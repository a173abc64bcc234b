"""An exception in the work of a sensor for one product stays with that product.

It is logged, the people of the product get an incident, and the sensor goes on with the next
product. If the error is not ours, only its class and its place are shown, never its words.
"""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import (
    AipoError,
    DatabaseError,
    LedgerError,
    UsageError,
    text_of,
    trace_of,
)
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.logs import logger_of
from aipo_pipelines.policy.incidents.incident import open_incident
from aipo_pipelines.policy.rules.failing_sensors import cause_of, on_trouble
from aipo_pipelines.resources.services import LedgerServices

logger = logger_of(__name__)


def readable_states(services: LedgerServices, products: Iterable[str]) -> dict[str, ProductState]:
    """The states of all products; without those that cannot be read.

    Raises:
        DatabaseError: The ledger's database did not answer.
    """
    try:
        return services.ledger.states()
    except LedgerError:
        # One state that cannot be read fails the query for all: then each is read alone.
        states = {}
    for name in products:
        try:
            states[name] = services.ledger.state(name)
        except LedgerError as error:
            logger.error("%s: %s", name, error)  # noqa: TRY400 - the sentence says it all
    return states


def report_trouble(
    services: LedgerServices, product: Product, sensor: str, error: Exception
) -> str:
    """Logs an exception and opens its incident; returns a sentence on it."""
    sentence = text_of(error)
    if isinstance(error, AipoError):
        logger.warning("%s: %s", product.name, sentence)
    else:
        logger.error("%s: %s fails: %s\n%s", product.name, sensor, sentence, trace_of(error))
    # A database that does not answer stores no incident, and a product that is not admitted here
    # gets no incident here.
    if not isinstance(error, DatabaseError | UsageError):
        _record(services, product, sensor, sentence)
    return f"{product.name}: {sentence}"


def trouble_is_over(
    services: LedgerServices, product: Product, state: ProductState, sensor: str
) -> None:
    """Ends the incident of a sensor that worked again."""
    if open_incident(state, cause_of(sensor)) is not None:
        _record(services, product, sensor, "")


def _record(services: LedgerServices, product: Product, sensor: str, sentence: str) -> None:
    try:
        services.consider(
            product, lambda state, now: on_trouble(product.charter, state, sensor, sentence, now)
        )
    except Exception as error:  # noqa: BLE001 - boundary: a sensor's tick
        # The trouble may be in the ledger itself; the other products are still looked at.
        logger.error("%s: no incident: %s\n%s", product.name, text_of(error), trace_of(error))  # noqa: TRY400
