"""What MLflow's registry holds, for all products by two look-ups however many they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aipo_pipelines.policy.rules.registry import Registered

_ALIAS = "champion"
_PAGE = 1_000
_RUNS = 500
"""Runs that one look-up names: a filter has a length that a database takes."""


def registered(mlflow: Any, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
    """Who has the alias of a champion, and which versions are still there.

    Args:
        mlflow: The client.
        versions: By product, the versions to look for, each with its run.
    """
    champions = {
        model.name: str(model.aliases[_ALIAS])
        for model in _models(mlflow)
        if _ALIAS in model.aliases
    }
    runs = [run for asked in versions.values() for run in asked.values()]
    there = {(one.name, str(one.version)) for one in _versions(mlflow, runs)}
    return {
        product: Registered(
            champion=champions.get(product, ""),
            versions=frozenset(one for one in asked if (product, one) in there),
        )
        for product, asked in versions.items()
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
