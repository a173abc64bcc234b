"""Moves the champion, as a recorded decision says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aipo_pipelines.assets.reporting.links import model_link
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.metadata.training import ChampionMetadata
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.state import Action, ActionKind, ProductState
from aipo_pipelines.policy.rules.release_approval import decision_withdrawn, may_go_live
from aipo_pipelines.resources.services import RunServices


def release(services: RunServices, product: Product, action: Action | None) -> AssetResult | None:
    """Gives the alias `champion` to the version a decision names; safe to repeat.

    Before that the version is loaded, so that what goes live is what was evaluated, to the byte.
    Whether the agreement in force still gives the release is asked under the ledger's lock, which
    is held until the alias has moved: no charter is adopted and no word heard in between.

    Returns:
        What was released; None when the agreement in force does not give it any more, and the
        decision was taken back.

    Raises:
        ModelError: No decision asks for a release, or another agreement is in force than this
            process has read.
        ModelAlteredError: The version is no longer the one that was evaluated.
        TrackerError: MLflow does not know the version or does not answer.
    """
    if action is None or action.kind is not ActionKind.RELEASE:
        raise ModelError(
            f"no recorded decision asks to release a model of {product.name}; expected one in "
            f"the ledger; see: aipo history {product.name} --kind release_decided"
        )
    version = str(action.arguments["version"])
    if not version:
        return _withdraw(services, product, action)
    model = product.charter.model
    services.tracker.load(
        product.name,
        version,
        digest=_digest(services.ledger.state(product.name), version),
        allowed=model.allowed_types if model else (),
    )
    previous = _move(services, product, version)
    if previous is None:
        return None
    return AssetResult(
        asset="champion",
        metadata=ChampionMetadata(version=version, decision=action.entry, previous=previous),
        links=model_link(services, product.name, version),
        data_version=f"version-{version}",
    )


def _move(services: RunServices, product: Product, version: str) -> str | None:
    """Moves the alias if that is allowed now; the version before, None when it is not."""
    moved: list[str] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        _refuse_another_agreement(product, state)
        if may_go_live(product.charter, state, version):
            return decision_withdrawn(product.charter, state, version, now)
        moved.append(_give_alias(services, product, state, version))
        return ()

    services.consider(product, ask)
    return moved[-1] if moved else None


def _give_alias(services: RunServices, product: Product, state: ProductState, version: str) -> str:
    """Gives a version the alias; to the champion of record it is given back."""
    champion, former = state.champion, state.predecessor
    if champion is None or champion.version != version:
        return services.tracker.release(product.name, version)
    previous = former.version if former else ""
    services.tracker.put_in_charge(product.name, version, previous)
    return previous


def _withdraw(services: RunServices, product: Product, action: Action) -> AssetResult | None:
    """Takes the alias from the version that was stopped, when nothing is in charge by now."""
    withdrawn: list[str] = []

    def ask(state: ProductState, _: datetime) -> Sequence[Draft]:
        if not may_go_live(product.charter, state, ""):
            services.tracker.put_in_charge(product.name, "", "")
            withdrawn.append(state.stop.version if state.stop else "")
        return ()

    services.consider(product, ask)
    if not withdrawn:
        return None
    return AssetResult(
        asset="champion",
        metadata=ChampionMetadata(decision=action.entry, previous=withdrawn[-1]),
        data_version="none",
    )


def _refuse_another_agreement(product: Product, state: ProductState) -> None:
    """What is released is judged by the agreement in force, and by no other."""
    agreed = state.charter
    if agreed is not None and agreed.digests != product.digests:
        raise ModelError(
            f"this process has read another agreement about {product.name} than version "
            f"{agreed.version}, which is in force; expected that one: the release is tried again "
            "by a process that has read it"
        )


def _digest(state: ProductState, version: str) -> str:
    """Digest a version was evaluated with: a candidate, the predecessor, or again the champion."""
    known = (state.candidates.get(version), state.predecessor, state.champion)
    return next((one.model_digest for one in known if one and one.version == version), "")
