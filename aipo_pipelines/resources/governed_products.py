"""Finds the governed products: adopted products in the ledger, new products in the files.

A product whose files are broken, changed or gone stays under the agreement that was adopted last. A
product without an adopted agreement needs usable files. Until then it is shown as unusable, and
the work on every other product continues.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from aipo_pipelines.charter.load import Proposal, load_proposal, load_proposals
from aipo_pipelines.charter.model.charter import Lifecycle
from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import AipoError, CharterError
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.ledger.protocol import Ledger, LedgerReader
from aipo_pipelines.resources.agreements import Agreements, as_adopted, place_of
from aipo_pipelines.resources.databases.addresses import VARIABLE, resolve_databases
from aipo_pipelines.resources.databases.initialise import is_initialised
from aipo_pipelines.resources.home import Home, resolve_home
from aipo_pipelines.resources.installation import allowed_in
from aipo_pipelines.resources.products_root import products_root
from aipo_pipelines.resources.stored_clock import today_here

logger = logging.getLogger("aipo.agreements")


@dataclass(frozen=True, kw_only=True)
class Chartered(Mapping[str, Product]):
    """The products by name, each under the agreement in force.

    Attributes:
        products: The products that can be governed.
        unusable: The names of all other products, each with the reason.
        states: The state of each product in the ledger, including products without a charter.
        astray: Governed products whose files cannot be used now, each with the reason.
    """

    products: Mapping[str, Product]
    unusable: Mapping[str, CharterError]
    states: Mapping[str, ProductState] = field(default_factory=dict)
    astray: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Product:
        return self.products[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.products)

    def __len__(self) -> int:
        return len(self.products)


def chartered(
    root: Path, ledger: LedgerReader, agreements: Agreements, today: date | None = None
) -> Chartered:
    """The products of a folder and of a ledger.

    Args:
        root: Folder of products, which must exist.
        ledger: Holds the adopted agreements, without their secrets.
        agreements: Finds the adopted agreements with their secrets.
        today: As for `load_product`.

    Raises:
        LedgerError: A fact cannot be read.
    """
    states = ledger.states()
    adopted = {name: state.charter for name, state in states.items() if state.charter is not None}
    proposed = _by_name(root, adopted, agreements.allowed, today)
    products: dict[str, Product] = {}
    unusable: dict[str, CharterError] = {}
    for name in sorted({*adopted, *proposed}):
        proposals = proposed.get(name, [])
        # Each product by itself: an unusable product must not stop the work on the others.
        try:
            agreement = adopted.get(name)
            product = (
                _usable(proposals)
                if agreement is None
                else _in_force(root, name, agreement, proposals, ledger, agreements)
            )
        except CharterError as error:
            unusable[name] = error
            continue
        # The files of a product after its sunset may be removed: then nothing is left to govern.
        if proposals or product.charter.lifecycle is not Lifecycle.SUNSET:
            products[name] = product
    return Chartered(
        products=products,
        unusable=unusable,
        states=states,
        astray={name: reason for name in products if (reason := _astray(proposed.get(name, [])))},
    )


def chartered_at_load(root: Path, environ: Mapping[str, str]) -> Chartered:
    """The products as a code location shows them; the ledger is read only if it exists.

    Nothing is initialised here. If the ledger does not answer, the code location shows the products
    by their files. Decisions still follow the agreement in force.
    """
    home, allowed, today = resolve_home(environ), allowed_in(environ), today_here(environ)
    with _ledger_if_there(environ, home) as ledger:
        if ledger is not None:
            return chartered(root, ledger, Agreements(home.agreements, allowed), today)
    return _files_only(root, allowed, today)


def product_at_load(folder: Path, environ: Mapping[str, str]) -> Product:
    """The product of one folder, as `chartered_at_load` shows it.

    Raises:
        CharterError: No agreement about the product is in force, and its files cannot be used.
    """
    home, allowed, today = resolve_home(environ), allowed_in(environ), today_here(environ)
    root = products_root(environ)
    # A Dagster project may load a product from outside the folder of all products.
    if not folder.is_relative_to(root):
        root = folder.parent
    place = folder.relative_to(root).as_posix()
    place = "" if folder == root else place
    proposal = load_proposal(folder, place, allowed=allowed, today=today)
    name = proposal.name or folder.name
    with _ledger_if_there(environ, home) as ledger:
        agreement = ledger.state(name).charter if ledger is not None else None
        if ledger is not None and agreement is not None:
            agreements = Agreements(home.agreements, allowed)
            return _in_force(root, name, agreement, [proposal], ledger, agreements)
    return _usable([proposal])


@contextmanager
def _ledger_if_there(environ: Mapping[str, str], home: Home) -> Iterator[Ledger | None]:
    """The ledger, or None if it does not exist yet or does not answer."""
    ledger: Ledger | None = None
    # Without both, the next step would set up a new server, only to show the products.
    if environ.get(VARIABLE) or home.postgres.is_dir():
        try:
            databases = resolve_databases(environ, home)
            if is_initialised(databases):
                ledger = PostgresLedger(databases.ledger_url)
                # One question now: otherwise only the first use would show that it does not answer.
                ledger.size()
        except AipoError as error:
            logger.warning("the agreements in force are not known, the files are shown: %s", error)
            ledger = None
    try:
        yield ledger
    finally:
        if ledger is not None:
            ledger.close()


def _files_only(root: Path, allowed: Allowed, today: date) -> Chartered:
    products: dict[str, Product] = {}
    unusable: dict[str, CharterError] = {}
    for name, proposals in sorted(_by_name(root, {}, allowed, today).items()):
        try:
            products[name] = _usable(proposals)
        except CharterError as error:
            unusable[name] = error
    return Chartered(products=products, unusable=unusable)


def _by_name(
    root: Path,
    adopted: Mapping[str, AdoptedCharter],
    allowed: Allowed | None,
    today: date | None,
) -> dict[str, list[Proposal]]:
    """The proposals of each product; an unreadable charter belongs to the product of its folder."""
    places = {place_of(agreement, name): name for name, agreement in adopted.items()}
    by_name: dict[str, list[Proposal]] = {}
    for proposal in load_proposals(root, allowed=allowed, today=today):
        # An unreadable charter names no product. Its folder does, or did at the adoption.
        name = proposal.name or places.get(proposal.place, proposal.folder.name)
        by_name.setdefault(name, []).append(proposal)
    return by_name


def _astray(proposals: list[Proposal]) -> str:
    """The reason why the files of a product cannot be used; empty if they can be used."""
    if not proposals:
        return "its charter file is gone"
    problems = [str(problem) for proposal in proposals for problem in proposal.problems]
    is_usable = any(proposal.product is not None for proposal in proposals)
    return "" if is_usable else f"its files cannot be used: {' '.join(problems)}"


def _usable(proposals: list[Proposal]) -> Product:
    for proposal in proposals:
        if proposal.product is not None:
            return proposal.product
    # Two folders of one product may have the same problem: it is reported once.
    problems = {problem for proposal in proposals for problem in proposal.problems}
    raise CharterProblemsError(sorted(problems))


def _in_force(
    root: Path,
    name: str,
    agreement: AdoptedCharter,
    proposals: list[Proposal],
    ledger: LedgerReader,
    agreements: Agreements,
) -> Product:
    place = place_of(agreement, name)
    in_place = (proposal for proposal in proposals if proposal.place == place)
    # The agreed folder first: a copy of the product in another folder changes nothing.
    nearest = next(in_place, proposals[0] if proposals else None)
    if nearest is None:
        folder = root / place
        return agreements.restore(ledger, name, agreement, folder, place)
    if nearest.product is not None and nearest.product.digests == agreement.digests:
        return as_adopted(nearest.product, agreement)
    return agreements.restore(ledger, name, agreement, nearest.folder, nearest.place, nearest.texts)
