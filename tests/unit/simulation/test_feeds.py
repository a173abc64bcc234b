from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.measures.privacy.check import declared_categories
from aipo_pipelines.measures.privacy.search import find_personal_data
from aipo_pipelines.resources.products_root import bundled
from aipo_pipelines.simulation import customer_churn, fraud_prevention, supply_chain_forecasting
from aipo_pipelines.simulation.feeds import FEEDS, deliver_week
from aipo_pipelines.simulation.weeks import WEEKS, delivered_at, first_day, last_day

PRODUCTS = {product.name: product for product in load_products(bundled("products"))}
DEFECTS = {
    ("fraud_prevention", fraud_prevention.CARD_WEEK): {"card_number"},
    ("customer_churn", customer_churn.HEALTH_WEEK): {"disability_degree"},
}


def test_every_example_product_has_a_feed() -> None:
    assert set(FEEDS) == set(PRODUCTS)


def test_weeks_follow_one_another_from_monday_to_sunday() -> None:
    assert first_day(1).isoweekday() == 1
    assert [first_day(week + 1) - last_day(week) for week in range(1, WEEKS)] == [
        timedelta(days=1)
    ] * (WEEKS - 1)


def test_a_week_is_delivered_on_the_monday_after_it() -> None:
    assert last_day(1) == date(2026, 7, 12)
    assert delivered_at(1) == datetime(2026, 7, 13, 6, tzinfo=UTC)


@pytest.mark.parametrize("name", FEEDS)
def test_the_same_week_has_the_same_bytes_in_every_folder(name: str, tmp_path: Path) -> None:
    first, second = (deliver_week(tmp_path / place, name, 3) for place in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != deliver_week(tmp_path / "a", name, 4).read_bytes()


def test_another_seed_gives_other_records() -> None:
    for module in (customer_churn, fraud_prevention, supply_chain_forecasting):
        assert not module.make_week(1, seed=1).equals(module.make_week(1, seed=2))


@pytest.mark.parametrize("name", FEEDS)
def test_a_file_is_complete_and_has_the_date_of_its_delivery(name: str, tmp_path: Path) -> None:
    path = deliver_week(tmp_path, name, 2)
    assert path.stat().st_mtime == delivered_at(2).timestamp()
    assert list(path.parent.iterdir()) == [path]
    assert (
        PRODUCTS[name]
        .charter.sources[PRODUCTS[name].charter.feed]
        .location.endswith(f"feeds/{name}/{FEEDS[name].stem}_*.csv")
    )


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("week", range(1, WEEKS + 1))
def test_a_week_has_the_columns_of_its_contract_and_its_defect_alone(name: str, week: int) -> None:
    declared = [column.name for column in PRODUCTS[name].contract.columns]
    delivered = list(FEEDS[name].make_week(week).columns)
    assert delivered[: len(declared)] == declared
    assert set(delivered[len(declared) :]) == DEFECTS.get((name, week), set())


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("week", [1, 5, 7, 12])
def test_only_the_defect_is_personal_data(name: str, week: int) -> None:
    product = PRODUCTS[name]
    declared = declared_categories(product.contract, product.charter.sources[product.charter.feed])
    personal = find_personal_data(FEEDS[name].make_week(week), declared, regions=["DE", "FR"])
    assert {column.column for column in personal} == DEFECTS.get((name, week), set())
