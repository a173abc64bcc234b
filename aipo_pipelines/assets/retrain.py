"""The retrain step and the release step."""

from collections.abc import Iterator

import dagster as dg

from aipo_pipelines.assets.reporting.results import Reported, report
from aipo_pipelines.assets.reporting.specs import TRAINED, asset_specs, check_specs
from aipo_pipelines.assets.run_tags import action_of
from aipo_pipelines.assets.running.error_redaction import without_values
from aipo_pipelines.assets.running.run_lock import Running, confirm, present
from aipo_pipelines.assets.training.release import release
from aipo_pipelines.assets.training.steps import train_challenger
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import UsageError
from aipo_pipelines.ledger.model.trigger import Trigger


def build_retrain(product: Product) -> dg.AssetsDefinition:
    """From the training set to the risk assessment as one step; parts of it are refused."""

    @dg.multi_asset(
        name=f"{product.name}__retrain_step",
        specs=asset_specs(product, TRAINED, partitioned=False),
        check_specs=check_specs(product, TRAINED, partitioned=False),
        # An insufficient training set ends the step early. Without this flag, Dagster demands the
        # checks of the later assets.
        can_subset=True,
        required_resource_keys={"services"},
    )
    def retrain(
        context: dg.AssetExecutionContext,
    ) -> Iterator[Reported]:
        """Trains a challenger and evaluates it."""
        services = context.resources.services
        action = action_of(services, product.name, context.run.tags)
        window = action.arguments.get("window") if action else None
        partitions = [str(name) for name in window] if isinstance(window, list | tuple) else []
        change = str(action.arguments.get("change") or "") if action else ""
        trigger = Trigger.of_entry(action.entry) if action else Trigger.of_run(context.run.run_id)
        doing = f"training a model of {product.name}"
        with without_values(doing), present(services, context.run.run_id):
            confirm(services, product, Running.of(context))
            _refuse_parts(product, context)
            agreed = services.in_force(product)
            for result in train_challenger(services, agreed, partitions, trigger, change):
                yield from report(product.name, result)

    return retrain


def _refuse_parts(product: Product, context: dg.AssetExecutionContext) -> None:
    """Refuses a part of the step: the version that is evaluated was trained in the same run.

    Raises:
        UsageError: Only some of the assets, or of their checks, were chosen.
    """
    expected = {spec.key for spec in check_specs(product, TRAINED, partitioned=False)}
    chosen = {asset_key.path[-1] for asset_key in context.selected_asset_keys}
    if chosen != set(TRAINED) or context.selected_asset_check_keys != expected:
        raise UsageError(
            f"found {', '.join(sorted(chosen)) or 'only checks'} chosen, expected all of "
            f"{', '.join(TRAINED)}: they are made together, so that the evaluated version is the "
            f"trained version; launch the job {product.name}__retrain"
        )


def build_release(product: Product) -> dg.AssetsDefinition:
    """`champion`: the alias, moved by a recorded decision only."""
    specs = asset_specs(product, ("champion",), partitioned=False)

    @dg.multi_asset(
        name=f"{product.name}__release_step",
        # Skippable: a decision may be taken back until the alias moves.
        specs=[spec.replace_attributes(skippable=True) for spec in specs],
        required_resource_keys={"services"},
    )
    def champion(context: dg.AssetExecutionContext) -> Iterator[Reported]:
        """Moves the alias as the action of this run says."""
        services = context.resources.services
        action = action_of(services, product.name, context.run.tags)
        doing = f"releasing a model of {product.name}"
        with without_values(doing), present(services, context.run.run_id):
            confirm(services, product, Running.of(context))
            released = release(services, product, action)
            if released is None:
                context.log.warning("The decision was taken back: nothing was released.")
            else:
                yield from report(product.name, released)

    return champion
