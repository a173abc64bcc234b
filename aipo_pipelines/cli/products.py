"""The products that a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import CharterError, ProductNotFoundError
from aipo_pipelines.resources.products_root import existing, products_root

if TYPE_CHECKING:
    from aipo_pipelines.resources.governed_products import Chartered

products_option = click.option(
    "--products",
    type=click.Path(path_type=Path),
    default=products_root,
    envvar="AIPO_PRODUCTS",
    show_default="./products if it is there, otherwise the bundled examples",
    help="Folder with a folder per product. Also read from AIPO_PRODUCTS.",
)


def catalogue(root: Path) -> Chartered:
    """All products of a folder and of the ledger, each under the agreement in force.

    Raises:
        UsageError: There is no such folder.
    """
    folder = existing(root)
    # These imports load the database drivers; `--help` does not need them.
    from aipo_pipelines.resources.governed_products import chartered
    from aipo_pipelines.resources.opening import open_services

    with open_services() as services:
        today = services.clock.now().date()
        return chartered(folder, services.ledger, services.agreements, today)


def find(products: Chartered, name: str) -> Product:
    """The product with this name.

    Raises:
        CharterError: It has no agreement in force, and its files cannot be used.
        ProductNotFoundError: No product has this name.
    """
    # An unusable product has a name here, so its own problems are a better answer than a list.
    if name in products.unusable:
        raise products.unusable[name]
    if name not in products:
        known = ", ".join(sorted(products)) or "none"
        raise ProductNotFoundError(
            f"no product {name!r} is chartered here; expected one of: {known}; "
            "point --products or AIPO_PRODUCTS at the folder that holds it"
        ) from _unreadable(products)
    return products[name]


def _unreadable(products: Chartered) -> CharterError | None:
    """The unusable charters as a cause: the product may be in a charter with an unreadable name."""
    if not products.unusable:
        return None
    messages = "\n".join(map(str, products.unusable.values()))
    return CharterError(f"not every charter can be used: {messages}")
