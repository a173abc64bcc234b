"""What one charter becomes in Dagster, held against a small snapshot.

After a wanted change: `AIPO_WRITE_SNAPSHOT=1 pytest tests/unit/definitions`, then read the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aipo_pipelines import definitions as location
from aipo_pipelines.assets.pages import PORTFOLIO
from aipo_pipelines.assets.reporting.specs import ASSETS, MONITORED, PAGES, checks_of
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.definitions import build_definitions, product_definitions
from aipo_pipelines.errors import UsageError
from tests.samples import write_product
from tests.world import DATA_ONLY, LATE

SNAPSHOT = Path(__file__).with_name("sample.json")


def defined(folder: Path, **changes: Any) -> dg.Definitions:
    product = load_product(write_product(folder / "product", **changes))
    return build_definitions({product.name: product})


def described(definitions: dg.Definitions) -> dict[str, Any]:
    """Specs of everything, sorted, as JSON."""
    graph = definitions.resolve_asset_graph()
    return {
        "assets": {
            node.key.to_user_string(): {
                "deps": sorted(key.to_user_string() for key in node.parent_keys),
                "group": node.group_name,
                "owners": sorted(node.owners or []),
                "tags": dict(sorted(node.tags.items())),
                "kinds": sorted(node.kinds or []),
                "partitioned": node.partitions_def is not None,
                "description": node.description,
                "executable": node.is_executable,
                "metadata": sorted(node.metadata),
            }
            for node in sorted(graph.asset_nodes, key=lambda node: node.key)
        },
        "checks": {
            key.to_user_string(): graph.get_check_spec(key).description
            for key in sorted(graph.asset_check_keys)
        },
        "jobs": {
            job.name: sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
            for job in definitions.resolve_all_job_defs()
            if not job.name.startswith("__")
        },
        "schedules": {
            schedule.name: [schedule.cron_schedule, schedule.job_name]
            for schedule in definitions.schedules or []
            if isinstance(schedule, dg.ScheduleDefinition)
        },
        "sensors": {
            sensor.name: [sensor.minimum_interval_seconds, sensor.description]
            for sensor in definitions.sensors or []
        },
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return defined(tmp_path_factory.mktemp("sample"))


def test_one_charter_becomes_what_the_snapshot_says(sample: dg.Definitions) -> None:
    description = described(sample)
    if os.environ.get("AIPO_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(description, indent=2, sort_keys=True) + "\n", "utf-8")
    assert description == json.loads(SNAPSHOT.read_text("utf-8"))


def test_every_check_of_the_graph_is_declared_and_blocks_nothing(
    sample: dg.Definitions, tmp_path: Path
) -> None:
    charter = load_product(write_product(tmp_path / "sample")).charter
    graph = sample.resolve_asset_graph()
    names = {(key.asset_key.path[-1], key.name) for key in graph.asset_check_keys}
    assert names == {(asset, check) for asset in ASSETS for check in checks_of(charter, asset)}
    assert not any(graph.get_check_spec(key).blocking for key in graph.asset_check_keys)


def test_assets_have_a_group_an_owner_and_a_description(sample: dg.Definitions) -> None:
    for node in sample.resolve_asset_graph().asset_nodes:
        if node.key == PORTFOLIO:
            continue
        assert node.group_name == "sample"
        assert node.owners == ["ada@example.com"]
        assert node.description
        assert node.tags["aipo/risk_tier"] == "low"


def test_a_button_that_must_fail_says_what_to_do_instead(
    sample: dg.Definitions,
) -> None:
    outcome = {
        node.key.path[-1]: node.description or ""
        for node in sample.resolve_asset_graph().asset_nodes
    }
    for asset in ("training_set", "challenger", "evaluation", "risk_assessment"):
        assert "By hand: `aipo retrain sample`, or launch the job sample__retrain" in outcome[asset]
    assert "By hand: `aipo approve` or `aipo rollback sample`" in outcome["champion"]


def test_a_gate_says_that_it_keeps_a_version_from_going_live(sample: dg.Definitions) -> None:
    graph = sample.resolve_asset_graph()
    gates = [
        asset_check_key
        for asset_check_key in graph.asset_check_keys
        if asset_check_key.asset_key.path[-1] == "evaluation"
    ]
    assert gates
    for gate in gates:
        outcome = graph.get_check_spec(gate).description or ""
        assert "While it fails the version does not go live." in outcome


def test_monitored_assets_are_one_step_that_can_be_run_in_parts(sample: dg.Definitions) -> None:
    job = sample.resolve_job_def("sample__monitor")
    assert [node.name for node in job.nodes] == ["sample__monitor_step"]
    assert {key.path[-1] for key in job.asset_layer.executable_asset_keys} == set(MONITORED)


def test_if_mlflow_is_served_the_assets_of_a_model_link_to_it(tmp_path: Path) -> None:
    product = load_product(write_product(tmp_path))
    definitions = build_definitions({"sample": product}, mlflow_url="http://127.0.0.1:5000/")
    pages = {
        spec.key.path[-1]: spec.metadata["MLflow"].value
        for spec in definitions.resolve_all_asset_specs()
        if "MLflow" in spec.metadata
    }
    assert pages == dict.fromkeys(
        ("challenger", "champion"), "http://127.0.0.1:5000/#/models/sample"
    )


def test_a_source_shows_who_approved_it_until_when(sample: dg.Definitions) -> None:
    node = sample.resolve_asset_graph().get(dg.AssetKey(["sample", "sources", "records"]))
    assert node.metadata["approved by"] == "Ben Haas"
    assert node.metadata["approved until"] == "2030-12-31"
    assert not node.is_executable


def test_a_source_nobody_approved_says_so(tmp_path: Path) -> None:
    definitions = defined(tmp_path, sources={"records": {"approval": ...}})
    node = definitions.resolve_asset_graph().get(dg.AssetKey(["sample", "sources", "records"]))
    assert node.metadata["approved by"] == "nobody"
    assert node.metadata["approved until"] == "never"


def test_performance_depends_on_the_source_of_delayed_labels(tmp_path: Path) -> None:
    graph = defined(tmp_path, **LATE).resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["sample", "performance"])).parent_keys
    assert dg.AssetKey(["sample", "sources", "late"]) in parents


def test_a_product_without_a_model_has_no_model_assets_and_one_job(tmp_path: Path) -> None:
    description = described(defined(tmp_path, **DATA_ONLY))
    assert sorted(description["assets"]) == [
        "portfolio",
        "sample/charter",
        "sample/data_quality",
        "sample/dataset",
        "sample/sources/records",
    ]
    assert set(description["jobs"]) == {"sample__monitor", "report"}


def test_a_product_with_logged_predictions_is_never_trained_here(tmp_path: Path) -> None:
    model = {"logged_predictions": "x2", "estimator": ..., "features": ["x1"]}
    description = described(defined(tmp_path, model=model))
    assert not {"sample/training_set", "sample/challenger", "sample/champion"} & set(
        description["assets"]
    )
    assert set(description["jobs"]) == {"sample__monitor", "report"}


def test_products_do_not_share_names(tmp_path: Path) -> None:
    products = {
        name: load_product(write_product(tmp_path / name, product=name))
        for name in ("churn", "fraud")
    }
    description = described(build_definitions(products))
    assert len(description["jobs"]) == 6 + 1
    assert len(description["assets"]) == 2 * (len(ASSETS) + len(PAGES) + 1) + 1
    assert len(description["sensors"]) == 6


def test_definitions_of_one_product_bring_no_sensors(tmp_path: Path) -> None:
    product = load_product(write_product(tmp_path / "product"))
    assert not product_definitions(product).sensors


def test_the_location_loads_every_charter_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("churn", "fraud"):
        write_product(tmp_path / name, product=name)
    monkeypatch.setenv("AIPO_PRODUCTS", str(tmp_path))
    groups = {node.group_name for node in loaded().resolve_asset_graph().asset_nodes}
    assert groups == {"churn", "fraud", "portfolio"}


def test_broken_charters_are_shown_with_their_problems_and_stop_no_other_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_product(tmp_path / "churn", product="churn", risk_tier="enormous")
    write_product(tmp_path / "fraud", product="fraud", feed="nowhere")
    monkeypatch.setenv("AIPO_PRODUCTS", str(tmp_path))
    write_product(tmp_path / "stock", product="stock")
    graph = loaded().resolve_asset_graph()
    texts = {
        node.group_name: node.description or ""
        for node in graph.asset_nodes
        if node.key.path[-1] == "charter"
    }
    assert "found 'enormous'" in texts["churn"]
    assert "found 'nowhere'" in texts["fraud"]
    assert texts["stock"].startswith("Everything that was agreed")
    jobs = {job.name for job in loaded().resolve_all_job_defs()}
    assert "stock__monitor" in jobs
    assert "churn__monitor" not in jobs


def test_a_location_without_its_folder_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPO_PRODUCTS", str(tmp_path / "gone"))
    with pytest.raises(UsageError, match=r"gone is no folder.*AIPO_PRODUCTS"):
        loaded()


def loaded() -> dg.Definitions:
    definitions = location.defs()
    assert isinstance(definitions, dg.Definitions)
    return definitions
