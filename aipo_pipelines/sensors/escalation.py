"""Escalation: notifies the people of an incident's ladder, at least once, numbering attempts."""

from __future__ import annotations

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import text_of, trace_of
from aipo_pipelines.ledger.model.state import Action, ActionKind, ProductState
from aipo_pipelines.logs import logger_of
from aipo_pipelines.policy.answer.notice import Notice
from aipo_pipelines.policy.answer.notice_content import incident_of
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.policy.text import counted
from aipo_pipelines.reports.notices import notice_of
from aipo_pipelines.reports.wrong_cells import wrong_in
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import claim, fail, finish, note_deliveries

logger = logger_of(__name__)


def escalate(services: Services, product: Product, state: ProductState) -> int:
    """Sends the notices that are due; returns how many attempts were made."""
    due = next_actions(state, services.clock.now(), {ActionKind.NOTIFY})
    return sum(_notify(services, product, state, action) for action in due)


def _notify(services: Services, product: Product, state: ProductState, action: Action) -> bool:
    # Claimed before it is sent: a process that dies in between leaves an attempt that is repeated.
    if not claim(services, product, action):
        return False
    try:
        outcomes = services.notifier.send(_notice(services, product, state, action))
    except Exception as error:  # noqa: BLE001 - boundary: a notifier of the team's own
        # It may raise anything, and the other notices must still be sent.
        logger.error("%s: %s\n%s", product.name, text_of(error), trace_of(error))  # noqa: TRY400
        fail(services, product, action, text_of(error), permanent=False)
        return True
    note_deliveries(services, product, action, outcomes)
    failed = [outcome for outcome in outcomes if not outcome.is_delivered]
    if failed:
        reasons = "; ".join(dict.fromkeys(outcome.error for outcome in failed))
        lost = f"{len(failed)} of {len(outcomes)} notices were not delivered: {reasons}"
        # One channel that may succeed later is enough to try again.
        permanent = all(outcome.permanent for outcome in failed)
        fail(services, product, action, lost, permanent=permanent)
    else:
        finish(services, product, action, f"notified {counted(len(outcomes), 'channel')}")
    return True


def _notice(services: Services, product: Product, state: ProductState, action: Action) -> Notice:
    incident = incident_of(state, action)
    wrong = wrong_in(services.ledger, product.name, incident) if incident else ()
    return notice_of(product.charter, state, action, wrong)
