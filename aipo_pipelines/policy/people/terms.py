"""The agreement that a decision of a person names: a decision counts only under its terms."""

from __future__ import annotations

from dataclasses import dataclass

from aipo_pipelines.ledger.model.state import ProductState

UNSIGNED = "unsigned"
"""The signature of every decision, because people have no keys yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Version and digests of the agreement in force; empty if no agreement was adopted."""

    charter_version: str = ""
    charter_digest: str = ""
    contract_digest: str = ""
    standards_digest: str = ""


def terms_of(state: ProductState) -> Terms:
    """The terms of the agreement in force."""
    agreement = state.charter
    if agreement is None:
        return Terms()
    return Terms(
        charter_version=agreement.version,
        charter_digest=agreement.digest,
        contract_digest=agreement.contract_digest,
        standards_digest=agreement.standards_digest,
    )


def agreement_entry(state: ProductState) -> str:
    """The entry of the agreement in force, for keys; `none` if no agreement was adopted.

    Keys of approvals contain it: under another agreement the same person must approve again.
    """
    return str(state.charter.entry) if state.charter else "none"
