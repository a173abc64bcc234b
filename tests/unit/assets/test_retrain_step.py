"""The retrain step inside Dagster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aipo_pipelines.assets.reporting.specs import TRAINED, key
from aipo_pipelines.assets.retrain import build_retrain
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.ledger.fold.models import newest_number
from aipo_pipelines.measures.gates.terms import gate_names
from aipo_pipelines.sensors.adoption import adopt_charter
from tests.samples import CHARTER, write_product
from tests.world import World


def run(world: World, **chosen: Any) -> dg.ExecuteInProcessResult:
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            [build_retrain(world.product)],
            resources={"services": world.services},
            instance=instance,
            raise_on_error=False,
            **chosen,
        )


def assets_in(result: dg.ExecuteInProcessResult) -> list[str]:
    events = result.get_asset_materialization_events()
    return [event.asset_key.path[-1] for event in events if event.asset_key]


def test_a_run_makes_all_its_assets_and_a_check_for_every_gate(world: World) -> None:
    world.deliver("w1").play()
    result = run(world)
    assert result.success
    assert assets_in(result) == list(TRAINED)
    checks = [check.check_name for check in result.get_asset_check_evaluations()]
    assert checks[-4:] == list(gate_names(world.product.charter))


def test_an_insufficient_training_set_ends_the_run_without_a_failure(
    world: World,
) -> None:
    world.deliver("w1", rows=60).play()
    result = run(world)
    assert result.success
    assert assets_in(result) == ["training_set"]


@pytest.mark.parametrize("asset", TRAINED)
def test_parts_of_a_run_are_refused(lived: World, asset: str) -> None:
    result = run(lived, selection=[key("sample", asset)])
    assert not result.success
    (failure,) = result.all_node_events[-1:]
    assert assets_in(result) == []
    assert "launch the job sample__retrain" in str(failure.step_failure_data.error)


def test_a_limit_that_was_lowered_in_the_file_lets_nothing_pass(tmp_path: Path) -> None:
    strict, lax = ([CHARTER["thresholds"][0] | {"limit": limit}] for limit in (0.995, 0.6))
    world = World(tmp_path, thresholds=strict).deliver("w1").play()
    write_product(world.folder, version="2", thresholds=lax)
    # As a location has it that took the file for the agreement.
    world.product = load_product(world.folder)
    adopt_charter(world.services, world.product)
    result = run(world)
    assert result.success
    gates = {check.check_name: check for check in result.get_asset_check_evaluations()}
    passed = {name: gate.passed for name, gate in gates.items() if name.startswith("roc_auc")}
    assert list(passed.values()) == [False]


def test_a_version_is_numbered_after_all_that_the_ledger_knows(lived: World) -> None:
    """As if somebody had deleted the registered model in MLflow, which then counts from 1."""
    known = newest_number(lived.state)
    lived.tracker.stored.clear()
    assert run(lived).success
    assert lived.tracker.stored == {"sample": known + 1}
