"""The monitor jobs of all products with Dagster's default executor, as a run's process loads them.

The assets are ours, body and all; only what executes their step differs. How it starts its child
processes is left to the configuration of a run.
"""

from __future__ import annotations

import dagster as dg

from aipo_pipelines.assets.product import product_assets
from aipo_pipelines.assets.reporting.specs import MONITORED, key
from aipo_pipelines.assets.run_tags import JOBS, job_name
from aipo_pipelines.charter.load import load_products
from aipo_pipelines.definitions import SERVICES
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.resources.products_root import existing, products_root

MONITOR = JOBS[ActionKind.MEASURE]


@dg.definitions
def defs() -> dg.Definitions:
    """The products of the configured folder."""
    products = load_products(existing(products_root()))
    jobs = [
        dg.define_asset_job(
            job_name(product.name, MONITOR),
            selection=dg.AssetSelection.assets(*(key(product.name, asset) for asset in MONITORED)),
        )
        for product in products
    ]
    return dg.Definitions(
        assets=[asset for product in products for asset in product_assets(product)],
        jobs=jobs,
        resources={"services": SERVICES},
        executor=dg.multi_or_in_process_executor,
    )
