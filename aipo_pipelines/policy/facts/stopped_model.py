"""A model that was stopped and not replaced: the failure of its predecessor, or of its alias.

A stop takes the alias from the version first. The release of the predecessor shows whether it can
come back: its files may be missing, or may not be the files that were evaluated.
"""

from __future__ import annotations

from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.statements.missing_model import ReturnFailed


def return_failure(state: ProductState) -> ReturnFailed | None:
    """Why the predecessor of a stopped version is not in charge; None if no release failed."""
    failed = _given_up(state, state.stop.back_to) if state.stop and state.stop.back_to else None
    if failed is None or state.stop is None:
        return None
    return ReturnFailed(version=state.stop.back_to, error=failed.error)


def alias_failure(state: ProductState) -> str:
    """Why the alias could not be taken from the stopped version; empty if it could."""
    failed = _given_up(state, "") if state.stop else None
    return failed.error if failed is not None else ""


def _given_up(state: ProductState, version: str) -> Action | None:
    """The release of a version that was given up, if no version is in charge."""
    # With a version in charge the failed release does not matter any more.
    if state.champion is not None:
        return None
    # The release of no version (empty) is the action that takes the alias away.
    releases = [
        action
        for action in state.actions.values()
        if action.kind is ActionKind.RELEASE
        and action.status is ActionStatus.GIVEN_UP
        and action.arguments.get("version") == version
    ]
    return max(releases, key=lambda action: action.entry, default=None)
