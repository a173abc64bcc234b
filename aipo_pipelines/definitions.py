"""The code location: every charter becomes assets, checks and jobs; one set of sensors serves all.

A charter that cannot be used keeps the location from loading, and the message names every problem
of every charter: a product that silently went missing would be the failure this project prevents.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial

import dagster as dg

from aipo_pipelines.assets.links import with_models_page
from aipo_pipelines.assets.pages import build_pages, report_job, report_schedule
from aipo_pipelines.assets.product import product_assets, product_jobs
from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.product import Product
from aipo_pipelines.resources.catalogue import existing, products_root
from aipo_pipelines.resources.installation import allowed_in
from aipo_pipelines.resources.services import Services, shared_services
from aipo_pipelines.sensors.dagster_sensors import build_sensors

SERVICES = dg.ResourceDefinition(lambda _: shared_services())
"""What runs and sensors talk to, opened from the environment when one needs it."""


def build_definitions(
    products: Mapping[str, Product], services: Services | None = None, mlflow_url: str = ""
) -> dg.Definitions:
    """Definitions of a set of products, with the sensors that serve them all.

    Args:
        products: Products by name.
        services: What runs and sensors talk to; opened from the environment where None.
        mlflow_url: Where people see MLflow's pages; empty where nothing serves them.
    """
    resource = dg.ResourceDefinition.hardcoded_resource(services) if services else SERVICES
    jobs = [job for product in products.values() for job in product_jobs(product)]
    assets = [asset for product in products.values() for asset in product_assets(product)]
    if mlflow_url:
        assets = list(dg.map_asset_specs(partial(with_models_page, mlflow_url), assets))
    return dg.Definitions(
        assets=[*assets, build_pages(products, portfolio=True)],
        jobs=[*jobs, report_job(products)],
        schedules=[report_schedule()],
        sensors=build_sensors(products, jobs),
        resources={"services": resource},
        executor=dg.in_process_executor,
    )


def product_definitions(product: Product) -> dg.Definitions:
    """Definitions of one product, without sensors: those serve an installation, not a product."""
    return dg.Definitions(
        assets=[*product_assets(product), build_pages({product.name: product}, portfolio=False)],
        jobs=product_jobs(product),
        resources={"services": SERVICES},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` loads: all products of the configured folder.

    Raises:
        CharterError: A charter cannot be used; all problems of all charters are named.
        UsageError: There is no such folder.
    """
    products = load_products(existing(products_root()), allowed=allowed_in(os.environ))
    return build_definitions(
        {product.name: product for product in products},
        mlflow_url=os.environ.get("AIPO_MLFLOW_URL", ""),
    )
