from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest

from aipo_pipelines.assets.pages import PORTFOLIO, build_pages
from aipo_pipelines.assets.reporting.specs import key
from aipo_pipelines.resources.product_feeds import Feeds
from tests.world import DATA_ONLY, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "products")


def written(
    world: World, home: Path, selection: Sequence[dg.AssetKey] | None = None, **unusable: str
) -> dict[str, dict[str, object]]:
    """Metadata by asset after the step ran, on a home of its own."""
    services = world.speaking_to(feeds=Feeds(environ={"AIPO_HOME": str(home)}))
    done = dg.materialize(
        [build_pages(world.products, portfolio=True, unusable=unusable)],
        resources={"services": services},
        selection=list(selection) if selection else None,
    )
    return {
        event.asset_key.to_user_string(): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in done.get_asset_materialization_events()
        if event.asset_key
    }


def test_one_step_writes_every_page_and_says_where_it_lies(world: World, tmp_path: Path) -> None:
    materialised = written(world, tmp_path / "home")
    pages = tmp_path / "home" / "reports"
    assert materialised["portfolio"]["page"] == str(pages / "portfolio.html")
    assert materialised["sample/charter"]["page"] == str(pages / "sample-charter.html")
    assert materialised["sample/model_card"]["page"] == str(pages / "sample-model.html")
    assert materialised["sample/model_card"]["answer"] == "UNKNOWN"
    assert materialised["portfolio"]["answer UNKNOWN"] == 1
    assert all(Path(str(facts["page"])).is_file() for facts in materialised.values())


def test_a_page_can_be_written_alone(world: World, tmp_path: Path) -> None:
    materialised = written(world, tmp_path / "home", [key("sample", "charter")])
    assert list(materialised) == ["sample/charter"]
    assert not (tmp_path / "home" / "reports" / "portfolio.html").exists()


def test_the_portfolio_can_be_written_alone(world: World, tmp_path: Path) -> None:
    materialised = written(world, tmp_path / "home", [PORTFOLIO])
    assert list(materialised) == ["portfolio"]


def test_the_portfolio_counts_products_that_cannot_be_governed(
    world: World, tmp_path: Path
) -> None:
    materialised = written(world, tmp_path / "home", [PORTFOLIO], broken="nothing fits")
    assert materialised["portfolio"]["answer UNKNOWN"] == 2
    text = (tmp_path / "home" / "reports" / "portfolio.html").read_text("utf-8")
    assert "nothing fits" in text


def test_a_product_without_a_model_has_no_model_card(tmp_path: Path) -> None:
    materialised = written(World(tmp_path / "products", **DATA_ONLY), tmp_path / "home")
    assert sorted(materialised) == ["portfolio", "sample/charter"]
