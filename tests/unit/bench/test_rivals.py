"""The rivals are fair: as many definitions, the same batch, a charter that can be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.product import product_assets, product_jobs
from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.product import Product
from aipo_pipelines.measures.contract_suite import contract_rules
from bench import bare_measures as measures
from bench.bare_location import STEPS
from bench.feed import FEATURES, make_table, write_batch
from bench.memory import resident
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


def test_the_bare_location_has_a_job_and_a_step_for_each_of_ours(product: Product) -> None:
    ours = [asset for asset in product_assets(product) if hasattr(asset, "keys")]
    assert len(ours) == len(STEPS)
    assert {job.name for job in product_jobs(product)} == {f"bench__{step}" for step in STEPS}


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
    found = measures.drift(before, moved, ["c"])
    assert found["x"] == pytest.approx(0.5)
    assert found["c"] == 0.0


def test_a_process_has_a_size() -> None:
    assert resident("VmHWM") >= resident("VmRSS") > 1e6
