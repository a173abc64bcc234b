"""The rivals are fair: as many definitions, the same batch, a charter that can be used."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.product import product_assets, product_jobs
from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.definitions import build_definitions
from aipo_pipelines.measures.contract.suite import contract_rules
from bench import bare_measures as measures
from bench import bare_retrain, executor_location
from bench.bare_libraries import Material
from bench.bare_location import STEPS, bare_definitions
from bench.feed import FEATURES, make_table, write_batch
from bench.memory import resident
from bench.monitor import write_parquet
from bench.product import write_products


@pytest.fixture
def product(tmp_path: Path) -> Product:
    write_products(tmp_path / "products", ("bench",), tmp_path / "feeds")
    return load_products(tmp_path / "products")[0]


def test_the_charter_can_be_used_and_its_contract_has_about_45_expectations(
    product: Product,
) -> None:
    assert 40 <= len(contract_rules(product.contract)) <= 50
    assert product.charter.model is not None
    assert product.charter.model.features == FEATURES


def test_the_bare_location_has_a_job_and_a_step_for_each_job_and_step_of_the_package(
    product: Product,
) -> None:
    ours = [asset for asset in product_assets(product) if hasattr(asset, "keys")]
    assert len(ours) == len(STEPS)
    assert {job.name for job in product_jobs(product)} == {f"bench__{step}" for step in STEPS}


def test_the_executors_run_the_same_steps_and_the_rival_by_the_default_executor(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPO_PRODUCTS", str(tmp_path / "products"))
    ours = build_definitions({product.name: product}).resolve_job_def("bench__monitor")
    theirs = executor_location.defs().resolve_job_def("bench__monitor")
    assert [node.name for node in theirs.nodes] == [node.name for node in ours.nodes]
    assert theirs.executor_def.name == "multi_or_in_process_executor"


def test_the_bare_training_tries_two_windows_and_compares_with_the_champion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = [tmp_path / name for name in ("older.parquet", "newest.parquet")]
    for seed, path in enumerate(window):
        write_parquet(make_table(400, seed, "2026-01-01"), path)
    monkeypatch.setattr(bare_retrain, "scores", lambda held, _: np.full(len(held), 0.5))
    logged: list[str] = []
    monkeypatch.setattr(bare_retrain, "_log", lambda *given: logged.extend(given[-1]))
    nothing = Path()
    material = Material(
        feed=nothing,
        output=tmp_path,
        reference=nothing,
        rules=(),
        tracking_uri="",
        model="",
        version="",
    )
    figures = bare_retrain.retrain(material, window)
    assert {"windows/all/mean_loss", "windows/recent/mean_loss"} <= set(logged)
    # The recent window wins: the table before it is of other seeds, and only misleads.
    assert len(pd.read_parquet(tmp_path / "out_of_fold.parquet")) == 280
    assert figures["gate/champion"] > 0.2
    assert figures["gate/roc_auc_advantage"] == figures["gate/roc_auc"] - 0.5


def test_the_bare_location_has_as_many_assets_checks_jobs_and_sensors(product: Product) -> None:
    sides = build_definitions({product.name: product}), bare_definitions(1)
    ours, bare = (_numbers(side.get_repository_def()) for side in sides)
    assert ours == bare


def _numbers(repository: dg.RepositoryDefinition) -> list[int]:
    graph = repository.asset_graph
    return [
        len(graph.get_all_asset_keys()),
        len(graph.asset_check_keys),
        len(repository.get_all_jobs()),
        len(repository.schedule_defs),
        len(repository.sensor_defs),
    ]


def test_a_product_without_a_model_can_be_written_too(tmp_path: Path) -> None:
    write_products(tmp_path, ("a", "b"), tmp_path / "feeds", with_model=False)
    assert [product.charter.model for product in load_products(tmp_path)] == [None, None]


def test_batches_have_20_columns_and_repeat_with_their_seed(tmp_path: Path) -> None:
    frame = make_table(50, 3, "2026-01-01")
    assert frame.shape == (50, 20)
    pd.testing.assert_frame_equal(frame, make_table(50, 3, "2026-01-01"))
    assert pd.read_csv(write_batch(tmp_path, frame, "one")).shape == (50, 20)


def test_the_bare_metrics_see_a_model_that_is_right() -> None:
    truth = np.tile([0.0, 1.0], 100)
    figures = measures.performance(truth, np.where(truth == 1, 0.9, 0.1), truth)
    assert figures["roc_auc"] == figures["accuracy"] == 1.0
    assert figures["brier"] == pytest.approx(0.01)


@pytest.mark.parametrize("rows", [500, 30_000])
def test_the_bare_bootstrap_spreads_as_its_standard_error(rows: int) -> None:
    records = np.random.default_rng(1).normal(3.0, 2.0, (rows, 1))
    drawn = measures.replicates(records, np.random.default_rng(2))
    assert drawn.shape == (500, 1)
    assert drawn.std() == pytest.approx(2.0 / np.sqrt(rows), rel=0.15)


def test_the_bare_drift_finds_what_moved() -> None:
    before = pd.DataFrame({"x": np.arange(1000.0), "c": ["a", "b"] * 500})
    moved = before.assign(x=before["x"] + 500)
    drifted = measures.drift(before, moved, ["c"])
    assert drifted["x"] == pytest.approx(0.5)
    assert drifted["c"] == 0.0


def test_a_process_has_a_size() -> None:
    assert resident("VmHWM") >= resident("VmRSS") > 1e6
