"""Which recorded action a run serves."""

from __future__ import annotations

from collections.abc import Mapping

from aipo_pipelines.ledger.state import Action
from aipo_pipelines.resources.services import Services

ACTION_TAG = "aipo/action"
"""Tag of a run: `<entry>:<attempt>` of the action it serves; absent on runs by hand."""

PRODUCT_TAG = "aipo/product"
"""Tag of runs and assets: name of the product."""


def action_of(services: Services, product: str, tags: Mapping[str, str]) -> Action | None:
    """The action a run serves, or None for a run that was started by hand."""
    entry = tags.get(ACTION_TAG, "").partition(":")[0]
    return services.ledger.state(product).actions.get(entry) if entry else None
