"""What trainings left behind whose process was killed: runs without an end, versions without a use.

A version is registered before the ledger knows of it. Where the process ends in between, the next
attempt trains and registers another one, and the first would wait for ever, looking like any other.
Only what a rule asked for is touched (`entry:…`), as no two such trainings are ever in flight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

UNUSED_TAG = "aipo.unused"
_TRIGGER_TAG = "aipo.trigger"
_ASKED_BY_RULE = "entry:"
_NOTE = "left by an attempt that ended before the ledger knew of it"
_PAGE = 1000


def set_aside(mlflow: Any, product: str, known: Collection[str]) -> tuple[str, ...]:
    """Tags the versions that nobody knows of as unused, and ends runs that are not under way.

    Args:
        mlflow: The client.
        product: Product whose versions they are.
        known: Versions the ledger knows.

    Returns:
        The versions that were not set aside before, oldest first.
    """
    found = [
        str(one.version)
        for one in _versions(mlflow, product)
        if str(one.version) not in known and _is_by_rule(one.tags) and UNUSED_TAG not in one.tags
    ]
    for version in found:
        mlflow.set_model_version_tag(product, version, UNUSED_TAG, _NOTE)
    experiment = mlflow.get_experiment_by_name(product)
    if experiment is not None:
        for run in mlflow.search_runs([experiment.experiment_id], "attributes.status = 'RUNNING'"):
            if _is_by_rule(run.data.tags):
                mlflow.set_terminated(run.info.run_id, status="KILLED")
    return tuple(sorted(found, key=int))


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
    return tags.get(_TRIGGER_TAG, "").startswith(_ASKED_BY_RULE)
