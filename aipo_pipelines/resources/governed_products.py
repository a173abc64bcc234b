"""Which products there are: by the ledger what was adopted, by the files what is new.

A product whose files are broken, changed or gone stays under the agreement that was adopted last.
One that never had an agreement needs files that can be used; until then it is shown as unusable,
and every other product goes on.
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
        products: Those that can be governed.
        unusable: Those that cannot, each with the reason.
        states: What the ledger knows of every product, that without a charter too.
        astray: Governed products whose files cannot be used now, each with what is wrong.
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
        ledger: Says what was adopted.
        agreements: Finds it.
        today: As for `load_product`.

    Raises:
        LedgerError: A fact cannot be read.
    """
    states = ledger.states()
    adopted = {name: one.charter for name, one in states.items() if one.charter is not None}
    proposed = _by_name(root, adopted, agreements.allowed, today)
    products: dict[str, Product] = {}
    unusable: dict[str, CharterError] = {}
    for name in sorted({*adopted, *proposed}):
        found = proposed.get(name, [])
        try:
            known = adopted.get(name)
            product = (
                _files(found)
                if known is None
                else _agreed(root, name, known, found, ledger, agreements)
            )
        except CharterError as error:
            unusable[name] = error
            continue
        if found or product.charter.lifecycle is not Lifecycle.SUNSET:
            products[name] = product
    return Chartered(
        products=products,
        unusable=unusable,
        states=states,
        astray={name: why for name in products if (why := _astray(proposed.get(name, [])))},
    )


def chartered_at_load(root: Path, environ: Mapping[str, str]) -> Chartered:
    """The products as a code location shows them: the ledger is read where it is there already.

    Nothing is initialised here. Where the ledger does not answer the files count for what is shown;
    what is decided is decided by the agreement in force all the same.
    """
    home, allowed, today = resolve_home(environ), allowed_in(environ), today_here(environ)
    with _ledger_if_there(environ, home) as ledger:
        if ledger is not None:
            return chartered(root, ledger, Agreements(home.agreements, allowed), today)
    return _files_only(root, allowed, today)


def product_at_load(folder: Path, environ: Mapping[str, str]) -> Product:
    """The product of one folder as a code location shows it, as `chartered_at_load`.

    Raises:
        CharterError: No agreement about it is in force, and its files cannot be used.
    """
    home, allowed, today = resolve_home(environ), allowed_in(environ), today_here(environ)
    root = products_root(environ)
    if not folder.is_relative_to(root):
        root = folder.parent
    place = folder.relative_to(root).as_posix()
    found = load_proposal(folder, "" if folder == root else place, allowed=allowed, today=today)
    name = found.name or folder.name
    with _ledger_if_there(environ, home) as ledger:
        known = ledger.state(name).charter if ledger is not None else None
        if ledger is not None and known is not None:
            agreements = Agreements(home.agreements, allowed)
            return _agreed(root, name, known, [found], ledger, agreements)
    return _files([found])


@contextmanager
def _ledger_if_there(environ: Mapping[str, str], home: Home) -> Iterator[Ledger | None]:
    """The ledger, or None where there is none yet or it does not answer."""
    ledger: Ledger | None = None
    if environ.get(VARIABLE) or home.postgres.is_dir():
        try:
            databases = resolve_databases(environ, home)
            if is_initialised(databases):
                ledger = PostgresLedger(databases.ledger_url)
                ledger.size()
        except AipoError as error:
            logger.warning("the agreements in force are not known, files are shown: %s", error)
            ledger = None
    try:
        yield ledger
    finally:
        if ledger is not None:
            ledger.close()


def _files_only(root: Path, allowed: Allowed, today: date) -> Chartered:
    products: dict[str, Product] = {}
    unusable: dict[str, CharterError] = {}
    for name, found in sorted(_by_name(root, {}, allowed, today).items()):
        try:
            products[name] = _files(found)
        except CharterError as error:
            unusable[name] = error
    return Chartered(products=products, unusable=unusable)


def _by_name(
    root: Path,
    adopted: Mapping[str, AdoptedCharter],
    allowed: Allowed | None,
    today: date | None,
) -> dict[str, list[Proposal]]:
    """Proposals by product; a charter that cannot be read is that of its folder."""
    places = {place_of(one, name): name for name, one in adopted.items()}
    named: dict[str, list[Proposal]] = {}
    for one in load_proposals(root, allowed=allowed, today=today):
        name = one.name or places.get(one.place, one.folder.name)
        named.setdefault(name, []).append(one)
    return named


def _astray(found: list[Proposal]) -> str:
    """What is wrong with the files of a product; empty where they can be used."""
    if not found:
        return "its charter file is gone"
    problems = [str(problem) for one in found for problem in one.problems]
    usable = any(one.product is not None for one in found)
    return "" if usable else f"its files cannot be used: {' '.join(problems)}"


def _files(found: list[Proposal]) -> Product:
    for one in found:
        if one.product is not None:
            return one.product
    raise CharterProblemsError(sorted({problem for one in found for problem in one.problems}))


def _agreed(  # it brings together what its caller has
    root: Path,
    name: str,
    known: AdoptedCharter,
    found: list[Proposal],
    ledger: LedgerReader,
    agreements: Agreements,
) -> Product:
    place = place_of(known, name)
    nearest = next((one for one in found if one.place == place), found[0] if found else None)
    if nearest is None:
        folder = root / place
        return agreements.restore(ledger, name, known, folder, place)
    if nearest.product is not None and nearest.product.digests == known.digests:
        return as_adopted(nearest.product, known)
    return agreements.restore(ledger, name, known, nearest.folder, nearest.place, nearest.texts)
