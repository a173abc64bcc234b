"""Reads MLflow's registry for all products by two look-ups, for any number of products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aipo_pipelines.policy.rules.registry import Registered

_ALIAS = "champion"
_PAGE = 1_000
_RUNS = 500
"""Runs that one look-up names: a database limits the length of a filter."""


def registered(mlflow: Any, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
    """The version with the alias of the champion, and the existing versions, by product.

    Args:
        mlflow: The client.
        versions: The versions to look for, each with its run, by product.
    """
    champions = {
        model.name: str(model.aliases[_ALIAS])
        for model in _models(mlflow)
        if _ALIAS in model.aliases
    }
    # By run and not by name: MLflow filters by one name at a time, which would be one look-up per
    # product.
    runs = [run for run_of in versions.values() for run in run_of.values()]
    existing = {(version.name, str(version.version)) for version in _versions(mlflow, runs)}
    return {
        product: Registered(
            champion=champions.get(product, ""),
            versions=frozenset(number for number in run_of if (product, number) in existing),
        )
        for product, run_of in versions.items()
    }


def _models(mlflow: Any) -> Iterator[Any]:
    token = None
    while True:
        page = mlflow.search_registered_models(max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _versions(mlflow: Any, runs: Sequence[str]) -> Iterator[Any]:
    for first in range(0, len(runs), _RUNS):
        names = ", ".join(f"'{run}'" for run in runs[first : first + _RUNS])
        token = None
        while True:
            page = mlflow.search_model_versions(
                f"run_id IN ({names})", max_results=_PAGE, page_token=token
            )
            yield from page
            token = page.token
            if not token:
                break
