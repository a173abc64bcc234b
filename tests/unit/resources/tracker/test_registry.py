"""The registry's content for all products: over all pages, by a bounded number of look-ups."""

from __future__ import annotations

import pytest

from aipo_pipelines.policy.rules.registry import Registered
from aipo_pipelines.resources.tracker.registry import registered
from tests.unit.resources.tracker.registry_pages import Registry


def content(champion: str = "", *versions: str) -> Registered:
    return Registered(champion=champion, versions=frozenset(versions))


def test_only_versions_that_are_asked_for_and_exist_are_named() -> None:
    registry = Registry()
    registry.add("churn", 1, "run-1")
    registry.add("churn", 2, "run-2")
    registry.models["churn"] = {"champion": "2", "challenger": "1"}
    versions = {"churn": {"1": "run-1", "3": "run-3"}, "fraud": {"1": "run-9"}, "new": {}}
    assert registered(registry, versions) == {
        "churn": content("2", "1"),
        "fraud": content(),
        "new": content(),
    }


def test_other_aliases_are_no_champion_and_other_models_no_product() -> None:
    registry = Registry(models={"churn": {"previous": "1"}, "foreign": {"champion": "9"}})
    assert registered(registry, {"churn": {}}) == {"churn": content()}


def test_a_number_of_another_product_is_not_that_of_this_product() -> None:
    registry = Registry()
    registry.add("fraud", 1, "run-1")
    assert registered(registry, {"churn": {"1": "run-1"}}) == {"churn": content()}


def test_a_number_that_is_not_text_is_written_as_text() -> None:
    registry = Registry()
    registry.add("churn", 1, "run-1")
    registry.versions[0].version = 1
    registry.models["churn"] = {"champion": 1}  # type: ignore[dict-item]
    assert registered(registry, {"churn": {"1": "run-1"}}) == {"churn": content("1", "1")}


@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_every_page_is_read(page: int) -> None:
    registry = Registry(page=page)
    versions: dict[str, dict[str, str]] = {}
    for place in range(5):
        name = f"product_{place}"
        for number in (1, 2):
            registry.add(name, number, f"{name}-{number}")
            versions.setdefault(name, {})[str(number)] = f"{name}-{number}"
        registry.models[name] = {"champion": "2"}
    assert registered(registry, versions) == {name: content("2", "1", "2") for name in versions}


@pytest.mark.parametrize(("runs", "filters"), [(0, 0), (1, 1), (500, 1), (501, 2), (1000, 2)])
def test_a_look_up_names_a_bounded_number_of_runs_and_none_is_left_out(
    runs: int, filters: int
) -> None:
    registry = Registry(page=1000)
    versions = {str(number): f"run-{number}" for number in range(runs)}
    for number, run in versions.items():
        registry.add("churn", int(number), run)
    assert registered(registry, {"churn": versions})["churn"].versions == {*versions}
    assert len(registry.filters) == filters
    assert all(text.count("'run-") <= 500 for text in registry.filters)
