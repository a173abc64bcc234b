"""A model that was stopped while nothing took its place: what failed, and what can be done.

A stop takes the alias from the version first. Whether its predecessor can come back shows only when
its release is carried out: the files of a version may be gone, or no longer those that were judged.
"""

from __future__ import annotations

from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState


def return_failure(state: ProductState) -> str:
    """Why the predecessor of a stopped version is not in charge, in words; empty when it may be."""
    failed = _given_up(state, state.stop.back_to) if state.stop and state.stop.back_to else None
    if failed is None or state.stop is None:
        return ""
    return f"version {state.stop.back_to}, which was to take over, could not: {failed.error}"


def alias_failure(state: ProductState) -> str:
    """Why the alias could not be taken from the stopped version; empty when it could."""
    failed = _given_up(state, "") if state.stop else None
    return failed.error if failed is not None else ""


def remedy(state: ProductState) -> str:
    """What a person can do when nothing is in charge."""
    name = state.product
    if not return_failure(state):
        return f"see: aipo status {name}"
    return (
        f"bring back what it needs, the files of the model from a backup say, and try again with: "
        f"aipo run {name}, or train a new version with: aipo retrain {name}"
    )


def _given_up(state: ProductState, version: str) -> Action | None:
    """The release of a version that was tried to no avail, if nothing is in charge."""
    if state.champion is not None:
        return None
    releases = [
        action
        for action in state.actions.values()
        if action.kind is ActionKind.RELEASE
        and action.status is ActionStatus.GIVEN_UP
        and action.arguments.get("version") == version
    ]
    return max(releases, key=lambda action: action.entry, default=None)
