"""The pages for people as assets: charter and model card of each product, and the portfolio.

All pages of a code location are one step that can be run in parts, so that many products cost one
operation to load. It reads the ledger, changes nothing, and no measurement waits for it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import dagster as dg

from aipo_pipelines.assets.reporting.specs import asset_specs, key, pages_of
from aipo_pipelines.assets.running.error_redaction import without_values
from aipo_pipelines.assets.running.run_lock import Running, confirm, present
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.answer.missing_addresses import with_lost_addresses
from aipo_pipelines.reports.collect import collect
from aipo_pipelines.reports.page import charter_of, model_of, page_of
from aipo_pipelines.reports.publishing import publish_portfolio, publish_product
from aipo_pipelines.resources.clock import is_simulated
from aipo_pipelines.resources.home import PRIVATE, make_folder, resolve_home
from aipo_pipelines.resources.services import RunServices

PORTFOLIO = dg.AssetKey(["portfolio"])
JOB = "report"
EVERY_DAY = "30 5 * * *"
"""The hour at which the pages are written again, in UTC: before people come to work."""

Written = dg.MaterializeResult[None]


def build_pages(
    products: Mapping[str, Product],
    *,
    portfolio: bool,
    unusable: Mapping[str, str] = MappingProxyType({}),
) -> dg.AssetsDefinition:
    """The pages of some products as one step.

    Args:
        products: Products by name, at least one product.
        portfolio: Whether the page of all products is among them.
        unusable: Products without an agreement whose files cannot be used, each with its problem.
    """
    specs = [
        spec
        for product in products.values()
        for spec in asset_specs(product, pages_of(product), partitioned=False)
    ]
    name = "pages" if portfolio else f"{'__'.join(products)}__pages"

    @dg.multi_asset(
        name=name,
        specs=[*specs, *([_portfolio_spec(products)] if portfolio else [])],
        can_subset=True,
        required_resource_keys={"services"},
    )
    # One step for all products: a step each would make a location with many products slow to load.
    def pages(context: dg.AssetExecutionContext) -> Iterator[Written]:
        """Writes the chosen pages."""
        services, chosen = context.resources.services, context.selected_asset_keys
        with without_values("writing pages"), present(services, context.run.run_id):
            # Pages show the agreement in force, which may be older than the files.
            agreed = {name: services.in_force(product) for name, product in products.items()}
            for product in agreed.values():
                names = [page for page in pages_of(product) if key(product.name, page) in chosen]
                if names:
                    confirm(services, product, Running.of(context))
                    yield from _product(services, product, names, PORTFOLIO in chosen)
            if PORTFOLIO in chosen:
                yield _portfolio(services, agreed, unusable)

    return pages


def report_job(products: Mapping[str, Product]) -> "dg.UnresolvedAssetJobDefinition":
    """The job that writes every page of a location."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(*_keys(products), PORTFOLIO),
        description="Writes the dashboard: a page per product, its charter, its model card, and "
        "the portfolio, as files that need no server.",
        executor_def=dg.in_process_executor,
    )


def report_schedule() -> dg.ScheduleDefinition:
    """Writes the pages again every day."""
    return dg.ScheduleDefinition(
        job_name=JOB,
        cron_schedule=EVERY_DAY,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Writes the dashboard again every day.",
    )


def _product(
    services: RunServices, product: Product, names: list[str], portfolio: bool
) -> Iterator[Written]:
    report = collect(
        services.ledger, product, services.clock.now(), simulated=is_simulated(services.clock)
    )
    folder = _folder(services)
    publish_product(folder, report, portfolio=portfolio)
    files = {"charter": charter_of(product.name), "model_card": model_of(product.name)}
    for page in names:
        yield dg.MaterializeResult(
            asset_key=key(product.name, page),
            metadata={
                "page": _opened(folder / files[page]),
                "product page": _opened(folder / page_of(product.name)),
                "answer": report.answer.verdict.value,
            },
        )


def _portfolio(
    services: RunServices, products: Mapping[str, Product], unusable: Mapping[str, str]
) -> Written:
    now, simulated = services.clock.now(), is_simulated(services.clock)
    states = services.ledger.states()
    answers = [
        with_lost_addresses(
            answer(product.charter, services.ledger.state(product.name), now, simulated=simulated),
            product,
        )
        for product in products.values()
    ]
    path = publish_portfolio(
        _folder(services),
        answers,
        now,
        unchartered=sorted(states.keys() - products.keys() - unusable.keys()),
        unusable=unusable,
        simulated=simulated,
    )
    counts = {
        f"answer {verdict}": sum(shown.verdict == verdict for shown in answers)
        for verdict in ("YES", "NO", "UNKNOWN")
    }
    # Nothing is measured of an unusable product, so nobody knows how it performs.
    counts["answer UNKNOWN"] += len(unusable)
    return dg.MaterializeResult(asset_key=PORTFOLIO, metadata={"page": _opened(path), **counts})


def _portfolio_spec(products: Mapping[str, Product]) -> dg.AssetSpec:
    return dg.AssetSpec(
        PORTFOLIO,
        deps=_keys(products),
        description="All products on one page: is each performing as intended, what is open, what "
        "waits for a decision. A file that needs no server; the metadata show its path.",
        group_name="portfolio",
        skippable=True,
        kinds={"html"},
    )


def _keys(products: Mapping[str, Product]) -> list[dg.AssetKey]:
    return [key(product.name, page) for product in products.values() for page in pages_of(product)]


def _folder(services: RunServices) -> Path:
    home = resolve_home(services.feeds.environ)
    # Private: pages show figures of a product to people who may read its home only.
    make_folder(home.reports, PRIVATE)
    return home.reports


def _opened(path: Path) -> dg.MetadataValue:
    return dg.MetadataValue.path(path)
