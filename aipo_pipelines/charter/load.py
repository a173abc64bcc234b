"""Products from their folders: charter, contract and standards, with every problem at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from aipo_pipelines.charter.consistency.all_problems import Further, Requirements, faults_of
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import CharterProblemsError, Fault, Problem, shown
from aipo_pipelines.charter.model.product import Product, Texts, root_of
from aipo_pipelines.charter.model.standards import Standards
from aipo_pipelines.charter.odcs.contract import contract_in
from aipo_pipelines.charter.reading.allowed import DATA, NOTHING, Allowed, to_list
from aipo_pipelines.charter.reading.validation import validate
from aipo_pipelines.charter.reading.yaml_document import Document, parse_document, read_document
from aipo_pipelines.charter.standards_files import (
    StandardsFound,
    standards_of,
    standards_present,
)

CHARTER_FILE = "charter.yaml"
# Folders of tools may contain copies of products, which nobody governs.
_PASSED_OVER = frozenset({"__pycache__", "node_modules"})


class _Loaded(NamedTuple):
    """The result for one folder: a product, or the reasons why it is refused; and warnings."""

    folder: Path
    product: Product | None
    problems: tuple[Problem, ...]
    name: tuple[str, Problem] | None
    digests: tuple[str, str, str] = ("", "", "")
    texts: Texts = Texts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The proposal of the files of one folder: an agreement, or the reasons why it is refused.

    Attributes:
        place: The folder as seen from the root; empty if it is the root.
        name: Name of the product that the charter gives; empty if it cannot be read.
        product: None if there are problems.
        problems: The reasons why it is refused; warnings are not among them.
        digests: Digests of charter, contract and standards; empty for a file that cannot be read.
        texts: The files themselves, as far as they can be read.
    """

    folder: Path
    place: str
    name: str
    product: Product | None
    problems: tuple[Problem, ...]
    digests: tuple[str, str, str] = ("", "", "")
    texts: Texts = field(default_factory=Texts)


def load_product(
    folder: Path,
    *,
    standards: Path | None = None,
    allowed: Allowed | None = None,
    today: date | None = None,
    root: Path | None = None,
) -> Product:
    """Loads the product in a folder.

    Args:
        folder: Folder with `charter.yaml`.
        standards: The organisation's standards; if None, `standards.yaml` is looked for from the
            folder up to that of all products, and up to three levels above it.
        allowed: The permissions of the installation. If None, only the place of the contract is
            checked, and only the folder is allowed.
        today: Day on which an exception in the standards must not have ended; None lets each count.
        root: Folder of all products; None if it is not known.

    Raises:
        CharterProblemsError: Something is wrong; it names every problem of all three files.
    """
    product = _product(_load(folder, Requirements(standards, allowed, today, root=root), {}))
    return product if root is None else replace(product, place=_place(root, folder))


def check_charter(folder: Path, content: bytes, root: Path | None = None) -> Product:
    """The product of a folder as it would be with another charter.

    Args:
        folder: Its folder, with contract and standards as they are.
        content: The charter.
        root: As for `load_product`.

    Raises:
        CharterProblemsError: As `load_product`.
    """
    return _product(_load(folder, Requirements(None, None, None, root=root), {}, content))


def _product(loaded: _Loaded) -> Product:
    if loaded.product is None:
        raise CharterProblemsError(_errors(loaded.problems))
    return loaded.product


def load_standards(folder: Path, root: Path | None = None) -> Standards | None:
    """The standards that hold in a folder, found as `load_product` finds them; None if none are.

    Args:
        folder: Folder of a charter, which does not have to exist yet.
        root: As for `load_product`.

    Raises:
        CharterProblemsError: The files exist and something is wrong with them.
    """
    if not standards_present(folder, root):
        return None
    standards = standards_of(folder, root, None, {})
    if errors := _errors(standards.problems):
        raise CharterProblemsError(errors)
    return standards.value


