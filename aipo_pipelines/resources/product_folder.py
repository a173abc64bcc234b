"""A new product's folder: written whole and checked, or not at all; never over another."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aipo_pipelines.charter.load import (
    CHARTER_FILE,
    check_charter,
    find_products,
    load_product,
    load_standards,
)
from aipo_pipelines.charter.model.problem import CharterProblemsError
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.reading.yaml_document import read_document
from aipo_pipelines.charter.standards_files import STANDARDS_FILE
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.products_root import bundled

CONTRACT_FILE = "contract.yaml"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LONGEST = 63
_OPEN_TO_READERS = 0o755
_LENT = """\
# DECIDE: these are the standards of the example organisation, lent by `aipo init` because there
# were none. Write what holds for every AI product of your own organisation.
"""


def check_name(name: str) -> str:
    """The name, if it can be the name of a product.

    Raises:
        DraftError: It cannot; one that can is proposed.
    """
    if _NAME.fullmatch(name):
        return name
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    proposed = re.sub(r"^[^a-z]+", "", words)[:_LONGEST]
    hint = f"; how about {proposed!r}?" if proposed else ""
    raise DraftError(
        f"{name!r} cannot be the name of a product; expected small letters, digits and "
        f"underscores, a letter first, at most {_LONGEST} of them{hint}"
    )


def check_free(root: Path, name: str) -> Path:
    """The folder of a new product.

    Raises:
        DraftError: It is there already, or another folder holds a product of that name.
    """
    folder = root / name
    if folder.exists() or folder.is_symlink():
        raise DraftError(
            f"{folder} is there already; nothing is ever overwritten: choose another name, or move "
            "it away"
        )
    for other in find_products(root) if root.is_dir() else ():
        with suppress(CharterProblemsError):
            if read_document(other / CHARTER_FILE).data.get("product") == name:
                raise DraftError(
                    f"the product {name!r} is there already, in {other}; choose another name"
                )
    return folder


def standards_for(root: Path) -> tuple[Standards, Path | None]:
    """The standards a product below a root is held to.

    Returns:
        The standards, and the bundled file that is to be lent where there are none of one's own.

    Raises:
        CharterProblemsError: They are there and something is wrong with them.
    """
    own = load_standards(root / "product", root)
    if own is not None:
        return own, None
    lent = bundled("products") / STANDARDS_FILE
    found = load_standards(lent.parent)
    if found is None:
        raise DraftError(f"there is no {STANDARDS_FILE} in {root} or above; expected one: write it")
    return found, lent


def write_product(folder: Path, charter: str, contract: str, lent: Path | None) -> tuple[Path, ...]:
    """Writes a product: first beside its place and checked, then moved there whole.

    Args:
        folder: Its folder, which must not exist.
        charter: Text of its charter.
        contract: Text of its contract.
        lent: Standards to copy into the folder of products; None where it has its own.

    Returns:
        The files written.

    Raises:
        DraftError: The place cannot be written to, or was taken meanwhile.
        CharterProblemsError: The draft does not hold to the standards; nothing is left.
    """
    try:
        with _made(folder.parent), _aside(folder) as place:
            (place / CHARTER_FILE).write_text(charter, encoding="utf-8")
            (place / CONTRACT_FILE).write_text(contract, encoding="utf-8")
            load_product(place, standards=lent, root=folder.parent)
            with _standards(folder.parent / STANDARDS_FILE, lent) as written:
                # Fails where somebody else made the folder and put something into it meanwhile.
                place.rename(folder)
            return folder / CHARTER_FILE, folder / CONTRACT_FILE, *written
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DraftError(f"{folder} cannot be written ({reason}); nothing was left there") from None


def rewrite_charter(folder: Path, charter: str) -> Path:
    """Writes the charter of a product anew, checked beside its contract and standards first.

    Raises:
        DraftError: The place cannot be written to.
        CharterProblemsError: The charter has problems; the one that was there stays.
    """
    target = folder / CHARTER_FILE
    content = charter.encode()
    check_charter(folder, content, folder.parent)
    try:
        with _aside(folder) as place:
            (place / CHARTER_FILE).write_bytes(content)
            shutil.copymode(target, place / CHARTER_FILE)
            (place / CHARTER_FILE).replace(target)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DraftError(f"{target} cannot be written ({reason}); it is as it was") from None
    return target


@contextmanager
def _made(root: Path) -> Iterator[None]:
    """The folder of products, made where it is missing and taken away again after a failure."""
    missing = [one for one in (root, *root.parents) if not one.exists()]
    root.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for one in missing:
            with suppress(OSError):
                one.rmdir()
        raise


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the place, which no command looks into; gone in the end."""
    place = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    place.chmod(_OPEN_TO_READERS)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _standards(target: Path, lent: Path | None) -> Iterator[tuple[Path, ...]]:
    if lent is None:
        yield ()
        return
    stream = target.open("x", encoding="utf-8")
    try:
        with stream:
            stream.write(_LENT + lent.read_text(encoding="utf-8"))
        yield (target,)
    except BaseException:
        target.unlink()
        raise
