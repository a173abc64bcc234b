"""Marks the leftovers of killed trainings: runs without an end, versions that are not used.

A version is registered before the ledger records it. If the process ends in between, the next
attempt trains and registers another version. The first version would look like any other version
that waits for a decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from aipo_pipelines.ledger.model.trigger import Trigger

UNUSED_TAG = "aipo.unused"
_TRIGGER_TAG = "aipo.trigger"
_NOTE = "left by an attempt that ended before the ledger knew of it"
_PAGE = 1000


def set_aside(mlflow: Any, product: str, known: Collection[str]) -> tuple[str, ...]:
    """Tags versions that the ledger does not know as unused, and ends runs that have stopped.

    Args:
        mlflow: The client.
        product: Product of the versions.
        known: Versions that the ledger knows.

    Returns:
        The versions that were not marked before, oldest first.
    """
    # Only trainings that a rule caused: never two of them run at the same time, so another version
    # is a leftover. A training that a person started may still run.
    unused = [
        str(version.version)
        for version in _versions(mlflow, product)
        if str(version.version) not in known
        and _is_by_rule(version.tags)
        and UNUSED_TAG not in version.tags
    ]
    for version in unused:
        mlflow.set_model_version_tag(product, version, UNUSED_TAG, _NOTE)
    experiment = mlflow.get_experiment_by_name(product)
    if experiment is not None:
        for run in mlflow.search_runs([experiment.experiment_id], "attributes.status = 'RUNNING'"):
            if _is_by_rule(run.data.tags):
                mlflow.set_terminated(run.info.run_id, status="KILLED")
    return tuple(sorted(unused, key=int))


def _versions(mlflow: Any, product: str) -> Iterator[Any]:
    token = None
    while True:
        page = mlflow.search_model_versions(
            f"name = '{product}'", max_results=_PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


def _is_by_rule(tags: dict[str, str]) -> bool:
    return Trigger.parse(tags.get(_TRIGGER_TAG, "")).by_rule
