"""Escalation: tells the people of an incident's ladder, at least once, numbering attempts."""

from __future__ import annotations

import logging

from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import NoticeError, told_of, trace_of
from aipo_pipelines.ledger.state import Action, ActionKind, ProductState
from aipo_pipelines.policy.notice import notice_of
from aipo_pipelines.policy.pending import next_actions
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import claim, fail, finish

logger = logging.getLogger("aipo.sensors")


def escalate(services: Services, product: Product, state: ProductState) -> int:
    """Sends the notices that are due; returns how many attempts were made."""
    due = next_actions(state, services.clock.now(), {ActionKind.NOTIFY})
    return sum(_tell(services, product, state, action) for action in due)


def _tell(services: Services, product: Product, state: ProductState, action: Action) -> bool:
    if not claim(services, product, action):
        return False
    notice = notice_of(product.charter, state, action)
    try:
        services.notifier.send(notice)
    except NoticeError as error:
        fail(services, product, action, str(error), permanent=error.permanent)
    except Exception as error:  # noqa: BLE001 - a channel that breaks keeps no other notice back
        logger.error("%s: %s\n%s", product.name, told_of(error), trace_of(error))  # noqa: TRY400
        fail(services, product, action, told_of(error), permanent=False)
    else:
        finish(services, product, action, f"told {len(notice.targets)} targets")
    return True
