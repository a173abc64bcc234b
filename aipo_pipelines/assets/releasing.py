"""Moves the champion, as a recorded decision says."""

from __future__ import annotations

from aipo_pipelines.assets.links import model_link
from aipo_pipelines.assets.report import AssetResult
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import ModelError
from aipo_pipelines.ledger.state import Action, ActionKind, ProductState
from aipo_pipelines.resources.services import Services


def release(services: Services, product: Product, action: Action | None) -> AssetResult:
    """Gives the alias `champion` to the version a decision names; safe to repeat.

    Before that the version is loaded, so that what goes live is what was evaluated, to the byte.

    Raises:
        ModelError: No decision asks for a release.
        ModelAlteredError: The version is no longer the one that was evaluated.
        TrackerError: MLflow does not know the version or does not answer.
    """
    if action is None or action.kind is not ActionKind.RELEASE:
        raise ModelError(
            f"no recorded decision asks to release a model of {product.name}; expected one in "
            f"the ledger; see: aipo history {product.name} --kind release_decided"
        )
    version = str(action.arguments["version"])
    model = product.charter.model
    services.tracker.load(
        product.name,
        version,
        digest=_digest(services.ledger.state(product.name), version),
        allowed=model.allowed_types if model else (),
    )
    previous = services.tracker.release(product.name, version)
    return AssetResult(
        asset="champion",
        metadata={"version": version, "decision": action.entry, "previous": previous},
        links=model_link(services, product.name, version),
        data_version=f"version-{version}",
    )


def _digest(state: ProductState, version: str) -> str:
    """Digest a version was evaluated with: a candidate, the predecessor, or again the champion."""
    known = (state.candidates.get(version), state.predecessor, state.champion)
    return next((one.model_digest for one in known if one and one.version == version), "")
