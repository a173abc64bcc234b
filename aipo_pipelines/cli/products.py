"""Which products the command works on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from aipo_pipelines.charter.load import load_products
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import ProductNotFoundError
from aipo_pipelines.resources.catalogue import existing, products_root
from aipo_pipelines.resources.installation import allowed_in

products_option = click.option(
    "--products",
    type=click.Path(path_type=Path),
    default=products_root,
    envvar="AIPO_PRODUCTS",
    show_default="./products, else the bundled examples",
    help="Folder with a folder per product. Also read from AIPO_PRODUCTS.",
)


def catalogue(root: Path) -> Mapping[str, Product]:
    """All products below a folder, by name.

    Raises:
        CharterError: A charter, contract or standard cannot be used; all problems are named.
        UsageError: There is no such folder.
    """
    return {
        product.name: product
        for product in load_products(existing(root), allowed=allowed_in(os.environ))
    }


def find(products: Mapping[str, Product], name: str) -> Product:
    """The product of that name.

    Raises:
        ProductNotFoundError: There is none.
    """
    if name not in products:
        known = ", ".join(sorted(products)) or "none"
        raise ProductNotFoundError(
            f"no product {name!r} is chartered here; expected one of: {known}; "
            "point --products or AIPO_PRODUCTS at the folder that holds it"
        )
    return products[name]
