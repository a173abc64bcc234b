"""Adoption: what the files of a product say is compared with the agreement in force.

What may be adopted by rule is adopted; what waits for people or cannot be used is recorded as such,
and the agreement in force stays. One product's files never concern another's.
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
from aipo_pipelines.policy.agreements.adoption import Found, on_files
from aipo_pipelines.resources.agreements import account
from aipo_pipelines.resources.services import Services


def adopt_charter(
    services: Services, product: Product, wait: Callable[[float], None] | None = None
) -> bool:
    """Looks at the files of a product; True if an agreement was adopted.

    Files that say something else than what is in force, and are as young as half-written ones, are
    looked at again before anything is made of them.

    Args:
        services: What the pipelines talk to.
        product: What is at hand of the product; its files are read where it lies.
        wait: Waits some seconds until such files can be looked at again; None when somebody calls
            again in a moment.

    Raises:
        UsageError: The home is a simulated one, and not for this product.
        CharterError: The agreement in force can be found nowhere, or the home cannot be written.
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


def consider(services: Services, product: Product, proposal: Proposal) -> bool:
    """Decides about one proposal under the ledger's lock; True if it was adopted."""
    proposed = proposal.product
    adopted = services.ledger.state(product.name).charter
    # An entry of a former program does not hold what is in force: its files do, while they last.
    if proposed is not None or (adopted is not None and proposal.digests == adopted.digests):
        services.agreements.keep(proposal)
    found = Found(
        product=proposed,
        problems=problems_of_files(product, proposal),
        account=account(),
        digests=proposal.digests,
    )

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        agreed = services.in_force(product, state) if state.charter is not None else None
        return on_files(agreed, state, found, now)

    # By the proposed agreement: the rules ask which one is in force, and it may be this one now.
    entries = services.consider(proposed or product, ask)
    return any(entry.kind == CharterAdopted.kind for entry in entries)


def hear_about(
    services: Services, product: Product, word: Callable[..., Sequence[Draft]]
) -> tuple[Entry, ...]:
    """Records the word of a person about a changed agreement, by the agreement in force.

    Args:
        services: What the pipelines talk to.
        product: What is at hand of the product.
        word: Makes drafts of `charter`, `state` and `now`.

    Raises:
        DecisionError: The word was refused; nothing is recorded.
    """

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        charter = services.in_force(product, state).charter
        return word(charter=charter, state=state, now=now)

    return services.consider(product, ask)


def _unsettled(services: Services, product: Product, proposal: Proposal) -> float:
    """Seconds until files that changed can be judged; a half of one may be valid, too."""
    seconds = services.agreements.unsettled(product)
    adopted = services.ledger.state(product.name).charter if seconds else None
    return seconds if adopted is not None and proposal.digests != adopted.digests else 0.0


def problems_of_files(product: Product, proposal: Proposal) -> tuple[str, ...]:
    """Why the files of a product cannot be used, as it is recorded; nothing where they can."""
    if proposal.product is not None:
        return ()
    if proposal.name not in {product.name, ""}:
        place = _shown(product)
        return (f"The charter in {place} is that of {proposal.name}, not of {product.name}.",)
    if not (product.files / CHARTER_FILE).exists():
        return (f"Its charter file {_shown(product)}/{CHARTER_FILE} is gone.",)
    return tuple(map(_told, proposal.problems))


def _shown(product: Product) -> str:
    return product.files_place or product.files.name


def _told(problem: Problem) -> str:
    field = f"{problem.field}: " if problem.field else ""
    return (
        f"{problem.file.name}:{problem.line}: {field}found {problem.found}, expected "
        f"{problem.expected}; {problem.hint}."
    )
