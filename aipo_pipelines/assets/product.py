"""One charter → its assets and jobs."""

from __future__ import annotations

import dagster as dg

from aipo_pipelines.assets.monitor import build_monitor
from aipo_pipelines.assets.reporting.specs import TRAINED, key, monitored_assets, source_specs
from aipo_pipelines.assets.retrain import build_release, build_retrain
from aipo_pipelines.assets.run_tags import PRODUCT_TAG
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.policy.facts.training import trains_here


def product_assets(product: Product) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Sources, monitored assets, and for a trained model the assets of training and release."""
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = [
        *source_specs(product),
        build_monitor(product),
    ]
    if trains_here(product.charter):
        assets += [build_retrain(product), build_release(product)]
    return assets


def product_jobs(product: Product) -> list[dg.UnresolvedAssetJobDefinition]:
    """The jobs of a product: `monitor` for one batch, `retrain` and `release` for its model."""
    jobs = [_job(product, "monitor", monitored_assets(product), "Measures one batch.")]
    if trains_here(product.charter):
        jobs += [
            _job(product, "retrain", TRAINED, "Trains a challenger on approved batches."),
            _job(product, "release", ("champion",), "Moves the champion as decided."),
        ]
    return jobs


def _job(
    product: Product, job: str, assets: tuple[str, ...], description: str
) -> dg.UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        f"{product.name}__{job}",
        selection=dg.AssetSelection.assets(*(key(product.name, asset) for asset in assets)),
        description=description,
        tags={PRODUCT_TAG: product.name},
        # A step is one process already; another process would only import the libraries again.
        executor_def=dg.in_process_executor,
    )
