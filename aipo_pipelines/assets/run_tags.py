"""Which recorded action a run serves, and what a run of an action looks like."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import Action, ActionKind
from aipo_pipelines.resources.dagster.tags import PARTITION_TAG, PRODUCT_TAG
from aipo_pipelines.resources.services import LedgerServices

__all__ = [
    "ACTION_TAG",
    "JOBS",
    "PARTITION_TAG",
    "PRODUCT_TAG",
    "action_of",
    "asks_for",
    "assets_of",
    "job_name",
]

ACTION_TAG = "aipo/action"
"""Tag of a run: `<entry>:<attempt>` of the action it serves; absent on runs by hand."""

JOBS: Mapping[ActionKind, str] = MappingProxyType(
    {
        ActionKind.MEASURE: "monitor",
        ActionKind.TRAIN: "retrain",
        ActionKind.RELEASE: "release",
    }
)
"""The job that performs each kind of action."""


def job_name(product: str, job: str) -> str:
    """Name of a product's job in Dagster."""
    return f"{product}__{job}"


def action_of(services: LedgerServices, product: str, tags: Mapping[str, str]) -> Action | None:
    """The action a run serves, or None for a run that was started by hand."""
    served = Attempt.parse(tags.get(ACTION_TAG, ""))
    return services.ledger.state(product).actions.get(str(served.entry)) if served else None


def assets_of(action: Action) -> tuple[str, ...]:
    """The assets an action is limited to; empty for all of its job."""
    assets = action.arguments.get("assets")
    return tuple(str(asset) for asset in assets) if isinstance(assets, list | tuple) else ()


def asks_for(action: Action, product: str, job: str, tags: Mapping[str, str]) -> bool:
    """Whether a run of this job with these tags does the work of an action."""
    # The tag of the action proves nothing: every person who starts a run can write any tag.
    performs = JOBS.get(action.kind)
    return (
        performs is not None
        and job == job_name(product, performs)
        and tags.get(PARTITION_TAG, "") == action.partition
    )
