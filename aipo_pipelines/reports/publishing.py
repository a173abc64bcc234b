"""Pages into a folder: each is put in place as a whole, and the page with the links last."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from aipo_pipelines.errors import HomeError
from aipo_pipelines.policy.answer.answer import Answer
from aipo_pipelines.reports.charter_page import charter_page
from aipo_pipelines.reports.model_page import model_page
from aipo_pipelines.reports.page import PORTFOLIO, charter_of, model_of, page_of
from aipo_pipelines.reports.portfolio_page import portfolio_page
from aipo_pipelines.reports.product_page import product_page
from aipo_pipelines.reports.values import ProductReport

_READ_AND_WRITE = 0o666


def publish_product(
    folder: Path, report: ProductReport, *, portfolio: bool = False
) -> tuple[Path, ...]:
    """Writes the pages of one product and returns their paths, its own page last.

    Args:
        folder: Created if missing.
        report: What is known.
        portfolio: Whether the page of all products is about to be written too. Pages link to it
            then, and if it lies in the folder already.

    Raises:
        HomeError: The folder or a page cannot be written.
    """
    # A link to a page that nobody wrote would lead nowhere.
    beside = portfolio or (folder / PORTFOLIO).is_file()
    return write_pages(folder, product_pages(report, portfolio=beside))


def publish_portfolio(
    folder: Path,
    answers: Sequence[Answer],
    as_of: datetime,
    *,
    unchartered: Sequence[str] = (),
    unusable: Mapping[str, str] = MappingProxyType({}),
    simulated: bool = False,
) -> Path:
    """Writes the page of all products and returns its path.

    It links to the pages of the products, so they are written before it.

    Args:
        folder: Created if missing.
        answers: The answer of each product.
        as_of: The moment that the page is about, aware UTC.
        unchartered: Products the ledger knows and no charter does.
        unusable: Products without an agreement whose files cannot be used, each with its problem.
        simulated: Whether that moment is of a simulated clock.

    Raises:
        HomeError: The folder or the page cannot be written.
    """
    page = portfolio_page(
        answers, as_of, unchartered=unchartered, unusable=unusable, simulated=simulated
    )
    return write_pages(folder, {PORTFOLIO: page})[0]


def product_pages(report: ProductReport, *, portfolio: bool = True) -> dict[str, str]:
    """The pages of one product by file: its charter, the card of its model, then its own page.

    Args:
        report: What is known.
        portfolio: Whether the page of all products lies beside them.
    """
    pages = {charter_of(report.name): charter_page(report, portfolio=portfolio)}
    if report.charter.model is not None:
        pages[model_of(report.name)] = model_page(report, portfolio=portfolio)
    # Last, because it links to the others: a reader never meets a dead link.
    return {**pages, page_of(report.name): product_page(report, portfolio=portfolio)}


def write_pages(folder: Path, pages: Mapping[str, str]) -> tuple[Path, ...]:
    """Writes pages in their order and returns their paths.

    A reader sees the old page or the new page, each of them complete.

    Raises:
        HomeError: The folder or a page cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_replace(folder / name, text) for name, text in pages.items())
    except OSError as error:
        raise HomeError(
            f"The page {error.filename or folder} cannot be written: {error.strerror}. Expected a "
            "folder that this account may write. Name another folder with --out."
        ) from error


def _replace(path: Path, text: str) -> Path:
    # In the same folder, because only there a file replaces another in one step.
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            # As open as its folder: a web server that may enter the folder may read its pages.
            os.fchmod(stream.fileno(), path.parent.stat().st_mode & _READ_AND_WRITE)
            stream.write(text)
            stream.flush()
            # On the disk before it takes the place of the old page, in case the machine stops now.
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
