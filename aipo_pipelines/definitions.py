"""The code location: every charter becomes assets, checks and jobs; one set of sensors serves all.

A product is shown under the agreement that the ledger has adopted, even if its files changed since.
A product without an agreement whose files cannot be used is shown with every problem. So no product
disappears silently, and no product prevents the measurement of another product.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial

import dagster as dg

from aipo_pipelines.assets.pages import build_pages, report_job, report_schedule
from aipo_pipelines.assets.product import product_assets, product_jobs
from aipo_pipelines.assets.reporting.links import with_agreement_note, with_models_page
from aipo_pipelines.assets.reporting.unusable_product import unusable_spec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import CharterError
from aipo_pipelines.logs import set_up
from aipo_pipelines.policy.agreements.decisions import agreement_notes
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.resources.governed_products import chartered_at_load
from aipo_pipelines.resources.opening import shared_services
from aipo_pipelines.resources.products_root import existing, products_root
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.dagster_sensors import build_sensors

SERVICES = dg.ResourceDefinition(lambda _: shared_services())
"""The services for runs and sensors, opened from the environment at the first use."""


def build_definitions(
    products: Mapping[str, Product],
    services: Services | None = None,
    mlflow_url: str = "",
    notes: Mapping[str, str] | None = None,
    unusable: Mapping[str, CharterError] | None = None,
) -> dg.Definitions:
    """Definitions of a set of products, with the sensors that serve them all.

    Args:
        products: Products by name.
        services: The services for runs and sensors; if None, opened from the environment.
        mlflow_url: Address of MLflow's pages; empty if no server shows them.
        notes: Notes about the agreement of each product, by its name.
        unusable: Products that cannot be governed, each with the reason.
    """
    resource = dg.ResourceDefinition.hardcoded_resource(services) if services else SERVICES
    broken = unusable or {}
    problems = {name: str(error) for name, error in broken.items()}
    pages = build_pages(products, portfolio=True, unusable=problems)
    jobs = [job for product in products.values() for job in product_jobs(product)]
    assets = [asset for product in products.values() for asset in product_assets(product)]
    if mlflow_url:
        assets = list(dg.map_asset_specs(partial(with_models_page, mlflow_url), assets))
    return dg.Definitions(
        assets=[
            *assets,
            *(unusable_spec(name, error) for name, error in broken.items()),
            *dg.map_asset_specs(partial(with_agreement_note, notes or {}), [pages]),
        ],
        jobs=[*jobs, report_job(products)],
        schedules=[report_schedule()],
        sensors=build_sensors(products, jobs),
        resources={"services": resource},
        # A run is a process already, so its steps need no processes of their own.
        executor=dg.in_process_executor,
    )


def product_definitions(product: Product) -> dg.Definitions:
    """Definitions of one product, without sensors: sensors serve a whole installation."""
    return dg.Definitions(
        assets=[*product_assets(product), build_pages({product.name: product}, portfolio=False)],
        jobs=product_jobs(product),
        resources={"services": SERVICES},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for `workspace.yaml`: all products of the folder and of the ledger.

    Raises:
        UsageError: There is no such folder, or a variable for logs has an unknown value.
    """
    # The process that evaluates sensors is started by Dagster, and loads these definitions first.
    set_up(os.environ)
    known = chartered_at_load(existing(products_root()), os.environ)
    notes = {
        name: " ".join(sentences(agreement_notes(product.charter, known.states[name])))
        for name, product in known.items()
        if name in known.states
    }
    return build_definitions(
        known,
        mlflow_url=os.environ.get("AIPO_MLFLOW_URL", ""),
        notes=notes,
        unusable=known.unusable,
    )
