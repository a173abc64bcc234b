"""Moves the champion as a recorded decision says."""

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
    """Gives the alias `champion` to the version that a decision names; safe to repeat.

    Returns:
        The released champion; None if the agreement in force does not allow the release any more
        and the decision was taken back.

    Raises:
        ModelError: No decision asks for a release, or another agreement is in force than this
            process has read.
        ModelAlteredError: The files of the version changed after its evaluation.
        TrackerError: MLflow does not know the version or does not answer.
    """
    if action is None or action.kind is not ActionKind.RELEASE:
        raise ModelError(
            f"no recorded decision releases a model of {product.name}; expected a decision in "
            f"the ledger; see: aipo history {product.name} --kind release_decided"
        )
    version = str(action.arguments["version"])
    if not version:
        return _withdraw(services, product, action)
    model = product.charter.model
    # Loaded before it is released: the live files are the evaluated files, byte by byte.
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
    """Moves the alias if that is allowed now: the version before, or None if it is not allowed."""
    # The alias moves inside the callback, under the ledger's lock. No charter is adopted and no
    # approval is recorded between the question and the move.
    moved: list[str] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """Moves the alias, or takes the decision back."""
        _refuse_another_agreement(product, state)
        if may_go_live(product.charter, state, version):
            return decision_withdrawn(product.charter, state, version, now)
        moved.append(_give_alias(services, product, state, version))
        return ()

    services.consider(product, ask)
    return moved[-1] if moved else None


def _give_alias(services: RunServices, product: Product, state: ProductState, version: str) -> str:
    """Gives a version the alias, and returns the version before."""
    champion, former = state.champion, state.predecessor
    if champion is None or champion.version != version:
        return services.tracker.release(product.name, version)
    previous = former.version if former else ""
    # The champion of record gets its alias back: a person moved it in MLflow, or a run repeats.
    services.tracker.put_in_charge(product.name, version, previous)
    return previous


def _withdraw(services: RunServices, product: Product, action: Action) -> AssetResult | None:
    """Takes the alias from the version that was stopped, if no version is in charge now."""
    withdrawn: list[str] = []

    def ask(state: ProductState, _: datetime) -> Sequence[Draft]:
        """Takes the alias away unless a version is in charge again."""
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
    """Refuses a release by another agreement than the agreement in force."""
    agreed = state.charter
    if agreed is not None and agreed.digests != product.digests:
        raise ModelError(
            f"this process has read another agreement about {product.name} than version "
            f"{agreed.version}, which is in force; expected that version: a process that has read "
            "it tries the release again"
        )


def _digest(state: ProductState, version: str) -> str:
    """Digest of the evaluated files of a version."""
    # A rollback names the predecessor, and a repeated run names the present champion.
    known = (state.candidates.get(version), state.predecessor, state.champion)
    return next((each.model.model_digest for each in known if each and each.version == version), "")
