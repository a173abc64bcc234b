"""The code location: every charter becomes assets, checks and jobs; one set of sensors serves all.

A charter that cannot be used keeps the location from loading, and the message names every problem
of every charter: a product that silently went missing would be the failure this project prevents.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from aipo_pipelines.assets.product import product_assets, product_jobs
from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.product import Product
from aipo_pipelines.resources.catalogue import products_root
from aipo_pipelines.resources.services import Services, open_services
from aipo_pipelines.sensors.dagster_sensors import build_sensors


def build_definitions(
    products: Mapping[str, Product], services: Services | None = None
) -> dg.Definitions:
    """Definitions of a set of products.

    Args:
        products: Products by name.
        services: What runs and sensors talk to; opened from the environment where None.
    """
    opened = (
        dg.ResourceDefinition.hardcoded_resource(services)
        if services
        else dg.ResourceDefinition(lambda _: open_services())
    )
    jobs = [job for product in products.values() for job in product_jobs(product)]
    return dg.Definitions(
        assets=[asset for product in products.values() for asset in product_assets(product)],
        jobs=jobs,
        sensors=build_sensors(products, jobs),
        resources={"services": opened},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` loads: all products of the configured folder."""
    return build_definitions({product.name: product for product in load_products(products_root())})
