"""The monitor step: all measurements of one batch in one process that reads the batch once."""

from collections.abc import Iterator

import dagster as dg

from aipo_pipelines.assets.monitoring.steps import measure_batch
from aipo_pipelines.assets.reporting.results import Reported, report
from aipo_pipelines.assets.reporting.specs import asset_specs, check_specs, monitored_assets
from aipo_pipelines.assets.running.error_redaction import without_values
from aipo_pipelines.assets.running.run_lock import Running, confirm, present
from aipo_pipelines.charter.model.product import Product


def build_monitor(product: Product) -> dg.AssetsDefinition:
    """The monitored assets of a product as one step that can be run in parts."""
    # One step: a step per asset would read the batch and import the libraries five times.
    assets = monitored_assets(product)

    @dg.multi_asset(
        name=f"{product.name}__monitor_step",
        specs=asset_specs(product, assets, partitioned=True),
        check_specs=check_specs(product, assets, partitioned=True),
        can_subset=True,
        required_resource_keys={"services"},
    )
    def monitor(
        context: dg.AssetExecutionContext,
    ) -> Iterator[Reported]:
        """Measures the batch of this run."""
        services = context.resources.services
        chosen = {asset_key.path[-1] for asset_key in context.selected_asset_keys}
        doing = f"measuring batch {context.partition_key} of {product.name}"
        with without_values(doing), present(services, context.run.run_id):
            # First: only reports after the claim count as evidence.
            confirm(services, product, Running.of(context))
            agreed = services.in_force(product)
            for result in measure_batch(services, agreed, context.partition_key, chosen):
                yield from report(product.name, result)

    return monitor