def find_products(root: Path) -> tuple[Path, ...]:
    """The folders with a `charter.yaml` in and below a root, sorted, without hidden folders.

    Links to folders are followed. A broken link counts as a charter that cannot be read, so that no
    product is missing in silence.
    """
    charters: list[Path] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(root, followlinks=True):
        # Two links may lead to one folder, or a link back to a folder above: each counts once.
        real = os.path.realpath(place)
        if real in seen:
            # `os.walk` reads this list afterwards: emptied, it does not go further down.
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        if CHARTER_FILE in {*folders, *files}:
            charters.append(Path(place))
    return tuple(sorted(charters))


def check_products(
    root: Path,
    *,
    standards: Path | None = None,
    further: Further | None = None,
    allowed: Allowed | None = None,
    today: date | None = None,
    warnings: bool = False,
    products: Path | None = None,
) -> tuple[Problem, ...]:
    """Every problem of every charter, contract and standards file below a root, at once.

    Args:
        root: Folder of products.
        standards: As for `load_product`.
        further: Finds further faults in each charter.
        allowed: As for `load_product`.
        today: As for `load_product`.
        warnings: Whether to report warnings as well, which stop nothing.
        products: Folder of all products, if the root is one product or a group; None if it is the
            root.
    """
    requirements = Requirements(standards, allowed, today, further, products or root)
    problems = _problems(_load_all(root, requirements), root)
    return problems if warnings else _errors(problems)


def load_products(
    root: Path,
    *,
    standards: Path | None = None,
    allowed: Allowed | None = None,
    today: date | None = None,
    products: Path | None = None,
) -> tuple[Product, ...]:
    """Loads every product below a root, by name.

    The arguments are those of `check_products`.

    Raises:
        CharterProblemsError: Something is wrong in any of them; it names every problem.
    """
    governed = products or root
    loaded = _load_all(root, Requirements(standards, allowed, today, root=governed))
    if errors := _errors(_problems(loaded, root)):
        raise CharterProblemsError(errors)
    products_found = (
        replace(folder.product, place=_place(governed, folder.folder))
        for folder in loaded
        if folder.product is not None
    )
    return tuple(sorted(products_found, key=lambda product: product.name))


def load_proposals(
    root: Path,
    *,
    standards: Path | None = None,
    allowed: Allowed | None = None,
    today: date | None = None,
) -> tuple[Proposal, ...]:
    """The proposal of each folder below a root, sorted; a broken folder stops no other folder.

    Args:
        root: Folder of products.
        standards: As for `load_product`.
        allowed: As for `load_product`.
        today: As for `load_product`.
    """
    loaded = _load_all(root, Requirements(standards, allowed, today, root=root))
    named = Counter(folder.name[0] for folder in loaded if folder.name is not None)
    return tuple(_proposal(root, folder, named) for folder in loaded)


def load_proposal(
    folder: Path, place: str, *, allowed: Allowed | None = None, today: date | None = None
) -> Proposal:
    """The proposal of the files of one folder, regardless of other folders.

    Args:
        folder: Folder of a charter; if it has no charter, the problem says so.
        place: The folder as seen from that of all products.
        allowed: As for `load_product`.
        today: As for `load_product`.
    """
    loaded = _load(folder, Requirements(None, allowed, today, root=root_of(folder, place)), {})
    return Proposal(
        folder=folder,
        place=place,
        name=loaded.name[0] if loaded.name else "",
        product=replace(loaded.product, place=place) if loaded.product else None,
        problems=_errors(loaded.problems),
        digests=loaded.digests,
        texts=loaded.texts,
    )


def _proposal(root: Path, loaded: _Loaded, named: Mapping[str, int]) -> Proposal:
    name, repeated = loaded.name or ("", None)
    product, problems = loaded.product, _errors(loaded.problems)
    # All folders of one name are refused: no order of folders says which of them was first.
    if repeated is not None and named[name] > 1:
        expected = f"a name of its own ({named[name]} folders below {root} have it)"
        product, problems = None, (*problems, _with_expected(repeated, expected))
    place = _place(root, loaded.folder)
    return Proposal(
        folder=loaded.folder,
        place=place,
        name=name,
        product=replace(product, place=place) if product else None,
        problems=tuple(sorted(problems)),
        digests=loaded.digests,
        texts=loaded.texts,
    )


def _place(root: Path, folder: Path) -> str:
    return "" if folder == root else folder.relative_to(root).as_posix()


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in _PASSED_OVER


