"""Writes the folder of a new product: checked and complete or not at all; never over another."""

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
_EXAMPLE_REMARK = """\
# DECIDE: `aipo init` copied these standards of the example organisation, because your organisation
# had no standards yet. Write the rules for every AI product of your own organisation.
"""


def check_name(name: str) -> str:
    """The name, after a check that a product can have it.

    Raises:
        DraftError: A product cannot have this name; the message proposes a similar name.
    """
    if _NAME.fullmatch(name):
        return name
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    proposed = re.sub(r"^[^a-z]+", "", words)[:_LONGEST]
    hint = f"; how about {proposed!r}?" if proposed else ""
    raise DraftError(
        f"{name!r} cannot be the name of a product; expected at most {_LONGEST} small letters, "
        f"digits and underscores, and a letter first{hint}"
    )


def check_free(root: Path, name: str) -> Path:
    """The folder of a new product.

    Raises:
        DraftError: The folder exists already, or another folder holds a product with this name.
    """
    folder = root / name
    # A broken link does not exist, but it takes the name.
    if folder.exists() or folder.is_symlink():
        raise DraftError(
            f"{folder} is there already and is not overwritten: choose another name, or move the "
            "folder away"
        )
    for other in find_products(root) if root.is_dir() else ():
        # A broken charter of another product must not prevent a new product.
        with suppress(CharterProblemsError):
            if read_document(other / CHARTER_FILE).data.get("product") == name:
                raise DraftError(
                    f"the product {name!r} is there already, in {other}; choose another name"
                )
    return folder


def standards_for(root: Path) -> tuple[Standards, Path | None]:
    """The standards that a product below a root must meet.

    Returns:
        The standards, and the bundled file to copy if the root has no standards of its own.

    Raises:
        CharterProblemsError: The standards of the root have problems.
        DraftError: There are no standards, and the installation has no example.
    """
    own = load_standards(root / "product", root)
    if own is not None:
        return own, None
    example = bundled("products") / STANDARDS_FILE
    standards = load_standards(example.parent)
    if standards is None:
        raise DraftError(
            f"there is no {STANDARDS_FILE} in {root} or above; expected this file: write it"
        )
    return standards, example


def write_product(
    folder: Path, charter: str, contract: str, example: Path | None
) -> tuple[Path, ...]:
    """Writes a product: first in a hidden folder, in which it is checked, then in its place.

    Args:
        folder: Its folder, which must not exist.
        charter: Text of its charter.
        contract: Text of its contract.
        example: Standards to copy into the folder of products; None if it has its own standards.

    Returns:
        The written files.

    Raises:
        DraftError: The folder cannot be written, or another process made it meanwhile.
        CharterProblemsError: The draft does not meet the standards; no file is left.
    """
    try:
        with _parents(folder.parent), _hidden_folder(folder) as place:
            (place / CHARTER_FILE).write_text(charter, encoding="utf-8")
            (place / CONTRACT_FILE).write_text(contract, encoding="utf-8")
            load_product(place, standards=example, root=folder.parent)
            with _standards(folder.parent / STANDARDS_FILE, example) as written:
                # Fails if another process made the folder meanwhile and put a file into it.
                place.rename(folder)
            return folder / CHARTER_FILE, folder / CONTRACT_FILE, *written
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DraftError(
            f"{folder} cannot be written ({reason}); nothing was left there. Expected a folder "
            "that this account may write: correct the owner or the mode, or choose another folder."
        ) from None


def rewrite_charter(folder: Path, charter: str) -> Path:
    """Replaces the charter of a product, after a check with its contract and standards.

    Raises:
        DraftError: The charter cannot be written.
        CharterProblemsError: The new charter has problems; the former charter stays.
    """
    target = folder / CHARTER_FILE
    content = charter.encode()
    check_charter(folder, content, folder.parent)
    try:
        # Replaced as a whole: a sensor may read the charter at any moment.
        with _hidden_folder(folder) as place:
            (place / CHARTER_FILE).write_bytes(content)
            shutil.copymode(target, place / CHARTER_FILE)
            (place / CHARTER_FILE).replace(target)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DraftError(
            f"{target} cannot be written ({reason}); it is unchanged. Expected a file that this "
            "account may replace: correct the owner or the mode of its folder."
        ) from None
    return target


@contextmanager
def _parents(root: Path) -> Iterator[None]:
    """Makes the folder of products if it is missing, and removes it again after a failure."""
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    root.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        # The innermost folder first. A folder that holds other files by now stays.
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def _hidden_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside a folder; no command looks into it, and it is removed in the end."""
    # Beside the folder, so that both are on one file system and a rename is possible.
    place = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    place.chmod(_OPEN_TO_READERS)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _standards(target: Path, example: Path | None) -> Iterator[tuple[Path, ...]]:
    if example is None:
        yield ()
        return
    # Mode `x`: standards that somebody wrote meanwhile are never overwritten.
    stream = target.open("x", encoding="utf-8")
    try:
        with stream:
            stream.write(_EXAMPLE_REMARK + example.read_text(encoding="utf-8"))
        yield (target,)
    except BaseException:
        target.unlink()
        raise
