"""The asset graph of one product: names, checks, and the text that an owner reads about each.

Keys are `[product, name]`; the group is the product; owners come from the charter.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import dagster as dg

from aipo_pipelines.assets.run_tags import PRODUCT_TAG
from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import RetrainingTrigger
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.measures.gates.terms import gate_names
from aipo_pipelines.policy.facts.training import trains_here

MONITORED: tuple[str, ...] = ("dataset", "data_quality", "drift", "predictions", "performance")
"""The assets of the monitor job, in the order in which one batch passes them."""

DATA_ONLY: tuple[str, ...] = ("dataset", "data_quality")
"""The monitored assets of a product without a model."""

TRAINED: tuple[str, ...] = ("training_set", "challenger", "evaluation", "risk_assessment")
"""The assets of the retrain job, in the order in which one candidate passes them."""

PAGES: tuple[str, ...] = ("charter", "model_card")
"""The assets of a product that are pages for people."""

ASSETS: frozenset[str] = frozenset({*MONITORED, *TRAINED, "champion"})
"""All assets that pipelines of a product make."""

_CHECKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dataset": ("schema", "freshness", "volume"),
        "data_quality": ("contract", "privacy"),
        "drift": ("data_drift",),
        "performance": ("performance", "calibration", "fairness", "concept_drift"),
        "training_set": ("authorised", "sufficient", "leakage"),
    }
)
"""The checks of each asset that do not depend on the charter."""

_COMPARED: Mapping[str, Callable[[Charter], bool]] = MappingProxyType(
    {
        "labels": lambda charter: charter.labels is not None and charter.model is not None,
        "succession": lambda charter: trains_here(charter) and charter.release.rollback is not None,
        "retraining_value": lambda charter: (
            trains_here(charter) and RetrainingTrigger.VALUE in charter.retraining.triggers
        ),
    }
)
"""The further checks of `performance`, and which charters have them."""

_OF_A_LIMIT = "The version keeps this agreed limit on the held-out records."

_OF_A_GATE = (
    "While it fails the version does not go live. Dagster calls it non-blocking because it does "
    "not stop the run."
)

_OF_A_BATCH = (
    "This panel shows the newest batch; Dagster's list of checks says Failed as long as any batch "
    "failed, see the tab Partitions."
)

_BY_HAND: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            TRAINED,
            "By hand: `aipo retrain {product}`, or launch the job {product}__retrain; one of its "
            "assets alone is refused.",
        ),
        "champion": "By hand: `aipo approve` or `aipo rollback {product}`; materializing it "
        "without a decision is refused.",
    }
)
"""The command to use instead of the button that Dagster shows for every asset."""

_DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "dataset": "One batch of the feed as an unchangeable snapshot. Its data version is the "
        "digest of the content: the same batch delivered with other content is a new version.",
        "data_quality": "Whether the batch keeps its contract and whether it holds personal data "
        "that nobody authorised. A batch that fails is quarantined: kept, never used.",
        "drift": "How far the inputs of the batch have moved from the records the champion learnt "
        "from or was tested on before its release, feature by feature.",
        "predictions": "The champion's answer for every record of the batch.",
        "performance": "How right the champion was, with intervals, compared with the agreed "
        "thresholds and with its release figures; by protected group too.",
        "training_set": "The approved batches a model is trained on.",
        "challenger": "A trained model version: the best of one challenger per window, evaluated "
        "on records that none of them was trained on.",
        "evaluation": "Whether this very version may go live: every gate, judged on the held-out "
        "records and compared with the champion on the same records.",
        "risk_assessment": "What a release of this version would mean, in plain words and money.",
        "champion": "The model in charge. Only a recorded decision moves it.",
        "charter": "Everything that was agreed about the product, as a page to read and print.",
        "model_card": "The model in charge, its evaluation and its limits of use, as a page to "
        "read and print.",
    }
)
_CHECKS_SAY: Mapping[str, str] = MappingProxyType(
    {
        "schema": "The batch has the columns and types of its contract.",
        "freshness": "The batch arrived within the time its contract allows.",
        "volume": "The batch has as many records as its contract allows.",
        "contract": "Every rule of the data contract holds, executed by Great Expectations.",
        "privacy": "Every personal data category in the batch is declared and authorised.",
        "data_drift": "The inputs have not moved from the champion's reference: effect and "
        "significance, corrected for the number of features.",
        "performance": "The metrics keep their agreed limits and stay near the release figures, "
        "decided on intervals.",
        "calibration": "Predicted probabilities mean what they say.",
        "fairness": "The groups of each protected attribute are treated alike within the agreed "
        "limit, decided on the interval.",
        "concept_drift": "The relation between inputs and truth is that of the release.",
        "authorised": "Every source has an approval that holds today.",
        "sufficient": "The window has enough labelled records.",
        "leakage": "No feature gives the label away.",
        "labels": "Enough labels of the batch are in, and in time.",
        "succession": "The champion is not shown to be worse than its predecessor would be.",
        "retraining_value": "No model trained on the past before the batch would have done better "
        "than the champion by more than the agreed margin. Failing means that retraining pays.",
        "sample": "Enough held-out records are labelled to judge on.",
        "baseline": "The version is better than the best prediction without a model.",
        "champion": "The version is not worse than the champion by more than the agreed margin, "
        "or better if the charter demands it.",
        "robustness": "The version still answers well under the agreed perturbations of its "
        "inputs.",
    }
)
_PARENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "data_quality": ("dataset",),
        "drift": ("data_quality", "champion"),
        "predictions": ("data_quality", "champion"),
        "performance": ("predictions",),
        "training_set": ("data_quality",),
        "challenger": ("training_set",),
        "evaluation": ("challenger",),
        "risk_assessment": ("evaluation",),
        "champion": ("evaluation",),
        "charter": (),
        "model_card": ("champion",),
    }
)
_KINDS: Mapping[str, set[str]] = MappingProxyType(
    {
        "dataset": {"parquet"},
        "data_quality": {"great_expectations"},
        "drift": {"scipy"},
        "predictions": {"scikitlearn"},
        "performance": {"scikitlearn"},
        "training_set": {"parquet"},
        "challenger": {"mlflow"},
        "evaluation": {"scikitlearn"},
        "risk_assessment": {"markdown"},
        "champion": {"mlflow"},
        "charter": {"html"},
        "model_card": {"html"},
    }
)


def key(product: str, asset: str) -> dg.AssetKey:
    """The key of a governed asset."""
    return dg.AssetKey([product, asset])


def batches_of(product: str) -> dg.DynamicPartitionsDefinition:
    """The partitions of a product: one per batch, added as batches arrive."""
    return dg.DynamicPartitionsDefinition(name=f"{product}/batches")


def monitored_assets(product: Product) -> tuple[str, ...]:
    """The monitored assets this product has."""
    return MONITORED if product.charter.model else DATA_ONLY


def pages_of(product: Product) -> tuple[str, ...]:
    """The assets of this product that are pages for people."""
    return PAGES if product.charter.model else PAGES[:1]


def checks_of(charter: Charter, asset: str) -> tuple[str, ...]:
    """The checks of one asset of a product, in the order in which they are reported."""
    if asset == "evaluation":
        return gate_names(charter)
    more = _COMPARED if asset == "performance" else ()
    return (*_CHECKS.get(asset, ()), *(name for name in more if _COMPARED[name](charter)))


def asset_specs(
    product: Product, assets: Iterable[str], *, partitioned: bool
) -> list[dg.AssetSpec]:
    """Specs of some assets of a product, all skippable but the first."""
    partitions = batches_of(product.name) if partitioned else None
    # Skippable: a step may end early, for example after a critical failure of the contract.
    return [
        dg.AssetSpec(
            key(product.name, asset),
            deps=_parents(product, asset),
            description=_described(product, asset),
            skippable=position > 0,
            group_name=product.name,
            owners=owners_of(product),
            tags=_tags(product),
            kinds=_KINDS[asset],
            partitions_def=partitions,
        )
        for position, asset in enumerate(assets)
    ]


def owners_of(product: Product) -> list[str]:
    """The owner that the UI shows; empty if Dagster does not accept the address."""
    owner = product.charter.owner.email
    # Dagster accepts few forms of addresses, and one refused address would stop the location.
    try:
        dg.AssetSpec(product.name, owners=[owner])
    except dg.DagsterInvalidDefinitionError:
        return []
    return [owner]


def check_specs(
    product: Product, assets: Iterable[str], *, partitioned: bool
) -> list[dg.AssetCheckSpec]:
    """Specs of the checks on some assets of a product."""
    # None is blocking: inside one step, Dagster would fail the run and not stop the step.
    partitions = batches_of(product.name) if partitioned else None
    with warnings.catch_warnings():
        # Dagster may change this preview API, which is a reason why its version is pinned.
        warnings.filterwarnings("ignore", "Specifying a partitions_def", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                check,
                asset=key(product.name, asset),
                description=f"{_CHECKS_SAY.get(check, _OF_A_LIMIT)} {_check_note(asset)}".rstrip(),
                partitions_def=partitions,
            )
            for asset in assets
            for check in checks_of(product.charter, asset)
        ]


def source_specs(product: Product) -> list[dg.AssetSpec]:
    """The sources as external assets, with the agreement about each."""
    return [
        dg.AssetSpec(
            source_key(product.name, name),
            description=f"Source delivered by {source.owner}.",
            group_name=product.name,
            owners=owners_of(product),
            tags=_tags(product),
            kinds={source.format.value},
            metadata={
                "location": public_address(source.location),
                "regions": ", ".join(source.regions),
                "lawful basis": source.lawful_basis.value,
                "data categories": ", ".join(sorted(set(source.categories.values()))) or "none",
                "approved by": source.approval.names if source.approval else "nobody",
                "approved until": source.approval.until.isoformat() if source.approval else "never",
            },
        )
        for name, source in product.charter.sources.items()
    ]


def source_key(product: str, source: str) -> dg.AssetKey:
    """The key of an external source."""
    return dg.AssetKey([product, "sources", source])


def _described(product: Product, asset: str) -> str:
    by_hand = _BY_HAND.get(asset, "").format(product=product.name)
    return f"{_DESCRIPTIONS[asset]} {by_hand}".rstrip()


def _check_note(asset: str) -> str:
    """A note about words of Dagster that a reader could misunderstand."""
    if asset == "evaluation":
        return _OF_A_GATE
    return _OF_A_BATCH if asset in MONITORED else ""


def _parents(product: Product, asset: str) -> Sequence[dg.AssetDep | dg.AssetKey]:
    if asset == "dataset":
        return [source_key(product.name, product.charter.feed)]
    parents: list[dg.AssetDep | dg.AssetKey] = [
        key(product.name, parent)
        for parent in _PARENTS[asset]
        # A product whose model is trained elsewhere has no asset of its champion.
        if parent != "champion" or trains_here(product.charter)
    ]
    labels = product.charter.labels
    if asset == "performance" and labels and labels.source:
        parents.append(source_key(product.name, labels.source))
    return parents


def _tags(product: Product) -> dict[str, str]:
    charter = product.charter
    return {
        PRODUCT_TAG: charter.product,
        "aipo/risk_tier": charter.risk_tier.value,
        "aipo/lifecycle": charter.lifecycle.value,
    }