def _load_all(root: Path, requirements: Requirements) -> list[_Loaded]:
    # The standards are read once for all products, because they usually share the file.
    known: dict[Path, StandardsFound] = {}
    return [_load(folder, requirements, known) for folder in find_products(root)]


def _problems(loaded: Iterable[_Loaded], root: Path) -> tuple[Problem, ...]:
    problems: set[Problem] = set()
    first: dict[str, Path] = {}
    for folder in loaded:
        # A set: a fault in shared standards is found once per product and reported once.
        problems |= {*folder.problems}
        if folder.name is not None:
            name, problem = folder.name
            if name in first:
                expected = f"a name of its own ({shown(str(first[name].relative_to(root)))} has it)"
                problems.add(_with_expected(problem, expected))
            first.setdefault(name, folder.folder)
    return tuple(sorted(problems))


def _errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if not problem.is_warning)


def _with_expected(problem: Problem, expected: str) -> Problem:
    return Problem(
        file=problem.file,
        line=problem.line,
        field=problem.field,
        found=problem.found,
        expected=expected,
        hint=problem.hint,
    )


def _load(
    folder: Path,
    requirements: Requirements,
    known: dict[Path, StandardsFound],
    content: bytes | None = None,
) -> _Loaded:
    """The result for one folder.

    1. Find the standards, which are read even if the charter is broken: all problems are listed.
    2. Read the charter, and stop if it is no YAML.
    3. Validate charter and contract, and look for further faults.
    4. Build the product, if no problem is an error.
    """
    path = folder / CHARTER_FILE
    rules = standards_of(folder, requirements.root, requirements.standards, known)
    try:
        document = read_document(path) if content is None else parse_document(path, content)
    except CharterProblemsError as error:
        return _Loaded(folder, None, (*error.problems, *rules.problems), None)
    charter, problems = validate(Charter, document)
    contract, contract_problems, terms = _contract_of(document, requirements.allowed or NOTHING)
    problems = (*problems, *contract_problems, *rules.problems)
    if charter is not None:
        faults = faults_of(charter, contract, rules.value, folder, requirements)
        problems += tuple(map(document.problem, faults))
    name = _name_of(document)
    digests = (document.digest, contract.digest if contract else "", rules.digest)
    texts = Texts(charter=document.content, contract=terms, standards=rules.content)
    # All three files are read before anything is refused, so that every problem is listed at once.
    if charter is None or contract is None or rules.value is None or _errors(problems):
        return _Loaded(folder, None, tuple(sorted(problems)), name, digests, texts)
    product = Product(
        charter=charter,
        contract=contract,
        standards=rules.value,
        folder=folder,
        digest=document.digest,
        standards_digest=rules.digest,
        standards_files=rules.files,
        texts=texts,
    )
    return _Loaded(folder, product, tuple(sorted(problems)), name, digests, texts)


def _name_of(document: Document) -> tuple[str, Problem] | None:
    name = document.data.get("product")
    if not isinstance(name, str):
        return None
    fault = Fault(("product",), f"{shown(name)} again", "a name of its own", "rename one")
    return name, document.problem(fault)


def _contract_of(
    document: Document, allowed: Allowed
) -> tuple[Contract | None, tuple[Problem, ...], bytes]:
    name = document.data.get("contract")
    # Already a problem of the field itself.
    if not isinstance(name, str) or not name.strip():
        return None, (), b""
    path = document.path.parent / name.strip()
    # Before the file is looked at: even its existence is none of the charter's business.
    if not allowed.reaches(path, document.path.parent):
        found = f"{shown(name)}, a place outside the product's folder"
        expected = f"a contract file below it, or in a place that {DATA} lists"
        fault = Fault(("contract",), found, expected, to_list("data", "/its/folder", DATA))
        return None, (document.problem(fault),), b""
    if not path.is_file():
        hint = "give the path of the ODCS file, starting from this folder"
        fault = Fault(("contract",), f"{shown(name)}, no such file", "a contract file", hint)
        return None, (document.problem(fault),), b""
    try:
        terms = read_document(path)
    except CharterProblemsError as error:
        return None, error.problems, b""
    return (*contract_in(terms), terms.content)
