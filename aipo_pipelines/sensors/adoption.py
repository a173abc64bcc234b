"""Adoption: the files of a product are compared with the agreement in force.

A change that may be adopted by rule is adopted. A change that waits for people, or files that
cannot be used, are recorded as such, and the agreement in force stays. The files of one product
never concern another product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aipo_pipelines.charter.load import CHARTER_FILE, Proposal
from aipo_pipelines.charter.model.problem import Problem
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.adoption import on_files
from aipo_pipelines.policy.agreements.proposal import ProductFiles
from aipo_pipelines.resources.agreements import account
from aipo_pipelines.resources.services import LedgerServices


def adopt_charter(
    services: LedgerServices, product: Product, wait: Callable[[float], None] | None = None
) -> bool:
    """Looks at the files of a product; True if an agreement was adopted.

    Files that differ from the agreement in force and changed a moment ago may be written by halves:
    they are looked at again first.

    Args:
        services: The ledger and the agreements.
        product: The product as its caller knows it; its files are read from its folder.
        wait: Waits some seconds until such files can be looked at again; None if the caller calls
            again in a moment.

    Raises:
        UsageError: The home is simulated, and not for this product.
        CharterError: The agreement in force was found nowhere, or the home cannot be written.
    """
    services.clock.admit(product.name)
    agreements, today = services.agreements, services.clock.now().date()
    proposal = agreements.proposal(product, today)
    if seconds := _unsettled(services, product, proposal):
        if wait is None:
            return False
        wait(seconds)
        proposal = agreements.proposal(product, today)
    adopted = consider(services, product, proposal)
    agreements.looked(product)
    return adopted


def consider(services: LedgerServices, product: Product, proposal: Proposal) -> bool:
    """Decides about one proposal under the ledger's lock; True if it was adopted."""
    proposed = proposal.product
    adopted = services.ledger.state(product.name).charter
    # Entries of former versions do not hold the agreement itself; the files that were adopted do,
    # as long as nobody changes them. So they are kept while they are the same.
    if proposed is not None or (adopted is not None and proposal.digests == adopted.digests):
        services.agreements.keep(proposal)
    files = ProductFiles(
        product=proposed,
        problems=problems_of_files(product, proposal),
        account=account(),
        digests=proposal.digests,
    )

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the files lead to."""
        agreed = services.in_force(product, state) if state.charter is not None else None
        return on_files(agreed, state, files, now)

    # Under the proposed agreement: if it is adopted here, the rules that follow decide by it.
    entries = services.consider(proposed or product, ask)
    return any(entry.kind == CharterAdopted.kind for entry in entries)


def hear_about(
    services: LedgerServices, product: Product, word: Callable[..., Sequence[Draft]]
) -> tuple[Entry, ...]:
    """Records the decision of a person about a changed agreement, by the agreement in force.

    Args:
        services: The ledger and the agreements.
        product: The product as its caller knows it.
        word: Makes drafts of `charter`, `state` and `now`.

    Raises:
        DecisionError: The decision was refused; nothing is recorded.
    """

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the decision leads to."""
        charter = services.in_force(product, state).charter
        return word(charter=charter, state=state, now=now)

    return services.consider(product, ask)


def _unsettled(services: LedgerServices, product: Product, proposal: Proposal) -> float:
    """Seconds until files that changed can be judged."""
    # Half of a file may be valid too, so being valid does not prove that it is whole.
    seconds = services.agreements.unsettled(product)
    adopted = services.ledger.state(product.name).charter if seconds else None
    return seconds if adopted is not None and proposal.digests != adopted.digests else 0.0


def problems_of_files(product: Product, proposal: Proposal) -> tuple[str, ...]:
    """Why the files of a product cannot be used, as it is recorded; empty if they can be used."""
    if proposal.product is not None:
        return ()
    if proposal.name not in {product.name, ""}:
        place = _shown(product)
        return (f"The charter in {place} is that of {proposal.name}, not of {product.name}.",)
    if not (product.files / CHARTER_FILE).exists():
        return (f"Its charter file {_shown(product)}/{CHARTER_FILE} is gone.",)
    return tuple(map(_sentence, proposal.problems))


def _shown(product: Product) -> str:
    return product.files_place or product.files.name


def _sentence(problem: Problem) -> str:
    field = f"{problem.field}: " if problem.field else ""
    return (
        f"{problem.file.name}:{problem.line}: {field}found {problem.found}, expected "
        f"{problem.expected}; {problem.hint}."
    )
