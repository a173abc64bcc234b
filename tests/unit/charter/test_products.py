"""The products for tests on real data, and the organisation's standards, are right themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.charter.load import check_products, load_product
from aipo_pipelines.charter.model.charter import RiskTier
from aipo_pipelines.charter.model.contract import LogicalType, RuleSeverity
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import RowBatches, TimeBatches
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.charter.reading.validation import validate
from aipo_pipelines.charter.reading.yaml_document import read_document

ROOT = Path(__file__).parents[3]
PRODUCTS = ROOT / "tests" / "products"


LENT = Allowed(places=(PRODUCTS, ROOT.parent / "shared" / "data"))
"""The products of one hospital share a contract, and the data sets lie beside the checkout."""


def product(name: str) -> Product:
    return load_product(PRODUCTS / name, allowed=LENT)


def test_no_charter_of_the_examples_has_a_problem() -> None:
    assert check_products(ROOT / "products", allowed=LENT, warnings=True) == ()


def test_no_charter_of_the_products_for_tests_has_a_problem() -> None:
    assert check_products(PRODUCTS, allowed=LENT, warnings=True) == ()


@pytest.mark.parametrize(
    "name", ["bike_sharing", "elec2", "hospital_clean", "hospital_dirty", "telco_churn",
             "walmart_sales"],
)  # fmt: skip
def test_a_product_points_at_its_data_set(name: str) -> None:
    if not (ROOT.parent / "shared" / "data").is_dir():
        pytest.skip("the public data sets are not beside this checkout")
    loaded = product(name)
    location = loaded.charter.sources[loaded.charter.feed].location
    assert (loaded.folder / location).is_file()


def test_the_hospital_contract_can_name_every_column_with_an_error() -> None:
    contract = product("hospital_dirty").contract
    ruled = {rule.columns[-1] for rule in contract.rules}
    ruled |= {
        declared.name for declared in contract.columns if declared.pattern or declared.allowed
    }
    faultless = {"index", "address_2", "address_3"}
    assert {column.name for column in contract.columns} - faultless <= ruled


def test_both_hospital_products_share_one_contract_by_position() -> None:
    clean, dirty = product("hospital_clean"), product("hospital_dirty")
    assert clean.contract == dirty.contract
    assert clean.contract.layout.header == "position"


def test_blank_charges_are_reported_and_do_not_quarantine() -> None:
    column = product("telco_churn").contract.column("TotalCharges")
    assert column is not None
    assert (column.required, column.type_severity) == (True, RuleSeverity.WARNING)


def test_the_dates_of_the_sales_have_the_day_first() -> None:
    sales = product("walmart_sales")
    column = sales.contract.column("Date")
    assert column is not None
    assert (column.logical_type, column.date_format) == (LogicalType.DATE, "%d-%m-%Y")
    assert isinstance(sales.charter.batches, TimeBatches)


def test_the_electricity_market_comes_in_batches_of_28_days() -> None:
    batches = product("elec2").charter.batches
    assert isinstance(batches, RowBatches)
    assert batches.rows == 28 * 48


def test_the_organisation_asks_more_of_a_higher_tier() -> None:
    standards, problems = validate(Standards, read_document(ROOT / "products" / "standards.yaml"))
    assert standards is not None, problems
    high, medium, low = (standards.tiers[tier] for tier in reversed(RiskTier))
    assert high.first_response < medium.first_response < low.first_response
    assert high.release_quorum > medium.release_quorum > low.release_quorum
    assert set(low.required_roles) < set(medium.required_roles) < set(high.required_roles)
