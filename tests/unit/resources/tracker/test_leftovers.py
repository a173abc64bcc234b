"""Leftovers of killed trainings: marked once, oldest first, and nothing of a person is touched."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aipo_pipelines.resources.tracker.leftovers import UNUSED_TAG, set_aside
from tests.unit.resources.tracker.registry_pages import Registry

BY_RULE = {"aipo.trigger": "entry:42"}
BY_HAND = {"aipo.trigger": "run:7"}


@pytest.fixture
def registry() -> Registry:
    return Registry(experiments={"churn"})


def marked(registry: Registry) -> list[str]:
    return [version.version for version in registry.versions if UNUSED_TAG in version.tags]


def run(registry: Registry, name: str, experiment: str = "churn", **tags: str) -> None:
    registry.runs[name] = SimpleNamespace(experiment=experiment, status="RUNNING", tags=tags)


def test_a_version_that_the_ledger_does_not_know_is_marked_with_the_reason(
    registry: Registry,
) -> None:
    for number in (1, 2):
        registry.add("churn", number, **BY_RULE)
    assert set_aside(registry, "churn", {"1"}) == ("2",)
    assert marked(registry) == ["2"]
    assert registry.versions[1].tags[UNUSED_TAG] == (
        "left by an attempt that ended before the ledger knew of it"
    )


def test_a_version_is_reported_once(registry: Registry) -> None:
    registry.add("churn", 1, **BY_RULE)
    assert set_aside(registry, "churn", ()) == ("1",)
    assert set_aside(registry, "churn", ()) == ()


def test_versions_are_named_oldest_first_by_their_number(registry: Registry) -> None:
    for number in (10, 9, 100):
        registry.add("churn", number, **BY_RULE)
    assert set_aside(registry, "churn", ()) == ("9", "10", "100")


@pytest.mark.parametrize(
    "tags", [{}, BY_HAND, {"aipo.trigger": ""}, {"aipo.trigger": "my entry:1"}]
)
def test_a_training_of_a_person_may_still_run_and_is_left_alone(
    registry: Registry, tags: dict[str, str]
) -> None:
    registry.add("churn", 1, **tags)
    run(registry, "run-1", **tags)
    assert set_aside(registry, "churn", ()) == ()
    assert marked(registry) == []
    assert registry.runs["run-1"].status == "RUNNING"


def test_versions_and_runs_of_other_products_are_left_alone(registry: Registry) -> None:
    registry.experiments.add("fraud")
    registry.add("fraud", 1, **BY_RULE)
    run(registry, "run-1", experiment="fraud", **BY_RULE)
    assert set_aside(registry, "churn", ()) == ()
    assert marked(registry) == []
    assert registry.runs["run-1"].status == "RUNNING"


def test_a_run_without_an_end_is_ended_as_killed(registry: Registry) -> None:
    run(registry, "run-1", **BY_RULE)
    run(registry, "run-2", **BY_RULE)
    registry.runs["run-2"].status = "FINISHED"
    assert set_aside(registry, "churn", ()) == ()
    assert [each.status for each in registry.runs.values()] == ["KILLED", "FINISHED"]


def test_a_product_without_an_experiment_has_no_run() -> None:
    registry = Registry()
    run(registry, "run-1", **BY_RULE)
    assert set_aside(registry, "churn", ()) == ()
    assert registry.runs["run-1"].status == "RUNNING"


@pytest.mark.parametrize("page", [1, 2, 3])
def test_every_page_of_versions_is_read(page: int) -> None:
    registry = Registry(page=page)
    for number in range(1, 6):
        registry.add("churn", number, **BY_RULE)
    assert set_aside(registry, "churn", {"2"}) == ("1", "3", "4", "5")
