"""Escalation: tells the people of an incident's ladder, at least once, numbering attempts."""

from __future__ import annotations

from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import NoticeError
from aipo_pipelines.ledger.state import Action, ActionKind, ProductState
from aipo_pipelines.policy.notice import notice_of
from aipo_pipelines.policy.pending import next_actions
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import claim, fail, finish


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
    else:
        finish(services, product, action, f"told {len(notice.targets)} targets")
    return True
